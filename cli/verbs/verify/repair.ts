import type { PartitionRef } from '../../../lambda/compaction/protocol/lake';
import { vacuum } from '../../../lambda/compaction/protocol/maintain';
import { formatManifest } from '../../../lambda/compaction/protocol/manifest';
import { PreconditionFailedError } from '../../../lambda/compaction/store/object-store';
import { dataPrefix, manifestKey } from '../../../lib/dataset';
import type { OperatedLake } from '../lake';
import type { Finding } from './finding';
import { readManifestText } from './manifest-text';

/**
 * Cures what needs no judgement, under the conditions of the protocol: what somebody else changed meanwhile stays as it is.
 *
 * @param findings of one partition
 * @returns those that are cured
 */
export async function repair(
  lake: OperatedLake,
  ref: PartitionRef,
  findings: readonly Finding[],
): Promise<readonly Finding[]> {
  const cured: Finding[] = [];
  const own = findings.filter(({ repairable }) => repairable);
  const of = (...kinds: readonly Finding['kind'][]): readonly Finding[] =>
    own.filter(({ kind }) => kinds.includes(kind));
  const form = of('manifest-malformed', 'listed-twice');
  if (form.length > 0 && (await rewrite(lake, ref))) cured.push(...form);
  for (const finding of of('extra-manifest')) {
    const found = await lake.store.get(lake.buckets.curated, finding.key);
    if (found === undefined) continue;
    if ((await lake.store.deleteMatching(lake.buckets.curated, [found])).length === 1) cured.push(finding);
  }
  const orphans = of('orphan');
  if (orphans.length > 0) {
    await vacuum(lake, ref);
    const left = new Set<string>();
    for await (const { key } of lake.store.list(lake.buckets.curated, dataPrefix(ref.dataset.name, ref.partition))) {
      left.add(key);
    }
    cured.push(...orphans.filter(({ key }) => !left.has(key)));
  }
  return cured;
}

/** Whether the manifest has the right form now. A commit that comes in between has its own, and the next look tells. */
async function rewrite(lake: OperatedLake, { dataset, partition }: PartitionRef): Promise<boolean> {
  const { curated } = lake.buckets;
  const key = manifestKey(dataset.name, partition);
  const found = await lake.store.get(curated, key);
  if (found === undefined) return false;
  const { files, isClear } = readManifestText(
    found.body.toString('utf8'),
    curated,
    dataPrefix(dataset.name, partition),
  );
  if (!isClear) return false;
  try {
    await lake.store.put(curated, key, Buffer.from(formatManifest(files, curated)), { ifMatch: found.etag });
    return true;
  } catch (error) {
    if (error instanceof PreconditionFailedError) return false;
    throw error;
  }
}
