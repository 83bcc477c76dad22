/** One transaction that nobody disturbs: what is committed, consumed, counted and tidied up. */
import { compactOnce } from '../../../lambda/compaction/protocol/compact';
import { hiveRange } from '../../../lambda/compaction/protocol/key-ranges';
import { dataFileKey, transactionId } from '../../../lambda/compaction/protocol/names';
import { NO_ROWS } from '../../../lambda/compaction/protocol/result';
import { BASE, CompactBench, everything, FOLDER, MANIFEST, names, refOf } from '../support/compact-bench';
import type { MemoryLake } from '../support/memory-lake';
import { PARTITION } from '../support/test-dataset';

const ref = refOf();
const keyed = refOf({ dedupeKey: ['id'] });

let bench: CompactBench;
let lake: MemoryLake;
beforeEach(() => {
  bench = new CompactBench();
  ({ lake } = bench);
});

describe('a transaction', () => {
  test('commits the rows of all that it takes, then deletes it, and leaves no record', async () => {
    lake.list([BASE]);
    const { counts, rest, taken, refused } = await bench.compacted();
    expect(counts).toEqual({ ...NO_ROWS, rowsIn: 6, rowsOut: 6, objectsIn: 3, bytesIn: 3, filesOut: 1, bytesOut: 4 });
    expect(names(taken)).toEqual(['a', 'b', 'c']);
    expect(refused).toEqual([]);
    expect(rest).toEqual([{ prefix: FOLDER, after: `${FOLDER}c` }]);
    expect(lake.keys('raw')).toEqual([]);
    const [file] = lake.keys('curated', 'data/');
    expect(lake.listed()).toEqual([BASE, file]);
    expect(lake.keys('curated', 'records/')).toEqual([]);
  });

  test('records its inputs before it commits, and deletes none of them before', async () => {
    await bench.compacted();
    const kinds = lake.operations.map((operation) => operation.replace(/^(\S+ \w+\/\w+).*$/, '$1'));
    expect(kinds.slice(kinds.indexOf('put curated/data'))).toEqual([
      'put curated/data',
      'put curated/records',
      'put curated/manifests',
      'delete raw/raw',
      'delete raw/raw',
      'delete raw/raw',
      'delete curated/records',
    ]);
  });

  test('reads the version once, before it looks for inputs: what is committed later makes it lose', async () => {
    await bench.compacted();
    expect(lake.did(`get ${MANIFEST}`)).toHaveLength(1);
    expect(lake.operations.slice(0, 3)).toEqual([
      `get ${MANIFEST}`,
      `list curated/records/events/${PARTITION}/`,
      `list raw/${FOLDER}`,
    ]);
  });

  test('its record has the files, the pinned inputs and the counts', async () => {
    lake.after = (operation) => {
      if (operation === `put ${MANIFEST}`) throw new Error('dies');
    };
    lake.before = (operation) => {
      if (lake.listed().length > 0 && operation === `get ${MANIFEST}`) throw new Error('dies');
    };
    await expect(bench.compacted()).rejects.toThrow('dies');
    const [key = ''] = lake.keys('curated', 'records/');
    const inputs = ['a', 'b', 'c'].map((name) => ({
      key: FOLDER + name,
      etag: lake.contents.get('raw', FOLDER + name)?.etag as string,
      versionId: 'v',
    }));
    const id = transactionId(inputs, []);
    expect(key).toBe(`records/events/${PARTITION}/${id}.json`);
    expect(JSON.parse(lake.text('curated', key) ?? '')).toEqual({
      files: [dataFileKey(ref, id, 0)],
      inputs,
      counts: { ...NO_ROWS, rowsIn: 6, rowsOut: 6, objectsIn: 3, bytesIn: 3, filesOut: 1, bytesOut: 4 },
      attempt: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });

  test('of nothing bench.loads nothing, and says that the ranges are done', async () => {
    const ranges = [{ prefix: `${FOLDER}x` }];
    expect(await bench.compacted(ref, bench.engine(), ranges)).toEqual({
      counts: NO_ROWS,
      rest: undefined,
      taken: [],
      refused: [],
    });
    expect(bench.loads).toBe(0);
    expect(lake.did('put')).toEqual([]);
  });

  test('takes what it is told to take, and leaves the rest of the ranges', async () => {
    const ranges = [{ prefix: `${FOLDER}a` }, { prefix: `${FOLDER}b` }, { prefix: `${FOLDER}c` }];
    const { rest, taken } = await bench.compacted(ref, bench.engine(), ranges, async (all) =>
      (await everything(all)).slice(0, 2),
    );
    expect(names(taken)).toEqual(['a', 'b']);
    expect(rest).toEqual([{ prefix: `${FOLDER}b`, after: `${FOLDER}b` }, { prefix: `${FOLDER}c` }]);
    expect(names(lake.contents.list('raw', ''))).toEqual(['c']);
  });

  test('an engine that stops early leaves what comes after its last input', async () => {
    const converter = bench.engine((inputs) => ({ inputs: inputs.slice(0, 2), complete: false }));
    const { rest } = await bench.compacted(ref, converter);
    expect(rest).toEqual([{ prefix: FOLDER, after: `${FOLDER}b` }]);
    expect(names(lake.contents.list('raw', ''))).toEqual(['c']);
  });

  test('an engine that stops early after its first input leaves what comes after it', async () => {
    const converter = bench.engine((inputs) => ({ inputs: inputs.slice(0, 1), complete: false }));
    expect((await bench.compacted(ref, converter)).rest).toEqual([{ prefix: FOLDER, after: `${FOLDER}a` }]);
  });

  test('an engine that read all goes past what it did not take in', async () => {
    const converter = bench.engine((inputs) => ({ inputs: inputs.slice(0, 1) }));
    expect((await bench.compacted(ref, converter)).rest).toEqual([{ prefix: FOLDER, after: `${FOLDER}c` }]);
  });

  test('an engine that stops before its first input leaves no rest to try', async () => {
    const refused = [{ key: `${FOLDER}a`, etag: '"a"', error: 'HTTP 403' }];
    const converter = bench.engine(() => ({ inputs: [], refused, complete: false }));
    const outcome = await bench.compacted(ref, converter);
    expect(outcome).toEqual({ counts: NO_ROWS, rest: undefined, taken: [], refused });
    expect(names(lake.contents.list('raw', ''))).toEqual(['a', 'b', 'c']);
    expect(lake.did('put')).toEqual([]);
  });

  test('what was committed before it and not finished is finished and counted first', async () => {
    lake.after = (operation) => {
      if (operation.startsWith('delete raw')) throw new Error('dies');
    };
    await expect(bench.compacted()).rejects.toThrow('dies');
    lake.after = () => undefined;
    lake.put('raw', `${FOLDER}d`, 'd');
    const { counts, taken } = await bench.compacted();
    expect(names(taken)).toEqual(['d']);
    expect(counts).toMatchObject({ rowsIn: 8, rowsOut: 8, objectsIn: 4 });
  });

  test('rows in quarantine are counted, and their object is consumed', async () => {
    const rejected = [{ line: 1, reason: 'bad', raw: Buffer.from('x') }];
    const converter = bench.engine((inputs) => ({ inputs: inputs.map((one) => ({ ...one, rejected })) }));
    const { counts } = await bench.compacted(ref, converter);
    expect(counts).toMatchObject({ rowsIn: 9, rowsOut: 6, rowsQuarantined: 3 });
    expect(lake.keys('quarantine', 'lines/')).toHaveLength(3);
    expect(lake.keys('raw')).toEqual([]);
  });

  test('counts what checks of the batch found', async () => {
    const checks = { rowsWarned: 1, rowsFailed: 2, failedChecks: { n_range: 3 } };
    expect(
      (
        await bench.compacted(
          ref,
          bench.engine(() => ({ checks })),
        )
      ).counts,
    ).toMatchObject(checks);
  });

  test('rows that repeat what should be unique fail the commit where the check does', async () => {
    const own = refOf({ checks: [{ name: 'one', unique: ['id'], onFail: 'fail' }] });
    const checks = { rowsWarned: 0, rowsFailed: 0, failedChecks: {} };
    const converter = bench.engine(() => ({
      checks,
      write: () => lake.files(['rows'], { rows: 6, repeats: { one: 2 } }),
    }));
    await expect(compactOnce(lake, own, [hiveRange(own)], converter, everything)).rejects.toThrow('2 rows fail one');
    expect(lake.keys('raw')).toHaveLength(3);
    expect(lake.did('put')).toEqual([]);
  });

  test('rows that are unaccounted for stop it before anything is uploaded', async () => {
    const converter = bench.engine(() => ({ write: () => lake.files(['rows'], { rows: 5 }) }));
    await expect(compactOnce(lake, ref, [hiveRange(ref)], converter, everything)).rejects.toThrow(
      `events/${PARTITION}: 6 rows in, but 5 out`,
    );
    expect(lake.did('put')).toEqual([]);
    expect(bench.disposed).toBe(1);
  });
});

describe('without rows to commit', () => {
  const nothing = () =>
    bench.engine(() => ({ write: () => lake.files([], { rows: 0, duplicates: 6, newestEvent: 7 }) }));

  test('the inputs are consumed, the newest event is remembered before, and no version is made', async () => {
    lake.list([BASE]);
    lake.put('curated', BASE, 'base');
    const { counts } = await bench.compacted(keyed, nothing());
    expect(counts).toMatchObject({ rowsIn: 6, rowsOut: 0, duplicates: 6 });
    expect(lake.did(`put ${MANIFEST}`)).toEqual([]);
    expect(lake.did('put curated/records')).toEqual([]);
    expect(lake.keys('curated', 'newest/')).toEqual(['newest/events/0000000000007']);
    const order = lake.operations.map((operation) => operation.split('/', 2).join('/'));
    expect(order.indexOf('put curated/newest')).toBeLessThan(order.indexOf('delete raw/raw'));
    expect(lake.keys('raw')).toEqual([]);
  });

  test('without an event nothing is remembered', async () => {
    await bench.compacted(
      ref,
      bench.engine(() => ({ write: () => lake.files([], { rows: 0, duplicates: 6 }) })),
    );
    expect(lake.did('list curated/newest')).toEqual([]);
  });
});

test('with rows, the newest event is in the record, and remembered', async () => {
  let record: string | undefined;
  lake.after = (operation) => {
    if (operation.startsWith('put curated/records/'))
      record = lake.text('curated', lake.keys('curated', 'records/')[0] ?? '');
  };
  await bench.compacted(
    ref,
    bench.engine(() => ({ write: () => lake.files(['rows'], { rows: 6, newestEvent: 7 }) })),
  );
  expect(JSON.parse(record ?? '')).toMatchObject({ newestEvent: 7 });
  expect(lake.keys('curated', 'newest/')).toEqual(['newest/events/0000000000007']);
});

describe('an object that cannot be read', () => {
  const unreadable = () =>
    bench.engine((inputs) => ({
      inputs: inputs.map((one) => (one.key.endsWith('b') ? one : { ...one, accepted: 0, unreadable: 'no JSON' })),
    }));

  test('is in quarantine, and consumed with the others', async () => {
    const { counts } = await bench.compacted(ref, unreadable());
    expect(counts).toMatchObject({ rowsIn: 2, objectsQuarantined: 2, objectsIn: 3 });
    expect(lake.keys('raw')).toEqual([]);
  });

  test('and was rewritten before it could be copied is pending again', async () => {
    lake.before = (operation) => {
      if (operation === `copy raw/${FOLDER}a`) lake.put('raw', `${FOLDER}a`, 'rewritten');
    };
    const { counts } = await bench.compacted(ref, unreadable());
    expect(counts).toMatchObject({ rowsIn: 2, objectsQuarantined: 1, objectsIn: 2 });
    expect(lake.keys('raw').map((key) => lake.text('raw', key))).toEqual(['rewritten']);
  });

  test('when all were rewritten, nothing is written or counted', async () => {
    const all = bench.engine((inputs) => ({
      inputs: inputs.map((one) => ({ ...one, accepted: 0, unreadable: 'no JSON' })),
    }));
    lake.before = (operation) => {
      if (operation.startsWith('copy raw/')) lake.put('raw', operation.slice('copy raw/'.length), 'rewritten');
    };
    const { counts } = await bench.compacted(ref, all);
    expect(counts).toEqual(NO_ROWS);
    expect(bench.asked).toEqual([]);
    expect(lake.keys('raw')).toHaveLength(3);
  });
});
