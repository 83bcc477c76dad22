/** Values that are checked as they are written: the same rows and reasons as when the whole line is read again. */
import fc from 'fast-check';
import type { CsvDialect } from '../../lib/dataset';
import { CsvRecords } from '../../lib/rows/csv-records';
import { JsonWriter } from '../../lib/rows/csv-values';
import { Output } from '../../lib/rows/output';
import { RowChecker } from '../../lib/rows/row';
import { passOn } from '../../lib/rows/written-line';
import { dataset } from '../dataset/helpers';

/** One of each kind; which of them a row must have depends on whether it deletes. */
const { columns } = dataset({
  columns: [
    { name: 'id', type: 'string', notNull: true },
    { name: 'event_time', type: 'timestamp', notNull: true },
    { name: 'n', type: 'int' },
    { name: 'long', type: 'bigint' },
    { name: 'ratio', type: 'double' },
    { name: 'price', type: 'decimal(18,2)' },
    { name: 'ok', type: 'boolean' },
    { name: 'born', type: 'date' },
    { name: 'data', type: 'binary' },
    { name: 'list', type: 'array<int>' },
    { name: 'nested', type: 'struct<a:int,b:string>' },
    { name: 'seen', type: 'timestamp', format: { epoch: 's' } },
    { name: 'label', type: 'string', notNull: true },
    { name: 'op', type: 'string' },
  ],
  dedupe: { key: ['id'], keep: 'latest', by: 'event_time', deleted: { column: 'op', values: ['D'] } },
  eventTime: 'event_time',
});

const VALUES: Readonly<Record<string, readonly string[]>> = {
  id: ['a', 'é漢', 'x"y', '', '-', 'a much longer text, of several words'],
  event_time: [
    '2026-06-15T10:00:00Z',
    '2026-06-15 10:00:00+02:00',
    '1781500000123',
    '2026-02-30',
    '',
    '2026-06-15T10:00:00.123456Z',
  ],
  n: ['1', '-7', '2147483648', '1.5', '007', ' 1', '', '-'],
  long: ['9223372036854775807', '9223372036854775808', '-0', ''],
  ratio: ['1.5', '-0', '1e999', 'NaN', '1.', ''],
  price: ['12.50', '1234567890123456.78', '1.234', 'x', ''],
  ok: ['true', 'false', 'TRUE', 'tru', ''],
  born: ['2026-06-15', '2026-02-30', '20260615', ''],
  data: ['QUI=', 'QQ', ''],
  list: ['[1,2]', '[1, null] ', '[1', '[1.5]', ''],
  nested: ['{"a":1}', '{"a":1,"c":2}', '{"a":"x"}', '{"A":1}', '{"a":1,"a":2}', ''],
  seen: ['1781500000', '1781500000.5', '2026-06-15T10:00:00Z', 'x', ''],
  label: ['a b', '', '-'],
  op: ['D', 'I', 'I', 'I', '', '-'],
};
const row = fc.tuple(
  ...columns.map(({ name }) => {
    const [first = '', ...others] = VALUES[name] ?? [];
    return fc.oneof(
      { weight: 20, arbitrary: fc.constant(first) },
      { weight: 1, arbitrary: fc.constantFrom(...others) },
    );
  }),
);
const dialect: fc.Arbitrary<CsvDialect> = fc.record({
  delimiter: fc.constantFrom('\t', '|'),
  quote: fc.constantFrom('"' as const, false as const),
  nulls: fc.constantFrom([], ['-'], ['-', 'x']),
  empty: fc.constantFrom('null' as const, 'string' as const),
  escape: fc.constantFrom('double' as const, 'backslash' as const),
});

function answers(csv: CsvDialect, text: Buffer, how: 'each value' | 'the whole line') {
  const checker = new RowChecker(columns);
  const output = new Output();
  const written = columns.map(({ name, type }, field) => ({ name, kind: type.kind, field }));
  const writer = new JsonWriter(written, csv, how === 'each value' ? checker : undefined);
  const records = new CsvRecords(csv.delimiter, csv);
  const reasons: (string | undefined)[] = [];
  let atOnce = 0;
  for (let at = 0; at < text.length; ) {
    const next = records.next(text, at, columns.length);
    if (next < 0) break;
    if (records.problem === undefined && records.count === columns.length) {
      const start = writer.write(text, records, next - at);
      reasons.push(passOn(writer, start, checker, output));
      if (writer.fits) atOnce++;
    }
    at = next;
  }
  const { unknownFields, otherUnknownFields } = checker;
  return {
    answer: { reasons, lines: Buffer.concat(output.take()).toString(), unknownFields, otherUnknownFields },
    atOnce,
  };
}

test('rows, reasons and undeclared fields are the same', () => {
  const seen = { atOnce: 0, accepted: 0, rejected: 0 };
  fc.assert(
    fc.property(dialect, fc.array(row, { minLength: 1, maxLength: 6 }), (csv, rows) => {
      const field = (value: string): string =>
        csv.quote === '"' && (value.includes('"') || value === 'a')
          ? `"${csv.escape === 'backslash' ? value.replaceAll('"', '\\"') : value.replaceAll('"', '""')}"`
          : value;
      const text = Buffer.from(rows.map((values) => `${values.map(field).join(csv.delimiter)}\n`).join(''));
      const { answer, atOnce } = answers(csv, text, 'each value');
      expect(answer).toEqual(answers(csv, text, 'the whole line').answer);
      seen.atOnce += atOnce;
      seen.accepted += answer.reasons.filter((reason) => reason === undefined).length;
      seen.rejected += answer.reasons.filter((reason) => reason !== undefined).length;
    }),
    { seed: 20_260_615, numRuns: 1500 },
  );
  expect(seen.atOnce).toBeGreaterThan(50);
  expect(seen.accepted).toBeGreaterThan(seen.atOnce);
  expect(seen.rejected).toBeGreaterThan(500);
});
