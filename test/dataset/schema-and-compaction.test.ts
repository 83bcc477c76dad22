import Ajv from 'ajv';
import fc from 'fast-check';
import { type ColumnType, formatHiveType, jsonSchema } from '../../lib/dataset';
import { RowChecker } from '../../lib/rows/row';
import { columnsOf, columnType, dataset } from './helpers';

/** What might be sent for a value of a type: most of it right, or wrong by a little. */
function sent(type: ColumnType): fc.Arbitrary<unknown> {
  const wrong = fc.constantFrom<unknown>(
    null,
    true,
    1,
    -0,
    1.5,
    1e300,
    '',
    '1',
    'x',
    '\u0000\ud83d\ude00',
    [],
    {},
    [1],
    { a: 1 },
  );
  return fc.oneof({ weight: 4, arbitrary: likely(type) }, { weight: 1, arbitrary: wrong });
}

function likely(type: ColumnType): fc.Arbitrary<unknown> {
  switch (type.kind) {
    case 'boolean':
      return fc.boolean();
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'bigint':
      return integerLike;
    case 'float':
    case 'double':
      return fc.oneof(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.float({ noNaN: true, noDefaultInfinity: true }),
      );
    case 'decimal': {
      const digits = fc.stringMatching(/^-?(0|[1-9]\d{0,12})(\.\d{1,12})?$/);
      return fc.oneof(digits, fc.stringMatching(/^-?\d{1,38}(\.\d{1,38})?$/), fc.integer());
    }
    case 'string':
      return fc.string({ unit: 'grapheme' });
    case 'date':
      return fc.stringMatching(/^[0-3]\d{3}-[01]\d-[0-3]\d$/);
    case 'timestamp':
      return fc.oneof(
        fc.stringMatching(
          /^(0001-01-01|9999-12-31|20\d\d-0[1-9]-[0-3]\d)[T ][0-2]\d:[0-6]\d:[0-6]\d(\.\d{1,10})?(Z|[+-][01]\d:?[0-6]\d)?$/,
        ),
        fc.integer({ min: -62_135_596_800_001, max: 253_402_300_800_000 }),
      );
    case 'binary':
      return fc.stringMatching(/^([A-Za-z0-9+/]{4}){0,2}([AQgw5]{2}(==|))?([AEw8]{3}=)?$/);
    case 'array':
      return fc.array(sent(type.element), { maxLength: 3 });
    case 'map':
      return fc.dictionary(fc.oneof(fc.string(), integerLike.map(String)), sent(type.value), { maxKeys: 3 });
    case 'struct':
      return fc.record(Object.fromEntries(type.fields.map((field) => [field.name, sent(field.type)])), {
        requiredKeys: [],
      });
  }
}

const integerLike = fc.oneof(
  fc.integer({ min: -130, max: 130 }),
  fc.constantFrom(...[7, 15, 31, 53, 63].flatMap((bits) => [2 ** bits - 1, 2 ** bits, -(2 ** bits), -(2 ** bits) - 1])),
  fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }).map(String),
);

/**
 * The promise of the schema: an event that it takes, written by `JSON.stringify`, is not rejected later. Decimals with a
 * fraction are sent as strings here, the one exception that the schema names. And the promise of the strict mode, which
 * the ingest gateway uses: it takes what the schema and compaction both take, and nothing else.
 */
test('compaction takes every event that the schema takes, and its strict mode no other', () => {
  const ajv = new Ajv({ strict: false });
  const taken = { both: 0, compactionOnly: 0 };
  fc.assert(
    fc.property(
      columnType.chain((type) => fc.tuple(fc.constant(type), fc.array(sent(type), { minLength: 40, maxLength: 40 }))),
      fc.constantFrom('c0', 'c0', 'c0', 'other'),
      ([type, values], name) => {
        const of = dataset({ columns: columnsOf(formatHiveType(type)) });
        const isValid = ajv.compile(jsonSchema(of));
        const checker = new RowChecker(of.columns);
        const strict = new RowChecker(of.columns, { strict: true });
        for (const value of values) {
          const line = JSON.stringify({ id: '1', at: 0, [name]: value });
          const bytes = Buffer.from(`${line}\n`);
          const fits = isValid(JSON.parse(line));
          const end = checker.check(bytes, 0);
          if (fits) expect(end < 0 ? `${formatHiveType(type)} ${line} ${checker.reason}` : 'taken').toBe('taken');
          const isStrict = strict.check(bytes, 0) >= 0;
          expect([formatHiveType(type), line, isStrict, strict.reason]).toEqual([
            formatHiveType(type),
            line,
            fits,
            strict.reason,
          ]);
          if (fits) taken.both += 1;
          else if (end >= 0) taken.compactionOnly += 1;
        }
      },
    ),
    { numRuns: 25 },
  );
  expect(taken.both).toBeGreaterThan(120);
  expect(taken.compactionOnly).toBeGreaterThan(30);
});

const times = fc.oneof(
  fc.integer({ min: -2_000_000_000, max: 2_000_000_000_000 }),
  fc.constantFrom('2026-06-15T10:00:00Z', '2026-06-15T10:00:00.5+02:00', '2026-06-15 10:00:00Z', '2026-06-15T10:00:00'),
  fc.constantFrom(
    '15/06/2026T10:00:00Z',
    '15.06.2026',
    '2026-06-15',
    '1781517600',
    '15/Jun/2026:10:00:00 +0000',
    1.5,
    true,
  ),
);

test('of times with a format, events may have ISO 8601 only, which compaction reads as such', () => {
  const ajv = new Ajv({ strict: false });
  const formats = [{ epoch: 's' }, { epoch: 'ms' }, { pattern: '%d/%m/%YT%H:%M:%SZ' }, { pattern: '%d/%b/%Y:%T %z' }];
  const columns = formats.map((format, index) => ({ name: `c${index}`, type: 'timestamp', format }));
  const date = { name: 'c4', type: 'date', format: { pattern: '%d.%m.%Y' } };
  const of = dataset({ columns: [...columnsOf(), ...columns, date] });
  const isValid = ajv.compile(jsonSchema(of));
  const checker = new RowChecker(of.columns);
  const strict = new RowChecker(of.columns, { strict: true });
  let taken = 0;
  fc.assert(
    fc.property(fc.constantFrom('c0', 'c1', 'c2', 'c3', 'c4'), times, (name, value) => {
      const line = JSON.stringify({ id: '1', at: 0, [name]: value });
      const bytes = Buffer.from(`${line}\n`);
      const fits = isValid(JSON.parse(line));
      expect([line, strict.check(bytes, 0) >= 0, strict.reason]).toEqual([line, fits, strict.reason]);
      if (!fits) return;
      taken++;
      expect([line, checker.check(bytes, 0) >= 0]).toEqual([line, true]);
      expect(typeof value).toBe('string');
    }),
    { numRuns: 400 },
  );
  expect(taken).toBeGreaterThan(20);
});
