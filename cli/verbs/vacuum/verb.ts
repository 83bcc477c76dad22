import { graceMillis } from '../../../lambda/compaction/protocol/ages';
import type { Lake, PartitionRef } from '../../../lambda/compaction/protocol/lake';
import { findVacuumable, vacuum } from '../../../lambda/compaction/protocol/maintain';
import { type Manifest, readManifest } from '../../../lambda/compaction/protocol/manifest';
import type { ObjectInfo } from '../../../lambda/compaction/store/object-store';
import { dataPrefix } from '../../../lib/dataset';
import { UsageError } from '../../command-line';
import { bytes, plural, seconds } from '../../format';
import { visible } from '../../visible';
import { type PartitionObjects, partitionsOf } from '../partitions';
import { verb } from '../verb';

interface Candidate {
  readonly dataset: string;
  readonly partition: string;
  readonly key: string;
  readonly bytes: number;
  readonly ageSeconds: number;
  readonly reason: string;
  /** When a vacuum may delete it; null: now. It moves with each commit to the partition. */
  readonly from: Date | null;
}

export const run = verb({
  name: 'vacuum',
  about: `Lists each file that a vacuum deletes, with bytes, age and reason, and those that the grace still protects. The daily
maintenance does the same on its own.`,
  options: [['--dry-run', 'only list; the same as without --yes']],
  flags: { 'dry-run': { type: 'boolean' } },
  changes: true,
  async run({ lake, selection, mayChange, progress }, { 'dry-run': dryRun }) {
    if (dryRun === true && mayChange) throw new UsageError('--dry-run', 'it is given together with --yes', 'write one');
    const found: Candidate[] = [];
    let deleted = 0;
    for (const [index, dataset] of selection.datasets.entries()) {
      progress('vacuum', index / selection.datasets.length);
      for await (const objects of partitionsOf(lake, dataset, selection)) {
        if (objects.files.length + objects.records.length === 0) continue;
        const ref = { dataset, partition: objects.partition };
        const manifest = await readManifest(lake, ref);
        const own = await candidates(lake, ref, manifest, objects);
        found.push(...own);
        if (mayChange && own.some(({ from }) => from === null)) deleted += await vacuum(lake, ref);
      }
    }
    const now = found.filter(({ from }) => from === null);
    const total = now.reduce((sum, candidate) => sum + candidate.bytes, 0);
    const isPlan = !mayChange && dryRun !== true && now.length > 0;
    return {
      code: isPlan ? 3 : 0,
      json: { objects: found, deleted: mayChange ? deleted : null },
      print(terminal) {
        for (const { key, bytes: size, ageSeconds, reason, from } of found) {
          const when = from === null ? '' : `; not before ${from.toISOString()}`;
          terminal.line(`${visible(key)}  ${bytes(size)}, ${seconds(ageSeconds)} old: ${reason}${when}`);
        }
        if (mayChange) terminal.line(`${plural(deleted, 'object')} deleted.`);
        else
          terminal.line(
            `${plural(now.length, 'object')} (${bytes(total)}) to delete now.${isPlan ? ' --yes deletes.' : ''}`,
          );
      },
    };
  },
});

async function candidates(
  lake: Lake,
  ref: PartitionRef,
  manifest: Manifest,
  { files, records }: PartitionObjects,
): Promise<readonly Candidate[]> {
  const now = lake.now().getTime();
  const grace = graceMillis(ref.dataset);
  const goes = new Set((await findVacuumable(lake, ref, manifest)).map(({ key }) => key));
  const listed = new Set(manifest.files);
  const isFile = ({ key }: ObjectInfo): boolean => key.startsWith(dataPrefix(ref.dataset.name, ref.partition));
  const unlisted = files.filter(({ key }) => !listed.has(key));
  return [...unlisted, ...records.filter(({ key }) => goes.has(key))].map((object) => {
    const { key, size, lastModified } = object;
    const from = Math.max(lastModified.getTime(), manifest.lastModified?.getTime() ?? 0) + grace;
    return {
      dataset: ref.dataset.name,
      partition: ref.partition,
      key,
      bytes: size,
      ageSeconds: Math.max(0, now - lastModified.getTime()) / 1000,
      reason: isFile(object) ? 'no manifest lists it' : 'its transaction never committed',
      from: goes.has(key) ? null : new Date(from),
    };
  });
}
