import { randomUUID } from 'node:crypto';
import { DuckDbEraser } from '../../../lambda/compaction/engine/eraser';
import { EngineSession } from '../../../lambda/compaction/engine/session';
import { graceMillis } from '../../../lambda/compaction/protocol/ages';
import { MissingFileError } from '../../../lambda/compaction/protocol/data-files';
import { eraseRows, findErasable } from '../../../lambda/compaction/protocol/erase';
import { type Erasure, keepErasure, newErasure } from '../../../lambda/compaction/protocol/erasures';
import type { PartitionRef } from '../../../lambda/compaction/protocol/lake';
import { readManifest } from '../../../lambda/compaction/protocol/manifest';
import { DAY_MS, type Dataset, parsePartitionPath } from '../../../lib/dataset';
import { UsageError } from '../../command-line';
import { plural } from '../../format';
import { visible } from '../../visible';
import { runToEnd } from '../compact/run';
import { censusOf } from '../inbox';
import type { OperatedLake } from '../lake';
import { partitionsOf } from '../partitions';
import { quarantineOf } from '../quarantined';
import { Selection } from '../selection';
import { type VerbContext, verb } from '../verb';
import { type ErasedKeys, erasedKeys, KEY_OPTIONS, readKeys } from './keys';
import { retained } from './lifecycle';
import { LineKeys } from './lines';
import { quarantinedRows } from './quarantine';

/** An object that still has rows of the keys, or may have them. */
interface Remaining {
  readonly what: string;
  /** When it is gone without further steps; null: it stays until somebody acts, or it is not known. */
  readonly until: Date | null;
  readonly todo: string;
}

interface Erased {
  readonly partition: string;
  readonly rows: number;
  readonly files: number;
  readonly leftovers: number;
}

export const run = verb({
  name: 'erase',
  about: `Removes the rows of given keys: compacts what waits in the inbox, and then rewrites the data files and the quarantine that have such
rows, partition by partition, each by one commit. Runs may be active. It says which old versions and query results still have
them, and until when. Start it again if it was interrupted.`,
  options: KEY_OPTIONS,
  flags: { column: { type: 'string' }, key: { type: 'string', multiple: true }, keys: { type: 'string' } },
  changes: true,
  wrong: 'current objects still have rows of the keys, or may have them',
  async run(context, { column, key = [], keys: file }) {
    const { lake, selection, mayChange } = context;
    const [dataset, other] = selection.datasets;
    if (dataset === undefined || other !== undefined) {
      throw new UsageError('--dataset', 'is missing', 'write --dataset NAME: keys are those of one dataset');
    }
    if (column === undefined)
      throw new UsageError('--column', 'is missing', 'write --column NAME: what the keys are values of');
    const given = [...key, ...(file === undefined ? [] : await readKeys(file))];
    const keys = erasedKeys(dataset, column, [...new Set(given)]);
    const own = new Selection([dataset], selection.partition, selection.time);
    const keep = keeper(context, dataset, own, column, keys);
    const waiting = await waitingIn(lake, dataset, own, keys);
    const failures =
      mayChange && waiting.objects > 0 ? (await runToEnd(lake, 'compact', own, () => undefined)).failures : [];
    const left: Remaining[] = failures.map(({ what, error }) => {
      return { what: `${what} of the inbox`, until: null, todo: `it could not be compacted: ${error}` };
    });
    if (mayChange) {
      left.push(...(await stillWaiting(lake, dataset, own, keys, waiting.at)));
      // Later than the commits of what waited: a replay would take their rows for new ones.
      await keep(null);
    }
    const partitions = await eraseCurated(context, dataset, own, keys, left);
    const lines = await eraseQuarantine(context, dataset, own, keys, left);
    const remains = await retained(lake, dataset);
    const rows = partitions.reduce((sum, one) => sum + one.rows, 0);
    const record = mayChange ? await keep({ rows, lines, left: left.length }) : null;
    const isPlan = !mayChange && rows + lines + waiting.objects + left.length + leftovers(partitions) > 0;
    return {
      code: isPlan ? 3 : left.length > 0 ? 1 : 0,
      json: {
        dataset: dataset.name,
        column,
        keys: keys.values.length,
        done: mayChange,
        record,
        pending: waiting.objects,
        partitions,
        rows,
        quarantinedLines: lines,
        left,
        remains,
      },
      print(terminal) {
        if (waiting.objects > 0) {
          terminal.line(
            `${plural(waiting.objects, 'object')} of the inbox ${mayChange ? 'compacted first' : 'to compact first'}`,
          );
        }
        for (const { partition, rows: found, files } of partitions) {
          terminal.line(`${visible(partition)}: ${plural(found, 'row')} in ${plural(files, 'file')}`);
        }
        terminal.line(
          `${plural(rows, 'row')} and ${plural(lines, 'line')} in quarantine ${mayChange ? 'erased' : 'to erase'}.`,
        );
        for (const { what, until, todo } of left) {
          const when = until === null ? '' : ` until ${until.toISOString()}`;
          terminal.line(terminal.bad(`  still there${when}: ${visible(what)}: ${visible(todo)}`));
        }
        for (const { what, until, source } of remains) {
          const when = until === null ? 'nothing deletes them here' : `until ${until.toISOString()}`;
          terminal.line(
            `  ${what}: ${when}${source === 'declared' && lake.aws !== undefined ? ', as the stage declares it' : ''}`,
          );
        }
        if (record !== null) terminal.line(`  A replay leaves them out, as ${visible(record)} says.`);
        if (isPlan) terminal.line('Nothing was changed. --yes erases.');
      },
    };
  },
});

/** Keeps what is erased, so that a replay leaves it out: before anything is removed, and when the erase has ended. */
function keeper(
  { lake }: VerbContext,
  { name }: Dataset,
  { partition, time }: Selection,
  column: string,
  { texts, values }: ErasedKeys,
): (erased: Erasure['erased']) => Promise<string> {
  const began = lake.now().toISOString();
  const bound = (at: number | undefined): number | null => (at === undefined || !Number.isFinite(at) ? null : at);
  const about = { column, partition: partition ?? null, from: bound(time?.from), to: bound(time?.to), began };
  const erasure = newErasure(texts, values, about);
  const id = `${began.replace(/[-:.]/g, '')}-${randomUUID().slice(0, 8)}`;
  return (erased) => keepErasure(lake, name, id, { ...erasure, erased });
}

const leftovers = (partitions: readonly Erased[]): number => partitions.reduce((sum, one) => sum + one.leftovers, 0);

/** Whether a partition can have rows of the keys, and whether all of its rows are. */
function shareOf(dataset: Dataset, partition: string, { partitionKey, values }: ErasedKeys): 'none' | 'some' | 'all' {
  if (partitionKey === undefined) return 'some';
  const parsed = parsePartitionPath(dataset, partition);
  if (!parsed.ok) return 'none';
  return values.includes(parsed.values[partitionKey] ?? '') ? 'all' : 'none';
}

async function waitingIn(lake: OperatedLake, dataset: Dataset, selection: Selection, keys: ErasedKeys) {
  const at = lake.now();
  const { partitions } = await censusOf(lake, dataset, selection);
  const own = [...partitions].filter(([partition]) => shareOf(dataset, partition, keys) !== 'none');
  return { at, objects: own.reduce((sum, [, { objects }]) => sum + objects, 0) };
}

/** What was there before the compaction and is still there; and what no compaction takes. */
async function stillWaiting(
  lake: OperatedLake,
  dataset: Dataset,
  selection: Selection,
  keys: ErasedKeys,
  at: Date,
): Promise<readonly Remaining[]> {
  const { partitions, setAside, unplaced } = await censusOf(lake, dataset, selection);
  const late = [...partitions].filter(
    ([partition, { oldest }]) => shareOf(dataset, partition, keys) !== 'none' && oldest !== undefined && oldest <= at,
  );
  const stays = (what: string, todo: string): Remaining => ({ what, until: null, todo });
  return [
    ...late.map(([partition, { objects }]) =>
      stays(`up to ${plural(objects, 'object')} of the inbox in ${partition}`, 'compact them, and repeat the erase'),
    ),
    ...setAside.examples.map((key) => stays(key, 'S3 refuses to return it: see docs/operations.md, or delete it')),
    ...(selection.isWhole
      ? unplaced.examples.map(({ key, problem }) => stays(key, `no run reads it, as ${problem}: move it, or delete it`))
      : []),
  ];
}

/** Every row of the partition. */
const ALL = { value: 'NULL', condition: 'true' };

async function eraseCurated(
  { lake, mayChange, progress }: VerbContext,
  dataset: Dataset,
  selection: Selection,
  keys: ErasedKeys,
  left: Remaining[],
): Promise<readonly Erased[]> {
  const { memoryMiB, threads, spillMiB, directory } = lake.settings.compactor;
  const session = await EngineSession.open({ memoryMiB, threads, spillMiB }, directory);
  const erased: Erased[] = [];
  let done = 0;
  try {
    for await (const { partition, files } of partitionsOf(lake, dataset, selection)) {
      const share = shareOf(dataset, partition, keys);
      if (share === 'none' || files.length === 0) continue;
      // How many partitions there are is not known before the end.
      progress(`erase ${partition}`, 1 - 1 / ++done);
      const ref = { dataset, partition };
      const eraser = new DuckDbEraser(session, lake.store, lake.buckets.curated, dataset, [
        share === 'all' ? ALL : keys.sql,
      ]);
      try {
        const one = await (mayChange ? eraseOne(lake, ref, eraser, left) : findOne(lake, ref, eraser));
        if (one.rows + one.files + one.leftovers > 0) erased.push(one);
      } catch (error) {
        if (!(error instanceof MissingFileError)) throw error;
        // The others do not wait for it.
        const todo = `the manifest lists ${error.key}, which does not exist: bring the partition back with replay or restore, and repeat the erase`;
        left.push({ what: `rows in ${partition}`, until: null, todo });
      }
    }
  } finally {
    await session.close();
  }
  return erased;
}

async function eraseOne(
  lake: OperatedLake,
  ref: PartitionRef,
  eraser: DuckDbEraser,
  left: Remaining[],
): Promise<Erased> {
  const outcome = await eraseRows(lake, ref, eraser);
  for (const { key, lastModified } of outcome.left) {
    const until = new Date(lastModified.getTime() + graceMillis(ref.dataset));
    left.push({
      what: key,
      until,
      todo: 'an active run may need it: repeat the erase then, or let the vacuum delete it',
    });
  }
  for (const { key } of outcome.kept) {
    const todo =
      'a snapshot of the Iceberg table may list it, and the vacuum deletes it once none does: repeat the erase then';
    left.push({ what: key, until: null, todo });
  }
  const { rows, files, leftovers } = outcome;
  return { partition: ref.partition, rows, files, leftovers };
}

/** What an erase would find. */
async function findOne(lake: OperatedLake, ref: PartitionRef, eraser: DuckDbEraser): Promise<Erased> {
  const { files } = await readManifest(lake, ref);
  const { listed = [], unlisted = [] } = (await findErasable(lake, ref, files, eraser)) ?? {};
  const rows = listed.reduce((sum, one) => sum + one.rows, 0);
  return { partition: ref.partition, rows, files: listed.length, leftovers: unlisted.length };
}

/** @returns the number of lines */
async function eraseQuarantine(
  { lake, mayChange }: VerbContext,
  dataset: Dataset,
  selection: Selection,
  keys: ErasedKeys,
  left: Remaining[],
): Promise<number> {
  const own = new LineKeys(dataset, keys);
  let lines = 0;
  for await (const object of quarantineOf(lake, dataset, selection)) {
    const share = shareOf(dataset, object.partition, keys);
    if (share === 'none') continue;
    const found = await quarantinedRows(lake, object, own, share === 'all');
    lines += found.lines;
    if (mayChange) await found.erase();
    const todo =
      'it could not be read, may have such rows, and may have others: delete it, or correct the declaration, retry it, and erase again';
    const until = expiry(lake, object.object.lastModified);
    for (const key of found.whole) left.push({ what: key, until, todo });
    if (found.doubtful > 0) {
      const what = `${plural(found.doubtful, 'line')} of ${object.object.key}`;
      left.push({
        what,
        until,
        todo: `${own.doubt}, so that they may be of the keys: look at them, and delete the object`,
      });
    }
  }
  return lines;
}

const expiry = ({ aws }: OperatedLake, written: Date): Date | null =>
  aws === undefined ? null : new Date(written.getTime() + aws.retention.quarantineDays * DAY_MS);
