import { type Dataset, HOUR_MS, setAsidePrefix } from '../../../lib/dataset';
import { plural, seconds } from '../../format';
import type { Terminal } from '../../terminal';
import { visible } from '../../visible';
import { type OpenAlarm, openAlarms } from '../alarms';
import { type Held, heldOf, printHeld } from '../held';
import type { OperatedLake } from '../lake';
import { quarantineOf } from '../quarantined';
import type { Selection } from '../selection';
import { type DatasetFreshness, freshnessOf } from '../status/figures';

/** What the data of a lake says of those who deliver it: datasets that are stale, and rows that fail checks. */
export interface DataReport {
  readonly stale: readonly StaleDataset[];
  /** Partitions that wait, because rows fail a check that fails the commit. */
  readonly held: readonly (Held & { readonly dataset: string; readonly partition: string })[];
  /** Checks of which rows came to quarantine within {@link LATELY_HOURS}. */
  readonly failed: readonly FailedCheck[];
  /** Alarms of a stage that ring about rows of the table that fail a check. Undefined for a folder. */
  readonly warned: readonly OpenAlarm[] | undefined;
}

export interface StaleDataset extends DatasetFreshness {
  readonly dataset: string;
  /** What its age exceeds: that of `errorAfter`, else of `warnAfter`. */
  readonly limitSeconds: number;
}

export interface FailedCheck {
  readonly dataset: string;
  readonly check: string;
  readonly expects: string;
  readonly rows: number;
  /** When the last of them was committed. */
  readonly last: Date;
}

/** What counts as lately. */
export const LATELY_HOURS = 24;

export async function examineData(lake: OperatedLake, selection: Selection): Promise<DataReport> {
  const stale: StaleDataset[] = [];
  const held: DataReport['held'][number][] = [];
  const failed: FailedCheck[] = [];
  for (const dataset of selection.datasets) {
    stale.push(...(await staleness(lake, dataset)));
    held.push(...(await heldIn(lake, dataset, selection)));
    failed.push(...(await failedIn(lake, dataset, selection)));
  }
  const ringing = lake.aws === undefined ? undefined : await openAlarms(lake.aws);
  return { stale, held, failed, warned: ringing?.filter(({ name }) => name.endsWith('rows-warned')) };
}

async function staleness(lake: OperatedLake, dataset: Dataset): Promise<readonly StaleDataset[]> {
  const found = await freshnessOf(lake, dataset);
  if (found === undefined || found.level === 0) return [];
  const { warnAfterSeconds, errorAfterSeconds } = dataset.freshness ?? {};
  const limit = found.level === 2 ? errorAfterSeconds : warnAfterSeconds;
  return [{ dataset: dataset.name, ...found, limitSeconds: limit ?? 0 }];
}

async function heldIn(lake: OperatedLake, dataset: Dataset, selection: Selection): Promise<DataReport['held']> {
  const root = setAsidePrefix(dataset.name);
  const partitions = new Set<string>();
  for await (const { key } of lake.store.list(lake.buckets.curated, root)) {
    const partition = key.slice(root.length, Math.max(root.length, key.lastIndexOf('/')));
    if (selection.includes(dataset, partition)) partitions.add(partition);
  }
  const found: DataReport['held'][number][] = [];
  for (const partition of partitions) {
    const own = await heldOf(lake, { dataset, partition });
    if (own !== undefined) found.push({ dataset: dataset.name, partition, ...own });
  }
  return found;
}

async function failedIn(lake: OperatedLake, dataset: Dataset, selection: Selection): Promise<readonly FailedCheck[]> {
  const { checks = [] } = dataset;
  const since = lake.now().getTime() - LATELY_HOURS * HOUR_MS;
  const counts = new Map<string, { rows: number; last: Date }>();
  if (checks.length === 0) return [];
  for await (const { object, entries } of quarantineOf(lake, dataset, selection)) {
    if (object.lastModified.getTime() < since) continue;
    for (const { name } of checks) {
      const rows = entries.filter(({ reason }) => reason.includes(`check ${name}: expected `)).length;
      if (rows === 0) continue;
      const { rows: before, last } = counts.get(name) ?? { rows: 0, last: object.lastModified };
      counts.set(name, { rows: before + rows, last: object.lastModified > last ? object.lastModified : last });
    }
  }
  return checks.flatMap(({ name, expects }) => {
    const found = counts.get(name);
    return found === undefined ? [] : [{ dataset: dataset.name, check: name, expects, ...found }];
  });
}

export const isSound = ({ stale, held, failed, warned = [] }: DataReport): boolean =>
  stale.length + held.length + failed.length + warned.length === 0;

export function printData(terminal: Terminal, { stale, held, failed, warned = [] }: DataReport): void {
  for (const { dataset, newestEvent, ageSeconds, limitSeconds, level } of stale) {
    const newest =
      newestEvent === undefined
        ? `has had no event since it is watched, ${seconds(ageSeconds)} ago`
        : `has no event after ${newestEvent.toISOString()}, ${seconds(ageSeconds)} ago`;
    const limit = `${level === 2 ? 'errorAfter' : 'warnAfter'} is ${seconds(limitSeconds)}`;
    terminal.line(terminal.bad(`${dataset} is stale: it ${newest}; ${limit}`));
    terminal.line('  → Ask who delivers it. status shows whether objects wait.');
  }
  for (const one of held) printHeld(terminal, `${one.dataset}/${one.partition}`, one);
  for (const { dataset, check, expects, rows, last } of failed) {
    const what = `${plural(rows, 'row')} of the last ${LATELY_HOURS} hours ${rows === 1 ? 'is' : 'are'} in quarantine`;
    terminal.line(terminal.bad(`${dataset}: ${what}, by check ${check}: expected ${visible(expects)}`));
    terminal.line(`  → quarantine --dataset ${dataset} shows them. The last came at ${last.toISOString()}.`);
  }
  for (const { name, reason, runbook } of warned) {
    terminal.line(terminal.bad(`${name} rings: ${visible(reason)}`));
    if (runbook !== undefined) terminal.line(`  → ${runbook}`);
  }
}
