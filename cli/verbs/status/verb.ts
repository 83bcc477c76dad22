import { bytes, count, plural, seconds } from '../../format';
import type { Terminal } from '../../terminal';
import { visible } from '../../visible';
import { type OpenAlarm, openAlarms } from '../alarms';
import { printHeld } from '../held';
import { verb } from '../verb';
import { type DatasetFreshness, type DatasetStatus, datasetStatus, type PartitionStatus, undeclared } from './figures';

/** Partitions of a dataset that are shown to people, besides those that need a look. */
const SHOWN = 20;
const SECONDS = 10;

export const run = verb({
  name: 'status',
  about: `Shows what waits in the inbox, what is committed, and what is in quarantine, by dataset and partition; of a stage also the
alarms that ring. It only reads.`,
  options: [
    ['--watch', `show it again every ${SECONDS} seconds, until Ctrl-C`],
    ['--all', `show all partitions, not only the last ${SHOWN} and those where something waits or is wrong`],
  ],
  flags: { watch: { type: 'boolean' }, all: { type: 'boolean' } },
  changes: false,
  every: ({ watch }) => (watch === true ? SECONDS : undefined),
  async run({ lake, selection, progress }, { all = false }) {
    const found: DatasetStatus[] = [];
    for (const dataset of selection.datasets) {
      progress('status', found.length / selection.datasets.length);
      found.push(await datasetStatus(lake, dataset, selection));
    }
    const isWhole = selection.isWhole && selection.datasets.length === lake.datasets.length;
    const other = isWhole ? await undeclared(lake) : undefined;
    const alarms = lake.aws === undefined ? undefined : await openAlarms(lake.aws);
    return {
      code: 0,
      json: { datasets: found, undeclared: other ?? null, alarms: alarms ?? null },
      print(terminal) {
        for (const dataset of found) printDataset(terminal, dataset, lake.now(), all);
        if (other !== undefined && other.objects > 0) {
          terminal.line(`${plural(other.objects, 'raw object')} under a name that no dataset has:`);
          for (const { key } of other.examples) terminal.line(`  ${visible(key)}`);
        }
        if (alarms !== undefined) printAlarms(terminal, alarms);
      },
    };
  },
});

function printDataset(terminal: Terminal, status: DatasetStatus, now: Date, all: boolean): void {
  const { pending, files, quarantined, unplaced, setAside } = status;
  const waits =
    pending.objects === 0
      ? 'nothing waits'
      : `${plural(pending.objects, 'object')} (${bytes(pending.bytes)}) wait, the oldest for ${seconds(status.lagSeconds)}`;
  terminal.line(
    `${terminal.bold(status.dataset)}: ${waits}; ${plural(files.count, 'file')}, ${bytes(files.bytes)}; ` +
      `${plural(quarantined.rows, 'row')} and ${plural(quarantined.objects, 'object')} in quarantine`,
  );
  if (status.freshness !== undefined) printFreshness(terminal, status.freshness);
  const rows = shown(status.partitions, all);
  if (rows.length > 0) {
    terminal.table({
      head: ['partition', 'pending', 'bytes', 'oldest', 'files', 'bytes', 'undersized', 'last commit', 'rejected'],
      align: ['left', 'right', 'right', 'right', 'right', 'right', 'right', 'left', 'right'],
      rows: rows.map((partition) => cells(partition, now)),
    });
  }
  const hidden = status.partitions.length - rows.length;
  if (hidden > 0) terminal.line(terminal.dim(`${plural(hidden, 'earlier partition')} not shown: --all shows them`));
  for (const { partition, held } of status.partitions) {
    if (held !== undefined) printHeld(terminal, partition, held);
  }
  for (const { partition, problem } of status.partitions) {
    if (problem !== undefined) terminal.line(terminal.bad(`${visible(partition)}: ${visible(problem)}; see verify`));
  }
  if (unplaced.objects > 0) {
    terminal.line(`${plural(unplaced.objects, 'raw object')} in no partition:`);
    for (const { key, problem } of unplaced.examples) terminal.line(`  ${visible(key)}: ${visible(problem)}`);
  }
  if (setAside.objects > 0) {
    terminal.line(`${plural(setAside.objects, 'raw object')} set aside, because S3 refuses to return them:`);
    for (const key of setAside.examples) terminal.line(`  ${visible(key)}`);
  }
  terminal.line();
}

function printFreshness(terminal: Terminal, { newestEvent, ageSeconds, level }: DatasetFreshness): void {
  const newest =
    newestEvent === undefined
      ? `no event yet, watched for ${seconds(ageSeconds)}`
      : `newest event ${newestEvent.toISOString()}, ${seconds(ageSeconds)} ago`;
  if (level === 0) terminal.line(newest);
  else terminal.line(terminal.bad(`${newest}: older than freshness.${level === 2 ? 'errorAfter' : 'warnAfter'}`));
}

/** The last ones, and those that somebody should see. */
const shown = (partitions: readonly PartitionStatus[], all: boolean): readonly PartitionStatus[] =>
  partitions.filter(
    ({ pending, problem }, index) =>
      all || index >= partitions.length - SHOWN || pending.objects > 0 || problem !== undefined,
  );

function cells({ partition, pending, files, lastCommit, quarantined }: PartitionStatus, now: Date): string[] {
  const { oldest } = pending;
  return [
    visible(partition),
    count(pending.objects),
    bytes(pending.bytes),
    oldest === undefined ? '' : seconds(Math.max(0, now.getTime() - oldest.getTime()) / 1000),
    count(files.count),
    bytes(files.bytes),
    count(files.undersized),
    lastCommit === undefined ? '' : `${lastCommit.toISOString().slice(0, 19)}Z`,
    count(quarantined.rows + quarantined.objects),
  ];
}

function printAlarms(terminal: Terminal, alarms: readonly OpenAlarm[]): void {
  if (alarms.length === 0) terminal.line('No alarm rings.');
  for (const { name, since, reason, runbook } of alarms) {
    terminal.line(terminal.bad(`${name} rings since ${since ?? 'an unknown time'}: ${visible(reason)}`));
    if (runbook !== undefined) terminal.line(`  ${runbook}`);
  }
}
