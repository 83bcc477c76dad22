import fc from 'fast-check';
import { closest } from '../../../lib/dataset/checks/closest';

const NAMES = ['columns', 'partition', 'eventTime', 'id'];

test.each([
  ['columns', 'columns'],
  ['column', 'columns'],
  ['colums', 'columns'],
  ['colunms', 'columns'],
  ['Columns', 'columns'],
  ['COLUMNS', 'columns'],
  ['eventtime', 'eventTime'],
  ['event_time', 'eventTime'],
  ['xcolumns', 'columns'],
  ['columnsxx', 'columns'],
  ['ix', 'id'],
])('%s means %s', (name, meant) => {
  expect(closest(name, NAMES)).toBe(meant);
});

test.each(['', 'x', 'xy', 'col', 'columnsxxx', 'partners'])('%j means none of them', (name) => {
  expect(closest(name, NAMES)).toBeUndefined();
});

test('of several the nearest, of equally near ones the first', () => {
  expect(closest('orders', ['border', 'order', 'orderss'])).toBe('order');
  expect(closest('order', ['orders', 'orderly', 'order'])).toBe('order');
});

test('there may be no candidate', () => {
  expect(closest('orders', [])).toBeUndefined();
});

test('whatever two edits make of a long name, it is found again', () => {
  const edit = fc.record({ at: fc.nat(11), kind: fc.constantFrom('insert', 'remove', 'change') });
  fc.assert(
    fc.property(fc.array(edit, { maxLength: 2 }), (edits) => {
      const letters = [...'abcdefghijkl'];
      for (const { at, kind } of edits) {
        if (kind === 'insert') letters.splice(at, 0, 'x');
        else letters.splice(at, 1, ...(kind === 'change' ? ['y'] : []));
      }
      expect(closest(letters.join(''), ['abcdefghijkl'])).toBe('abcdefghijkl');
    }),
  );
});
