/** Counts of rows: they balance, or nothing is committed. */
import { ChecksFailedError } from '../../../lambda/compaction/protocol/checks-failed';
import type { CheckCounts, LoadedInput } from '../../../lambda/compaction/protocol/converter';
import {
  addCounts,
  countRows,
  countsOf,
  NO_ROWS,
  type RowCounts,
  withRepeats,
  writtenFiles,
} from '../../../lambda/compaction/protocol/result';
import { testDataset } from '../support/test-dataset';

const input = (more: Partial<LoadedInput> = {}): LoadedInput => ({
  key: 'a',
  etag: '"a"',
  size: 10,
  accepted: 0,
  rejected: [],
  ...more,
});
const rejection = { line: 1, reason: 'bad', raw: Buffer.from('bad') };
const NUMBERS = Object.keys(NO_ROWS).filter((name) => name !== 'failedChecks') as Exclude<
  keyof RowCounts,
  'failedChecks'
>[];

test('nothing is nothing of everything', () => {
  expect(NUMBERS.sort()).toEqual([
    'bytesIn',
    'bytesOut',
    'deletions',
    'duplicates',
    'filesOut',
    'objectsIn',
    'objectsQuarantined',
    'rowsFailed',
    'rowsIn',
    'rowsOut',
    'rowsOutsidePartition',
    'rowsQuarantined',
    'rowsReplaced',
    'rowsWarned',
    'superseded',
  ]);
  expect(NUMBERS.map((name) => NO_ROWS[name])).toEqual(NUMBERS.map(() => 0));
  expect(NO_ROWS.failedChecks).toEqual({});
});

describe('adding', () => {
  const numbered = (start: number): RowCounts => ({
    ...NO_ROWS,
    ...Object.fromEntries(NUMBERS.map((name, index) => [name, start + index])),
  });

  test('adds each count, and each check', () => {
    const [a, b] = [numbered(1), numbered(100)];
    const sum = addCounts({ ...a, failedChecks: { one: 1, both: 2 } }, { ...b, failedChecks: { both: 3, two: 4 } });
    expect(sum).toEqual({
      ...Object.fromEntries(NUMBERS.map((name) => [name, a[name] + b[name]])),
      failedChecks: { one: 1, both: 5, two: 4 },
    });
  });

  test('takes records from before there were checks', () => {
    const { rowsWarned: _w, rowsFailed: _f, failedChecks: _c, ...old } = numbered(1);
    const before = old as RowCounts;
    expect(addCounts(before, before).failedChecks).toEqual({});
    expect(addCounts(NO_ROWS, before)).toMatchObject({ rowsIn: before.rowsIn, rowsWarned: 0 });
    const now = { ...NO_ROWS, rowsWarned: 2, failedChecks: { one: 2 } };
    expect(addCounts(before, now)).toMatchObject({ rowsWarned: 2, failedChecks: { one: 2 } });
  });

  test('changes neither', () => {
    const a = { ...NO_ROWS, failedChecks: { one: 1 } };
    addCounts(a, a);
    expect(a).toEqual({ ...NO_ROWS, failedChecks: { one: 1 } });
  });

  test('only the counts of something are its counts', () => {
    expect(countsOf({ ...numbered(7), dataset: 'events' } as RowCounts)).toEqual(numbered(7));
  });
});

describe('what became of the rows of inputs', () => {
  const INPUTS = [
    input({ accepted: 7, size: 100 }),
    input({ accepted: 3, size: 20, rejected: [rejection, rejection] }),
    input({ size: 3, unreadable: 'no JSON' }),
  ];
  const WRITTEN = { rowsOut: 6, duplicates: 4, rowsOutsidePartition: 2, filesOut: 1, bytesOut: 50 };

  test('is counted', () => {
    expect(countRows({ inputs: INPUTS }, WRITTEN, 'events/day')).toEqual({
      ...NO_ROWS,
      rowsIn: 12,
      rowsOut: 6,
      rowsQuarantined: 2,
      duplicates: 4,
      objectsIn: 3,
      bytesIn: 123,
      objectsQuarantined: 1,
      rowsOutsidePartition: 2,
      filesOut: 1,
      bytesOut: 50,
    });
  });

  test('with what checks found, and what superseded what', () => {
    const checks: CheckCounts = { rowsWarned: 1, rowsFailed: 2, failedChecks: { n_range: 3 } };
    const written = { ...WRITTEN, rowsOut: 1, superseded: 3, deletions: 2, rowsReplaced: 9 };
    expect(countRows({ inputs: INPUTS, checks }, written, 'events/day')).toMatchObject({
      ...checks,
      rowsIn: 12,
      superseded: 3,
      deletions: 2,
      rowsReplaced: 9,
    });
  });

  test('rows that were erased are not rows in', () => {
    const counts = countRows({ inputs: INPUTS }, { ...WRITTEN, rowsOut: 1, erased: 5 }, 'events/day');
    expect(counts.rowsIn).toBe(7);
    expect(counts).not.toHaveProperty('erased');
  });

  test.each([
    ['one too many', { rowsOut: 7 }],
    ['one lost', { rowsOut: 5 }],
    ['a duplicate lost', { duplicates: 3 }],
    ['one superseded that is none', { superseded: 1 }],
    ['a deletion that is none', { deletions: 1 }],
    ['one erased that is written', { erased: 1 }],
  ])('%s is an error, before anything is committed', (_, wrong) => {
    expect(() => countRows({ inputs: INPUTS }, { ...WRITTEN, ...wrong }, 'events/day')).toThrow(
      /^events\/day: 1[12] rows in, but .*; nothing was committed$/,
    );
  });

  test('the error has the whole account', () => {
    const written = { ...WRITTEN, superseded: 5, deletions: 6 };
    expect(() => countRows({ inputs: INPUTS }, written, 'events/day')).toThrow(
      new Error(
        'events/day: 12 rows in, but 6 out + 2 quarantined + 4 duplicates + 5 superseded + 6 deletions = 23; nothing was committed',
      ),
    );
  });

  test('of files it is what they hold', () => {
    const files = { paths: ['a', 'b'], rows: 5, duplicates: 4, bytes: 3, dispose: async () => undefined };
    const counts = { rowsOut: 5, duplicates: 4, filesOut: 2, bytesOut: 3 };
    expect(writtenFiles(files)).toEqual({ ...counts, rowsOutsidePartition: 0, erased: undefined });
    expect(writtenFiles({ ...files, rowsOutsidePartition: 2, erased: 1 })).toEqual({
      ...counts,
      rowsOutsidePartition: 2,
      erased: 1,
    });
  });
});

describe('rows that repeat what should be unique', () => {
  const unique = (onFail: 'warn' | 'fail') => testDataset({ checks: [{ unique: ['id'], onFail }] });
  const name = unique('warn').checks?.[0]?.name as string;
  const checks: CheckCounts = { rowsWarned: 1, rowsFailed: 2, failedChecks: { other: 1 } };
  const batch = { inputs: [input()], checks };

  test('are rows to warn of', () => {
    expect(withRepeats(unique('warn'), batch, { repeats: { [name]: 3 } })).toEqual({
      inputs: batch.inputs,
      checks: { rowsWarned: 4, rowsFailed: 2, failedChecks: { other: 1, [name]: 3 } },
    });
  });

  test('fail the commit where the check does', () => {
    const given = () => withRepeats(unique('fail'), batch, { repeats: { [name]: 3 } });
    expect(given).toThrow(ChecksFailedError);
    expect(given).toThrow(
      /^nothing of events was committed: 3 rows fail .* \(3 rows\)\. The raw objects stay where they are$/,
    );
  });

  test.each(['warn', 'fail'] as const)('that are none change nothing (%s)', (onFail) => {
    expect(withRepeats(unique(onFail), batch, {})).toEqual(batch);
    expect(withRepeats(unique(onFail), batch, { repeats: { [name]: 0 } })).toEqual(batch);
  });

  test('of a dataset without checks are not counted', () => {
    expect(withRepeats(testDataset(), { inputs: [] }, { repeats: { x: 1 } })).toEqual({ inputs: [] });
  });
});
