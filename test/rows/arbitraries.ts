import fc from 'fast-check';
import type { ColumnType } from '../../lib/dataset/model';
import { anyText } from '../support/text';
import { columnsOf } from './helpers';

/** Every column type, alone and nested. */
export const EVERYTHING = columnsOf({
  id: 'bigint!',
  flag: 'boolean',
  tiny: 'tinyint',
  small: 'smallint',
  n: 'int',
  ratio: 'float',
  value: 'double',
  price: 'decimal(12,2)',
  exact: 'decimal(38,10)',
  unit: 'decimal(5,5)',
  name: 'string',
  day: 'date',
  at: 'timestamp',
  data: 'binary',
  tags: 'array<string>',
  counts: 'map<string,bigint>',
  codes: 'map<int,decimal(20,4)>',
  blobs: 'map<string,binary>',
  select: 'array<struct<sku:string,price:decimal(18,6),at:timestamp,day:date,data:binary,flags:array<boolean>>>',
  group: 'struct<a:struct<b:map<string,array<timestamp>>,c:array<array<tinyint>>>,order:double>',
});

const TIMES = [
  '"2026-06-15T12:34:56Z"',
  '"2026-06-15 12:34:56"',
  '"2026-06-15T12:34:56.7"',
  '"2026-06-15T12:34:56.789"',
  '"2026-06-15T12:34:56.123456789Z"',
  '"1969-12-31T23:59:59.9999-0000"',
  '"2026-06-15T00:30:00.5+05:30"',
  '"2024-02-29T23:59:59.999-1200"',
  '"9999-12-31T23:59:59.999999Z"',
  '"9999-12-31T23:59:59-00:01"',
  '"0001-01-01T00:00:00+00:01"',
  '"0001-01-01T00:00:00Z"',
  '"0000-06-15T12:34:56Z"',
  '"2026-02-29T12:34:56Z"',
  '"2026-06-15T23:59:60Z"',
  '"2026-06-15T24:00:00Z"',
  '"2026-06-15T12:34Z"',
  '"2026-06-15T12:34:56."',
  '"2026-06-15T12:34:56.1234567890"',
  '"2026-06-15T12:34:56+5"',
  '"2026-06-15T12:34:56+24:00"',
  '"2026-06-15T12:34:56\\u005a"',
  '253402300799999',
  '253402300800000',
  '-62135596800000',
  '-62135596800001',
  '-0',
  '1.5e12',
];
const INTEGERS = ['0', '-0', '1', '-1', '127', '128', '-128', '-129', '32767', '-32769', '2147483647', '-2147483649'];
const LONG_INTEGERS = [
  '9007199254740993',
  '9223372036854775807',
  '9223372036854775808',
  '-9223372036854775808',
  '-9223372036854775809',
  '18446744073709551616',
  '123456789012345678901234567890',
  '01',
  '1e3',
  '1.0',
  '+1',
];
const DECIMALS = ['0.1', '-0.01', '12.50', '1.005', '0.00001', '9999999999.99', '99999999999.99', '0.123456', '-0.00'];
const LONG_DECIMALS = [
  '1234567890123456789012345678.0123456789',
  '123456789012345.6',
  '0.12345678901',
  '12345678901234567890.1234',
  '1.10000000000000000000000000000',
  '.5',
  '5.',
];
const FLOATS = ['1.5', '-0.0', '3.4028235e38', '3.4028236e38', '1e39', '1.7976931348623157e308', '1e999', '1e-999'];
const STRINGS = [
  '""',
  '"a"',
  '"é"',
  '"\\u00e9\\n"',
  '"\\ud83d\\ude00"',
  '"😀"',
  '"\\ud83d"',
  '"\\u0000"',
  '"a\tb"',
  '"\\x"',
];
const BINARIES = ['""', '"QQ=="', '"QR=="', '"QUI="', '"QUJD"', '"QQ"', '"Q==="', '"\\/+8="', '"_-8="'];
const DATES = [
  '"2026-06-15"',
  '"2024-02-29"',
  '"2023-02-29"',
  '"0001-01-01"',
  '"0000-01-01"',
  '"9999-12-31"',
  '"2026-6-15"',
];
const OTHERS = [
  'true',
  'false',
  'null',
  'NaN',
  'Infinity',
  'tru',
  '[]',
  '{}',
  '[1,]',
  '{"a":1,}',
  '"1"',
  '"x"',
  '{"a":{"b":{}}}',
];

/** Now and then a number within quotes, or anything at all. */
const loose = (values: readonly string[]): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 24, arbitrary: fc.constantFrom(...values) },
    { weight: 3, arbitrary: fc.constantFrom(...values).map((text) => (text.startsWith('"') ? text : `"${text}"`)) },
    { weight: 1, arbitrary: fc.constantFrom(...OTHERS, ...TIMES, ...STRINGS, ...INTEGERS) },
    { weight: 2, arbitrary: fc.constant('null') },
  );

const randomDecimal = fc
  .tuple(fc.bigInt(-(10n ** 20n), 10n ** 20n), fc.stringMatching(/^\d{0,10}$/))
  .map(([whole, fraction]) => (fraction === '' ? `${whole}` : `${whole}.${fraction}`));
const mixed = (values: readonly string[], random: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.oneof({ weight: 2, arbitrary: loose(values) }, { weight: 1, arbitrary: random });

const space = fc.constantFrom('', '', '', '', ' ', '\t', '\r ');

const built = new Map<ColumnType, fc.Arbitrary<string>>();

/** JSON text that is a value of the type, or nearly one. */
function valueText(type: ColumnType): fc.Arbitrary<string> {
  const known = built.get(type) ?? buildText(type);
  built.set(type, known);
  return known;
}

function buildText(type: ColumnType): fc.Arbitrary<string> {
  switch (type.kind) {
    case 'boolean':
      return loose(['true', 'false']);
    case 'tinyint':
    case 'smallint':
    case 'int':
      return mixed(INTEGERS.slice(0, type.kind === 'int' ? 12 : 6), fc.integer({ min: -130, max: 130 }).map(String));
    case 'bigint':
      return mixed([...INTEGERS, ...LONG_INTEGERS], fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n).map(String));
    case 'float':
    case 'double':
      return mixed([...INTEGERS, ...FLOATS], fc.double({ noNaN: true, noDefaultInfinity: true }).map(String));
    case 'decimal':
      return type.precision > 12
        ? mixed([...DECIMALS, ...LONG_DECIMALS, ...INTEGERS], randomDecimal)
        : mixed(
            DECIMALS,
            fc.integer({ min: -(10 ** 8), max: 10 ** 8 }).map((cents) => String(cents / 10 ** type.scale)),
          );
    case 'string':
      return mixed(
        STRINGS.slice(0, 6),
        anyText({ maxLength: 8 }).map((text) => JSON.stringify(text)),
      );
    case 'date':
      return loose(DATES);
    case 'timestamp':
      return mixed(TIMES.slice(0, 12), fc.constantFrom(...TIMES));
    case 'binary':
      return mixed(
        BINARIES,
        fc.uint8Array({ maxLength: 6 }).map((bytes) => JSON.stringify(Buffer.from(bytes).toString('base64'))),
      );
    case 'array':
      return fc
        .tuple(fc.array(valueText(type.element), { maxLength: 3 }), space)
        .map(([items, blank]) => `[${blank}${items.join(`${blank},${blank}`)}]`);
    case 'map': {
      const key =
        type.key.kind === 'string'
          ? fc.constantFrom('"a"', '"b"', '"\\u0061"', '""', '"é"', '"__proto__"', '"k1"')
          : fc.constantFrom('"1"', '"2"', '"-7"', '"0"', '"-0"', '"01"', '"x"', '"\\u0033"');
      return objectText(fc.array(fc.tuple(key, valueText(type.value)), { maxLength: 3 }));
    }
    case 'struct':
      return objectText(fields(type.fields));
  }
}

const UNDECLARED: readonly [string, string][] = [
  ['"other"', '{"x":[1,2,{"y":"\\u00e9"}],"z":1e999}'],
  ['"ID"', '1'],
  ['"__proto__"', '{"n":1}'],
  ['"n\\u0000"', '"}"'],
  ['"deep"', `${'['.repeat(64)}${']'.repeat(64)}`],
  ['"deeper"', `${'['.repeat(65)}${']'.repeat(65)}`],
  ['"broken"', '[1 2]'],
];

/** Members for a few of the fields, mostly in order, now and then with others between them or a key twice. */
function fields(declared: readonly { name: string; type: ColumnType }[]): fc.Arbitrary<[string, string][]> {
  const some = fc.oneof(
    { weight: 6, arbitrary: fc.subarray([...declared], { maxLength: Math.min(5, declared.length) }) },
    { weight: 2, arbitrary: fc.shuffledSubarray([...declared], { maxLength: Math.min(5, declared.length) }) },
    { weight: 1, arbitrary: fc.array(fc.constantFrom(...declared), { maxLength: 3 }) },
  );
  const known = some.chain((chosen) =>
    fc.tuple(
      ...chosen.map(({ name, type }) =>
        fc.tuple(
          fc.constantFrom(
            `"${name}"`,
            `"${name}"`,
            `"${name}"`,
            `"\\u00${name.charCodeAt(0).toString(16)}${name.slice(1)}"`,
          ),
          valueText(type),
        ),
      ),
    ),
  );
  const extra = fc.oneof(
    { weight: 12, arbitrary: fc.constant([]) },
    { weight: 4, arbitrary: fc.constantFrom(...UNDECLARED.slice(0, 5)).map((member) => [member]) },
    { weight: 1, arbitrary: fc.constantFrom(...UNDECLARED).map((member) => [member]) },
  );
  return fc.tuple(known, extra, fc.nat()).map(([members, more, at]) => {
    const all: [string, string][] = [...members];
    all.splice(at % (all.length + 1), 0, ...more);
    return all;
  });
}

function objectText(members: fc.Arbitrary<[string, string][]>): fc.Arbitrary<string> {
  return fc
    .tuple(members, space)
    .map(
      ([list, blank]) =>
        `{${blank}${list.map(([key, value]) => `${key}${blank}:${blank}${value}`).join(`${blank},`)}${blank}}`,
    );
}

/** A line of the dataset `EVERYTHING`, without its newline. */
export const lineText: fc.Arbitrary<string> = fc
  .tuple(
    objectText(fields(EVERYTHING.slice(1))),
    fc.constantFrom('"id":1,', '"id":"9007199254740993",', '"id":1, ', ''),
  )
  .map(([object, id]) => (object.length > 2 && !/^\{\s*\}$/.test(object) ? object.replace('{', `{${id}`) : '{"id":7}'));

const MUTANTS = Buffer.from('{}[]",:\\ntf019-.eE u\t\r\n\0\x7f\x80\xc3\xed\xff', 'latin1');

/** What a broken producer or a broken disk makes of bytes: some replaced, dropped or added. */
export const mutation: fc.Arbitrary<(bytes: Buffer) => Buffer> = fc
  .array(fc.tuple(fc.nat(), fc.nat({ max: 2 }), fc.nat({ max: MUTANTS.length - 1 })), { maxLength: 3 })
  .map((edits) => (bytes) => {
    let result = bytes;
    for (const [where, kind, which] of edits) {
      const at = result.length === 0 ? 0 : where % result.length;
      const added = kind === 1 ? Buffer.alloc(0) : MUTANTS.subarray(which, which + 1);
      result = Buffer.concat([result.subarray(0, at), added, result.subarray(kind === 2 ? at : at + 1)]);
    }
    return result;
  });
