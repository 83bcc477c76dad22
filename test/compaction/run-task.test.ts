/** One task: transactions one after the other while there is time, marks of what S3 refuses, and partitions that wait. */
import { ChecksFailedError } from '../../lambda/compaction/protocol/checks-failed';
import type { Converter, RefusedObject } from '../../lambda/compaction/protocol/converter';
import { writeHold } from '../../lambda/compaction/protocol/hold';
import { dataFileKey } from '../../lambda/compaction/protocol/names';
import { NO_ROWS } from '../../lambda/compaction/protocol/result';
import { NothingReadableError } from '../../lambda/compaction/protocol/set-aside';
import { runTask, type TaskSettings } from '../../lambda/compaction/task/run-task';
import type { DatasetDefinition } from '../../lib/dataset';
import { HOUR_MS, MemoryLake } from './support/memory-lake';
import { PARTITION, testDataset } from './support/test-dataset';

const RAW = `raw/events/${PARTITION}/`;
const refOf = (more: Partial<DatasetDefinition> = {}) => ({ dataset: testDataset(more), partition: PARTITION });
const ref = refOf();
const TASK = { kind: 'compact', dataset: 'events', partition: PARTITION } as const;
const START = { kind: 'compact', dataset: 'events', partition: PARTITION };
const NONE_REFUSED = { objectsRefused: 0, objectsSetAside: 0, refusals: [] };

let lake: MemoryLake;
let loads: string[][];
let logged: [string, string, unknown][];
beforeEach(() => {
  lake = new MemoryLake();
  // The partition is open: nothing is packed.
  lake.time = Date.parse('2026-06-15T12:00:00Z');
  [loads, logged] = [[], []];
});
afterEach(() => {
  jest.restoreAllMocks();
});

const put = (...names: readonly string[]) => {
  for (const name of names) lake.put('raw', RAW + name, 'row');
};
const inbox = () => lake.keys('raw').map((key) => key.slice(RAW.length));

/** An engine that takes each object as a row, unless S3 refuses it or it fails. */
function engine(refuses: (name: string) => boolean = () => false, fail?: () => Error): Converter {
  return {
    load: async (_ref, objects) => {
      loads.push(objects.map(({ key }) => key.slice(RAW.length)));
      const error = fail?.();
      if (error !== undefined) throw error;
      const isRefused = ({ key }: { key: string }) => refuses(key.slice(RAW.length));
      const refused: RefusedObject[] = objects
        .filter(isRefused)
        .map(({ key, etag }) => ({ key, etag, error: 'HTTP 403 AccessDenied' }));
      const inputs = objects
        .filter((object) => !isRefused(object))
        .map(({ key, etag, size }) => ({ key, etag, size, accepted: 1, rejected: [] }));
      return {
        inputs,
        refused,
        complete: true,
        write: async () => lake.files(inputs.length === 0 ? [] : ['rows'], { rows: inputs.length }),
        change: () => Promise.reject(new Error('no row supersedes another')),
        dispose: async () => undefined,
      };
    },
    merge: async () => lake.files(['merged']),
  };
}

const telemetry: TaskSettings['telemetry'] = { log: (...line) => void logged.push(line as [string, string, unknown]) };
const run = (converter = engine(), more: Partial<TaskSettings> = {}, task = {}, own = ref) =>
  runTask(lake, own, { ...TASK, ...task }, converter, { maxLocalBytes: 1_000, telemetry, ...more });

describe('compaction', () => {
  test('of nothing is complete', async () => {
    expect(await run()).toEqual({
      ...START,
      ...NO_ROWS,
      ...NONE_REFUSED,
      filesReplaced: 0,
      filesWritten: 0,
      filesExpired: 0,
      objectsVacuumed: 0,
      rowsRefused: 0,
      complete: true,
    });
    expect(loads).toEqual([]);
  });

  test('takes what fits on the disk, one transaction after the other, and adds up', async () => {
    put('a', 'b', 'c', 'd', 'e');
    const result = await run(engine(), { maxLocalBytes: 2 * 'row'.length });
    expect(loads).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
    expect(result).toMatchObject({ rowsIn: 5, rowsOut: 5, objectsIn: 5, filesOut: 3, complete: true });
    expect(inbox()).toEqual([]);
  });

  test('takes objects in their order: one that does not fit is the first of the next transaction', async () => {
    put('a', 'c');
    lake.put('raw', `${RAW}b`, 'a longer row');
    expect(await run(engine(), { maxLocalBytes: 2 * 'row'.length })).toMatchObject({ rowsIn: 3, complete: true });
    expect(loads).toEqual([['a'], ['b'], ['c']]);
  });

  test('merges the small files that it made', async () => {
    put('a', 'b', 'c', 'd', 'e');
    const result = await run(engine(), { maxLocalBytes: 1 }, {}, refOf({ compaction: { maxUndersizedFiles: 2 } }));
    expect(result).toMatchObject({ filesOut: 5, filesReplaced: 5, filesWritten: 1 });
    expect(lake.listed().map((key) => lake.text('curated', key))).toEqual(['merged']);
  });

  test('keeps to the ends that the task has', async () => {
    put('a', 'b', 'c', 'd');
    await run(engine(), {}, { after: `${RAW}a`, through: `${RAW}c` });
    expect(loads).toEqual([['b', 'c']]);
  });

  test('takes from ranges what is of its partition, and no markers', async () => {
    put('a', '_hidden');
    lake.put('raw', `${RAW}_SUCCESS`, '');
    lake.put('raw', 'raw/events/year=2026/month=06/day=16/b', 'row');
    const ranges = [{ prefix: RAW }, { prefix: 'raw/events/' }];
    expect(await run(engine(), {}, { ranges })).toMatchObject({ rowsIn: 1, complete: true });
    expect(loads).toEqual([['a']]);
  });

  test.each([
    ['just enough', 200, true],
    ['a little less', 199, false],
  ])('starts another transaction when twice the time of the last one is left: %s', async (_, left, isComplete) => {
    put('a', 'b');
    let now = 1_000;
    jest.spyOn(Date, 'now').mockImplementation(() => now);
    const converter = engine(undefined, () => {
      now += 100;
      return undefined as never;
    });
    const result = await run(converter, { maxLocalBytes: 1, limit: { getRemainingTimeInMillis: () => left } });
    expect(result.complete).toBe(isComplete);
    expect(inbox()).toEqual(isComplete ? [] : ['b']);
    expect(result.rowsIn).toBe(isComplete ? 2 : 1);
  });

  test('without a limit it goes on to the end', async () => {
    put('a', 'b');
    expect(await run(engine(), { maxLocalBytes: 1 })).toMatchObject({ complete: true, rowsIn: 2 });
  });
});

describe('objects that S3 refuses', () => {
  const refusing = () => engine((name) => name.startsWith('no'));
  const refusal = (name: string, setAside: boolean) => ({ key: RAW + name, error: 'HTTP 403 AccessDenied', setAside });

  test('are told and logged, and do not delay the others', async () => {
    put('a', 'no1');
    expect(await run(refusing(), {}, { run: '1' })).toMatchObject({
      rowsIn: 1,
      objectsRefused: 1,
      objectsSetAside: 0,
      refusals: [refusal('no1', false)],
      complete: true,
    });
    expect(inbox()).toEqual(['no1']);
    expect(logged).toEqual([['warn', 'Raw object is refused', refusal('no1', false)]]);
    // The commit comes first.
    const operations = lake.operations.map((operation) => operation.split('/', 2).join('/'));
    expect(operations.indexOf('put curated/manifests')).toBeLessThan(operations.indexOf('put curated/set-aside'));
  });

  test('are set aside by a second run, and not by a repeat of the first', async () => {
    put('no1');
    await run(refusing(), {}, { run: '1' });
    expect(await run(refusing(), {}, { run: '1' })).toMatchObject({ objectsSetAside: 0 });
    expect(await run(refusing(), {}, { run: '2' })).toMatchObject({ objectsRefused: 1, objectsSetAside: 1 });
    expect(logged.at(-1)).toEqual(['warn', 'Raw object is set aside', refusal('no1', true)]);
    loads = [];
    put('a');
    expect(await run(refusing(), {}, { run: '3' })).toMatchObject({ objectsRefused: 0, rowsIn: 1, complete: true });
    expect(loads).toEqual([['a']]);
  });

  test('a task that is of no plan is a run of its own each time', async () => {
    put('no1');
    await run(refusing());
    expect(await run(refusing())).toMatchObject({ objectsSetAside: 1 });
  });

  test('are tried again when they are due, and forgotten once they are taken in', async () => {
    put('no1');
    await run(refusing(), {}, { run: '1' });
    await run(refusing(), {}, { run: '2' });
    lake.time += 6 * HOUR_MS;
    expect(await run(engine(), {}, { run: '3' })).toMatchObject({ rowsIn: 1 });
    expect(lake.keys('curated', 'set-aside/').filter((key) => !key.endsWith('proof.json'))).toEqual([]);
  });

  test('of all transactions are added up', async () => {
    put('no1', 'no2');
    expect(await run(refusing(), { maxLocalBytes: 1 }, { run: '1' })).toMatchObject({
      objectsRefused: 2,
      refusals: [refusal('no1', false), refusal('no2', false)],
    });
  });

  test('are no objects to set aside when the lake cannot be read at all: the task fails', async () => {
    put('no1');
    lake.before = (operation) => {
      if (operation.includes('_probe-')) throw Object.assign(new Error('denied'), { name: 'AccessDenied' });
    };
    await expect(run(refusing())).rejects.toThrow(NothingReadableError);
  });

  test('nobody need log them', async () => {
    put('no1');
    expect(await run(refusing(), { telemetry: undefined as never })).toMatchObject({ objectsRefused: 1 });
  });
});

describe('a partition whose rows fail a check that fails the commit', () => {
  const checked = refOf({ checks: [{ column: 'n', min: 0, onFail: 'fail' }] });
  const failed = () =>
    new ChecksFailedError(
      'events',
      [{ name: 'n_range', expects: 'n from 0 on' }],
      { byName: { n_range: 3 }, fail: 3 },
      undefined,
    );

  test('waits from then on: the task fails once', async () => {
    put('a');
    const error = failed();
    await expect(
      run(
        engine(undefined, () => error),
        {},
        {},
        checked,
      ),
    ).rejects.toBe(error);
    loads = [];
    const result = await run(engine(), {}, {}, checked);
    expect(result).toMatchObject({ rowsIn: 0, rowsRefused: 3, complete: false, ...NONE_REFUSED });
    expect(loads).toEqual([]);
    expect(logged).toEqual([
      [
        'warn',
        'Partition waits for its checks',
        {
          ...START,
          at: '2026-06-15T12:00:00.000Z',
          problem: error.message,
          rows: 3,
          object: undefined,
          checks: expect.stringMatching(/^[0-9a-f]{32}$/),
        },
      ],
    ]);
  });

  test('and waits has its files merged nevertheless', async () => {
    const own = refOf({
      checks: [{ column: 'n', min: 0, onFail: 'fail' }],
      compaction: { maxUndersizedFiles: 2 },
    });
    await writeHold(lake, own, failed());
    const keys = ['a', 'b', 'c'].map((digit) => dataFileKey(own, digit.repeat(32), 0));
    for (const key of keys) lake.put('curated', key, 'x');
    lake.list(keys);
    expect(await run(engine(), {}, {}, own)).toMatchObject({ filesReplaced: 3, filesWritten: 1, complete: false });
  });

  test('waits though nobody logs it', async () => {
    await writeHold(lake, checked, failed());
    expect(await run(engine(), { telemetry: undefined as never }, {}, checked)).toMatchObject({ rowsRefused: 3 });
  });

  test('does not wait for any other error', async () => {
    put('a');
    await expect(
      run(
        engine(undefined, () => new Error('no connection')),
        {},
        {},
        checked,
      ),
    ).rejects.toThrow('no connection');
    expect(lake.keys('curated', 'set-aside/')).toEqual([]);
  });
});

test('maintenance tells what it did, and counts what it finished', async () => {
  const own = refOf({ retention: { curatedDays: 1 }, compaction: { graceHours: 24 } });
  const [listed, old] = ['a', 'b'].map((digit) => dataFileKey(own, digit.repeat(32), 0)) as [string, string];
  lake.time = Date.parse('2026-06-20T12:00:00Z');
  lake.put('curated', listed, 'x');
  lake.list([listed]);
  const etag = lake.put('raw', `${RAW}a`, 'row');
  const counts = { ...NO_ROWS, rowsIn: 1, rowsOut: 1 };
  const record = { files: [listed], inputs: [{ key: `${RAW}a`, etag }], counts, attempt: '1' };
  lake.put('curated', `records/events/${PARTITION}/r.json`, JSON.stringify(record));
  lake.put('curated', old, 'x', 100);
  expect(await run(engine(), {}, { kind: 'maintain' }, own)).toEqual({
    ...START,
    kind: 'maintain',
    ...counts,
    ...NONE_REFUSED,
    filesReplaced: 0,
    filesWritten: 0,
    filesExpired: 1,
    objectsVacuumed: 0,
    rowsRefused: 0,
    complete: true,
  });
  expect(loads).toEqual([]);
});
