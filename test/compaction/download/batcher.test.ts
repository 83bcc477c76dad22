import { Batcher } from '../../../lambda/compaction/download/batcher';

let sent: (readonly number[])[];
let batcher: Batcher<number>;
beforeEach(() => {
  jest.useFakeTimers();
  sent = [];
  batcher = new Batcher((items) => sent.push(items));
});
afterEach(() => {
  jest.useRealTimers();
});
const add = (from: number, to: number): void => {
  for (let item = from; item <= to; item++) batcher.add(item);
};
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index);

test('fifteen items wait for two milliseconds after the first, and not a moment longer', () => {
  batcher.add(1);
  jest.advanceTimersByTime(1);
  add(2, 15);
  expect(sent).toEqual([]);
  jest.advanceTimersByTime(1);
  expect(sent).toEqual([range(1, 15)]);
  expect(jest.getTimerCount()).toBe(0);
});

test('sixteen are sent at once, and the next ones wait for their own time', () => {
  add(1, 16);
  expect(sent).toEqual([range(1, 16)]);
  expect(jest.getTimerCount()).toBe(0);
  jest.advanceTimersByTime(1);
  batcher.add(17);
  jest.advanceTimersByTime(1);
  expect(sent).toHaveLength(1);
  jest.advanceTimersByTime(1);
  expect(sent).toEqual([range(1, 16), [17]]);
});

test('nothing is sent twice, and nothing where nothing is', () => {
  add(1, 40);
  jest.advanceTimersByTime(1_000);
  expect(sent).toEqual([range(1, 16), range(17, 32), range(33, 40)]);
});
