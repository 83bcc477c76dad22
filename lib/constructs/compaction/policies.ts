import { ArnFormat, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { JustifiedStatement, Statement } from '../../compliance';
import {
  DATA_PREFIX,
  ICEBERG_PREFIX,
  MANIFEST_PREFIX,
  NEWEST_PREFIX,
  PLAN_MODES,
  PLAN_PREFIX,
  progressKey,
  publishedKey,
  RAW_PREFIX,
  RECORD_PREFIX,
  REJECTED_LINES_PREFIX,
  REJECTED_OBJECTS_PREFIX,
  SET_ASIDE_PREFIX,
} from '../../dataset/layout';
import { RESULT_PREFIX } from './workflow';

/** Under these prefixes of the quarantine bucket lies what a task rejects. */
const REJECTED_PREFIXES = [REJECTED_LINES_PREFIX, REJECTED_OBJECTS_PREFIX];

export interface LakeStorage {
  readonly rawBucket: IBucket;
  readonly curatedBucket: IBucket;
  readonly quarantineBucket: IBucket;
  /** Key of the objects of all three buckets. */
  readonly dataKey: IKey;
}

/** Under these prefixes of the curated bucket lies what a commit consists of. */
const COMMIT_PREFIXES = [DATA_PREFIX, MANIFEST_PREFIX, RECORD_PREFIX];

/** What one compaction task does, on any partition of any dataset. */
export function compactorStatements({ rawBucket, curatedBucket, quarantineBucket, dataKey }: LakeStorage): Statement[] {
  return [
    list('ListPendingObjects', rawBucket, [RAW_PREFIX]),
    {
      // Conditional deletes need GetObject too: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html
      statement: objects('TakePendingObjects', rawBucket, [RAW_PREFIX], ['GetObject', 'DeleteObject']),
      wildcard: 'A task reads any pending object of any partition: which ones is known only at run time.',
    },
    // Manifests are read by their names.
    list('ListCommits', curatedBucket, [DATA_PREFIX, RECORD_PREFIX, SET_ASIDE_PREFIX, NEWEST_PREFIX]),
    {
      // If-Match needs GetObject too: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
      statement: objects('Commit', curatedBucket, COMMIT_PREFIXES, [
        'GetObject',
        'PutObject',
        'DeleteObject',
        'AbortMultipartUpload',
      ]),
      wildcard: 'A commit writes and replaces files, manifests and records of any partition, under no other prefix.',
    },
    {
      statement: objects('SetAside', curatedBucket, [SET_ASIDE_PREFIX], ['GetObject', 'PutObject', 'DeleteObject']),
      wildcard:
        'Which objects S3 refuses, and in which partition, is known only at run time; the prefix holds small marks only.',
    },
    {
      statement: objects('KeepNewestEvent', curatedBucket, [NEWEST_PREFIX], ['GetObject', 'PutObject', 'DeleteObject']),
      wildcard: 'A mark is named after the newest event time of its dataset, which is known only at run time.',
    },
    {
      statement: objects('Quarantine', quarantineBucket, REJECTED_PREFIXES, ['PutObject', 'AbortMultipartUpload']),
      wildcard: 'Rejected lines and objects are named after the raw object that they come from; they are only written.',
    },
    useKey(dataKey),
  ];
}

/** Lists pending and committed objects; writes only its plans and its progress. */
export function plannerStatements({ rawBucket, curatedBucket, dataKey }: LakeStorage): Statement[] {
  return [
    list('ListPendingObjects', rawBucket, [RAW_PREFIX]),
    list('ListCommits', curatedBucket, [...COMMIT_PREFIXES, SET_ASIDE_PREFIX, NEWEST_PREFIX]),
    {
      statement: objects('WritePlans', curatedBucket, [PLAN_PREFIX], ['PutObject', 'AbortMultipartUpload']),
      wildcard: 'Each plan gets a unique name when it is written; the prefix holds nothing else.',
    },
    new PolicyStatement({
      sid: 'KeepProgress',
      actions: ['s3:GetObject', 's3:PutObject'],
      resources: PLAN_MODES.map((mode) => curatedBucket.arnForObjects(progressKey(mode))),
    }),
    useKey(dataKey),
  ];
}

/** What the vacuum has to know about snapshots, of a lake with Iceberg tables. */
export const readPublications = ({ curatedBucket }: Pick<LakeStorage, 'curatedBucket'>): JustifiedStatement => ({
  statement: new PolicyStatement({
    sid: 'ReadPublications',
    actions: ['s3:GetObject'],
    resources: [curatedBucket.arnForObjects(publishedKey('*'))],
  }),
  wildcard: 'One object of each dataset with an Iceberg table, which says since when its snapshots know the manifests.',
});

/** Reads what is committed; writes metadata of Iceberg tables, and their tables in one database. */
export function publisherStatements(
  { curatedBucket, dataKey }: Pick<LakeStorage, 'curatedBucket' | 'dataKey'>,
  database: string,
): Statement[] {
  const glue = (resource: string): string =>
    Stack.of(curatedBucket).formatArn({ service: 'glue', resource, arnFormat: ArnFormat.NO_RESOURCE_NAME });
  return [
    list('ListCommits', curatedBucket, [DATA_PREFIX, MANIFEST_PREFIX, ICEBERG_PREFIX]),
    {
      statement: objects('ReadCommits', curatedBucket, [DATA_PREFIX, MANIFEST_PREFIX], ['GetObject']),
      wildcard: 'A publication reads the manifests and the footers of any partition that has changed.',
    },
    {
      statement: objects('WriteMetadata', curatedBucket, [ICEBERG_PREFIX], ['GetObject', 'PutObject', 'DeleteObject']),
      wildcard: 'Each file of metadata gets its name when it is written; the prefix holds nothing else.',
    },
    {
      statement: new PolicyStatement({
        sid: 'KeepTables',
        actions: ['GetTable', 'GetTables', 'CreateTable', 'UpdateTable', 'DeleteTable'].map(
          (action) => `glue:${action}`,
        ),
        resources: [glue('catalog'), glue(`database/${database}`), glue(`table/${database}/*`)],
      }),
      wildcard: 'The publisher makes and drops every table of its database, which has no others.',
    },
    useKey(dataKey),
  ];
}

/** Step Functions reads the plan for the distributed map and writes its results. */
export function mapStatements({ curatedBucket, dataKey }: Pick<LakeStorage, 'curatedBucket' | 'dataKey'>): Statement[] {
  return [
    // The results are under the prefix of the plans, so they can be read too: S3 requires that to complete a multipart upload.
    {
      statement: objects('ReadPlans', curatedBucket, [PLAN_PREFIX], ['GetObject']),
      wildcard: PLANS_REASON,
    },
    {
      statement: objects(
        'WriteResults',
        curatedBucket,
        [`${RESULT_PREFIX}/`],
        ['PutObject', 'ListMultipartUploadParts', 'AbortMultipartUpload'],
      ),
      wildcard: PLANS_REASON,
    },
    useKey(dataKey),
  ];
}

const PLANS_REASON = 'Plans and results get their names when they are written; their prefix holds nothing else.';

export const tracingStatement = (): JustifiedStatement => ({
  statement: new PolicyStatement({
    sid: 'SendTraces',
    actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
    resources: ['*'],
  }),
  wildcard: 'The X-Ray actions that send traces do not support resource-level permissions.',
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
 * instead of the 404 that means a partition without a manifest.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 */
function list(sid: string, bucket: IBucket, prefixes: readonly string[]): PolicyStatement {
  return new PolicyStatement({
    sid,
    actions: ['s3:ListBucket'],
    resources: [bucket.bucketArn],
    conditions: { StringLikeIfExists: { 's3:prefix': prefixes.map((prefix) => `${prefix}*`) } },
  });
}

function objects(
  sid: string,
  bucket: IBucket,
  prefixes: readonly string[],
  actions: readonly string[],
): PolicyStatement {
  return new PolicyStatement({
    sid,
    actions: actions.map((action) => `s3:${action}`),
    resources: prefixes.map((prefix) => bucket.arnForObjects(`${prefix}*`)),
  });
}

/**
 * Decrypt also for writing: S3 needs it to complete a multipart upload.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
 */
function useKey(key: IKey): PolicyStatement {
  return new PolicyStatement({
    sid: 'EncryptAndDecryptObjects',
    actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
    resources: [key.keyArn],
    conditions: { StringEquals: { 'kms:ViaService': `s3.${Stack.of(key).region}.amazonaws.com` } },
  });
}
