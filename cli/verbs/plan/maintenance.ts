import { isExpired, isSettled } from '../../../lambda/compaction/protocol/ages';
import { readIntent } from '../../../lambda/compaction/protocol/commit-intent';
import { statFiles } from '../../../lambda/compaction/protocol/data-files';
import type { Lake, PartitionRef } from '../../../lambda/compaction/protocol/lake';
import { findVacuumable } from '../../../lambda/compaction/protocol/maintain';
import { readManifest } from '../../../lambda/compaction/protocol/manifest';
import { chooseMerge, mergePolicy } from '../../../lambda/compaction/protocol/merge-policy';
import { isTombstones } from '../../../lambda/compaction/protocol/names';
import type { ObjectInfo } from '../../../lambda/compaction/store/object-store';
import { recordPrefix } from '../../../lib/dataset';

/** One thing that the maintenance of a partition would do. */
export interface Step {
  readonly step: 'finish' | 'expire' | 'merge' | 'vacuum';
  readonly why: string;
  /** Of `finish`, raw objects; else objects of the curated bucket. */
  readonly objects: number;
  readonly bytes: number;
}

type Sized = Pick<ObjectInfo, 'key' | 'size'>;

/** What `maintain` would do with a partition now, by its own rules. */
export async function maintenanceOf(lake: Lake, ref: PartitionRef): Promise<readonly Step[]> {
  const { dataset, partition } = ref;
  const manifest = await readManifest(lake, ref);
  const listed = new Set(manifest.files);
  const steps: Step[] = [];
  let inputs = 0;
  for await (const { key } of lake.store.list(lake.buckets.curated, recordPrefix(dataset.name, partition))) {
    const intent = await readIntent(lake, key);
    if (intent?.record.files.every((file) => listed.has(file)) === true) inputs += intent.record.inputs.length;
  }
  if (inputs > 0) {
    const why = 'a committed task ended before it deleted its raw objects';
    steps.push({ step: 'finish', why, objects: inputs, bytes: 0 });
  }
  const files = await statFiles(lake, ref, manifest.files);
  if (files.length > 0 && isExpired(lake, ref)) {
    const why = `the partition is older than ${dataset.retention.curatedDays} days`;
    steps.push({ step: 'expire', why, ...sum(files) });
  } else steps.push(...merges(lake, ref, files));
  const old = await findVacuumable(lake, ref, manifest);
  if (old.length > 0) {
    const why = `no manifest has listed them for ${dataset.compaction.graceHours} hours`;
    steps.push({ step: 'vacuum', why, ...sum(old) });
  }
  return steps;
}

/** Merges until the policy is content, if each result were as large as what it replaces. */
function merges(lake: Lake, ref: PartitionRef, all: readonly ObjectInfo[]): readonly Step[] {
  const policy = mergePolicy(ref.dataset);
  const rows = all.filter(({ key }) => !isTombstones(key));
  const packs = isSettled(lake, ref, rows);
  let files: readonly Sized[] = rows;
  const merged = new Map<string, Sized>();
  for (;;) {
    const group = chooseMerge(files, policy, packs);
    if (group.length === 0) break;
    const keys = new Set(group.map(({ key }) => key));
    for (const file of group) if (rows.some(({ key }) => key === file.key)) merged.set(file.key, file);
    const result = { key: [...keys].join(), size: group.reduce((bytes, { size }) => bytes + size, 0) };
    files = [...files.filter(({ key }) => !keys.has(key)), result];
  }
  if (merged.size === 0) return [];
  const before = rows.length;
  const rule = packs
    ? 'the partition is closed and quiet, and files below three quarters of the target fit together'
    : `it has more than ${policy.maxUndersized} files below 128 MiB`;
  const why = `${rule}: ${before} files become ${files.length}`;
  return [{ step: 'merge', why, ...sum([...merged.values()]) }];
}

const sum = (objects: readonly Sized[]): { objects: number; bytes: number } => ({
  objects: objects.length,
  bytes: objects.reduce((bytes, { size }) => bytes + size, 0),
});
