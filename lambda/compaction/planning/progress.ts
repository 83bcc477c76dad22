import type { Dataset } from '../../../lib/dataset';
import { type PlanMode, progressKey } from '../../../lib/dataset/layout';
import type { Lake } from '../protocol/lake';
import type { LeafPosition } from './folders';

/** What the planner remembers about a dataset between runs. It only decides where a run begins and what it reports. */
export interface InboxProgress {
  /** The last complete listing: when it began, and what it found. */
  readonly complete?: CompleteListing;
  /** When the first incomplete listing since then began. Epoch milliseconds. */
  readonly since?: number;
  /** When the first run with the `freshness` of the dataset began. Epoch milliseconds. */
  readonly watched?: number;
  /** The last folder that an incomplete listing began with; the next run begins behind it. */
  readonly position?: LeafPosition;
  /** For folders whose listing stopped early: the last key that is planned. */
  readonly resume?: Readonly<Record<string, string>>;
}

export interface CompleteListing {
  /** Epoch milliseconds. */
  readonly at: number;
  /** When the oldest pending object arrived. Absent: nothing was pending. */
  readonly oldest?: number;
  readonly unplaced: number;
  readonly setAside: number;
}

export type Progress = Readonly<Record<string, InboxProgress>>;

/** By dataset. An entry that cannot be parsed is ignored: a run then begins with the oldest data. */
export async function readProgress(lake: Lake, mode: PlanMode): Promise<Progress> {
  const found = await lake.store.get(lake.buckets.curated, progressKey(mode));
  if (found === undefined) return {};
  try {
    const parsed: unknown = JSON.parse(found.body.toString('utf8'));
    if (typeof parsed !== 'object' || parsed === null) return {};
    return Object.fromEntries(Object.entries(parsed).filter(([, progress]) => isProgress(progress)));
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

/** The progress of the declared datasets. Datasets that a run does not plan keep theirs. */
export const declaredOnly = (
  known: Progress,
  declared: readonly Pick<Dataset, 'name'>[],
): Record<string, InboxProgress> =>
  Object.fromEntries(
    declared.flatMap(({ name }) => (known[name] === undefined ? [] : [[name, known[name] as InboxProgress]])),
  );

/** Written after the plan: if a run fails before, no folder loses its turn. */
export async function writeProgress(lake: Lake, mode: PlanMode, progress: Progress): Promise<void> {
  await lake.store.put(lake.buckets.curated, progressKey(mode), Buffer.from(JSON.stringify(progress)));
}

function isProgress(value: unknown): value is InboxProgress {
  if (typeof value !== 'object' || value === null) return false;
  const { complete, since, watched, position, resume } = value as Record<string, unknown>;
  const has = (of: unknown, ...names: readonly string[]): boolean =>
    typeof of === 'object' && of !== null && names.every((name) => Number.isFinite(of[name as keyof typeof of]));
  return (
    (complete === undefined || has(complete, 'at', 'unplaced', 'setAside')) &&
    (since === undefined || Number.isFinite(since)) &&
    (watched === undefined || Number.isFinite(watched)) &&
    (position === undefined || (has(position, 'time') && 'prefix' in (position as object))) &&
    (resume === undefined ||
      (typeof resume === 'object' && resume !== null && Object.values(resume).every((key) => typeof key === 'string')))
  );
}
