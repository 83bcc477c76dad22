import type { Statement } from '../../compliance';
import { rawPrefix } from '../../dataset/layout';
import type { LakeStorage } from '../compaction/policies';
import { actions, allow, useKeyThrough } from './statements';

/**
 * Exactly what a producer of raw objects needs: it cannot read, list or delete, not even its own objects.
 * `kms:Decrypt` is for multipart uploads, which S3 completes by reading their parts; aborting one is for uploads that fail.
 *
 * @param datasets names of the datasets whose prefixes may be written, or `ALL_DATASETS`
 */
export const ingestStatements = (
  { rawBucket, dataKey }: Pick<LakeStorage, 'rawBucket' | 'dataKey'>,
  datasets: readonly string[],
): Statement[] => [
  {
    statement: allow(
      'PutRawObjects',
      actions('s3', 'PutObject', 'AbortMultipartUpload'),
      datasets.map((dataset) => rawBucket.arnForObjects(`${rawPrefix(dataset)}*`)),
    ),
    wildcard: datasets.includes(ALL_DATASETS)
      ? 'Producers name their objects, and a policy has no room for the prefixes of many datasets, all of which they may write.'
      : 'Producers name their objects and choose the partition; the prefix belongs to one dataset alone.',
  },
  useKeyThrough('s3', 'EncryptRawObjects', dataKey, ['GenerateDataKey', 'Decrypt']),
];

/** Stands for every dataset, where they are too many for the policies of a role. */
export const ALL_DATASETS = '*';

/** This many prefixes fit into a managed policy of 6,144 characters, with the longest names of bucket and datasets:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const DATASETS_A_POLICY = 25;

/** The datasets of each policy: one policy is too small for a lake with many datasets. */
export const datasetsByPolicy = (datasets: readonly string[]): readonly (readonly string[])[] =>
  Array.from({ length: Math.ceil(datasets.length / DATASETS_A_POLICY) }, (_, index) =>
    datasets.slice(index * DATASETS_A_POLICY, (index + 1) * DATASETS_A_POLICY),
  );
