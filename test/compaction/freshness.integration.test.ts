/**
 * The newest event time, from rows to the metrics that alarms read. Invariant: after any commits, the planner reports the age of the
 * newest event time that is committed and was not in the future then; whatever crashes, comes late, or runs at once.
 */
import fc from 'fast-check';
import { planInboxes } from '../../lambda/compaction/planning/plan-inboxes';
import { PlanWriter } from '../../lambda/compaction/planning/plan-writer';
import { noteNewest, readNewest } from '../../lambda/compaction/protocol/newest';
import { Telemetry } from '../../lambda/compaction/runtime/telemetry';
import type { Dataset, DatasetDefinition } from '../../lib/dataset';
import { type Datum, embeddedMetrics } from '../support/alarms';
import { RealLake, testDataset } from './support/real-lake';

const HOUR_MS = 3_600_000;
const FRESHNESS = { warnAfter: '2 hours', errorAfter: '1 day' };
const NOW = Date.parse('2026-06-15T18:00:00Z');

let lake: RealLake;
beforeEach(async () => {
  lake = await RealLake.open();
  at(NOW);
});
afterEach(async () => {
  jest.restoreAllMocks();
  await lake.close();
});

/** Sets the clock of the lake. */
function at(time: number | string): void {
  const millis = typeof time === 'number' ? time : Date.parse(time);
  lake.now = () => new Date(millis);
}

const compact = (dataset: Dataset) => lake.compact(dataset, { now: () => lake.now() });

/** What a run of the planner reports: age in hours, and level. */
async function planned(...datasets: readonly Dataset[]): Promise<Record<string, readonly [number, number]>> {
  let log = '';
  const write = jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    log += String(text);
    return true;
  });
  const telemetry = new Telemetry({ namespace: 'Test', enabled: true });
  const writer = new PlanWriter(lake.lake(), `plans/${lake.now().getTime()}.jsonl`, 'run');
  await planInboxes(lake.lake(), { declared: datasets, chosen: datasets, maxLocalBytes: 1e9, telemetry }, writer);
  write.mockRestore();
  const metrics = embeddedMetrics(log);
  const measured = (dataset: string, name: string): number | undefined =>
    metrics.find((datum: Datum) => datum.MetricName === name && datum.Dimensions?.[0]?.Value === dataset)?.value;
  return Object.fromEntries(
    datasets.flatMap(({ name }) => {
      const [age, level] = [measured(name, 'NewestEventSeconds'), measured(name, 'Staleness')];
      return age === undefined || level === undefined ? [] : [[name, [age / 3600, level] as const]];
    }),
  );
}

const rows = (...times: readonly string[]): string =>
  times.map((time, index) => `${JSON.stringify({ id: `${time}-${index}`, at: time })}\n`).join('');

const watched = (more: Partial<DatasetDefinition> = {}) => testDataset({ freshness: FRESHNESS, ...more });

test('the age is that of the newest event, over all partitions and runs', async () => {
  const dataset = watched();
  await lake.put(dataset, 'a.json', rows('2026-06-15T10:00:00Z', '2026-06-15T17:30:00Z', '2026-06-15T09:00:00Z'));
  await lake.put(dataset, 'b.json', rows('2026-06-14T23:00:00Z'), 'year=2026/month=06/day=14');
  await compact(dataset);
  expect(await planned(dataset)).toEqual({ events: [0.5, 0] });
  at(NOW + 1.5 * HOUR_MS);
  expect(await planned(dataset)).toEqual({ events: [2, 1] });
  at(NOW + 23.5 * HOUR_MS);
  expect(await planned(dataset)).toEqual({ events: [24, 2] });
});

test('late data does not make a dataset fresh, and no listing grows', async () => {
  const dataset = watched();
  for (const [index, time] of ['2026-06-15T12:00:00Z', '2026-06-15T08:00:00Z', '2026-06-15T13:00:00Z'].entries()) {
    await lake.put(dataset, `${index}.json`, rows(time));
    await compact(dataset);
  }
  expect(await planned(dataset)).toEqual({ events: [5, 1] });
  expect(await lake.keys('curated', 'newest/')).toEqual([`newest/events/${Date.parse('2026-06-15T13:00:00Z')}`]);
});

test('a clock that is ahead hides nothing: times in the future do not count', async () => {
  const dataset = watched();
  await lake.put(dataset, 'a.json', rows('2026-06-15T18:00:00.001Z', '2026-12-31T00:00:00Z', '2026-06-15T15:00:00Z'));
  await compact(dataset);
  expect(await planned(dataset)).toEqual({ events: [3, 1] });
  await lake.put(dataset, 'b.json', rows('2026-07-15T00:00:00Z'));
  await compact(dataset);
  expect(await planned(dataset)).toEqual({ events: [3, 1] });
});

test('a date counts from its end, but not from later than its commit', async () => {
  const dataset = watched({
    columns: [
      { name: 'id', type: 'string', notNull: true },
      { name: 'at', type: 'date', notNull: true },
    ],
    partition: { scheme: 'month', from: '2026-01-01', to: '2026-12-31' },
  });
  const month = 'year=2026/month=06';
  await lake.put(dataset, 'a.json', rows('2026-06-14', '2026-06-16', '2026-06-13'), month);
  await compact(dataset);
  expect(await planned(dataset)).toEqual({ events: [18, 1] }); // since the end of the 14th
  await lake.put(dataset, 'b.json', rows('2026-06-15'), month);
  await compact(dataset);
  expect(await planned(dataset)).toEqual({ events: [0, 0] });
});

test('a dataset without data ages from the first run that watches it, and one that is not watched has no metric', async () => {
  const [dataset, other] = [watched(), testDataset({ name: 'others' })];
  expect(await planned(dataset, other)).toEqual({ events: [0, 0] });
  at(NOW + 3 * HOUR_MS);
  expect(await planned(dataset, other)).toEqual({ events: [3, 1] });
  // Only rows are events: an object of nothing but rejected lines leaves it as it is.
  await lake.put(dataset, 'a.json', 'no row\n');
  await compact(dataset);
  at(NOW + 25 * HOUR_MS);
  expect(await planned(dataset, other)).toEqual({ events: [25, 2] });
  // Without the setting, and then with it again, it begins anew.
  expect(await planned(testDataset(), other)).toEqual({});
  expect(await planned(dataset, other)).toEqual({ events: [0, 0] });
});

test('rows that supersede others, and duplicates, are events as well', async () => {
  for (const [name, more] of [
    ['changed', { dedupe: { key: ['id'], keep: 'latest', by: 'at' } }],
    ['unique', { dedupeKey: ['id'] }],
  ] as const) {
    const dataset = watched({ name, ...more });
    const row = (time: string): string => `${JSON.stringify({ id: 'a', at: time })}\n`;
    await lake.put(dataset, 'a.json', row('2026-06-15T10:00:00Z'));
    await compact(dataset);
    await lake.put(dataset, 'b.json', row('2026-06-15T17:00:00Z'));
    await compact(dataset);
    expect(await planned(dataset)).toEqual({ [name]: [1, 0] });
  }
});

test('a task that is killed after its commit does not lose it: the next one remembers it', async () => {
  const dataset = watched();
  await lake.put(dataset, 'a.json', rows('2026-06-15T17:00:00Z'));
  const put = lake.store.put.bind(lake.store);
  const dying = jest.spyOn(lake.store, 'put').mockImplementation(async (...given) => {
    if (given[1].startsWith('newest/')) throw new Error('killed');
    return await put(...given);
  });
  await expect(compact(dataset)).rejects.toThrow('killed');
  dying.mockRestore();
  expect(await lake.ids(dataset)).toHaveLength(1);
  expect([...(await readNewest(lake.lake()))]).toEqual([]);
  await lake.put(dataset, 'b.json', rows('2026-06-15T11:00:00Z'));
  await compact(dataset);
  expect(await planned(dataset)).toEqual({ events: [1, 0] });
});

test('of any times that are noted at once, in any order, the newest stays', async () => {
  let name = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: -1000, max: 2e12 }), { minLength: 1, maxLength: 6 }), async (times) => {
      name++;
      await Promise.all(times.map((time) => noteNewest(lake.lake(), `d${name}`, time)));
      expect((await readNewest(lake.lake())).get(`d${name}`)).toBe(Math.max(0, ...times));
      await noteNewest(lake.lake(), `d${name}`, 0);
      expect(await lake.keys('curated', `newest/d${name}/`)).toHaveLength(1);
    }),
    { numRuns: 25 },
  );
});
