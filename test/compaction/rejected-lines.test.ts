/** How many rejected lines of an object are kept, and what they count for. */
import { bytesInMemory, RejectedLines } from '../../lambda/compaction/limits/rejected-lines';
import { MIB } from '../../lib/dataset/units';
import { UnreadableObjectError } from '../../lib/rows';

const line = (number: number, bytes: number) => ({
  line: number,
  reason: `reason ${number}`,
  raw: { length: bytes } as Buffer,
});

test('lines are kept in their order, up to 64 MiB', () => {
  const rejected = new RejectedLines('line');
  const [first, second] = [line(3, 63 * MIB), line(9, MIB)];
  rejected.add(first);
  rejected.add(second);
  expect(rejected.lines).toEqual([first, second]);
  expect(() => rejected.add(line(10, 1))).toThrow(
    new UnreadableObjectError('more than 67108864 bytes of its lines were rejected; the first was line 3: reason 3'),
  );
});

test('one that is too much alone is the first', () => {
  expect(() => new RejectedLines('row').add(line(7, 64 * MIB + 1))).toThrow(
    new UnreadableObjectError('more than 67108864 bytes of its rows were rejected; the first was row 7: reason 7'),
  );
});

test('100,000 of them, however short they are', () => {
  const rejected = new RejectedLines('line');
  for (let number = 1; number <= 100_000; number++) rejected.add(line(number, 0));
  expect(() => rejected.add(line(100_001, 0))).toThrow(
    new UnreadableObjectError('more than 100000 of its lines were rejected; the first was line 1: reason 1'),
  );
  expect(rejected.lines).toHaveLength(100_000);
});

test('a short line takes 512 bytes, for what is known of it', () => {
  expect(bytesInMemory([])).toBe(0);
  expect(bytesInMemory([line(1, 0), line(2, 512), line(3, 513)])).toBe(512 + 512 + 513);
});
