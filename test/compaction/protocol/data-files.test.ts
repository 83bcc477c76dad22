/** Data files are written once, and taken over by whoever would write the same; what is listed must be there. */
import { listDataFiles, putOnce, statFiles, upload } from '../../../lambda/compaction/protocol/data-files';
import { dataFileKey, transactionId } from '../../../lambda/compaction/protocol/names';
import { MemoryLake } from '../support/memory-lake';
import { PARTITION, testDataset } from '../support/test-dataset';

const GRACE_HOURS = 30;
const ref = { dataset: testDataset({ compaction: { graceHours: GRACE_HOURS } }), partition: PARTITION };
const FOLDER = `data/events/${PARTITION}/`;
const INPUTS = [{ key: 'a', etag: '"1"' }];
const BASE = ['base'];
const ID = transactionId(INPUTS, BASE);
const KEY = dataFileKey(ref, ID, 0);

let lake: MemoryLake;
beforeEach(() => {
  lake = new MemoryLake();
});

describe('a transaction', () => {
  const uploaded = (...bodies: readonly string[]) => upload(lake, ref, INPUTS, BASE, lake.files(bodies).paths);

  test('names its file after all that decides which rows it has', async () => {
    expect(await uploaded('rows')).toEqual({ id: ID, keys: [KEY] });
    expect(lake.text('curated', KEY)).toBe('rows');
  });

  test('takes over the file that an earlier attempt has uploaded', async () => {
    lake.put('curated', KEY, 'the same rows');
    expect(await uploaded('rows')).toEqual({ id: ID, keys: [KEY] });
    expect(lake.text('curated', KEY)).toBe('the same rows');
  });

  test.each([
    ['of half the grace is taken over', GRACE_HOURS / 2, true],
    ['that is older is not: a vacuum may be about to delete it', GRACE_HOURS / 2 + 0.001, false],
  ])('a file %s', async (_, hours, isTaken) => {
    lake.put('curated', KEY, 'the same rows', hours);
    const { id, keys } = await uploaded('rows');
    expect(id === ID).toBe(isTaken);
    expect(keys).toEqual([dataFileKey(ref, id, 0)]);
    expect(lake.text('curated', keys[0] as string)).toBe(isTaken ? 'the same rows' : 'rows');
  });

  test('does not mind old files of other transactions', async () => {
    lake.put('curated', dataFileKey(ref, 'f'.repeat(32), 0), 'others', 100);
    expect((await uploaded('rows')).id).toBe(ID);
  });

  test('with several files has a name of its own each time, as attempts may divide the rows in other ways', async () => {
    const [first, second] = [await uploaded('1', '2'), await uploaded('1', '2')];
    expect(first.keys).toEqual([dataFileKey(ref, first.id, 0), dataFileKey(ref, first.id, 1)]);
    expect(first.keys.map((key) => lake.text('curated', key))).toEqual(['1', '2']);
    expect(new Set([ID, first.id, second.id]).size).toBe(3);
  });

  test('without rows has no file', async () => {
    expect(await uploaded()).toEqual({ id: ID, keys: [] });
    expect(lake.keys('curated')).toEqual([]);
  });
});

describe('an upload', () => {
  const path = (): string => lake.files(['rows']).paths[0] as string;

  test('never writes over a file', async () => {
    lake.put('curated', KEY, 'there');
    await putOnce(lake, ref, KEY, path());
    expect(lake.text('curated', KEY)).toBe('there');
    expect(lake.sleeps).toEqual([]);
  });

  test('that is refused while another one of the name fails is tried again', async () => {
    lake.put('curated', KEY, 'in progress');
    let tries = 0;
    lake.after = (operation) => {
      if (operation !== `put curated/${KEY}` || tries++ > 0) return;
      lake.contents.objects.delete(`curated/${KEY}`);
    };
    await putOnce(lake, ref, KEY, path());
    expect(lake.text('curated', KEY)).toBe('rows');
    expect(lake.sleeps).toHaveLength(1);
  });

  test('gives up in the end, and names the file', async () => {
    lake.before = (operation) => {
      if (operation.startsWith('put ')) lake.put('curated', KEY, 'in progress');
      else lake.contents.objects.delete(`curated/${KEY}`);
    };
    await expect(putOnce(lake, ref, KEY, path())).rejects.toThrow(
      `${KEY}: 20 uploads met other uploads of the same name`,
    );
  });

  test('a file of another name does not count as it', async () => {
    lake.put('curated', `${KEY}.other`, 'other');
    lake.put('curated', KEY, 'in progress');
    lake.after = (operation) => {
      if (operation === `put curated/${KEY}`) lake.contents.objects.delete(`curated/${KEY}`);
    };
    lake.before = (operation) => {
      if (operation.startsWith('list ')) lake.after = () => undefined;
    };
    await putOnce(lake, ref, KEY, path());
    expect(lake.text('curated', KEY)).toBe('rows');
  });

  test('that fails otherwise ends with its error', async () => {
    lake.before = () => {
      throw new Error('no connection');
    };
    await expect(putOnce(lake, ref, KEY, path())).rejects.toThrow('no connection');
    expect(lake.operations).toHaveLength(1);
  });
});

describe('the files of a partition', () => {
  beforeEach(() => {
    for (const name of ['b', 'a', 'c']) lake.put('curated', `${FOLDER}${name}`, name.repeat(3));
    lake.put('curated', `data/events/${PARTITION}0/x`, 'another day');
    lake.put('raw', `${FOLDER}x`, 'another bucket');
  });

  test('are all that lie in its folder', async () => {
    expect((await listDataFiles(lake, ref)).map(({ key }) => key)).toEqual(
      ['a', 'b', 'c'].map((name) => FOLDER + name),
    );
  });

  test('are found by their names, in the order that is asked for', async () => {
    const found = await statFiles(lake, ref, [`${FOLDER}c`, `${FOLDER}a`]);
    expect(found.map(({ key, size }) => [key, size])).toEqual([
      [`${FOLDER}c`, 3],
      [`${FOLDER}a`, 3],
    ]);
  });

  test('one that does not exist is an error that names it', async () => {
    await expect(statFiles(lake, ref, [`${FOLDER}a`, `${FOLDER}z`])).rejects.toThrow(
      `The manifest of events/${PARTITION} lists ${FOLDER}z, which does not exist`,
    );
  });

  test('nothing is listed to find none', async () => {
    expect(await statFiles(lake, ref, [])).toEqual([]);
    expect(lake.operations).toEqual([]);
  });
});
