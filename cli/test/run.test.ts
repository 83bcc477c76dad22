/** What a run makes of what compaction reports, and of what it rejected. */
import { join } from 'node:path';
import type { CompactionSettings } from '../../lambda/compaction/runtime/settings';
import type { Accounting } from '../accounting';
import { mostFrequent, outsideTimes, shared } from '../compact';
import { Ledger } from '../input/ledger';
import { codecOf, problemsOf, shownQuarantine } from '../run';
import { folderWith } from './support/folder';

test.each([
  [['a.json', 'b.json.gz'], 'gzip'],
  [['a.json', 'b.json', 'c.json.gz'], 'none'],
  [['a.json.zst', 'b.json.zst', 'c.json.gz', 'd.json'], 'zstd'],
  [['a.json.zst', 'b.json.gz'], 'gzip'],
  [['a.json', 'b.json', 'c.json.gz', 'd.json.zst'], 'none'],
  [[], 'gzip'],
])('%j are compressed by %s for the most part', (keys, codec) => {
  expect(codecOf(keys)).toBe(codec);
});

describe('what is wrong with a run', () => {
  const right = {
    accounting: { total: { rowsOut: 9 } as Accounting['total'], partitions: [], problems: [] },
    posted: undefined,
    found: 9,
    refused: [],
    queries: [{ title: 'q', equal: true, conflictingKeys: 0 }],
    iceberg: null,
  };
  const posted = (stored: number) => ({ requests: 1, stored, duplicates: 0, conflicts: 0, rejected: 0 });

  test.each<[string, Partial<Parameters<typeof problemsOf>[0]>, readonly string[]]>([
    ['nothing', {}, []],
    [
      'what the account says',
      { accounting: { ...right.accounting, problems: ['p: 1 row is missing'] } },
      ['p: 1 row is missing'],
    ],
    ['as many rows as were acknowledged', { posted: posted(9) }, []],
    [
      'fewer rows than were acknowledged',
      { posted: posted(10) },
      ['the gateway acknowledged 10 new rows, but 9 came into the raw zone'],
    ],
    [
      'an object that could not be read',
      { refused: [{ key: 'raw/a', error: 'denied' }] },
      ['raw/a could not be read and stays in the inbox: denied'],
    ],
    [
      'answers that differ',
      { queries: [...right.queries, { title: 'r', equal: false, conflictingKeys: 0 }] },
      ['"r": the zones give different answers'],
    ],
    ['answers that differ with reason', { queries: [{ title: 'r', equal: false, conflictingKeys: 1 }] }, []],
    ['as many rows in the Iceberg table', { iceberg: { rows: 9 } }, []],
    [
      'another number of rows in it',
      { iceberg: { rows: 8 } },
      ['the Iceberg table has 8 rows, but the curated table 9'],
    ],
  ])('%s', (_, more, problems) => {
    expect(problemsOf({ ...right, ...more })).toEqual(problems);
  });
});

test('undeclared members add up, the most frequent first', () => {
  const fields = [
    { name: 'a', count: 2 },
    { name: 'b', count: 5 },
    { name: 'a', count: 4 },
  ];
  expect(mostFrequent(fields)).toEqual([
    { name: 'a', count: 6 },
    { name: 'b', count: 5 },
  ]);
});

test('event times outside of a partition are those of all its tasks', () => {
  const outside = (partition: string, rows: number, example: string) => {
    return { partition, rowsOutsidePartition: rows, outsidePartition: { example, hint: 'h' } };
  };
  const found = outsideTimes([
    outside('p', 2, 'first'),
    { partition: 'q', rowsOutsidePartition: 0 },
    outside('p', 3, 'second'),
    outside('r', 1, 'other'),
  ]);
  expect(found).toEqual([
    { partition: 'p', rows: 5, example: 'first', hint: 'h' },
    { partition: 'r', rows: 1, example: 'other', hint: 'h' },
  ]);
});

test('tasks in flight share processors and memory; each has a thread', () => {
  const settings = { compactor: { threads: 3, memoryMiB: 1_001, spillMiB: 7 } } as CompactionSettings;
  expect(shared(settings, 1).compactor).toEqual({ threads: 3, memoryMiB: 1_001, spillMiB: 7 });
  expect(shared(settings, 2).compactor).toEqual({ threads: 1, memoryMiB: 500, spillMiB: 7 });
  expect(shared(settings, 4).compactor).toEqual({ threads: 1, memoryMiB: 250, spillMiB: 7 });
});

test('of what is in quarantine the first hundred lines are shown, and every object, by their files', async () => {
  const ledger = await Ledger.open(join(folderWith(), 'ledger'));
  const object = { kind: 'object', dataset: 'd', partition: 'p', format: 'ndjson', bytes: 1, rows: 1 } as const;
  ledger.add({ ...object, key: 'whole', source: 'logs/a.json', whole: true });
  ledger.add({ ...object, key: 'part', source: 'logs/b.json', whole: false });
  ledger.close();
  const entry = (key: string, line: number | null) => {
    return { partition: 'p', key, line, record: null, reason: 'r', entry: 'e' };
  };
  const lines = Array.from({ length: 120 }, (_, index) => entry(index === 0 ? 'part' : 'whole', index));
  const objects = ['whole', 'part', 'unknown'].map((key) => entry(key, null));
  const shown = shownQuarantine({ ledger }, [...lines, ...objects]);
  expect(shown.lines).toHaveLength(100);
  // Of a file that was split, a line counts in the object.
  expect(shown.lines.slice(0, 2)).toEqual([
    { partition: 'p', source: 'logs/b.json', object: 'part', reason: 'r', line: 0 },
    { partition: 'p', source: 'logs/a.json', object: null, reason: 'r', line: 1 },
  ]);
  expect(shown.objects).toEqual([
    { partition: 'p', source: 'logs/a.json', reason: 'r' },
    { partition: 'p', source: 'logs/b.json', reason: 'r' },
    { partition: 'p', source: 'unknown', reason: 'r' },
  ]);
});
