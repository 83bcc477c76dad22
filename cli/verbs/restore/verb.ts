import { DuckDbEraser } from '../../../lambda/compaction/engine/eraser';
import { erasedConditions } from '../../../lambda/compaction/engine/erasure-sql';
import { EngineSession } from '../../../lambda/compaction/engine/session';
import { isExpired } from '../../../lambda/compaction/protocol/ages';
import { readErasures, whyNotErased } from '../../../lambda/compaction/protocol/erasures';
import type { PartitionRef } from '../../../lambda/compaction/protocol/lake';
import { restoreFiles } from '../../../lambda/compaction/protocol/restore';
import { UsageError } from '../../command-line';
import { count, plural } from '../../format';
import { visible } from '../../visible';
import { type PartitionVersion, partitionVersions, RowCounter } from '../history/versions';
import type { OperatedLake } from '../lake';
import type { Selection } from '../selection';
import { verb } from '../verb';

export const run = verb({
  name: 'restore',
  about: `Goes back to an earlier version of one partition, as a new commit: runs may be active. Rows that were committed since leave the
table; their raw objects are already deleted, and replay brings them back. It looks first whether every file is still there.`,
  options: [
    ['--version ID', 'the version to go back to: history lists them'],
    ['--at TIME', 'instead: the version that was current then, in UTC: 2026-06-15T10:00:00Z'],
  ],
  flags: { version: { type: 'string' }, at: { type: 'string' } },
  changes: true,
  wrong: 'files of the version are missing',
  async run({ lake, selection, mayChange }, { version: id, at }) {
    const ref = partitionOf(selection);
    const chosen = choice(id, at);
    if (isExpired(lake, ref)) {
      const problem = `it is older than ${ref.dataset.retention.curatedDays} days: the next maintenance would empty it again`;
      throw new UsageError('--partition', problem, 'raise retention.curatedDays of the dataset, and deploy');
    }
    const versions = await versionsOf(lake, ref);
    const target = versions.find(chosen.is);
    const current = versions.find(({ isCurrent }) => isCurrent);
    if (target === undefined) {
      throw new UsageError(chosen.option, 'there is no such version any more', 'write one that history lists');
    }
    if (target.problem !== undefined) {
      throw new UsageError(chosen.option, `it is none to go back to: ${target.problem}`, 'write another one');
    }
    const erasures = (await readErasures(lake, ref)).filter((one) => one.at >= target.at);
    const problem = whyNotErased(ref, erasures);
    if (problem !== undefined) throw new UsageError(chosen.option, problem, 'declare it, or choose a later version');
    const outcome = mayChange && target.missing.length === 0 ? await goBack(lake, ref, target) : undefined;
    const missing = outcome?.outcome === 'missing' ? outcome.files : target.missing;
    const isDone = outcome !== undefined && outcome.outcome !== 'missing';
    const rowsNow = current?.rows;
    return {
      code: missing.length > 0 ? 1 : isDone ? 0 : 3,
      json: {
        dataset: ref.dataset.name,
        partition: ref.partition,
        from: current,
        to: target,
        missing,
        outcome: outcome?.outcome,
      },
      print(terminal) {
        const rows = target.rows === undefined ? '' : ` with ${count(target.rows)} rows`;
        const now = rowsNow === undefined ? '' : ` (it has ${count(rowsNow)} rows now)`;
        const version = `${visible(target.version)} of ${target.at.toISOString()}: ${plural(target.files.length, 'file')}${rows}`;
        terminal.line(`${ref.dataset.name} ${visible(ref.partition)}${now}, version ${version}`);
        for (const key of missing) terminal.line(terminal.bad(`  missing: ${visible(key)}`));
        const last = erasures.at(-1);
        if (last !== undefined) {
          const what =
            missing.length > 0 ? 'the files that held them were deleted' : 'the restored version is without them';
          terminal.line(`Rows were erased since, at last on ${last.at.toISOString()}: ${what}.`);
        }
        if (missing.length > 0)
          terminal.line('Nothing was changed. Choose a version whose files are there, or replay the raw objects.');
        else if (outcome?.outcome === 'current') terminal.line('The partition has these files already.');
        else if (isDone) terminal.line('Restored, as a new version.');
        else terminal.line('Nothing was changed. --yes goes back to it.');
      },
    };
  },
});

async function goBack(lake: OperatedLake, ref: PartitionRef, target: PartitionVersion) {
  const { memoryMiB, threads, spillMiB, directory } = lake.settings.compactor;
  const session = await EngineSession.open({ memoryMiB, threads, spillMiB }, directory);
  try {
    return await restoreFiles(lake, ref, target, (erasures) => {
      return new DuckDbEraser(session, lake.store, lake.buckets.curated, ref.dataset, erasedConditions(ref, erasures));
    });
  } finally {
    await session.close();
  }
}

function partitionOf({ datasets, partition }: Selection): PartitionRef {
  const [dataset] = datasets;
  if (dataset !== undefined && partition !== undefined) return { dataset, partition };
  throw new UsageError('--partition', 'is missing', 'write --dataset NAME --partition PATH: one at a time is restored');
}

interface Choice {
  readonly option: string;
  is(version: PartitionVersion): boolean;
}

/** The first of the versions, newest first, that fits. */
function choice(id: string | undefined, at: string | undefined): Choice {
  if ((id === undefined) === (at === undefined)) {
    throw new UsageError(
      '--version',
      id === undefined ? 'is missing' : 'it is given together with --at',
      'write one of --version, --at',
    );
  }
  if (at === undefined) return { option: '--version', is: ({ version }) => version === id };
  const time = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?Z$/.test(at) ? Date.parse(at) : Number.NaN;
  if (Number.isNaN(time)) throw new UsageError('--at', `"${at}" is no time in UTC`, 'write 2026-06-15T10:00:00Z');
  return { option: '--at', is: (version) => version.at.getTime() <= time };
}

async function versionsOf(lake: OperatedLake, ref: PartitionRef): Promise<readonly PartitionVersion[]> {
  const counter = await RowCounter.open(lake);
  try {
    return await partitionVersions(lake, ref, counter.count);
  } finally {
    await counter.close();
  }
}
