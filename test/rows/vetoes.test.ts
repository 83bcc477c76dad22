/** Rows that fit and are rejected all the same, by their number among those that fit. */
import { RowChecker } from '../../lib/rows/row';
import { RowReader } from '../../lib/rows/row-reader';
import { Vetoes, VetoReader } from '../../lib/rows/vetoes';
import { columnsOf } from './helpers';

const COLUMNS = columnsOf({ id: 'int!' });

function bench(list: ReadonlyMap<number, string>) {
  const rejected: string[] = [];
  const rows = new RowReader(new RowChecker(COLUMNS), (reason, raw) => rejected.push(`${raw}: ${reason}`));
  const vetoes = new Vetoes(list);
  const reader = new VetoReader(rows, vetoes);
  /** Goes through lines as what reads records does. */
  const read = (...lines: readonly string[]): string => {
    for (const line of lines) {
      const buf = Buffer.from(`${line}\n`);
      expect(reader.acceptRun(buf, 0)).toBe(0);
      if (reader.to < 0) reader.reject(reader.reason, Buffer.from(line));
      else reader.accept(buf, 0, buf.length, true);
    }
    return Buffer.concat(rows.output.take()).toString();
  };
  return { rejected, rows, reader, read };
}

test('each is rejected with its reason, and those that do not fit have no number', () => {
  const { read, rejected, reader, rows } = bench(
    new Map([
      [0, 'the first'],
      [2, 'the third'],
    ]),
  );
  expect(read('{"id":0}', '{"id":"x"}', '{"id":1}', '{}', '{"id":2}', '{"id":3}')).toBe('{"id":1}\n{"id":3}\n');
  expect(rejected).toEqual([
    '{"id":0}: the first',
    '{"id":"x"}: id: expected an int, found the string "x"',
    '{}: id: missing, and the column must have a value',
    '{"id":2}: the third',
  ]);
  expect([rows.accepted, rows.rejected, reader.records, reader.lines]).toEqual([2, 4, 0, 0]);
});

test('a piece that is read again and rejected for another reason does not count as the row', () => {
  const { reader, read, rejected } = bench(new Map([[0, 'the first']]));
  const buf = Buffer.from('{"id":0} x\n');
  expect([reader.read(buf, 0), reader.reason]).toEqual([-1, 'the first']);
  reader.reject('no record', buf.subarray(0, -1));
  expect(read('{"id":1}', '{"id":2}')).toBe('{"id":2}\n');
  expect(rejected).toEqual(['{"id":0} x: no record', '{"id":1}: the first']);
});

test('what they are told of goes on to the rows', () => {
  const { reader, rows } = bench(new Map());
  const buf = Buffer.from('{"id":1,"x":1}\n');
  expect(reader.read(buf, 0)).toBe(buf.length - 1);
  reader.forget();
  reader.read(buf, 0);
  reader.keep();
  reader.forget();
  expect(rows.row.unknownFields).toEqual([{ name: 'x', count: 1, similarTo: undefined }]);
  expect(reader.explain(Buffer.from('{"id":1\n'))).toBe('not JSON: the line ends too early');
});
