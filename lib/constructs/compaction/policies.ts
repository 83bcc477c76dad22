import { Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import {
  DATA_PREFIX,
  MANIFEST_PREFIX,
  PLAN_PREFIX,
  RAW_PREFIX,
  RECORD_PREFIX,
  REJECTED_LINES_PREFIX,
  REJECTED_OBJECTS_PREFIX,
  SET_ASIDE_PREFIX,
} from '../../dataset/layout';
import { RESULT_PREFIX } from './workflow';

/** Under these prefixes of the quarantine bucket lies what a task rejects. */
export const REJECTED_PREFIXES = [REJECTED_LINES_PREFIX, REJECTED_OBJECTS_PREFIX];

export interface LakeStorage {
  readonly rawBucket: IBucket;
  readonly curatedBucket: IBucket;
  readonly quarantineBucket: IBucket;
  /** Encrypts the objects of all three. */
  readonly dataKey: IKey;
}

/** Under these prefixes of the curated bucket lies what a commit consists of. */
export const COMMIT_PREFIXES = [DATA_PREFIX, MANIFEST_PREFIX, RECORD_PREFIX];

/** What one compaction task does, on any partition of any dataset. */
export function compactorStatements({ rawBucket, curatedBucket, quarantineBucket, dataKey }: LakeStorage) {
  return [
    list('ListPendingObjects', rawBucket, [RAW_PREFIX]),
    // Conditional deletes need GetObject too.
    objects('TakePendingObjects', rawBucket, [RAW_PREFIX], ['GetObject', 'DeleteObject']),
    // Manifests are read by their names.
    list('ListCommits', curatedBucket, [DATA_PREFIX, RECORD_PREFIX, SET_ASIDE_PREFIX]),
    // If-Match needs GetObject as well.
    objects('Commit', curatedBucket, COMMIT_PREFIXES, [
      'GetObject',
      'PutObject',
      'DeleteObject',
      'AbortMultipartUpload',
    ]),
    objects('SetAside', curatedBucket, [SET_ASIDE_PREFIX], ['GetObject', 'PutObject', 'DeleteObject']),
    objects('Quarantine', quarantineBucket, REJECTED_PREFIXES, ['PutObject', 'AbortMultipartUpload']),
    useKey(dataKey),
  ];
}

/** Lists what is pending and what is committed; reads no object and writes nothing but its plans. */
export function plannerStatements({ rawBucket, curatedBucket, dataKey }: LakeStorage) {
  return [
    list('ListPendingObjects', rawBucket, [RAW_PREFIX]),
    list('ListCommits', curatedBucket, [...COMMIT_PREFIXES, SET_ASIDE_PREFIX]),
    objects('WritePlans', curatedBucket, [PLAN_PREFIX], ['PutObject', 'AbortMultipartUpload']),
    useKey(dataKey),
  ];
}

/** Step Functions reads the plan for the distributed map and writes its results. */
export function mapStatements({ curatedBucket, dataKey }: Pick<LakeStorage, 'curatedBucket' | 'dataKey'>) {
  return [
    // The results lie below the plans: they can be read, too, as S3 asks of whoever completes a multipart upload.
    objects('ReadPlans', curatedBucket, [PLAN_PREFIX], ['GetObject']),
    objects(
      'WriteResults',
      curatedBucket,
      [`${RESULT_PREFIX}/`],
      ['PutObject', 'ListMultipartUploadParts', 'AbortMultipartUpload'],
    ),
    useKey(dataKey),
  ];
}

/** X-Ray has no resources to name. */
export const tracingStatement = (): PolicyStatement =>
  new PolicyStatement({
    sid: 'SendTraces',
    actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
    resources: ['*'],
  });

/** Sends to an encrypted queue. */
export const sendStatements = (queueArn: string, key: IKey): PolicyStatement[] => [
  new PolicyStatement({ sid: 'SendDeadLetters', actions: ['sqs:SendMessage'], resources: [queueArn] }),
  new PolicyStatement({
    sid: 'EncryptDeadLetters',
    actions: ['kms:GenerateDataKey', 'kms:Decrypt'],
    resources: [key.keyArn],
    conditions: { StringEquals: { 'kms:ViaService': `sqs.${Stack.of(key).region}.amazonaws.com` } },
  }),
];

/**
 * `IfExists`, because a GET of a missing key carries no `s3:prefix`: under a plain condition S3 would answer 403 to it
 * instead of the 404 by which the protocol recognises a partition without a manifest.
 */
function list(sid: string, bucket: IBucket, prefixes: readonly string[]): PolicyStatement {
  return new PolicyStatement({
    sid,
    actions: ['s3:ListBucket'],
    resources: [bucket.bucketArn],
    conditions: { StringLikeIfExists: { 's3:prefix': prefixes.map((prefix) => `${prefix}*`) } },
  });
}

function objects(sid: string, bucket: IBucket, prefixes: readonly string[], actions: readonly string[]) {
  return new PolicyStatement({
    sid,
    actions: actions.map((action) => `s3:${action}`),
    resources: prefixes.map((prefix) => bucket.arnForObjects(`${prefix}*`)),
  });
}

/** Decrypt also for writing: S3 asks for it when it completes a multipart upload. */
function useKey(key: IKey): PolicyStatement {
  return new PolicyStatement({
    sid: 'EncryptAndDecryptObjects',
    actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
    resources: [key.keyArn],
    conditions: { StringEquals: { 'kms:ViaService': `s3.${Stack.of(key).region}.amazonaws.com` } },
  });
}
