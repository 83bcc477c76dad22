/** How a value of a file becomes one of a declared type, or does not fit: the SQL of each rule, applied to single values. */
import type { Found } from '../../../lambda/compaction/engine/parquet/found';
import type { ScalarType } from '../../../lambda/compaction/engine/parquet/rule';
import { nulls, ruleFor } from '../../../lambda/compaction/engine/parquet/rules';
import { parseType } from '../../../lib/dataset/types';
import { TestEngine } from '../support/test-engine';

let engine: TestEngine;
beforeAll(async () => {
  engine = await TestEngine.open();
});
afterAll(() => engine.close());

const integer = (bits: 8 | 16 | 32 | 64, signed = true): Found => ({ kind: 'integer', bits, signed, label: '' });
const decimal = (precision: number, scale: number, bytes: number): Found => ({
  kind: 'decimal',
  precision,
  scale,
  bytes,
  label: '',
});
const timestamp = (unit: 'MILLIS' | 'MICROS' | 'NANOS'): Found => ({ kind: 'timestamp', unit, label: '' });
const of = (kind: Exclude<Found['kind'], 'integer' | 'decimal' | 'timestamp'>): Found => ({ kind, label: '' });

const NO = 'does not fit';

/** What becomes of values, each as SQL of the type that the engine reads; as text. */
async function applied(
  found: Found,
  read: string,
  type: ScalarType,
  values: readonly string[],
  isText = true,
): Promise<unknown[]> {
  const rule = ruleFor(found, type, 'x', isText);
  if (rule === undefined) throw new Error('there is no rule');
  const { value, misfit = 'false' } = rule;
  const table = `(VALUES ${values.map((one, index) => `(${index}, CAST(${one} AS ${read}))`).join(', ')}) t(i, x)`;
  // No value of a chunk may end the statement, whatever becomes of its row; and none that is there is null for a reason.
  await engine.session.rows(`SELECT count(${value}) FROM ${table}`);
  const rows = await engine.session.rows(
    `SELECT CASE WHEN (${misfit}) IS NULL AND x IS NOT NULL THEN 'unknown' WHEN x IS NOT NULL AND ${misfit} THEN '${NO}' ELSE CAST(${value} AS VARCHAR) END AS y
     FROM ${table} ORDER BY i`,
  );
  return rows.map(({ y }) => y);
}

type Case = readonly [
  found: Found,
  read: string,
  type: string,
  how: string,
  ...pairs: (readonly [string, string | null])[],
];
const same = (...values: readonly string[]) =>
  values.map((one): readonly [string, string] => [one, one.replaceAll("'", '')]);
const not = (...values: readonly string[]) => values.map((one): readonly [string, string] => [one, NO]);

const CASES: readonly Case[] = [
  [of('boolean'), 'BOOLEAN', 'boolean', 'exact', ...same('true', 'false')],
  // Whole numbers: in range of both what the file says and what is declared.
  [integer(32), 'INTEGER', 'int', 'exact', ...same('-2147483648', '2147483647')],
  [integer(32), 'INTEGER', 'bigint', 'exact', ...same('-2147483648', '2147483647')],
  [integer(32), 'INTEGER', 'tinyint', 'in range', ...same('-128', '127'), ...not('-129', '128')],
  [integer(32), 'INTEGER', 'smallint', 'in range', ...same('-32768', '32767'), ...not('-32769', '32768')],
  [integer(64), 'BIGINT', 'int', 'in range', ...same('-2147483648', '2147483647'), ...not('-2147483649', '2147483648')],
  [integer(64), 'BIGINT', 'bigint', 'exact', ...same('-9223372036854775808', '9223372036854775807')],
  [integer(8), 'INTEGER', 'tinyint', 'exact', ...same('-128', '127'), ...not('-129', '128')],
  [integer(8), 'INTEGER', 'bigint', 'exact', ...same('-128', '127'), ...not('-129', '128')],
  [integer(8, false), 'INTEGER', 'tinyint', 'in range', ...same('0', '127'), ...not('-1', '128', '255')],
  [integer(8, false), 'INTEGER', 'smallint', 'exact', ...same('0', '255'), ...not('-1', '256')],
  [integer(16, false), 'INTEGER', 'smallint', 'in range', ...same('0', '32767'), ...not('-1', '32768')],
  [integer(16, false), 'INTEGER', 'int', 'exact', ...same('0', '65535'), ...not('-1', '65536')],
  [integer(32, false), 'UINTEGER', 'int', 'in range', ...same('0', '2147483647'), ...not('2147483648', '4294967295')],
  [integer(32, false), 'UINTEGER', 'bigint', 'exact', ...same('0', '4294967295')],
  [
    integer(64, false),
    'UBIGINT',
    'bigint',
    'in range',
    ...same('0', '9223372036854775807'),
    ...not('9223372036854775808', '18446744073709551615'),
  ],
  [integer(64, false), 'UBIGINT', 'decimal(20,0)', 'in range', ...same('0', '18446744073709551615')],
  [integer(8), 'INTEGER', 'float', 'exact', ['-128', '-128.0'], ...not('128')],
  [integer(16), 'INTEGER', 'float', 'exact', ['32767', '32767.0'], ...not('32768')],
  [integer(32), 'INTEGER', 'float', 'if exact', ['16777216', '16777216.0'], ...not('16777217')],
  [integer(32), 'INTEGER', 'double', 'exact', ['2147483647', '2147483647.0']],
  [
    integer(64),
    'BIGINT',
    'double',
    'if exact',
    ['9007199254740992', '9007199254740992.0'],
    ...not('9007199254740993', '9223372036854775807'),
  ],
  [integer(32), 'INTEGER', 'decimal(5,2)', 'in range', ['999', '999.00'], ['-999', '-999.00'], ...not('1000')],
  [integer(8), 'INTEGER', 'decimal(5,2)', 'in range', ['127', '127.00'], ...not('128')],
  [
    integer(64),
    'BIGINT',
    'timestamp',
    'milliseconds since 1970',
    ['1781517600123', '2026-06-15 10:00:00.123'],
    ['-1', '1969-12-31 23:59:59.999'],
    ['-62135596800000', '0001-01-01 00:00:00'],
    ['253402300799999', '9999-12-31 23:59:59.999'],
    ...not('-62135596800001', '253402300800000', '9223372036854775807', '-9223372036854775808'),
  ],
  [
    integer(64, false),
    'UBIGINT',
    'timestamp',
    'milliseconds since 1970',
    ['0', '1970-01-01 00:00:00'],
    ...not('253402300800000', '18446744073709551615'),
  ],
  // Decimals: what their digits allow.
  [
    decimal(9, 2, 4),
    'DECIMAL(9,2)',
    'int',
    'if whole and in range',
    ['12.00', '12'],
    ['-12.00', '-12'],
    ...not('12.10'),
  ],
  [decimal(9, 0, 4), 'DECIMAL(9,0)', 'tinyint', 'if whole and in range', ...same('127'), ...not('128')],
  [decimal(4, 2, 4), 'DECIMAL(9,2)', 'decimal(4,2)', 'exact', ...same('99.99', '-99.99'), ...not('100.00', '-100.00')],
  [decimal(4, 2, 4), 'DECIMAL(9,2)', 'decimal(6,3)', 'exact', ['99.99', '99.990'], ...not('100.00')],
  [decimal(9, 2, 4), 'DECIMAL(9,2)', 'decimal(9,2)', 'exact', ...same('9999999.99')],
  [decimal(9, 2, 4), 'DECIMAL(9,2)', 'decimal(9,1)', 'if it has the digits', ['1.50', '1.5'], ...not('1.55')],
  [decimal(9, 2, 4), 'DECIMAL(9,2)', 'decimal(5,2)', 'if it has the digits', ...same('999.99'), ...not('1000.00')],
  [
    decimal(9, 2, 4),
    'DECIMAL(9,2)',
    'decimal(10,5)',
    'if it has the digits',
    ['12345.50', '12345.50000'],
    ...not('123456.00'),
  ],
  [decimal(2, 2, 4), 'DECIMAL(9,2)', 'decimal(9,2)', 'exact', ...same('0.99', '-0.99'), ...not('1.00')],
  [decimal(9, 2, 4), 'DECIMAL(9,2)', 'double', 'if the nearest reads back the same', ['0.10', '0.1']],
  [
    decimal(18, 2, 8),
    'DECIMAL(18,2)',
    'float',
    'if the nearest reads back the same',
    ['0.50', '0.5'],
    ...not('123456789.01'),
  ],
  [
    decimal(4, 2, 4),
    'DECIMAL(9,2)',
    'double',
    'if the nearest reads back the same',
    ['99.99', '99.99'],
    ...not('100.00'),
  ],
  // Floating numbers.
  [of('float'), 'FLOAT', 'int', 'if whole and in range', ['12.0', '12'], ...not('12.5', '1e10', "'nan'", "'inf'")],
  [of('double'), 'DOUBLE', 'bigint', 'if whole and in range', ['-12.0', '-12'], ...not('0.1', '1e19', "'nan'")],
  [of('double'), 'DOUBLE', 'float', 'rounded, if in range', ['0.1', '0.1'], ['1e300', NO]],
  [of('float'), 'FLOAT', 'float', 'exact', ['0.1', '0.1']],
  [of('float'), 'FLOAT', 'double', 'exact', ['0.5', '0.5'], ['0.1', '0.10000000149011612']],
  [of('float16'), 'FLOAT', 'float', 'exact', ['0.5', '0.5']],
  [of('double'), 'DOUBLE', 'double', 'exact', ['0.1', '0.1']],
  [
    of('double'),
    'DOUBLE',
    'decimal(5,2)',
    'its shortest text, if it has the digits',
    ['0.1', '0.10'],
    ['-999.99', '-999.99'],
    ...not('0.125', '1000.0', '1e300', "'nan'", "'inf'"),
  ],
  [of('float'), 'FLOAT', 'decimal(5,2)', 'its shortest text, if it has the digits', ['0.1', '0.10'], ...not('0.125')],
  [
    of('float'),
    'FLOAT',
    'decimal(12,10)',
    'its shortest text, if it has the digits',
    ['0.12345679', '0.1234567900'],
    ['0.1234567', '0.1234567000'],
    ['0.1', '0.1000000000'],
  ],
  // The texts of these have an exponent: the engine does not count their digits.
  [
    of('float'),
    'FLOAT',
    'decimal(6,0)',
    'its shortest text, if it has the digits',
    ...same('999999', '-999999'),
    ...not('1.2e6', '-1.2e6'),
  ],
  [
    of('double'),
    'DOUBLE',
    'decimal(17,0)',
    'its shortest text, if it has the digits',
    ['1e16', '10000000000000000'],
    ...not('1.2e17', '-1.2e17'),
  ],
  // Days and times.
  [
    of('date'),
    'DATE',
    'date',
    'exact, years 0001 to 9999',
    ...same("'0001-01-01'", "'9999-12-31'"),
    ...not("'10000-01-01'", "'0001-12-31 (BC)'"),
  ],
  [of('date'), 'DATE', 'timestamp', 'midnight UTC', ["'2026-06-15'", '2026-06-15 00:00:00'], ...not("'10000-01-01'")],
  [
    timestamp('MILLIS'),
    'BIGINT',
    'timestamp',
    'exact',
    ['1781517600123', '2026-06-15 10:00:00.123'],
    ...not('-62135596800001', '253402300800000'),
  ],
  [
    timestamp('MICROS'),
    'BIGINT',
    'timestamp',
    'cut to milliseconds',
    ['1781517600123999', '2026-06-15 10:00:00.123'],
    ['-1', '1969-12-31 23:59:59.999'],
    ['-1000', '1969-12-31 23:59:59.999'],
    ['-1001', '1969-12-31 23:59:59.998'],
    ['253402300799999999', '9999-12-31 23:59:59.999'],
    ['-62135596800000000', '0001-01-01 00:00:00'],
    ...not('253402300800000000', '-62135596800000001'),
  ],
  [
    timestamp('NANOS'),
    'BIGINT',
    'timestamp',
    'cut to milliseconds',
    ['1781517600123999999', '2026-06-15 10:00:00.123'],
    ['-1', '1969-12-31 23:59:59.999'],
    ['9223372036854775807', '2262-04-11 23:47:16.854'],
  ],
  [
    timestamp('MILLIS'),
    'BIGINT',
    'date',
    'if midnight',
    ['86400000', '1970-01-02'],
    ['-86400000', '1969-12-31'],
    ['0', '1970-01-01'],
    ...not('1', '-1', '86400001', '253402300800000'),
  ],
  [
    timestamp('MICROS'),
    'BIGINT',
    'date',
    'if midnight',
    ['86400000000', '1970-01-02'],
    ...not('86400000', '86400000001', '253402300800000000'),
  ],
  [timestamp('NANOS'), 'BIGINT', 'date', 'if midnight', ['86400000000000', '1970-01-02'], ...not('86400000000')],
  [
    of('int96'),
    'TIMESTAMP',
    'timestamp',
    'cut to milliseconds',
    ["'2026-06-15 10:00:00.123999'", '2026-06-15 10:00:00.123'],
    ["'0001-01-01 00:00:00'", '0001-01-01 00:00:00'],
    ["'9999-12-31 23:59:59.999999'", '9999-12-31 23:59:59.999'],
    ...not("'10000-01-01 00:00:00'", "'0001-12-31 (BC) 23:59:59'"),
  ],
  [
    of('int96'),
    'TIMESTAMP',
    'date',
    'if midnight',
    ["'2026-06-15 00:00:00'", '2026-06-15'],
    ...not("'2026-06-15 00:00:01'", "'10000-01-01 00:00:00'"),
  ],
  // Texts: as in NDJSON.
  [of('text'), 'VARCHAR', 'string', 'exact', ...same("'é'", "''")],
  [of('enum'), 'VARCHAR', 'string', 'exact', ...same("'A'")],
  [of('json'), 'VARCHAR', 'string', 'exact', ...same("'{}'")],
  [
    of('text'),
    'VARCHAR',
    'tinyint',
    'as in NDJSON',
    ...same("'0'", "'-128'", "'127'"),
    ['NULL', null],
    ...not("'128'", "'01'", "'+1'", "' 1'", "'1.0'", "''"),
  ],
  [
    of('text'),
    'VARCHAR',
    'bigint',
    'as in NDJSON',
    ...same("'9223372036854775807'"),
    ['NULL', null],
    ...not("'9223372036854775808'", "'1e3'"),
  ],
  [
    of('text'),
    'VARCHAR',
    'decimal(5,2)',
    'as in NDJSON',
    ["'1'", '1.00'],
    ["'-0.5'", '-0.50'],
    ["'999.99000'", '999.99'],
    ...not("'1000'", "'1.234'", "'1.'", "'.5'", "'01'", "'1,5'"),
  ],
  [of('text'), 'VARCHAR', 'decimal(5,0)', 'as in NDJSON', ["'7.00'", '7'], ...not("'7.01'", "'7.'")],
  [
    of('text'),
    'VARCHAR',
    'date',
    'as in NDJSON',
    ...same("'2026-06-15'", "'0001-01-01'"),
    ...not("'2026-6-15'", "'2026-02-30'", "'0000-01-01'", "'2026-06-15 '", "'soon'"),
  ],
  [
    of('text'),
    'VARCHAR',
    'timestamp',
    'as in NDJSON',
    ["'2026-06-15T10:00:00Z'", '2026-06-15 10:00:00'],
    ["'2026-06-15 10:00:00'", '2026-06-15 10:00:00'],
    ["'2026-06-15T10:00:00.123999999+02:00'", '2026-06-15 08:00:00.123'],
    ["'2026-06-15T10:00:00-0130'", '2026-06-15 11:30:00'],
    ["'2026-06-15T10:00:00+02'", '2026-06-15 08:00:00'],
    ["'0001-01-01T00:00:00Z'", '0001-01-01 00:00:00'],
    ["'9999-12-31T23:59:59.999Z'", '9999-12-31 23:59:59.999'],
    ...not(
      ...[
        "'2026-06-15'",
        "'2026-06-15T24:00:00Z'",
        "'2026-06-15T10:60:00Z'",
        "'2026-06-15T10:00:60Z'",
        "'2026-06-15T10:00Z'",
      ],
      ...[
        "'2026-02-30T10:00:00Z'",
        "'2026-06-15T10:00:00.Z'",
        "'2026-06-15T10:00:00.1234567890Z'",
        "'2026-06-15T10:00:00+24:00'",
      ],
      ...[
        "'9999-12-31T23:59:59-01:00'",
        "'0001-01-01T00:00:00+01:00'",
        "'2026-06-15x10:00:00Z'",
        "'2026-06-15T10:00:00Zx'",
      ],
    ),
  ],
  // Bytes.
  [of('bytes'), 'BLOB', 'binary', 'exact', ["'\\xff'::BLOB", '\\xFF']],
  [
    of('bytes'),
    'BLOB',
    'string',
    'if UTF-8',
    ["'abc'::BLOB", 'abc'],
    ["'\\xC3\\xA9'::BLOB", 'é'],
    ...not("'\\xff'::BLOB", "'a\\xC3'::BLOB"),
  ],
  [of('bson'), 'BLOB', 'binary', 'exact', ["'\\x05'::BLOB", '\\x05']],
  [of('uuid'), 'BLOB', 'binary', 'its 16 bytes', ["'\\x05'::BLOB", '\\x05']],
  [
    of('uuid'),
    'BLOB',
    'string',
    '8-4-4-4-12, lower case',
    ["unhex('0A1B2C3D4E5F60718293A4B5C6D7E8F9')", '0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9'],
  ],
  [of('null'), 'INTEGER', 'date', 'null', ['NULL', null], ...not('5')],
];

test.each(CASES.map((one) => [JSON.stringify(one[0]), one[2], one] as const))(
  '%s as %s',
  async (_, __, [found, read, type, how, ...pairs]) => {
    const parsed = parseType(type) as ScalarType;
    expect(ruleFor(found, parsed, 'x', true)?.how).toBe(how);
    const values = await applied(
      found,
      read,
      parsed,
      pairs.map(([value]) => value),
    );
    expect(pairs.map(([value], index) => [value, values[index]])).toEqual(pairs);
  },
);

const TYPES = [
  'boolean',
  'tinyint',
  'smallint',
  'int',
  'bigint',
  'float',
  'double',
  'decimal(9,2)',
  'string',
  'date',
  'timestamp',
  'binary',
];
const NUMBERS = ['tinyint', 'smallint', 'int', 'bigint', 'float', 'double', 'decimal(9,2)'];
test.each<[Found, readonly string[]]>([
  [of('boolean'), ['boolean']],
  [integer(32), NUMBERS],
  [integer(32, false), NUMBERS],
  [integer(64), [...NUMBERS, 'timestamp']],
  [decimal(9, 2, 4), NUMBERS],
  [of('float'), NUMBERS],
  [of('float16'), NUMBERS],
  [of('double'), NUMBERS],
  [of('date'), ['date', 'timestamp']],
  [timestamp('NANOS'), ['date', 'timestamp']],
  [of('int96'), ['date', 'timestamp']],
  [of('text'), ['tinyint', 'smallint', 'int', 'bigint', 'decimal(9,2)', 'string', 'date', 'timestamp']],
  [of('enum'), ['string']],
  [of('json'), ['string']],
  [of('bytes'), ['string', 'binary']],
  [of('bson'), ['binary']],
  [of('uuid'), ['string', 'binary']],
  [of('time'), []],
  [of('interval'), []],
  [of('other'), []],
  [of('null'), TYPES],
])('%j is read as these types, and as no others', (found, types) => {
  const possible = TYPES.filter((type) => ruleFor(found, parseType(type) as ScalarType, 'x', true) !== undefined);
  expect(possible).toEqual(types);
});

test('texts that come as bytes, because some are not UTF-8, are the same values, and those do not fit', async () => {
  const as = async (type: string, ...values: readonly string[]) =>
    await applied(
      of('text'),
      'BLOB',
      parseType(type) as ScalarType,
      values.map((value) => `'${value}'::BLOB`),
      false,
    );
  expect(await as('string', 'abc', '\\xC3\\xA9', '\\xff')).toEqual(['abc', 'é', NO]);
  expect(await as('int', '7', 'x', '7\\xff')).toEqual(['7', NO, NO]);
  expect(await as('date', '2026-06-15', '\\xff')).toEqual(['2026-06-15', NO]);
  expect(await as('timestamp', '2026-06-15T10:00:00Z', '\\xff')).toEqual(['2026-06-15 10:00:00', NO]);
});

describe('times of a declared format', () => {
  type Format = (ScalarType & { kind: 'timestamp' | 'date' })['format'];
  const time = (format: Format, kind: 'timestamp' | 'date' = 'timestamp') => ({ kind, format }) as ScalarType;
  const pattern = (text: string, offset = 0) => ({ pattern: text, offset }) as Format;
  const texts = async (type: ScalarType, ...values: readonly string[]) =>
    await applied(
      of('text'),
      'VARCHAR',
      type,
      values.map((value) => `'${value}'`),
    );
  const blobs = async (type: ScalarType, ...values: readonly string[]) =>
    await applied(
      of('text'),
      'BLOB',
      type,
      values.map((value) => `'${value}'::BLOB`),
      false,
    );

  test.each([
    ['s', '1781517600', '-1'],
    ['ms', '1781517600000', '-1000'],
    ['us', '1781517600000000', '-1000000'],
    ['ns', '1781517600000000000', '-1000000000'],
  ] as const)('an epoch in %s, as a number or as text', async (epoch, now, before) => {
    const type = time({ epoch } as Format);
    const expected = ['2026-06-15 10:00:00', '1969-12-31 23:59:59', '1970-01-01 00:00:00'];
    expect(await applied(integer(64), 'BIGINT', type, [now, before, '0'])).toEqual(expected);
    expect(await texts(type, now, before, '0')).toEqual(expected);
    expect(await applied(of('double'), 'DOUBLE', type, [now, before, '0'])).toEqual(expected);
    expect(await applied(decimal(38, 0, 16), 'DECIMAL(38,0)', type, [now, before, '0'])).toEqual(expected);
    expect(ruleFor(integer(64), type, 'x', true)?.how).toBe('by the format');
    expect(ruleFor(of('double'), type, 'x', true)?.how).toBe('by the format');
    expect(ruleFor(of('text'), type, 'x', true)?.how).toBe('by the format');
  });

  test('parts of a second count, and are cut towards the past', async () => {
    const seconds = time({ epoch: 's' } as Format);
    expect(await texts(seconds, '1781517600.1239', '-0.0005', '-1.5', '1.7815176e9')).toEqual([
      '2026-06-15 10:00:00.123',
      '1969-12-31 23:59:59.999',
      '1969-12-31 23:59:58.5',
      '2026-06-15 10:00:00',
    ]);
    expect(await applied(of('float'), 'FLOAT', seconds, ['0.5', '-0.25'])).toEqual([
      '1970-01-01 00:00:00.5',
      '1969-12-31 23:59:59.75',
    ]);
    const micros = time({ epoch: 'us' } as Format);
    expect(await applied(integer(64), 'BIGINT', micros, ['-1', '-1000', '-1001', '999'])).toEqual([
      '1969-12-31 23:59:59.999',
      '1969-12-31 23:59:59.999',
      '1969-12-31 23:59:59.998',
      '1970-01-01 00:00:00',
    ]);
  });

  test('no time outside of the years 0001 to 9999, and no text that is no number', async () => {
    const seconds = time({ epoch: 's' } as Format);
    expect(
      await applied(integer(64), 'BIGINT', seconds, [
        '253402300799',
        '253402300800',
        '-62135596800',
        '-62135596801',
        '9223372036854775807',
      ]),
    ).toEqual(['9999-12-31 23:59:59', NO, '0001-01-01 00:00:00', NO, NO]);
    expect(await texts(seconds, '01', '1.', '.5', '', 'x', '1e400', '1e30', '+1', '1e+9', '-0')).toEqual([
      ...[NO, NO, NO, NO, NO, NO, NO, NO],
      '2001-09-09 01:46:40',
      '1970-01-01 00:00:00',
    ]);
  });

  test('a text in the own form is read as it says, whatever the format', async () => {
    const seconds = time({ epoch: 's' } as Format);
    expect(
      await texts(
        seconds,
        '2026-06-15T10:00:00Z',
        '2026-06-15T10:00:00+02:00',
        '2026-06-15T25:00:00Z',
        '2026-06-15 10:00:00',
      ),
    ).toEqual(['2026-06-15 10:00:00', '2026-06-15 08:00:00', NO, NO]);
    expect(await blobs(seconds, '2026-06-15T10:00:00Z', '5', '5\\xff')).toEqual([
      '2026-06-15 10:00:00',
      '1970-01-01 00:00:05',
      NO,
    ]);
    const day = time(pattern('%d.%m.%Y'), 'date');
    expect(await texts(day, '15.06.2026', '5.6.2026', '2026-06-15', '31.06.2026', '01.01.0000', '2026-06-31')).toEqual([
      '2026-06-15',
      '2026-06-05',
      '2026-06-15',
      NO,
      NO,
      NO,
    ]);
  });

  test.each<[string, number, readonly (readonly [string, string])[]]>([
    [
      '%d/%b/%Y:%H:%M:%S %z',
      0,
      [
        ['15/Jun/2026:10:00:00 +0000', '2026-06-15 10:00:00'],
        ['15/JUNE/2026:10:00:00 -01:30', '2026-06-15 11:30:00'],
        ['5/jun/2026:1:2:3 Z', '2026-06-05 01:02:03'],
        ['15/Jun/2026:10:00:00 +02', '2026-06-15 08:00:00'],
        ['15/Jux/2026:10:00:00 Z', NO],
        ['15/Jun/2026:24:00:00 Z', NO],
        ['15/Jun/2026:10:00:00 +24', NO],
      ],
    ],
    [
      '%m/%d/%Y %I:%M %p',
      120,
      [
        ['06/15/2026 12:00 AM', '2026-06-14 22:00:00'],
        ['6/15/2026 12:00 pm', '2026-06-15 10:00:00'],
        ['6/15/2026 1:05 PM', '2026-06-15 11:05:00'],
        ['6/15/2026 0:00 AM', NO],
        ['6/15/2026 13:00 PM', NO],
      ],
    ],
    [
      '%A, %e %B %Y %H:%M:%S.%f %Z',
      0,
      [
        ['Monday, 15 June 2026 10:00:00.123456 GMT', '2026-06-15 10:00:00.123'],
        ['mon,  5 jun 2026 10:00:00.1 utc', '2026-06-05 10:00:00.1'],
        ['Mond, 15 June 2026 10:00:00.1 Z', NO],
        ['Monday, 15 June 2026 10:00:00.1234567890 Z', NO],
      ],
    ],
    [
      '%Y/%m/%d %H',
      -570,
      [
        ['2026/06/15 10', '2026-06-15 19:30:00'],
        ['2026/06/15', NO],
        ['9999/12/31 23', NO],
      ],
    ],
    [
      '(%Y)*%m%%%d é',
      0,
      [
        ['(2026)*06%15 é', '2026-06-15 00:00:00'],
        ['(2026)06%15 é', NO],
        ['x(2026)*06%15 é', NO],
      ],
    ],
    [
      '%Y%m%dT%H%M%S',
      0,
      [
        ['20260615T100000', '2026-06-15 10:00:00'],
        ['2026615T100000', NO],
        ['20260230T100000', NO],
      ],
    ],
  ])('the pattern %s, with %i minutes before UTC', async (text, offset, pairs) => {
    const type = time(pattern(text, offset));
    const values = await texts(type, ...pairs.map(([value]) => value));
    expect(pairs.map(([value], index) => [value, values[index]])).toEqual(pairs);
  });

  test('is not for what says itself that it is a time, or what is neither text nor number', async () => {
    const seconds = time({ epoch: 's' } as Format);
    expect(await applied(timestamp('MILLIS'), 'BIGINT', seconds, ['1781517600123'])).toEqual([
      '2026-06-15 10:00:00.123',
    ]);
    expect(await applied(of('date'), 'DATE', seconds, ["'2026-06-15'"])).toEqual(['2026-06-15 00:00:00']);
    expect(await applied(of('int96'), 'TIMESTAMP', seconds, ["'2026-06-15 10:00:00'"])).toEqual([
      '2026-06-15 10:00:00',
    ]);
    expect(ruleFor(of('null'), seconds, 'x', true)?.how).toBe('null');
    for (const found of [of('boolean'), of('bytes'), of('enum'), of('json'), of('uuid')]) {
      expect([found.kind, ruleFor(found, seconds, 'x', true)]).toEqual([found.kind, undefined]);
    }
    for (const found of [integer(64), of('double'), decimal(9, 0, 4)]) {
      expect(ruleFor(found, time(pattern('%Y')), 'x', true)).toBeUndefined();
    }
  });
});

test('a column of nulls fits every type', () => {
  expect(nulls(parseType('array<int>'), 'x')).toEqual({
    how: 'null',
    value: 'NULL::INTEGER[]',
    misfit: 'x IS NOT NULL',
  });
});
