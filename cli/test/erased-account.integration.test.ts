/** The account of a kept lake is settled after an erase, whatever the format of its objects, and other rows that are gone are missing. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { newErasure } from '../../lambda/compaction/protocol/erasures';
import { type DatasetDefinition, manifestKey } from '../../lib/dataset';
import { BUCKETS } from '../lake';
import { bytesOf, CASES, type EraseCase, FOLDER, KEY, objectsOf, redeclare } from './support/erase-datasets';
import { folderWith } from './support/folder';
import { start } from './support/run';
import { asJson, inLake, later, sql } from './verbs/support';

let lake: string;
beforeEach(() => {
  lake = join(folderWith(), 'lake');
});

async function load(one: EraseCase, name: string) {
  await inLake(lake, async ({ store }) => {
    for (const { path, content } of objectsOf(one, name)) {
      await store.put(BUCKETS.raw, `raw/${one.name}/${path}`, await bytesOf(content));
    }
  });
  return account(one.name);
}

const account = (dataset: string) => start('--compact', '--keep', lake, '--dataset', dataset);
const found = async (dataset: string) => {
  const { code, result, errors } = await account(dataset);
  return { errors, code, problems: result?.problems, erased: result?.total.erased };
};
const erase = (dataset: string, column: string, ...keys: string[]) =>
  asJson(
    ...['erase', '--local', lake, '--dataset', dataset, '--column', column, '--yes'],
    ...keys.flatMap((key) => ['--key', key]),
  );

test.each(CASES.map((one) => [one.name, one] as const))('%s', async (name, one) => {
  const first = await load(one, 'first');
  expect(first).toMatchObject({ errors: '', code: 0 });
  const { answer } = await erase(name, 'k', one.key ?? KEY);
  // A deletion is in no table, and has the key as well.
  const isChanges = one.more?.dedupe !== undefined;
  expect(answer.rows).toBe(isChanges ? 1 : 2);
  const erased = answer.quarantinedLines + 2;
  const settled = { errors: '', code: 0, problems: [], erased };
  expect(await found(name)).toEqual(settled);
  const { code } = await asJson('replay', '--local', lake, '--dataset', name, '--yes');
  expect([code, await found(name)]).toEqual([0, settled]);
  // What came later is another row.
  const after = (await later(1, () => load(one, 'late'))).result;
  expect([after.problems, after.total.erased]).toEqual([[], erased]);
  expect(after.total.rowsIn).toBe(2 * first.result.total.rowsIn);
  expect(after.queries.every(({ equal }) => equal)).toBe(true);
});

test('objects that waited when an erase began are in the account, and one that was deleted before is not', async () => {
  const name = 'csv_bare';
  const one = CASES.find((each) => each.name === name) as EraseCase;
  const { result } = await load(one, 'first');
  for (const { path, content } of objectsOf(one, 'late')) {
    const body = await bytesOf(content);
    await inLake(lake, async ({ store }) => {
      await store.put(BUCKETS.raw, `raw/${name}/${path}`, body);
      const gone = `raw/${name}/${FOLDER}gone.csv`;
      await store.deleteMatching(BUCKETS.raw, [
        { key: gone, etag: await store.put(BUCKETS.raw, gone, Buffer.from('1')) },
      ]);
    });
  }
  const { answer } = await erase(name, 'k', KEY);
  expect(answer).toMatchObject({ rows: 4, quarantinedLines: 2, pending: 1 });
  const after = (await account(name)).result;
  expect([after.problems, after.total.rowsIn, after.total.erased]).toEqual([[], 2 * result.total.rowsIn, 6]);
});

/** Takes a row out of the data files, as no verb does. */
async function drop(dataset: string, id: string): Promise<void> {
  await inLake(lake, async ({ store, root }) => {
    for await (const { key } of store.list(BUCKETS.curated, `data/${dataset}/${FOLDER}part-`)) {
      const path = join(root, BUCKETS.curated, key);
      const rows = `read_parquet('${path}', hive_partitioning = false)`;
      const copy = join(folderWith(), 'rest.parquet');
      await sql(`COPY (SELECT * FROM ${rows} WHERE id <> '${id}') TO '${copy}' (FORMAT parquet)`);
      await store.put(BUCKETS.curated, key, readFileSync(copy));
    }
  });
}

test.each(['csv_bare', 'concatenated', 'parquet', 'dms'])('%s: a row that nobody erased is missing', async (name) => {
  const one = CASES.find((each) => each.name === name) as EraseCase;
  await load(one, 'first');
  await erase(name, 'k', KEY);
  await drop(name, 'near-first-1');
  expect(await found(name)).toMatchObject({
    code: 1,
    problems: expect.arrayContaining([expect.stringMatching(/: 1 row is missing$/)]),
  });
});

const put = (dataset: string, name: string, ...rows: object[]) =>
  inLake(lake, ({ store }) => {
    const body = Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    return store.put(BUCKETS.raw, `raw/${dataset}/${FOLDER}${name}.json`, body);
  });
const row = (id: string, hour: number, key: string) => ({ id, at: `2026-06-16T0${hour}:00:00Z`, k: key, n: 1 });

test.each<[string, Partial<DatasetDefinition>, number]>([
  ['the first row stays', { dedupeKey: ['id'] }, 1],
  ['the last row stays', { dedupe: { key: ['id'], keep: 'latest', by: ['at'] } }, 3],
])(
  'rows that gave way to one that was erased are accounted for, before a replay and after it: %s',
  async (_, more, winner) => {
    const name = 'array_of_json';
    redeclare(name, { input: { formats: ['ndjson'] }, ...more });
    for (const hour of [1, 2, 3]) {
      await put(
        name,
        `${hour}`,
        row('mixed', hour, hour === winner ? KEY : 'other'),
        row('stays', hour, hour === winner ? 'other' : KEY),
      );
      expect((await account(name)).result.problems).toEqual([]);
    }
    expect((await erase(name, 'k', KEY)).answer.rows).toBe(1);
    const settled = { errors: '', code: 0, problems: [], erased: 3 };
    expect(await found(name)).toEqual(settled);
    const { code } = await asJson('replay', '--local', lake, '--dataset', name, '--yes');
    expect([code, await found(name)]).toEqual([0, settled]);
    if (winner === 1) return;
    // It gave way to no row that was erased.
    await drop(name, 'stays');
    expect(await found(name)).toMatchObject({
      code: 1,
      problems: expect.arrayContaining([expect.stringContaining('1 row is missing')]),
    });
  },
);

test('an erase without an end is named where rows of it are left, and so is one whose column is gone', async () => {
  const name = 'first_of';
  const one = CASES.find((each) => each.name === name) as EraseCase;
  await load(one, 'first');
  // Killed before it removed anything.
  const erasure = newErasure([KEY], [KEY], { column: 'k', partition: null, from: null, to: null, began: '2026-06-17' });
  const put = (more: object) =>
    inLake(lake, ({ store }) =>
      store.put(BUCKETS.curated, `erasures/${name}/1.json`, Buffer.from(JSON.stringify({ ...erasure, ...more }))),
    );
  await put({});
  const problems = (await found(name)).problems;
  expect(problems).toContainEqual(expect.stringContaining('2 rows are too many'));
  expect(problems).toContainEqual(
    expect.stringContaining('an erase of 1 keys of "k" that began at 2026-06-17 has no end'),
  );
  await erase(name, 'k', KEY);
  expect(await found(name)).toMatchObject({ code: 0, problems: [] });
  await put({ column: 'gone' });
  expect(await found(name)).toMatchObject({ code: 0, problems: [] });
  await drop(name, 'near-first-1');
  expect((await found(name)).problems).toContainEqual(expect.stringContaining('no longer declares it'));
});

test.each<[string, Partial<DatasetDefinition>]>([
  ['the first row stays', { dedupeKey: ['id'] }],
  ['the last row stays', { dedupe: { key: ['id'], keep: 'latest', by: ['at'] } }],
])(
  'a replay brings back no version of a row that has the erased value, and the next one that has another: %s',
  async (_, more) => {
    const name = 'concatenated';
    redeclare(name, { input: { formats: ['ndjson'] }, ...more });
    const order = more.dedupeKey === undefined ? [4, 3, 2, 1] : [1, 2, 3, 4];
    const keys: Record<string, string[]> = {
      all: [KEY, KEY, KEY, KEY],
      between: [KEY, KEY, 'other', KEY],
      none: ['other', 'x', 'x', 'x'],
    };
    for (const [index, hour] of order.entries()) {
      const rows = Object.entries(keys).map(([id, values]) => row(id, hour, values[index] ?? ''));
      // An object without a row for the table is in no commit, and no replay reads it.
      await put(name, `${index}`, ...rows, row(`only-${index}`, hour, 'x'));
      await account(name);
    }
    const stored = async () => {
      const manifest = readFileSync(join(lake, BUCKETS.curated, manifestKey(name, FOLDER.slice(0, -1))), 'utf8');
      const files = manifest.trim().replaceAll('s3:/', lake).split('\n');
      const list = files.map((file) => `'${file}'`).join(', ');
      const rows = await sql(
        `SELECT id, date_part('hour', "at") AS hour, k FROM read_parquet([${list}], hive_partitioning = false) WHERE id NOT LIKE 'only%' ORDER BY 1`,
      );
      return rows.map(({ id, hour, k }) => [id, Number(hour), k]);
    };
    const none = ['none', order[0], 'other'];
    expect(await stored()).toEqual([['all', order[0], KEY], ['between', order[0], KEY], none]);
    await erase(name, 'k', KEY);
    expect(await stored()).toEqual([none]);
    expect((await asJson('replay', '--local', lake, '--dataset', name, '--yes')).code).toBe(0);
    expect(await stored()).toEqual([['between', order[2], 'other'], none]);
  },
);
