import { GetBucketLifecycleConfigurationCommand, type LifecycleRule, type S3Client } from '@aws-sdk/client-s3';
import { DAY_MS, type Dataset, dataPrefix, rawPrefix, rejectedLinesPrefix } from '../../../lib/dataset';
import { MissingPermission, NotOffered } from '../../preflight/aws/errors';
import type { OperatedLake } from '../lake';

/**
 * Days after which a bucket deletes noncurrent versions below a prefix, by its lifecycle rules as they are now. Null: it never does.
 *
 * @returns undefined when the caller may not read them
 */
export async function noncurrentDaysOf(
  s3: S3Client,
  Bucket: string,
  prefix: string,
): Promise<number | null | undefined> {
  try {
    const { Rules = [] } = await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
    return noncurrentDays(Rules, prefix);
  } catch (error) {
    if (error instanceof MissingPermission || error instanceof NotOffered) return undefined;
    if (error instanceof Error && error.name === 'NoSuchLifecycleConfiguration') return null;
    throw error;
  }
}

/** Of several rules, the shortest time counts. One that is about part of the objects, or keeps some versions, deletes not all of them. */
export function noncurrentDays(rules: readonly LifecycleRule[], prefix: string): number | null {
  const days = rules.flatMap(({ Status, Filter, Prefix, NoncurrentVersionExpiration: expiration }) => {
    const { And, Prefix: own = Prefix ?? '', ...more } = Filter ?? {};
    const { Prefix: both = own, ...others } = And ?? {};
    const isPart = [...Object.values(more), ...Object.values(others)].some((value) => value !== undefined);
    if (Status !== 'Enabled' || isPart || !prefix.startsWith(both)) return [];
    const { NoncurrentDays, NewerNoncurrentVersions } = expiration ?? {};
    return NoncurrentDays === undefined || NewerNoncurrentVersions !== undefined ? [] : [NoncurrentDays];
  });
  return days.length === 0 ? null : Math.min(...days);
}

/** What has the rows for some time, and until when. */
export interface Retained {
  readonly what: string;
  /** Null: nothing deletes it. */
  readonly until: Date | null;
  /** Whether the lifecycle rules of the bucket say so, or the declaration of the stage, where the rules may not be read. */
  readonly source: 'bucket' | 'declared';
}

/** What old versions and query results have, and when the last of it is gone: lifecycle rules act on the day after, at midnight UTC. */
export async function retained(
  lake: OperatedLake,
  { name, retention, iceberg, compaction }: Dataset,
): Promise<readonly Retained[]> {
  const after = (days: number | null): Date | null =>
    lake.aws === undefined || days === null
      ? null
      : new Date((Math.floor(lake.now().getTime() / DAY_MS) + days + 2) * DAY_MS);
  const versions = async (
    what: string,
    bucket: string,
    prefix: string,
    declared: number,
    more = 0,
  ): Promise<Retained> => {
    const told = lake.aws === undefined ? null : await noncurrentDaysOf(lake.s3, bucket, prefix);
    const days = told === undefined ? declared : told;
    return {
      what,
      until: after(days === null ? null : days + more),
      source: told === undefined ? 'declared' : 'bucket',
    };
  };
  const { noncurrentDays = 0, resultDays = 0 } = lake.aws?.retention ?? {};
  // A snapshot expires with a run, and the maintenance of that day or the next deletes its files.
  const snapshotDays = iceberg === true ? Math.ceil(compaction.graceHours / 24) + 1 : 0;
  const { raw, curated, quarantine } = lake.buckets;
  const rejected = rejectedLinesPrefix(name);
  return [
    await versions('noncurrent versions of raw objects', raw, rawPrefix(name), retention.rawNoncurrentDays),
    ...(snapshotDays === 0
      ? []
      : [
          {
            what: 'files of earlier snapshots of the Iceberg table',
            until: after(snapshotDays),
            source: 'declared' as const,
          },
        ]),
    await versions('noncurrent versions of curated files', curated, dataPrefix(name, ''), noncurrentDays, snapshotDays),
    await versions('noncurrent versions of quarantine', quarantine, rejected, noncurrentDays),
    // Results keep their noncurrent versions for a day.
    { what: 'results of earlier queries in Athena', until: after(resultDays + 1), source: 'declared' },
  ];
}
