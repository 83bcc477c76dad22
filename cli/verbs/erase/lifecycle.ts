import { GetBucketLifecycleConfigurationCommand, type LifecycleRule, type S3Client } from '@aws-sdk/client-s3';
import { MissingPermission, NotOffered } from '../../preflight/aws/errors';

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
