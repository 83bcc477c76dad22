import Ajv from 'ajv';
import fc from 'fast-check';
import { formatHiveType, type JsonSchema, jsonSchema } from '../../lib/dataset';
import { datasets } from '../fixtures/datasets';
import { columnsOf, columnType, dataset } from './helpers';

/** Strict mode of ajv logs what it tolerates; here that is a failure. */
function compile(schema: JsonSchema) {
  const fail = (...message: unknown[]) => {
    throw new Error(message.join(' '));
  };
  return new Ajv({ strict: true, logger: { log: fail, warn: fail, error: fail } }).compile(schema);
}

/** Whether one nullable column of the type takes the value. */
function validatorOf(type: string): (value: unknown) => boolean {
  const validate = compile(jsonSchema(dataset({ columns: columnsOf(type) })));
  return (value) => validate({ id: '1', at: 0, c0: value });
}

test.each(datasets.map((of) => [of.name, of] as const))('compiles for %s', (_, of) => {
  expect(compile(jsonSchema(of))({})).toBe(false);
});

test('compiles for every type, without warnings', () => {
  fc.assert(
    fc.property(columnType, (type) => {
      const accepts = validatorOf(formatHiveType(type));
      expect([accepts(null), accepts(undefined)]).toEqual([true, true]);
      // A map may have any member; every other type refuses this object.
      if (type.kind !== 'map') expect(accepts({ '%': 1 })).toBe(false);
    }),
    { numRuns: 25 },
  );
});

const types: readonly (readonly [type: string, accepted: readonly unknown[], refused: readonly unknown[]])[] = [
  ['boolean', [true, false], ['true', 1, 0, '', []]],
  ['string', ['', 'a', '\u0000', '💥'], [1, true, {}, []]],
  ['tinyint', [-128, 127, 0, -0], [-129, 128, 1.5, '1', true]],
  ['smallint', [-32_768, 32_767], [-32_769, 32_768, 1.5, '1']],
  ['int', [-2_147_483_648, 2_147_483_647], [-2_147_483_649, 2_147_483_648, 0.1, '1', false]],
  [
    'bigint',
    [2 ** 53 - 1, -(2 ** 53) + 1, '9223372036854775807', '-9223372036854775808', '0', '10', '-1', '999999999999999999'],
    [
      2 ** 53,
      1e21,
      1.5,
      '9223372036854775808',
      '-9223372036854775809',
      '99999999999999999999',
      '01',
      '+1',
      '-0',
      '',
      '1.0',
      '1e3',
      ' 1',
      '1\n',
      true,
    ],
  ],
  ['float', [0, 1.5, -3.4e38], ['1', 3.5e38, true]],
  ['double', [0, 1.5, -1.7e308], ['1', 'NaN', true]],
  [
    'decimal(5,2)',
    [0, 999.99, -999.99, 1, '999.99', '-0.5', '0', '1.2'],
    [1000, -1000, '1000', '0.123', '01', '.5', '5.', '+1', '1e2', '', '1\n', true],
  ],
  ['decimal(2,2)', [0.99, '0.99', '0'], [1, '1', '0.999']],
  ['decimal(3,0)', [999, '999', '-1'], [0.5, 1000, '1.0', '1000']],
  ['decimal(38,0)', [2 ** 53 - 2, `-${'9'.repeat(38)}`], [2 ** 53, '9'.repeat(39)]],
  [
    'date',
    ['2024-02-29', '2000-02-29', '0001-01-01', '9999-12-31', '2026-11-30'],
    [
      '2023-02-29',
      '1900-02-29',
      '2026-11-31',
      '2026-13-01',
      '2026-00-10',
      '2026-01-00',
      '0000-01-01',
      '2026-1-1',
      '20260101',
      '2026-01-01T00:00:00Z',
      '2026-01-01\n',
      20_000,
    ],
  ],
  [
    'timestamp',
    [
      '2026-06-15T23:59:59Z',
      '2026-06-15T00:00:00.123456789+14:00',
      '2026-06-15T00:00:00.1-05:30',
      '0001-01-01T00:00:00-01:00',
      '9999-12-31T23:59:59.999Z',
      0,
      -1,
      1_781_481_600_000,
      253_402_300_799_999,
    ],
    [
      '2026-06-15',
      '2026-06-15T00:00Z',
      '2026-06-15T00:00:00',
      '2026-06-15 00:00:00Z',
      '2026-06-15T24:00:00Z',
      '2026-06-15T23:59:60Z',
      '2026-06-15T00:00:00.Z',
      '2026-06-15T00:00:00.1234567890Z',
      '2026-06-15T00:00:00+15:00',
      '2026-06-15T00:00:00+0100',
      '2026-02-30T00:00:00Z',
      '0001-01-01T00:00:00+01:00',
      '9999-12-31T23:59:59-01:00',
      '1781481600000',
      1.5,
      253_402_300_800_000,
      true,
    ],
  ],
  ['binary', ['', 'AA==', 'AAA=', 'AAAA', '+/9w'], ['A', 'AA', 'AAA', 'AB==', 'AAB=', 'AAA\n', 'A-A_', [1, 2]]],
  ['array<int>', [[], [1, null, 2]], [['1'], [1.5], {}, 1, '[]']],
  ['map<string,int>', [{}, { a: 1, '': null, é: 2 }], [{ a: '1' }, [], [['a', 1]]]],
  [
    'map<tinyint,int>',
    [{ '-128': 1, '127': 1, '0': 1 }],
    [{ '128': 1 }, { '-129': 1 }, { '-0': 1 }, { '01': 1 }, { a: 1 }],
  ],
  [
    'struct<a:int,b:struct<c:date>>',
    [{}, { a: null, b: null }, { a: 1, b: {} }, { b: { c: '2026-01-01' } }],
    [{ A: 1 }, { x: 1 }, { b: { c: '2026-01-32' } }, { b: { d: 1 } }, [1], 'a'],
  ],
];

describe.each(types)('%s', (type, accepted, refused) => {
  const accepts = validatorOf(type);

  test('takes what it holds', () => {
    expect(accepted.filter((value) => !accepts(value))).toEqual([]);
    expect(accepts(null)).toBe(true);
  });

  test('refuses what would be converted, cut or lost', () => {
    expect(refused.filter((value) => accepts(value))).toEqual([]);
  });
});

test('the spelling of integers in strings agrees with their range', () => {
  const accepts = validatorOf('bigint');
  const near = fc.tuple(
    fc.constantFrom(-(2n ** 63n), 2n ** 63n - 1n, 0n, 10n ** 18n, -(10n ** 18n)),
    fc.bigInt({ min: -1000n, max: 1000n }),
  );
  fc.assert(
    fc.property(
      fc.oneof(
        near.map(([edge, delta]) => edge + delta),
        fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
      ),
      (value) => {
        expect(accepts(String(value))).toBe(BigInt.asIntN(64, value) === value);
      },
    ),
  );
});

test('dates agree with the calendar', () => {
  const accepts = validatorOf('date');
  const two = (value: number) => String(value).padStart(2, '0');
  const parts = fc.tuple(fc.integer({ min: 1, max: 9999 }), fc.nat(14), fc.nat(33));
  fc.assert(
    fc.property(parts, ([year, month, day]) => {
      const text = `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`;
      const time = new Date(`${text}T00:00:00Z`);
      const exists = !Number.isNaN(time.getTime()) && time.toISOString().startsWith(text);
      expect(`${text} ${accepts(text)}`).toBe(`${text} ${exists}`);
    }),
    { numRuns: 300 },
  );
});

test('takes long base64 in one pass', () => {
  expect(validatorOf('binary')('ABCD'.repeat(1_000_000))).toBe(true);
  expect(validatorOf('binary')('ABCD'.repeat(10_000_000))).toBe(true);
});

test('requires the columns that must have a value, and refuses unknown members', () => {
  const validate = compile(jsonSchema(dataset({ columns: columnsOf('int') })));
  expect(validate({ id: '1', at: 0 })).toBe(true);
  expect(validate({ id: '1' })).toBe(false);
  expect(validate({ id: null, at: 0 })).toBe(false);
  expect(validate({ id: '1', at: null })).toBe(false);
  expect(validate({ id: '1', at: 0, C0: 1 })).toBe(false);
  expect(validate([])).toBe(false);
});

test('a schema says what it is of, and no more than what is declared', () => {
  const columns = [
    { name: 'id', type: 'string', notNull: true, comment: 'Who' },
    { name: 'at', type: 'timestamp', notNull: true, format: { epoch: 's' } },
    { name: 'n', type: 'int' },
    { name: 'm', type: 'map<bigint,float>' },
    { name: 's', type: 'struct<a:double,b:boolean>' },
  ];
  expect(jsonSchema(dataset({ columns }))).toStrictEqual({
    $schema: 'http://json-schema.org/draft-07/schema#',
    ...{ title: 'events', description: 'Test events.', type: 'object' },
    properties: {
      id: { type: 'string', description: 'Who' },
      at: { type: 'string', pattern: expect.any(String) },
      n: { type: ['integer', 'null'], minimum: -2147483648, maximum: 2147483647 },
      m: {
        type: ['object', 'null'],
        propertyNames: { pattern: expect.any(String) },
        additionalProperties: {
          ...{ type: ['number', 'null'], minimum: -3.4028234663852886e38, maximum: 3.4028234663852886e38 },
        },
      },
      s: {
        type: ['object', 'null'],
        properties: { a: { type: ['number', 'null'] }, b: { type: ['boolean', 'null'] } },
        additionalProperties: false,
      },
    },
    required: ['id', 'at'],
    additionalProperties: false,
  });
});

test.each<readonly [string, readonly unknown[], readonly unknown[]]>([
  ['float', [3.4028234663852886e38, -3.4028234663852886e38], [3.402823466385289e38, -3.402823466385289e38]],
  ['decimal(1,1)', [0.9, '0.9', '-0.9', '0'], [1, -1, '0.99', '0.', '00', '1.0']],
  ['decimal(1,0)', [9, -9, '9', '-9', '0'], [10, -10, '10', '1.0', '1.', 0.5]],
  ['decimal(3,1)', ['99', '10.1', '-99.9'], ['100', '010', '1.11', '1.1.1']],
  ['decimal(16,0)', [2 ** 53 - 2, -(2 ** 53) + 2], [2 ** 53 - 1, -(2 ** 53) + 1]],
  ['decimal(15,0)', [999_999_999_999_999], [1_000_000_000_000_000]],
  ['date', ['2400-02-29', '1904-02-29', '1996-02-29', '2012-02-29'], ['2100-02-29', '1901-02-29', '2026-04-31']],
  ['date', ['2026-09-30', '2026-12-31', '2026-10-31', '2026-02-28'], ['2026-06-31', '2026-01-32', 'x2026-01-01']],
  [
    'timestamp',
    [-62_135_596_800_000, '2026-06-15T00:00:00-14:00', '2026-06-15T00:00:00+13:59', '2024-02-29T00:00:00-00:00'],
    [-62_135_596_800_001, '2026-06-15T00:00:00+14:01', '2026-06-15T00:00:00+13:60', '2026-06-15T00:00:00-15:00'],
  ],
  [
    'timestamp',
    [
      '9999-12-31T23:59:59+00:00',
      '0001-01-01T00:00:00-14:00',
      '9999-12-30T23:59:59-01:00',
      '0001-01-02T00:00:00+01:00',
    ],
    ['9999-12-31T00:00:00-00:00', '0001-01-01T23:00:00+00:00', '2026-06-15T00:60:00Z', '2026-06-15T00:00:00ZZ'],
  ],
  [
    'binary',
    ['AQ==', 'Ag==', 'Aw==', 'AAE=', 'AAAAAA==', 'AAAAAAA='],
    ['Ah==', 'AAB=', '====', 'A===', 'AA=', 'AAAA='],
  ],
  ['map<smallint,int>', [{ '32767': 1, '-32768': 1, '9': 1, '10': 1 }], [{ '32768': 1 }, { '-32769': 1 }, { '1 ': 1 }]],
  [
    'map<int,int>',
    [{ '2147483647': 1, '1999999999': 1, '-2147483648': 1 }],
    [{ '2147483648': 1 }, { '3000000000': 1 }],
  ],
  ['bigint', ['999999999999999999', '1000000000000000000'], ['0999999999999999999', '0223372036854775807']],
  ['map<tinyint,int>', [{ '99': 1, '100': 1, '119': 1 }], [{ '099': 1 }, { '027': 1 }, { '130': 1 }]],
  ['map<string,int>', [{ 'any thing': 1 }], [{ x: 'y' }]],
])('of %s, %j is taken and %j is not', (type, accepted, refused) => {
  const accepts = validatorOf(type);
  expect(accepted.filter((value) => !accepts(value))).toEqual([]);
  expect(refused.filter((value) => accepts(value))).toEqual([]);
});
