import { join } from 'node:path';
import { datasetByName } from '../../test/fixtures/datasets';
import { acceptedRows, tooFew } from '../accepted';
import { type Content, type Evidence, settle } from '../accounting';
import { Ledger, type LoadedObject } from '../input/ledger';
import type { Quarantined } from '../input/quarantined';
import type { LocalLake } from '../lake';
import { folderWith } from './support/folder';

const dataset = datasetByName('access_logs');
const DAY = 'year=2026/month=06/day=15';
const values = { year: '2026', month: '06', day: '15' };

interface Case {
  readonly loaded?: readonly Partial<LoadedObject>[];
  readonly unplaced?: readonly (number | null)[];
  readonly quarantine?: readonly Partial<Quarantined>[];
  readonly raw?: Partial<Content>;
  readonly curated?: Partial<Content>;
  readonly unread?: ReadonlySet<string>;
  readonly duplicates?: number;
  readonly erased?: NonNullable<Evidence['erased']>;
}

async function account({ loaded = [{ rows: 100 }], unplaced = [], quarantine = [], raw, curated, ...unread }: Case) {
  const folder = folderWith({ 'x.parquet': 'twelve bytes', 'y.parquet': 'eight by' });
  const files = ['x.parquet', 'y.parquet'].map((name) => join(folder, name));
  const ledger = await Ledger.open(join(folder, 'ledger'));
  loaded.forEach((object, index) => {
    const defaults = {
      dataset: dataset.name,
      partition: DAY,
      format: 'ndjson',
      bytes: 10,
      source: 's',
      whole: true,
    } as const;
    ledger.add({ kind: 'object', ...defaults, key: `k${index}`, rows: 0, ...object });
  });
  unplaced.forEach((rows, index) => {
    ledger.add({ kind: 'unplaced', dataset: dataset.name, key: `q${index}`, rows, bytes: 1, source: 's' });
  });
  ledger.close();
  const content = (given: Partial<Content> | undefined): Map<string, Content> =>
    new Map(given === undefined ? [] : [[DAY, { rows: 0, distinct: 0, digest: 'same', ...given }]]);
  return settle({
    lake: { ledger } as LocalLake,
    dataset,
    quarantine: quarantine.map((entry) => ({
      partition: DAY,
      key: 'k0',
      line: 1,
      record: null,
      reason: 'r',
      entry: 'e',
      ...entry,
    })),
    curated: {
      name: 'curated',
      partitions: curated === undefined ? [] : [{ values, files, manifestBytes: 1 }],
    },
    rawContent: content(raw),
    curatedContent: content(curated),
    ...unread,
  });
}

test('rows in are rows out, quarantined lines and duplicates; files and bytes on both sides', async () => {
  const { partitions, total, problems } = await account({
    loaded: [{ rows: 60 }, { rows: 40 }],
    quarantine: [{ line: 3 }, { line: 9 }],
    raw: { rows: 98, distinct: 95 },
    curated: { rows: 95, distinct: 95 },
  });
  const figures = {
    rowsIn: 100,
    rowsOut: 95,
    rowsQuarantined: 2,
    duplicates: 3,
    erased: 0,
    unaccounted: 0,
    objectsQuarantined: 0,
    filesBefore: 2,
    filesAfter: 2,
    bytesBefore: 20,
    bytesAfter: 20,
  };
  expect(problems).toEqual([]);
  expect(partitions).toEqual([{ partition: DAY, ...figures }]);
  expect(total).toEqual(figures);
});

test.each([
  ['a lost row', { raw: { rows: 100, distinct: 100 }, curated: { rows: 99 } }, 1, '1 row is missing'],
  ['a row too many', { raw: { rows: 100, distinct: 100 }, curated: { rows: 101 } }, -1, '1 row is too many'],
  ['a lost partition', { raw: { rows: 100, distinct: 100 } }, 100, '100 rows are missing'],
  ['a lost quarantine line', { raw: { rows: 99, distinct: 99 }, curated: { rows: 99 } }, 1, '1 row is missing'],
  ['a partition out of nowhere', { loaded: [], curated: { rows: 5 } }, -5, '5 rows are too many'],
  [
    'one row in place of another',
    { raw: { rows: 100, distinct: 100, digest: 'a' }, curated: { rows: 100, digest: 'b' } },
    0,
    'not the same ones',
  ],
])('%s is found', async (_, given: Case, unaccounted, problem) => {
  const { total, problems } = await account(given);
  expect(total.unaccounted).toBe(unaccounted);
  expect(problems).toEqual([
    `${DAY}: ${problem.includes('same') ? `as many rows came out as went in, but ${problem}` : problem}`,
  ]);
});

test('objects in quarantine as a whole count with the rows that were counted on the way in', async () => {
  const { partitions, total, problems } = await account({
    loaded: [{ rows: 30 }, { rows: null }],
    unplaced: [2, null],
    quarantine: [
      { key: 'k0', line: null },
      { key: 'k1', line: null },
      { partition: 'unplaced', key: 'f.json', line: 4 },
      { partition: 'unplaced', key: 'f.json', line: 5 },
      { partition: 'unplaced', key: 'g.gz', line: null },
    ],
  });
  expect(problems).toEqual([]);
  expect(
    partitions.map(({ partition, rowsIn, rowsQuarantined, objectsQuarantined }) => [
      partition,
      rowsIn,
      rowsQuarantined,
      objectsQuarantined,
    ]),
  ).toEqual([
    ['unplaced', 2, 2, 1],
    [DAY, 30, 30, 2],
  ]);
  expect(total).toMatchObject({ rowsIn: 32, rowsOut: 0, rowsQuarantined: 32, objectsQuarantined: 3, unaccounted: 0 });
});

test('what was erased is in the account, and hints are given where this does not add up', async () => {
  const erased = (rows: number) => ({ rows: new Map([[DAY, rows]]), gaveWay: new Map([[DAY, 1]]), hints: ['a hint'] });
  const found = { raw: { rows: 95, distinct: 95 }, curated: { rows: 95, distinct: 95 } };
  expect(await account({ ...found, erased: erased(4) })).toMatchObject({
    problems: [],
    total: { erased: 4, duplicates: 1, unaccounted: 0 },
  });
  expect((await account({ ...found, erased: erased(3) })).problems).toEqual([`${DAY}: 1 row is missing`, 'a hint']);
});

describe('how much was accepted', () => {
  const accepted = async (rows: number, refused: number, least: number | undefined) => {
    const ledger = await Ledger.open(join(folderWith(), 'ledger'));
    const object = { kind: 'object', dataset: dataset.name, partition: DAY, format: 'ndjson', bytes: 10 } as const;
    if (rows > 0) ledger.add({ ...object, source: 's', whole: true, key: 'k', rows });
    ledger.close();
    const lines = Array.from({ length: refused }, (_, line) => {
      return { partition: DAY, key: 'k', line, record: null, reason: 'r', entry: 'e' };
    });
    return acceptedRows({ ledger } as LocalLake, dataset.name, lines, new Set(['k']), least);
  };

  test.each<[string, number, number, number | undefined, boolean, string]>([
    ['no row', 0, 0, undefined, false, 'no row came in'],
    ['none of all', 4, 4, undefined, false, 'none of 4 rows was accepted'],
    ['none of one', 1, 1, undefined, false, 'none of 1 row was accepted'],
    ['one of all', 4, 3, undefined, true, ''],
    ['the least share', 100, 93, 0.07, true, ''],
    ['one below it', 100, 94, 0.07, false, '6 of 100 rows were accepted, and --min-accepted is 7%'],
    ['less than all', 8, 1, 1, false, '7 of 8 rows were accepted, and --min-accepted is 100%'],
  ])('%s', async (_, rows, refused, least, isEnough, text) => {
    const found = await accepted(rows, refused, least);
    expect(found).toEqual({ rowsIn: rows, rowsAccepted: rows - refused, least: least ?? null, isEnough });
    if (!isEnough) expect(tooFew(found)).toBe(text);
  });
});

test('rows that no partition was found for are not accepted: their objects are named in quarantine alone', async () => {
  const ledger = await Ledger.open(join(folderWith(), 'ledger'));
  ledger.add({ kind: 'unplaced', dataset: dataset.name, key: 'q', rows: 2, bytes: 1, source: 's' });
  ledger.close();
  const lines = [1, 2].map((line) => {
    return { partition: 'unplaced', key: 'f.json', line, record: null, reason: 'r', entry: 'q' };
  });
  const found = acceptedRows({ ledger } as LocalLake, dataset.name, lines, new Set(['q']), undefined);
  expect(found).toEqual({ rowsIn: 2, rowsAccepted: 0, least: null, isEnough: false });
});

test('a partition whose raw files cannot be read is settled by what compaction reported, and by no more', async () => {
  const unread = { loaded: [{ rows: 10 }], curated: { rows: 8, distinct: 8 }, unread: new Set([DAY]) };
  expect(await account({ ...unread, duplicates: 2 })).toMatchObject({
    problems: [],
    total: { duplicates: 2, unaccounted: 0 },
  });
  expect((await account({ ...unread, duplicates: 1 })).problems).toEqual([`${DAY}: 1 row is missing`]);
  expect((await account({ ...unread, duplicates: 0 })).problems).toEqual([`${DAY}: 2 rows are missing`]);
  // What settles one partition settles no other.
  const next = 'year=2026/month=06/day=16';
  const two = { loaded: [{ rows: 10 }, { rows: 10, partition: next }], unread: new Set([DAY, next]), duplicates: 12 };
  expect((await account(two)).problems).toEqual([`${next}: 8 rows are missing`]);
});
