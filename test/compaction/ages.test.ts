import { isClosed, isExpired, isSettled } from '../../lambda/compaction/protocol/ages';
import type { Lake } from '../../lambda/compaction/protocol/lake';
import { UNDERSIZED_BYTES } from '../../lambda/compaction/protocol/merge-policy';
import type { ObjectInfo } from '../../lambda/compaction/store/object-store';
import { PARTITION, testDataset } from './support/test-dataset';

const dataset = testDataset({ compaction: { closeAfterHours: 6 }, retention: { curatedDays: 30 } });
const ref = { dataset, partition: PARTITION };
/** Only the clock of a lake is asked. */
const at = (time: string): Lake => ({ now: () => new Date(time) }) as Lake;

test('a partition is closed so many hours after its end', () => {
  expect(isClosed(at('2026-06-16T05:59:59.999Z'), ref)).toBe(false);
  expect(isClosed(at('2026-06-16T06:00:00Z'), ref)).toBe(true);
});

test('a partition is expired so many days after its end, and never without a retention', () => {
  expect(isExpired(at('2026-07-15T23:59:59.999Z'), ref)).toBe(false);
  expect(isExpired(at('2026-07-16T00:00:00Z'), ref)).toBe(true);
  expect(isExpired(at('2126-07-16T00:00:00Z'), { ...ref, dataset: testDataset() })).toBe(false);
});

describe('a partition is settled', () => {
  const NOW = '2026-06-20T12:00:00Z';
  const file = (size: number, lastModified: string): ObjectInfo => ({
    key: 'data/events/x.parquet',
    etag: '"e"',
    size,
    lastModified: new Date(lastModified),
  });
  const OLD = '2026-06-20T06:00:00Z';
  const YOUNG = '2026-06-20T06:00:00.001Z';
  const SMALL = UNDERSIZED_BYTES - 1;

  test.each([
    ['without files', [], true],
    ['with small files that are old', [file(SMALL, OLD), file(1, OLD)], true],
    ['not with a small one that is young, wherever it is', [file(SMALL, YOUNG), file(1, OLD)], false],
    ['not with a small one that is young, wherever it is', [file(1, OLD), file(SMALL, YOUNG)], false],
    ['not with a small young one beside a large one', [file(UNDERSIZED_BYTES, OLD), file(SMALL, YOUNG)], false],
    ['with large files, however young', [file(UNDERSIZED_BYTES, YOUNG), file(SMALL, OLD)], true],
  ])('%s', (_, files, wanted) => {
    expect(isSettled(at(NOW), ref, files)).toBe(wanted);
  });

  test('not before it is closed, whatever its files are like', () => {
    expect(isSettled(at('2026-06-16T05:00:00Z'), ref, [])).toBe(false);
  });
});
