import { mapConcurrently } from '../../../lambda/compaction/concurrency';
import { taskBudget } from '../../../lambda/compaction/planning/pending';
import { ChecksFailedError } from '../../../lambda/compaction/protocol/checks-failed';
import type { Converter } from '../../../lambda/compaction/protocol/converter';
import { readErasures } from '../../../lambda/compaction/protocol/erasures';
import { keptUntil, type ReplayOutcome, replay, whyNot } from '../../../lambda/compaction/protocol/replay';
import { ReplayDenied, ReplayRefusal } from '../../../lambda/compaction/protocol/replay-quarantine';
import { readReplaySource } from '../../../lambda/compaction/protocol/replay-source';
import type { RowCounts } from '../../../lambda/compaction/protocol/result';
import { ContentionError } from '../../../lambda/compaction/protocol/transaction';
import { createConverter } from '../../../lambda/compaction/runtime/converter';
import type { Dataset } from '../../../lib/dataset';
import { readWholeNumber } from '../../command-line';
import { bytes, count, plural } from '../../format';
import { MissingPermission } from '../../preflight/aws/errors';
import type { Terminal } from '../../terminal';
import { visible } from '../../visible';
import type { OperatedLake } from '../lake';
import { type VerbContext, verb } from '../verb';
import { Journal } from './journal';
import { everyPartition } from './partitions';

const DEFAULT_PARALLEL = 2;
const MOST_PARALLEL = 16;

/** What becomes of one partition. */
interface Replayed {
  readonly dataset: string;
  readonly partition: string;
  /** `null`: it was only planned. */
  readonly outcome: 'replayed' | 'refused' | 'done-before' | null;
  /** Why it cannot be built with all its rows. */
  readonly problem?: string | undefined;
  /** Raw versions that are read, and their bytes as stored; of a plan. */
  readonly objects?: number;
  readonly bytes?: number;
  /** Consumed raw versions that are gone. */
  readonly expired?: number;
  readonly keptUntil?: Date | undefined;
  readonly rows?: Rows;
  readonly recorded?: Rows;
  /** Rows and rejected lines that were left out because an erase took them out; in no other number. */
  readonly erased?: number;
  readonly files?: number;
}

/** `in = out + quarantined + duplicates + superseded + deletions` */
interface Rows {
  readonly in: number;
  readonly out: number;
  readonly quarantined: number;
  readonly duplicates: number;
  readonly superseded: number;
  readonly deletions: number;
  /** Of those out, how many later ones replaced. */
  readonly replaced: number;
}

export const run = verb({
  name: 'replay',
  about: `Builds partitions anew from the versions of the raw objects that were compacted into them, and makes the new files current by one
commit each: no query sees a partition empty, and runs may be active. Raw objects that wait are left alone.`,
  options: [
    ['--incomplete', 'build from what is still there, also when raw versions have expired'],
    ['--resume', 'leave out partitions that an interrupted replay has rebuilt'],
    ['--parallel N', `partitions at a time, 1 to ${MOST_PARALLEL}; default ${DEFAULT_PARALLEL}`],
  ],
  flags: { incomplete: { type: 'boolean' }, resume: { type: 'boolean' }, parallel: { type: 'string' } },
  changes: true,
  wrong: 'a partition cannot be built with all its rows',
  async run(context, { incomplete = false, resume = false, parallel = `${DEFAULT_PARALLEL}` }) {
    const { mayChange, selection, progress } = context;
    const limit = readWholeNumber('--parallel', parallel, 1, MOST_PARALLEL, DEFAULT_PARALLEL);
    const converter = await converterOf(context.lake, limit);
    const found: Replayed[] = [];
    for (const dataset of selection.datasets) {
      const partitions = await everyPartition(context.lake, dataset, selection);
      const journal = await Journal.read(context.lake, dataset, selection);
      if (mayChange && !resume) await journal.clear();
      const left = partitions.filter((partition) => !resume || !journal.has(partition));
      const job = { ...context, dataset, converter, incomplete };
      let done = 0;
      const own = await mapConcurrently(left, limit, async (partition) => {
        const result = await (mayChange ? rebuild(job, journal, partition) : planned(job, partition));
        progress(`replay ${dataset.name}`, ++done / left.length);
        return result;
      });
      found.push(
        ...partitions
          .filter((partition) => !left.includes(partition))
          .map((partition) => ({ dataset: dataset.name, partition, outcome: 'done-before' as const })),
        ...own,
      );
      if (mayChange && own.every(({ outcome }) => outcome === 'replayed')) await journal.clear();
    }
    const isBad = found.some(({ problem }) => problem !== undefined);
    const isPlan = !mayChange && found.some(({ outcome, problem }) => outcome === null && problem === undefined);
    return {
      code: isPlan ? 3 : isBad ? 1 : 0,
      json: { done: mayChange, partitions: found },
      print(terminal) {
        for (const one of found) printOne(terminal, one);
        if (found.length === 0) terminal.line('Nothing was ever compacted into these partitions, as far as is known.');
        if (isPlan) terminal.line('Nothing was changed. --yes builds them.');
        else if (mayChange && isBad) terminal.line('Partitions with a problem are as they were.');
      },
    };
  },
});

/** Partitions that are built at a time share memory and disk. */
function converterOf(lake: OperatedLake, parallel: number): Promise<Converter> {
  const { compactor } = lake.settings;
  const share = (amount: number): number => Math.max(1, Math.floor(amount / parallel));
  return createConverter(lake.s3, lake, {
    ...compactor,
    memoryMiB: share(compactor.memoryMiB),
    spillMiB: share(compactor.spillMiB),
    maxLocalBytes: share(compactor.maxLocalBytes),
  });
}

interface Job extends Pick<VerbContext, 'lake'> {
  readonly dataset: Dataset;
  readonly converter: Converter;
  readonly incomplete: boolean;
}

async function planned({ lake, dataset, incomplete }: Job, partition: string): Promise<Replayed> {
  const ref = { dataset, partition };
  const source = await readReplaySource(lake, ref);
  const objects = source.transactions.flatMap((transaction) => transaction.objects);
  const erasures = await readErasures(lake, ref);
  return {
    dataset: dataset.name,
    partition,
    outcome: null,
    problem: whyNot(lake, ref, source, erasures, incomplete),
    objects: objects.length,
    bytes: objects.reduce((sum, { size }) => sum + size, 0),
    expired: source.expired.length,
    keptUntil: keptUntil(ref, source),
    recorded: rowsOf(source.recorded),
  };
}

async function rebuild(job: Job, journal: Journal, partition: string): Promise<Replayed> {
  const { lake, dataset, converter, incomplete } = job;
  const ref = { dataset, partition };
  const budget = taskBudget(dataset, lake.settings.compactor.maxLocalBytes);
  let outcome: ReplayOutcome;
  try {
    outcome = await replay(lake, ref, converter, { budget, incomplete });
  } catch (error) {
    if (error instanceof ReplayDenied) throw new MissingPermission('s3:GetObjectVersion', { cause: error });
    // One partition that cannot be built does not keep the others from it.
    const isRefused =
      error instanceof ReplayRefusal || error instanceof ContentionError || error instanceof ChecksFailedError;
    if (!isRefused) throw error;
    return { dataset: dataset.name, partition, outcome: 'refused', problem: error.message };
  }
  await journal.add(partition);
  const { counts, recorded, files, erased } = outcome;
  return {
    dataset: dataset.name,
    partition,
    outcome: 'replayed',
    objects: counts.objectsIn,
    bytes: counts.bytesIn,
    rows: rowsOf(counts),
    recorded: rowsOf(recorded),
    erased,
    files: files.length,
  };
}

const rowsOf = (counts: RowCounts): Rows => ({
  in: counts.rowsIn,
  out: counts.rowsOut,
  quarantined: counts.rowsQuarantined,
  duplicates: counts.duplicates,
  superseded: counts.superseded,
  deletions: counts.deletions,
  replaced: counts.rowsReplaced,
});

function printOne(terminal: Terminal, replayed: Replayed): void {
  const { dataset, partition, outcome, problem, objects = 0, rows, recorded, erased = 0, files = 0 } = replayed;
  const name = terminal.bold(`${dataset} ${visible(partition)}`);
  if (problem !== undefined) {
    terminal.line(`${name}: ${terminal.bad(visible(problem))}`);
    return;
  }
  if (outcome === 'done-before') {
    terminal.line(`${name}: rebuilt before the interruption`);
    return;
  }
  const read = `${plural(objects, 'raw object')} (${bytes(replayed.bytes ?? 0)})`;
  if (rows === undefined || recorded === undefined) {
    const until =
      replayed.keptUntil === undefined ? '' : `, all kept until ${replayed.keptUntil.toISOString().slice(0, 10)}`;
    const table = recorded === undefined ? '' : `, ${count(recorded.out - recorded.replaced)} rows as recorded`;
    terminal.line(`${name}: ${read}${table}${until}`);
    return;
  }
  terminal.line(`${name}: rebuilt from ${read}, ${plural(files, 'file')}`);
  const others = [
    [rows.quarantined, 'in quarantine'],
    [rows.duplicates, 'duplicates'],
    [rows.superseded, 'superseded'],
    [rows.deletions, 'deletions'],
  ] as const;
  const rest = others.flatMap(([number, what]) => (number > 0 ? [` + ${count(number)} ${what}`] : [])).join('');
  terminal.line(`  ${count(rows.in)} rows in = ${count(rows.out)} out${rest}`);
  if (erased > 0) terminal.line(`  ${count(erased)} rows and lines that were erased are left out.`);
  const before = recorded.out - recorded.replaced;
  const now = rows.out - rows.replaced;
  if (before !== now)
    terminal.line(`  The commits recorded ${count(before)} rows in the table, and it has ${count(now)}.`);
}
