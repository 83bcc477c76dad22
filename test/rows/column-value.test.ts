import * as fc from 'fast-check';
import { RowChecker } from '../../lib/rows/row';
import { EVERYTHING, lineText } from './arbitraries';
import { columnsOf } from './helpers';

test('reads what JSON.parse reads, of each column of each line that is accepted', () => {
  const checker = new RowChecker(EVERYTHING);
  const columns = EVERYTHING.map(({ name }) => ({ name, value: checker.column(name) }));
  let accepted = 0;
  fc.assert(
    fc.property(fc.array(lineText, { minLength: 1, maxLength: 4 }), (lines) => {
      // Lines stand behind one another, as in a request: no value of one may be taken for one of the next.
      const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
      for (let start = 0; start < bytes.length; start = bytes.indexOf('\n', start) + 1) {
        const end = checker.check(bytes, start);
        if (end < 0) continue;
        accepted += 1;
        const row = JSON.parse(bytes.toString('utf8', start, end)) as Record<string, unknown>;
        for (const { name, value } of columns) {
          const expected = Object.hasOwn(row, name) ? row[name] : undefined;
          expect([name, value.read(bytes)]).toEqual([name, expected]);
          expect(value.isPresent).toBe(Object.hasOwn(row, name));
          expect(value.hasValue).toBe(value.isPresent && row[name] !== null);
        }
      }
    }),
  );
  expect(accepted).toBeGreaterThan(20);
});

test('a column that is not declared cannot be read', () => {
  const checker = new RowChecker(columnsOf({ a: 'string' }));
  checker.check(Buffer.from('{"b":1}\n'), 0);
  expect(() => checker.column('b')).toThrow('there is no column b');
});
