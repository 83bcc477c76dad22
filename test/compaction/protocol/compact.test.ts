/** One transaction, with an engine whose every answer the test gives: what is committed, consumed, counted and tidied up. */
import { compactOnce } from '../../../lambda/compaction/protocol/compact';
import type { Batch, Changes, Converter, LoadedInput, LocalFiles } from '../../../lambda/compaction/protocol/converter';
import { hiveRange, type KeyRange } from '../../../lambda/compaction/protocol/key-ranges';
import { dataFileKey, transactionId } from '../../../lambda/compaction/protocol/names';
import { NO_ROWS } from '../../../lambda/compaction/protocol/result';
import { ContentionError } from '../../../lambda/compaction/protocol/transaction';
import type { ObjectInfo } from '../../../lambda/compaction/store/object-store';
import type { DatasetDefinition } from '../../../lib/dataset';
import { MemoryLake } from '../support/memory-lake';
import { changesOf } from '../support/scripted-changes';
import { PARTITION, testDataset } from '../support/test-dataset';

const FOLDER = `raw/events/${PARTITION}/`;
const MANIFEST = `curated/manifests/events/${PARTITION}/manifest`;
const refOf = (more: Partial<DatasetDefinition> = {}) => ({ dataset: testDataset(more), partition: PARTITION });
const ref = refOf();
const keyed = refOf({ dedupeKey: ['id'] });
const latest = refOf({ dedupe: { key: ['id'], keep: 'latest', by: 'n' } });
const BASE = dataFileKey(ref, 'a'.repeat(32), 0);
const OTHER = dataFileKey(ref, 'b'.repeat(32), 0);

let lake: MemoryLake;
let loads: number;
let disposed: number;
let asked: (readonly string[])[];
beforeEach(() => {
  lake = new MemoryLake();
  [loads, disposed, asked] = [0, 0, []];
  for (const name of ['a', 'b', 'c']) lake.put('raw', FOLDER + name, name);
});

type Given = Partial<Omit<Batch, 'write' | 'change'>> & {
  readonly write?: (base: readonly ObjectInfo[]) => LocalFiles | Promise<LocalFiles>;
  readonly change?: (base: readonly ObjectInfo[]) => Changes;
};

/** An engine that takes each object as two rows, but for what is given. */
function engine(given: (inputs: readonly LoadedInput[]) => Given = () => ({})): Converter {
  return {
    load: async (_ref, objects) => {
      loads++;
      const inputs = objects.map(({ key, etag, size }) => ({
        key,
        etag,
        size,
        versionId: 'v',
        accepted: 2,
        rejected: [],
      }));
      const { write, change, ...more } = given(inputs);
      const all = more.inputs ?? inputs;
      const rows = all.reduce((sum, { accepted }) => sum + accepted, 0);
      return {
        inputs: all,
        refused: [],
        complete: true,
        write: async (base) => {
          asked.push(base.map(({ key }) => key));
          return (await write?.(base)) ?? lake.files(['rows'], { rows });
        },
        change: async (base) => {
          asked.push(base.map(({ key }) => key));
          return change?.(base) as Changes;
        },
        dispose: async () => void disposed++,
        ...more,
      };
    },
    merge: () => Promise.reject(new Error('a compaction merges nothing')),
  };
}

async function everything(objects: AsyncIterable<ObjectInfo>): Promise<ObjectInfo[]> {
  const all: ObjectInfo[] = [];
  for await (const object of objects) all.push(object);
  return all;
}

async function compacted(
  own = ref,
  converter = engine(),
  ranges: readonly KeyRange[] = [hiveRange(own)],
  take = everything,
) {
  try {
    return await compactOnce(lake, own, ranges, converter, take);
  } finally {
    expect(disposed).toBe(loads);
    expect(lake.held).toBe(0);
  }
}
const names = (keys: readonly { key: string }[]): string[] => keys.map(({ key }) => key.slice(FOLDER.length));

/** The next write of the manifest, and no other operation. */
function onWrite(when: 'before' | 'after', effect: () => void): void {
  lake[when] = (operation) => {
    if (operation !== `put ${MANIFEST}`) return;
    lake[when] = () => undefined;
    effect();
  };
}

describe('a transaction', () => {
  test('commits the rows of all that it takes, then deletes it, and leaves no record', async () => {
    lake.list([BASE]);
    const { counts, rest, taken, refused } = await compacted();
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
    await compacted();
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
    await compacted();
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
    await expect(compacted()).rejects.toThrow('dies');
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

  test('of nothing loads nothing, and says that the ranges are done', async () => {
    const ranges = [{ prefix: `${FOLDER}x` }];
    expect(await compacted(ref, engine(), ranges)).toEqual({
      counts: NO_ROWS,
      rest: undefined,
      taken: [],
      refused: [],
    });
    expect(loads).toBe(0);
    expect(lake.did('put')).toEqual([]);
  });

  test('takes what it is told to take, and leaves the rest of the ranges', async () => {
    const ranges = [{ prefix: `${FOLDER}a` }, { prefix: `${FOLDER}b` }, { prefix: `${FOLDER}c` }];
    const { rest, taken } = await compacted(ref, engine(), ranges, async (all) => (await everything(all)).slice(0, 2));
    expect(names(taken)).toEqual(['a', 'b']);
    expect(rest).toEqual([{ prefix: `${FOLDER}b`, after: `${FOLDER}b` }, { prefix: `${FOLDER}c` }]);
    expect(names(lake.contents.list('raw', ''))).toEqual(['c']);
  });

  test('an engine that stops early leaves what comes after its last input', async () => {
    const converter = engine((inputs) => ({ inputs: inputs.slice(0, 2), complete: false }));
    const { rest } = await compacted(ref, converter);
    expect(rest).toEqual([{ prefix: FOLDER, after: `${FOLDER}b` }]);
    expect(names(lake.contents.list('raw', ''))).toEqual(['c']);
  });

  test('an engine that stops early after its first input leaves what comes after it', async () => {
    const converter = engine((inputs) => ({ inputs: inputs.slice(0, 1), complete: false }));
    expect((await compacted(ref, converter)).rest).toEqual([{ prefix: FOLDER, after: `${FOLDER}a` }]);
  });

  test('an engine that read all goes past what it did not take in', async () => {
    const converter = engine((inputs) => ({ inputs: inputs.slice(0, 1) }));
    expect((await compacted(ref, converter)).rest).toEqual([{ prefix: FOLDER, after: `${FOLDER}c` }]);
  });

  test('an engine that stops before its first input leaves no rest to try', async () => {
    const refused = [{ key: `${FOLDER}a`, etag: '"a"', error: 'HTTP 403' }];
    const converter = engine(() => ({ inputs: [], refused, complete: false }));
    const outcome = await compacted(ref, converter);
    expect(outcome).toEqual({ counts: NO_ROWS, rest: undefined, taken: [], refused });
    expect(names(lake.contents.list('raw', ''))).toEqual(['a', 'b', 'c']);
    expect(lake.did('put')).toEqual([]);
  });

  test('what was committed before it and not finished is finished and counted first', async () => {
    lake.after = (operation) => {
      if (operation.startsWith('delete raw')) throw new Error('dies');
    };
    await expect(compacted()).rejects.toThrow('dies');
    lake.after = () => undefined;
    lake.put('raw', `${FOLDER}d`, 'd');
    const { counts, taken } = await compacted();
    expect(names(taken)).toEqual(['d']);
    expect(counts).toMatchObject({ rowsIn: 8, rowsOut: 8, objectsIn: 4 });
  });

  test('rows in quarantine are counted, and their object is consumed', async () => {
    const rejected = [{ line: 1, reason: 'bad', raw: Buffer.from('x') }];
    const converter = engine((inputs) => ({ inputs: inputs.map((one) => ({ ...one, rejected })) }));
    const { counts } = await compacted(ref, converter);
    expect(counts).toMatchObject({ rowsIn: 9, rowsOut: 6, rowsQuarantined: 3 });
    expect(lake.keys('quarantine', 'lines/')).toHaveLength(3);
    expect(lake.keys('raw')).toEqual([]);
  });

  test('counts what checks of the batch found', async () => {
    const checks = { rowsWarned: 1, rowsFailed: 2, failedChecks: { n_range: 3 } };
    expect(
      (
        await compacted(
          ref,
          engine(() => ({ checks })),
        )
      ).counts,
    ).toMatchObject(checks);
  });

  test('rows that repeat what should be unique fail the commit where the check does', async () => {
    const own = refOf({ checks: [{ name: 'one', unique: ['id'], onFail: 'fail' }] });
    const checks = { rowsWarned: 0, rowsFailed: 0, failedChecks: {} };
    const converter = engine(() => ({ checks, write: () => lake.files(['rows'], { rows: 6, repeats: { one: 2 } }) }));
    await expect(compactOnce(lake, own, [hiveRange(own)], converter, everything)).rejects.toThrow('2 rows fail one');
    expect(lake.keys('raw')).toHaveLength(3);
    expect(lake.did('put')).toEqual([]);
  });

  test('rows that are unaccounted for stop it before anything is uploaded', async () => {
    const converter = engine(() => ({ write: () => lake.files(['rows'], { rows: 5 }) }));
    await expect(compactOnce(lake, ref, [hiveRange(ref)], converter, everything)).rejects.toThrow(
      `events/${PARTITION}: 6 rows in, but 5 out`,
    );
    expect(lake.did('put')).toEqual([]);
    expect(disposed).toBe(1);
  });
});

describe('without rows to commit', () => {
  const nothing = engine(() => ({ write: () => lake.files([], { rows: 0, duplicates: 6, newestEvent: 7 }) }));

  test('the inputs are consumed, the newest event is remembered before, and no version is made', async () => {
    lake.list([BASE]);
    lake.put('curated', BASE, 'base');
    const { counts } = await compacted(keyed, nothing);
    expect(counts).toMatchObject({ rowsIn: 6, rowsOut: 0, duplicates: 6 });
    expect(lake.did(`put ${MANIFEST}`)).toEqual([]);
    expect(lake.did('put curated/records')).toEqual([]);
    expect(lake.keys('curated', 'newest/')).toEqual(['newest/events/0000000000007']);
    const order = lake.operations.map((operation) => operation.split('/', 2).join('/'));
    expect(order.indexOf('put curated/newest')).toBeLessThan(order.indexOf('delete raw/raw'));
    expect(lake.keys('raw')).toEqual([]);
  });

  test('without an event nothing is remembered', async () => {
    await compacted(
      ref,
      engine(() => ({ write: () => lake.files([], { rows: 0, duplicates: 6 }) })),
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
  await compacted(
    ref,
    engine(() => ({ write: () => lake.files(['rows'], { rows: 6, newestEvent: 7 }) })),
  );
  expect(JSON.parse(record ?? '')).toMatchObject({ newestEvent: 7 });
  expect(lake.keys('curated', 'newest/')).toEqual(['newest/events/0000000000007']);
});

describe('an object that cannot be read', () => {
  const unreadable = engine((inputs) => ({
    inputs: inputs.map((one) => (one.key.endsWith('b') ? one : { ...one, accepted: 0, unreadable: 'no JSON' })),
  }));

  test('is in quarantine, and consumed with the others', async () => {
    const { counts } = await compacted(ref, unreadable);
    expect(counts).toMatchObject({ rowsIn: 2, objectsQuarantined: 2, objectsIn: 3 });
    expect(lake.keys('raw')).toEqual([]);
  });

  test('and was rewritten before it could be copied is pending again', async () => {
    lake.before = (operation) => {
      if (operation === `copy raw/${FOLDER}a`) lake.put('raw', `${FOLDER}a`, 'rewritten');
    };
    const { counts } = await compacted(ref, unreadable);
    expect(counts).toMatchObject({ rowsIn: 2, objectsQuarantined: 1, objectsIn: 2 });
    expect(lake.keys('raw').map((key) => lake.text('raw', key))).toEqual(['rewritten']);
  });

  test('when all were rewritten, nothing is written or counted', async () => {
    const all = engine((inputs) => ({ inputs: inputs.map((one) => ({ ...one, accepted: 0, unreadable: 'no JSON' })) }));
    lake.before = (operation) => {
      if (operation.startsWith('copy raw/')) lake.put('raw', operation.slice('copy raw/'.length), 'rewritten');
    };
    const { counts } = await compacted(ref, all);
    expect(counts).toEqual(NO_ROWS);
    expect(asked).toEqual([]);
    expect(lake.keys('raw')).toHaveLength(3);
  });
});

describe('when another writer is faster', () => {
  test('the rows are the same as before where they are compared with none: the upload is used again', async () => {
    onWrite('before', () => void lake.list([OTHER]));
    await compacted();
    expect(asked).toEqual([[]]);
    expect(lake.keys('curated', 'data/')).toHaveLength(1);
    expect(lake.listed()).toHaveLength(2);
    expect(lake.sleeps).toHaveLength(1);
  });

  test('rows with a key are compared with the new version', async () => {
    for (const key of [BASE, OTHER]) lake.put('curated', key, 'base');
    lake.list([BASE]);
    onWrite('before', () => void lake.list([BASE, OTHER]));
    await compacted(keyed);
    expect(asked).toEqual([[BASE], [BASE, OTHER]]);
    expect(lake.listed()).toHaveLength(3);
  });

  test('rows with a key are compared again with as many other files', async () => {
    for (const key of [BASE, OTHER]) lake.put('curated', key, 'base');
    lake.list([BASE]);
    onWrite('before', () => void lake.list([OTHER]));
    await compacted(keyed);
    expect(asked).toEqual([[BASE], [OTHER]]);
  });

  test('rows are not compared again with the same files', async () => {
    lake.put('curated', BASE, 'base');
    lake.list([BASE]);
    onWrite('before', () => void lake.put('curated', MANIFEST.slice('curated/'.length), `s3://curated/${BASE}`));
    await compacted(keyed);
    expect(asked).toEqual([[BASE]]);
  });

  test('who has consumed an input, the batch is given up, and another one is loaded', async () => {
    onWrite('before', () => {
      lake.list([OTHER]);
      lake.contents.objects.delete(`raw/${FOLDER}b`);
    });
    const { taken, counts } = await compacted();
    expect(names(taken)).toEqual(['a', 'c']);
    expect(counts).toMatchObject({ rowsIn: 4, rowsOut: 4, objectsIn: 2 });
    expect(loads).toBe(2);
    expect(lake.keys('raw')).toEqual([]);
  });

  test('who has rewritten the last input, the batch is given up too', async () => {
    onWrite('before', () => {
      lake.list([OTHER]);
      lake.put('raw', `${FOLDER}c`, 'rewritten');
    });
    const { counts } = await compacted();
    expect(loads).toBe(2);
    expect(counts.bytesIn).toBe(2 + 'rewritten'.length);
  });

  test('what that one had committed is counted here, once, whoever wins', async () => {
    const theirs = { files: [OTHER], inputs: [], counts: { ...NO_ROWS, rowsIn: 50, rowsOut: 50 }, attempt: 'x' };
    onWrite('before', () => {
      lake.list([OTHER]);
      lake.put('curated', `records/events/${PARTITION}/theirs.json`, JSON.stringify(theirs));
    });
    expect((await compacted()).counts).toMatchObject({ rowsIn: 56, rowsOut: 56 });
    lake.put('raw', `${FOLDER}a`, 'more');
    onWrite('before', () => {
      lake.list([OTHER]);
      lake.put('curated', `records/events/${PARTITION}/theirs.json`, JSON.stringify(theirs));
      lake.contents.objects.delete(`raw/${FOLDER}a`);
    });
    expect((await compacted()).counts).toMatchObject({ rowsIn: 50, rowsOut: 50, objectsIn: 0 });
  });

  test('20 times, it gives up, the inputs stay pending, and the disk is freed', async () => {
    lake.before = (operation) => {
      if (operation === `put ${MANIFEST}`) lake.list([dataFileKey(ref, 'c'.repeat(32), lake.operations.length)]);
    };
    const given = compactOnce(lake, ref, [hiveRange(ref)], engine(), everything);
    await expect(given).rejects.toThrow(new ContentionError(`events/${PARTITION}: 20 commits met faster writers`));
    expect(lake.keys('raw')).toHaveLength(3);
    expect([disposed, lake.held]).toEqual([1, 0]);
  });

  test('and consumes each batch that is loaded, it gives up too, with what it met', async () => {
    lake.before = (operation) => {
      if (operation !== `put ${MANIFEST}`) return;
      lake.list([dataFileKey(ref, 'c'.repeat(32), lake.operations.length)]);
      lake.put('raw', `${FOLDER}a`, String(lake.operations.length));
    };
    await expect(compactOnce(lake, ref, [hiveRange(ref)], engine(), everything)).rejects.toThrow(
      `events/${PARTITION}: 20 attempts met other writers; the inputs stay pending`,
    );
    expect([loads, disposed, lake.held]).toEqual([20, 20, 0]);
  });
});

describe('where later rows supersede earlier ones', () => {
  let plans: number;
  let freed: number;
  beforeEach(() => {
    [plans, freed] = [0, 0];
    for (const key of [BASE, OTHER]) lake.put('curated', key, 'base');
    lake.list([BASE, OTHER]);
  });

  /** Changes that rewrite one file at a time: the first call is a part, the last is all. */
  const changes = (base: readonly ObjectInfo[], parts = 2): Changes => {
    plans++;
    const file = base.find(({ key }) => [BASE, OTHER].includes(key));
    const complete = plans >= parts;
    return changesOf(lake, {
      rewrites: file === undefined ? [] : [{ file, removed: 2, placed: 2 }],
      complete,
      added: 1,
      // What the part before brought in counts as superseded by itself.
      superseded: 1 + 2 * (plans - 1),
      newestEvent: 9,
      rewrite: async () => lake.files([`rewritten ${plans}`]),
      dispose: async () => void freed++,
    });
  };

  test('parts are committed one after the other, and the inputs are consumed with the last', async () => {
    const rawAt: number[] = [];
    lake.after = (operation) => {
      if (operation === `put ${MANIFEST}`) rawAt.push(lake.keys('raw').length);
    };
    const { counts } = await compacted(
      latest,
      engine(() => ({ change: (base) => changes(base) })),
    );
    expect(lake.listed().map((key) => lake.text('curated', key))).toEqual(['rewritten 1', 'rewritten 2', 'added']);
    expect(rawAt).toEqual([3, 3]);
    expect(lake.did('put curated/records/')).toHaveLength(1);
    expect(lake.keys('raw')).toEqual([]);
    expect(counts).toEqual({
      ...NO_ROWS,
      rowsIn: 6,
      rowsOut: 5,
      superseded: 1,
      rowsReplaced: 4,
      objectsIn: 3,
      bytesIn: 3,
      filesOut: 3,
      bytesOut: 11 + 11 + 5,
    });
    expect(freed).toBe(2);
    expect(lake.keys('curated', 'newest/')).toEqual(['newest/events/0000000000009']);
  });

  test('all parts are counted, however many', async () => {
    const { counts } = await compacted(
      latest,
      engine(() => ({
        change: (base) => {
          const planned = changes(base, 3);
          return { ...planned, superseded: 1 + 2 * (Math.min(plans, 3) - 1) };
        },
      })),
    );
    expect(asked).toHaveLength(3);
    // Two files of the base are rewritten, one a part; the last part has what is added alone.
    expect(counts).toMatchObject({ rowsIn: 6, rowsOut: 5, superseded: 1, rowsReplaced: 4, filesOut: 3, bytesOut: 27 });
  });

  test('a part that meets a faster writer is made again', async () => {
    onWrite('before', () => void lake.list([OTHER]));
    const { counts } = await compacted(
      latest,
      engine(() => ({ change: (base) => changes(base, 3) })),
    );
    // The first plan was made on two files and lost; the second is a part, and the third the rest.
    expect(asked.map((files) => files.length)).toEqual([2, 1, 1]);
    expect(lake.listed().map((key) => lake.text('curated', key))).toEqual(['rewritten 2', 'added']);
    // The part that lost is not counted.
    expect(counts).toMatchObject({ rowsIn: 6, rowsOut: 3, superseded: 3, rowsReplaced: 2, filesOut: 2 });
    expect(freed).toBe(3);
  });

  test('an engine that fails frees what it has, and consumes nothing', async () => {
    const converter = engine(() => ({
      change: (base) => ({ ...changes(base), rewrite: () => Promise.reject(new Error('the disk is full')) }),
    }));
    await expect(compactOnce(lake, latest, [hiveRange(latest)], converter, everything)).rejects.toThrow(
      'the disk is full',
    );
    expect([freed, disposed]).toEqual([1, 1]);
    expect(lake.keys('raw')).toHaveLength(3);
  });
});
