/** The newest event of a dataset: the highest mark counts, whoever writes in which order. */
import { noteNewest, readNewest } from '../../../lambda/compaction/protocol/newest';
import { MemoryLake } from '../support/memory-lake';

let lake: MemoryLake;
beforeEach(() => {
  lake = new MemoryLake();
});
const TIME = Date.parse('2026-06-15T12:00:00Z');
const key = (time: number, dataset = 'events'): string => `newest/${dataset}/${String(time).padStart(13, '0')}`;

test('is a mark that is named after it, and says it', async () => {
  await noteNewest(lake, 'events', TIME);
  expect(lake.keys('curated')).toEqual([key(TIME)]);
  expect(lake.text('curated', key(TIME))).toBe('2026-06-15T12:00:00.000Z\n');
});

test('a later one replaces it', async () => {
  await noteNewest(lake, 'events', TIME);
  await noteNewest(lake, 'events', TIME + 1);
  expect(lake.keys('curated')).toEqual([key(TIME + 1)]);
});

test('an earlier one changes nothing', async () => {
  await noteNewest(lake, 'events', TIME);
  lake.operations.length = 0;
  await noteNewest(lake, 'events', TIME - 1);
  await noteNewest(lake, 'events', TIME);
  expect(lake.operations).toEqual(['list curated/newest/events/', 'list curated/newest/events/']);
});

test('whoever comes by deletes the lower ones of several, and nothing else', async () => {
  for (const time of [TIME, TIME - 5, TIME - 9]) lake.put('curated', key(time), 'x');
  lake.put('curated', 'newest/events/readme', 'no mark');
  lake.put('curated', key(1, 'others'), 'x');
  await noteNewest(lake, 'events', TIME - 7);
  expect(lake.keys('curated')).toEqual([key(TIME), 'newest/events/readme', key(1, 'others')]);
});

test('what happened before 1970 is of 1970', async () => {
  await noteNewest(lake, 'events', -5);
  expect(lake.keys('curated')).toEqual([key(0)]);
});

test('of all datasets, the highest mark is read', async () => {
  for (const time of [TIME, TIME - 5]) lake.put('curated', key(time), 'x');
  lake.put('curated', key(7, 'others'), 'x');
  lake.put('curated', 'newest/strange/12', 'no mark');
  lake.put('curated', `newest/strange/${'1'.repeat(14)}`, 'no mark');
  expect([...(await readNewest(lake))]).toEqual([
    ['events', TIME],
    ['others', 7],
  ]);
});
