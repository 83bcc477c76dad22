/** Bytes of bounds: https://iceberg.apache.org/spec/#appendix-d-single-value-serialization */
import { bound, type Statistic } from '../../lib/iceberg';

const hex = (type: string, value: Statistic, side: 'lower' | 'upper' = 'lower'): string | undefined =>
  bound(type, value, side)?.toString('hex');

test.each<[string, Statistic, string | undefined]>([
  ['boolean', true, '01'],
  ['boolean', false, '00'],
  ['boolean', 1, undefined],
  ['int', 1, '01000000'],
  ['int', -2, 'feffffff'],
  ['int', 2 ** 31 - 1, 'ffffff7f'],
  ['int', 1.5, undefined],
  ['int', 1n, undefined],
  ['int', true, undefined],
  ['date', -1, 'ffffffff'],
  ['date', 0.5, undefined],
  ['long', 1n, '0100000000000000'],
  ['long', 258, '0201000000000000'],
  ['long', -1n, 'ffffffffffffffff'],
  ['long', 2n ** 63n - 1n, 'ffffffffffffff7f'],
  ['long', 1.5, undefined],
  ['long', true, undefined],
  ['long', Buffer.from('1'), undefined],
  ['timestamp', -1n, 'ffffffffffffffff'],
  ['timestamp', Number.NaN, undefined],
  ['string', Buffer.from('a'), '61'],
  ['string', Buffer.alloc(0), ''],
  ['string', 1, undefined],
  ['string', 1n, undefined],
  ['decimal(9, 2)', 0n, '00'],
  ['decimal(9, 2)', 32_767n, '7fff'],
  ['decimal(9, 2)', 32_768n, '008000'],
  ['decimal(9, 2)', -32_768n, '8000'],
  ['decimal(9, 2)', -32_769n, 'ff7fff'],
  ['decimal(38, 2)', 2n ** 63n, '008000000000000000'],
  ['decimal(9, 2)', 1, undefined],
  ['decimal(9, 2)', Buffer.from('1'), undefined],
  // Their values may be NaN, which has no place in an order.
  ['float', 1n, undefined],
  ['double', 1, undefined],
  // Not every reader has the same order of bytes.
  ['binary', Buffer.from('a'), undefined],
  ['binary', 1n, undefined],
])('of a %s, %p is %p on both sides', (type, value, wanted) => {
  expect(hex(type, value, 'lower')).toBe(wanted);
  expect(hex(type, value, 'upper')).toBe(wanted);
});

const [A16, A17] = ['a'.repeat(16), 'a'.repeat(17)];
const emoji = (count: number): string => '\u{1f600}'.repeat(count);
const LAST = '\u{10ffff}';

test.each([
  ['16 characters stay as they are', A16, A16, A16],
  ['17 are cut, and the last that stays is raised', A17, A16, `${'a'.repeat(15)}b`],
  // 32 units of UTF-16, and 64 bytes.
  ['characters count, not what they take', emoji(16), emoji(16), emoji(16)],
  ['17 of those are cut too', emoji(17), emoji(16), `${emoji(15)}\u{1f601}`],
  ['no half of a character is raised to', '\ud7ff'.repeat(17), '\ud7ff'.repeat(16), `${'\ud7ff'.repeat(15)}\ue000`],
  ['the last of all has nothing above it', `b${LAST.repeat(16)}`, `b${LAST.repeat(15)}`, 'c'],
  ['a mark of byte order is a character', `\ufeff${A16}`, `\ufeff${'a'.repeat(15)}`, `\ufeff${'a'.repeat(14)}b`],
])('of a string, %s', (_, value, lower, upper) => {
  expect(bound('string', Buffer.from(value), 'lower')?.toString()).toBe(lower);
  expect(bound('string', Buffer.from(value), 'upper')?.toString()).toBe(upper);
});

test('of a string of nothing but the last character there is no upper bound, and a lower one', () => {
  expect(bound('string', Buffer.from(LAST.repeat(17)), 'upper')).toBeUndefined();
  expect(bound('string', Buffer.from(LAST.repeat(17)), 'lower')?.toString()).toBe(LAST.repeat(16));
  expect(bound('string', Buffer.from(LAST.repeat(16)), 'upper')?.toString()).toBe(LAST.repeat(16));
});

test.each(['c3', '61c3', 'ff', 'eda080'])('of bytes %s, which are no text, there is no bound', (bytes) => {
  expect(bound('string', Buffer.from(bytes, 'hex'), 'lower')).toBeUndefined();
  expect(bound('string', Buffer.from(bytes, 'hex'), 'upper')).toBeUndefined();
});
