/** Ranges of keys: what a task may read, what is left of them after an object, and what came before one. */
import {
  hiveRange,
  type KeyRange,
  listRanges,
  rangesAfter,
  rangesThrough,
} from '../../../lambda/compaction/protocol/key-ranges';
import { MemoryLake } from '../support/memory-lake';
import { PARTITION, testDataset } from '../support/test-dataset';

const ref = { dataset: testDataset(), partition: PARTITION };
const PREFIX = `raw/events/${PARTITION}/`;

test('a partition is one range in the layout of Hive, with the ends that it is given', () => {
  expect(hiveRange(ref)).toEqual({ prefix: PREFIX });
  expect(hiveRange(ref, { after: 'a', through: 'b' })).toEqual({ prefix: PREFIX, after: 'a', through: 'b' });
});

describe('listing', () => {
  let lake: MemoryLake;
  beforeEach(() => {
    lake = new MemoryLake();
    for (const key of ['a/1', 'a/2', 'a/3', 'b/1', 'c/1']) lake.put('raw', key, key);
    lake.put('curated', 'a/4', 'not raw');
  });

  async function listed(...ranges: readonly KeyRange[]): Promise<string[]> {
    const keys: string[] = [];
    for await (const { key } of listRanges(lake, ranges)) keys.push(key);
    return keys;
  }

  test('goes through one range after the other, within their ends', async () => {
    expect(await listed({ prefix: 'b/' }, { prefix: 'a/', after: 'a/1', through: 'a/3' })).toEqual([
      'b/1',
      'a/2',
      'a/3',
    ]);
    expect(await listed({ prefix: 'a/', through: 'a/1' })).toEqual(['a/1']);
    expect(await listed()).toEqual([]);
  });

  test('gives an object of ranges that overlap once, where it comes first', async () => {
    expect(await listed({ prefix: 'a/2' }, { prefix: 'a/' })).toEqual(['a/2', 'a/1', 'a/3']);
    expect(await listed({ prefix: 'a/2' }, { prefix: 'a/' }, { prefix: 'a/' })).toEqual(['a/2', 'a/1', 'a/3']);
  });
});

describe('the parts of ranges', () => {
  const A: KeyRange = { prefix: 'a/', after: 'a/2', through: 'a/5' };
  const B: KeyRange = { prefix: 'b/' };
  const C: KeyRange = { prefix: 'c/' };
  const ALL = [A, B, C];

  test.each<[string, readonly KeyRange[], readonly KeyRange[]]>([
    ['a/3', [{ ...A, after: 'a/3' }, B, C], [{ ...A, through: 'a/3' }]],
    ['a/5', [{ ...A, after: 'a/5' }, B, C], [{ ...A, through: 'a/5' }]],
    ['b/x', [{ ...B, after: 'b/x' }, C], [A, { ...B, through: 'b/x' }]],
    ['c/x', [{ ...C, after: 'c/x' }], [A, B, { ...C, through: 'c/x' }]],
    // In no range: none is left, and none came before.
    ['a/2', [], []],
    ['a/6', [], []],
    ['d/x', [], []],
  ])('after and up to %s', (key, after, through) => {
    expect(rangesAfter(ALL, key)).toEqual(after);
    expect(rangesThrough(ALL, key)).toEqual(through);
  });

  test('an object belongs to the first range that holds it', () => {
    expect(rangesAfter([B, { prefix: 'b/1' }], 'b/11')).toEqual([{ prefix: 'b/', after: 'b/11' }, { prefix: 'b/1' }]);
    expect(rangesThrough([{ prefix: 'b/', through: 'b/1' }, B], 'b/11')).toEqual([
      { prefix: 'b/', through: 'b/1' },
      { prefix: 'b/', through: 'b/11' },
    ]);
  });

  test('keys are compared as S3 orders them, by their bytes', () => {
    // By UTF-16 the first comes before the second.
    const [emoji, high] = ['a/\u{1f600}', 'a/\uff5e'];
    expect(rangesAfter([{ prefix: 'a/', after: high }], emoji)).toEqual([{ prefix: 'a/', after: emoji }]);
    expect(rangesAfter([{ prefix: 'a/', through: high }], emoji)).toEqual([]);
  });
});
