/** The shipped planner, compaction and maintenance over weeks of a lake with late data: what must hold on every day of it. */

import { mergePolicy } from '../../lambda/compaction/protocol/merge-policy';
import { page } from '../../test/docs/pages';
import { chart } from '../year/chart';
import { LATE, SCENARIOS } from '../year/scenarios';
import { table } from '../year/table';
import { simulateYear, type YearOptions, type YearOutcome, yearDataset } from '../year/year';

const HOUR = 3_600;
const DAY = 24 * HOUR;

/** Few objects a day, so that weeks take a second; in sizes that give a partition many files. */
const small: YearOptions = {
  ...LATE,
  days: 8,
  bytesPerDay: 20e9,
  objectBytes: 20e6,
  everySeconds: HOUR,
  late: { share: 0.3, medianSeconds: DAY, longestSeconds: 8 * DAY },
};

/** Most files of a partition in which data arrives: undersized ones, and those that hold half of the target or more. */
function bound(options: YearOptions, outcome: YearOutcome): number {
  const { capBytes, maxUndersized } = mergePolicy(yearDataset(options));
  const largest = Math.max(...outcome.partitions.map(({ bytes }) => bytes));
  return maxUndersized + Math.ceil((4 * largest) / capBytes);
}

function holds(options: YearOptions, outcome: YearOutcome, longestWait: number): void {
  const { rows, samples, partitions } = outcome;
  // Nothing is lost, and nothing is pending forever.
  expect(rows.arrived).toBeGreaterThan(0);
  expect(rows).toEqual({ arrived: rows.arrived, visible: rows.arrived, pending: 0 });
  for (const { pendingSeconds } of samples) expect(pendingSeconds).toBeLessThanOrEqual(longestWait);
  // Files are few on every day, and about ceil(bytes / target) in the end.
  const most = bound(options, outcome);
  for (const { mostFiles } of samples) expect(mostFiles).toBeLessThanOrEqual(most);
  const { capBytes } = mergePolicy(yearDataset(options));
  for (const { bytes, files } of partitions) expect(files).toBeLessThanOrEqual(2 * Math.ceil(bytes / capBytes) + 1);
}

test.each<[string, Partial<YearOptions>]>([
  ['no late data', { late: { share: 0, medianSeconds: 1, longestSeconds: 1 } }],
  ['late data', {}],
  ['everything late', { late: { share: 1, medianSeconds: 2 * DAY, longestSeconds: 10 * DAY } }],
  ['small objects, one at a time', { bytesPerDay: 100e6, objectBytes: 100e3 }],
  ['a leading key, one value of which has half of the data', { values: 3, days: 6 }],
  ['partitions of an hour', { scheme: 'hour', days: 4, everySeconds: HOUR / 2 }],
])('%s: every byte is written a few times, files are few, and nothing waits for more than a run', async (_, change) => {
  const options = { ...small, ...change };
  const outcome = await simulateYear(options);
  holds(options, outcome, options.everySeconds + 60);
  expect(outcome.skipped).toBe(0);
  for (const { writeAmplification } of outcome.samples) expect(writeAmplification).toBeLessThan(8);
});

test('after days without compaction, the backlog is gone as fast as the tasks allow, oldest first', async () => {
  const options = { ...small, bytesPerDay: 100e9, objectBytes: 100e6, outage: { fromDay: 4, days: 3 } };
  const outcome = await simulateYear(options);
  holds(options, outcome, 3 * DAY + 2 * HOUR);
  const waited = outcome.samples.map(({ pendingSeconds }) => pendingSeconds);
  expect(waited[7]).toBeGreaterThan(2.9 * DAY);
  expect(waited[8]).toBeLessThan(2 * HOUR);
});

test('the same options give the same year, its table and its plot', async () => {
  const options = { ...small, days: 3 };
  const [one, two] = [await simulateYear(options), await simulateYear(options)];
  const scenario = { ...options, name: 'small', title: 'A few days' };
  expect(table([[scenario, one]])).toBe(table([[scenario, two]]));
  const svg = chart('A few days', one);
  expect(svg).toBe(chart('A few days', two));
  expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  expect(svg.match(/<path d="M[^"]*L/g)?.length).toBeGreaterThanOrEqual(6);
});

test('the page has each scenario and its plot', () => {
  const { text } = page('docs/scaling-lake.md');
  const [, head = ''] = /<!-- year: [^>]*-->\n(.*)\n/.exec(text) ?? [];
  expect(head).toBe(`|  | ${SCENARIOS.map(({ title }) => title).join(' | ')} |`);
  for (const { name } of SCENARIOS) expect(text).toContain(`images/year-${name}.svg`);
});
