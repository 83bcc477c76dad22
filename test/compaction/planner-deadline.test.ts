/**
 * Plans that are not finished in time, run by run: whatever the lake holds and however little time there is, every object is
 * planned within a bounded number of runs, none twice in one plan, and no report is better than the truth.
 */
import fc from 'fast-check';
import { placeRawObject } from '../../lambda/compaction/planning/pending';
import { readProgress, writeProgress } from '../../lambda/compaction/planning/progress';
import type { CompactTask } from '../../lambda/compaction/planning/tasks';
import { writePlan } from '../../lambda/compaction/planning/write-plan';
import { hiveRange, listRanges } from '../../lambda/compaction/protocol/key-ranges';
import type { Lake } from '../../lambda/compaction/protocol/lake';
import { Telemetry } from '../../lambda/compaction/runtime/telemetry';
import type { Dataset } from '../../lib/dataset';
import { MemoryBuckets, MemoryStore } from './support/memory-store';
import { COLUMNS, testDataset } from './support/test-dataset';

const MINUTE = 60_000;
const START = Date.parse('2026-06-20T00:00:00Z');

const HIVE = testDataset();
const LATE_DATE = testDataset({
  name: 'logs',
  columns: [...COLUMNS, { name: 'account', type: 'string' }],
  input: { formats: ['ndjson'], layout: '{account}/{yyyy}/{MM}/{dd}/' },
});
const DATASETS: readonly Dataset[] = [HIVE, LATE_DATE];

/** Metrics as they are written. */
class Metrics extends Telemetry {
  readonly values = new Map<string, Readonly<Record<string, number>>>();
  constructor() {
    super({ namespace: 'test', enabled: false });
  }
  override emitMetrics(dataset: string, metrics: Readonly<Record<string, number>>): void {
    this.values.set(dataset, metrics);
  }
}

class Simulation {
  readonly buckets = new MemoryBuckets();
  readonly lake: Lake;
  now = START;
  /** Requests that are left of the run's time. */
  #left = 0;
  /** Keys of what no run has planned yet, with the run of their arrival. */
  readonly waiting = new Map<string, number>();
  runs = 0;
  /** How the operations begin that fail. */
  refused: string | undefined;
  /** Objects in no partition, as of the last complete listing. */
  readonly #odd = new Map<string, number>();

  constructor(
    pageSize: number,
    /** Requests of a run after which its time is over, run by run and over again. */
    readonly requests: readonly number[],
  ) {
    const tick = async (operation: string): Promise<void> => {
      if (this.refused !== undefined && operation.startsWith(this.refused)) throw new Error(`no ${operation}`);
      if (operation.startsWith('list raw/')) this.#left--;
    };
    this.lake = {
      store: Object.assign(new MemoryStore(this.buckets, tick, async () => {}), { pageSize }),
      buckets: { raw: 'raw', curated: 'curated', quarantine: 'quarantine' },
      now: () => new Date(this.now),
      sleep: async () => {},
    };
    this.buckets.now = () => new Date(this.now);
  }

  put(key: string): void {
    this.buckets.put('raw', key, Buffer.from('x'));
    this.waiting.set(key, this.runs);
  }

  datasetOf(key: string): Dataset {
    return key.startsWith('raw/logs/') ? LATE_DATE : HIVE;
  }

  pending(dataset: Dataset) {
    return this.buckets
      .list('raw', `raw/${dataset.name}/`)
      .filter((object) => placeRawObject(dataset, object).kind === 'pending');
  }

  /** One run of the planner; then tasks take in what they name, unless their partition is poisoned. */
  async run(poisoned: ReadonlySet<string>): Promise<boolean> {
    this.#left = this.requests[this.runs % this.requests.length] ?? 0;
    this.runs++;
    this.now += 15 * MINUTE;
    const telemetry = new Metrics();
    const settings = {
      declared: DATASETS,
      chosen: DATASETS,
      maxLocalBytes: 1e9,
      telemetry,
      isOver: () => this.#left <= 0,
    };
    const plan = await writePlan(this.lake, 'compact', settings);
    for (const dataset of DATASETS) this.#checkReport(dataset, telemetry, plan.complete);
    const text = this.buckets.get('curated', plan.key)?.body.toString() ?? '';
    const tasks = text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as CompactTask);
    expect(plan.tasks).toBe(tasks.length);
    const taken = new Set<string>();
    for (const task of tasks) {
      const dataset = DATASETS.find(({ name }) => name === task.dataset) as Dataset;
      const ref = { dataset, partition: task.partition };
      let count = 0;
      for await (const object of listRanges(this.lake, task.ranges ?? [hiveRange(ref, task)])) {
        const place = placeRawObject(dataset, object);
        if (place.kind !== 'pending' || place.partition !== task.partition) continue;
        expect(taken.has(object.key)).toBe(false);
        taken.add(object.key);
        count++;
      }
      expect(count).toBeGreaterThan(0);
    }
    // Nobody is told to take what was not listed.
    expect(taken.size).toBe(plan.objects);
    if (plan.complete)
      for (const dataset of DATASETS) for (const { key } of this.pending(dataset)) expect(taken).toContain(key);
    for (const key of taken) {
      this.waiting.delete(key);
      const place = placeRawObject(this.datasetOf(key), { key, size: 1 });
      if (place.kind === 'pending' && !poisoned.has(place.partition)) this.buckets.objects.delete(`raw/${key}`);
    }
    return plan.complete;
  }

  #checkReport(dataset: Dataset, telemetry: Metrics, complete: boolean): void {
    const times = this.pending(dataset).map(({ lastModified }) => lastModified.getTime());
    const truth = (this.now - Math.min(this.now, ...times)) / 1000;
    const { OldestPendingSeconds: age, UnplacedObjects: unplaced } = telemetry.values.get(dataset.name) ?? {};
    if (complete) expect(age).toBe(truth);
    else if (this.#hasBeenComplete) expect(age).toBeGreaterThanOrEqual(truth);
    const odd = this.buckets
      .list('raw', `raw/${dataset.name}/`)
      .filter((object) => placeRawObject(dataset, object).kind === 'unplaced').length;
    if (complete) {
      expect(unplaced).toBe(odd);
      this.#odd.set(dataset.name, odd);
    } else expect(unplaced).toBeGreaterThanOrEqual(this.#odd.get(dataset.name) ?? 0);
    this.#hasBeenComplete ||= complete;
  }
  #hasBeenComplete = false;
}

const day = fc.integer({ min: 10, max: 19 });
const name = fc.stringMatching(/^[a-z]{1,3}$/);
const key = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(day, name).map(([d, n]) => `raw/events/year=2026/month=06/day=${d}/${n}`) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.constantFrom('1', '2', '3'), day, name)
      .map(([account, d, n]) => `raw/logs/${account}/2026/06/${d}/${n}`),
  },
  // Of the ingest gateway, beside the producers; and what lies in no partition.
  { weight: 1, arbitrary: fc.tuple(day, name).map(([d, n]) => `raw/logs/year=2026/month=06/day=${d}/${n}`) },
  { weight: 1, arbitrary: name.map((n) => `raw/events/${n}`) },
  { weight: 1, arbitrary: name.map((n) => `raw/events/year=2026/other/${n}`) },
);

test('every object is planned within a bounded number of runs, and no report is better than the truth', async () => {
  let incomplete = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(key, { minLength: 20, maxLength: 80, size: 'max' }),
      // Arrivals of each run, of which many in one hot partition.
      fc.array(fc.array(key, { maxLength: 6 }), { maxLength: 6 }),
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.oneof(fc.integer({ min: 0, max: 40 }), fc.constant(1_000)), { minLength: 1, maxLength: 4 }),
      fc.subarray(['year=2026/month=06/day=10', 'year=2026/month=06/day=11']),
      async (first, arrivals, pageSize, requests, poisoned) => {
        const simulation = new Simulation(pageSize, requests);
        for (const one of first) simulation.put(one);
        const stuck = new Set(poisoned);
        for (const batch of arrivals) {
          if (!(await simulation.run(stuck))) incomplete++;
          simulation.now += MINUTE;
          for (const one of batch) simulation.put(one);
        }
        // A run asks for one page of each dataset at least: so many pages, and so many folders, there are at most.
        const objects = simulation.buckets.list('raw', '').length;
        const bound = 2 * objects + 60;
        for (let run = 0; run < bound && (await stillWaiting(simulation)); run++) {
          if (!(await simulation.run(stuck))) incomplete++;
        }
        expect(await stillWaiting(simulation)).toBe(false);
      },
    ),
    { numRuns: 40 },
  );
  expect(incomplete).toBeGreaterThan(40);
});

test('what an incomplete listing did not reach is as old as the last complete one says: no report is better than the truth', async () => {
  const simulation = new Simulation(1, [1_000, 0]);
  const partition = 'year=2026/month=06/day=12';
  simulation.put(`raw/events/${partition}/old`);
  expect(await simulation.run(new Set([partition]))).toBe(true);
  // Its partition is older, so that it is listed first, and nothing else in this run. Each run compares the report with the truth.
  simulation.put('raw/events/year=2026/month=06/day=10/young');
  expect(await simulation.run(new Set([partition]))).toBe(false);
});

test('what came since the last complete listing, and was not reached, may be as old as that', async () => {
  const simulation = new Simulation(1, [1_000, 0]);
  expect(await simulation.run(new Set())).toBe(true);
  simulation.put('raw/events/year=2026/month=06/day=12/old');
  simulation.now += 10 * MINUTE;
  simulation.put('raw/events/year=2026/month=06/day=10/young');
  expect(await simulation.run(new Set())).toBe(false);
});

test('objects in no partition that an incomplete listing did not reach are still told', async () => {
  const simulation = new Simulation(1, [1_000, 0]);
  simulation.put('raw/events/year=2026/other/odd');
  expect(await simulation.run(new Set())).toBe(true);
  simulation.put('raw/events/year=2026/month=06/day=10/young');
  simulation.put('raw/events/year=2026/month=06/day=11/young');
  expect(await simulation.run(new Set())).toBe(false);
});

test('a run that cannot write its plan remembers nothing: no folder loses its turn', async () => {
  const simulation = new Simulation(1, [0]);
  for (const d of [10, 11]) simulation.put(`raw/events/year=2026/month=06/day=${d}/a`);
  simulation.refused = 'put curated/plans/';
  await expect(simulation.run(new Set())).rejects.toThrow('no put curated/plans/');
  expect(await readProgress(simulation.lake, 'compact')).toEqual({});
  simulation.refused = undefined;
  await simulation.run(new Set());
  expect([...simulation.waiting.keys()]).toEqual(['raw/events/year=2026/month=06/day=11/a']);
});

const stillWaiting = async ({ waiting, datasetOf }: Simulation): Promise<boolean> =>
  [...waiting.keys()].some((one) => placeRawObject(datasetOf(one), { key: one, size: 1 }).kind === 'pending');

test('a folder that fills faster than a run lists keeps no other folder waiting', async () => {
  const simulation = new Simulation(1, [0]);
  for (let i = 0; i < 10; i++) simulation.put(`raw/events/year=2026/month=06/day=10/${String(i).padStart(5, '0')}`);
  for (const d of [11, 12, 13]) simulation.put(`raw/events/year=2026/month=06/day=${d}/a`);
  for (let run = 0; run < 8; run++) {
    await simulation.run(new Set());
    for (let i = 0; i < 5; i++) {
      simulation.put(`raw/events/year=2026/month=06/day=10/${String(100 + 10 * run + i).padStart(5, '0')}`);
    }
  }
  expect([...simulation.waiting.keys()].filter((one) => !one.includes('day=10'))).toEqual([]);
});

test('oldest data goes first, and the next run goes on behind it', async () => {
  const simulation = new Simulation(2, [0]);
  for (const d of [15, 12, 18, 11]) {
    for (const n of ['a', 'b', 'c']) simulation.put(`raw/events/year=2026/month=06/day=${d}/${n}`);
  }
  const turns: string[] = [];
  for (let run = 0; run < 6; run++) {
    const before = [...simulation.waiting.keys()];
    await simulation.run(new Set());
    const planned = before.filter((one) => !simulation.waiting.has(one));
    turns.push(planned.map((one) => one.slice(-4)).join(' '));
  }
  expect(turns).toEqual(['11/a 11/b', '12/a 12/b', '15/a 15/b', '18/a 18/b', '11/c', '12/c']);
});

test('what is remembered is of no weight when it cannot be read', async () => {
  const { lake, buckets } = new Simulation(10, [10]);
  const progress = { events: { since: 5, position: { time: 1, prefix: 'a' }, resume: { a: 'b' } } };
  await writeProgress(lake, 'compact', progress);
  expect(await readProgress(lake, 'compact')).toEqual(progress);
  expect(await readProgress(lake, 'maintain')).toEqual({});
  for (const text of [
    '',
    '[',
    'null',
    '7',
    '{"events":7}',
    '{"events":{"resume":{"a":7}}}',
    '{"events":{"complete":{}}}',
  ]) {
    buckets.put('curated', 'progress/compact.json', Buffer.from(text));
    expect(await readProgress(lake, 'compact')).toEqual({});
  }
});
