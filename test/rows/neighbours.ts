/** Values of each kind as JSON tokens, at the bounds of what fits and one beyond, and texts that are one character off them. */

const MIN_MAX = ['-129', '-128', '127', '128', '-32769', '-32768', '32767', '32768'];
const LONGER = ['-2147483649', '-2147483648', '2147483647', '2147483648', '99999', '999999999', '1000000000'];
const LONGEST = [
  '999999999999999',
  '1000000000000000',
  '-999999999999999',
  '9007199254740993',
  '999999999999999999',
  '9223372036854775807',
  '9223372036854775808',
  '-9223372036854775808',
  '-9223372036854775809',
  '10000000000000000000',
];
const INTEGERS = [...MIN_MAX, ...LONGER, ...LONGEST, '0', '-0', '7', '-12'];
const quoted = (texts: readonly string[]): string[] => texts.map((text) => `"${text}"`);
const DAYS = quoted([
  ...['0001-01-01', '0000-12-31', '9999-12-31', '2024-02-29', '2023-02-29', '2000-02-29', '1900-02-29', '2026-02-28'],
  ...['2026-01-31', '2026-03-31', '2026-04-30', '2026-04-31', '2026-06-31', '2026-09-31', '2026-11-31', '2026-12-31'],
  ...['2026-00-10', '2026-13-10', '2026-12-00', '2026-12-32', '2026-10-10'],
]);
const FLOATS = [
  ...['1.5', '-12.25', '1e3', '-1.5E+3', '25e-1', '0.5', '-0.5', '-0.0', '0e1', '1'.repeat(38), '1'.repeat(39)],
  ...['3.4028235677973366e38', '3.4028235677973365e38', '1.7976931348623157e308', '1.7976931348623159e308'],
];

/** Tokens by the kind of a type. */
const TOKENS: Readonly<Record<string, readonly string[]>> = {
  boolean: ['true', 'false'],
  tinyint: [...INTEGERS, ...quoted(['12', '-128', '128'])],
  smallint: INTEGERS,
  int: [...INTEGERS, ...quoted(['12', '-2147483648', '2147483648'])],
  bigint: [...INTEGERS, ...quoted(LONGEST)],
  float: [...INTEGERS, ...FLOATS],
  double: [...INTEGERS, ...FLOATS, '1e308', '1e309'],
  decimal: [
    ...['0', '-0', '-0.00', '1.5', '-12.12', '999999', '9999999', '999999.99', '0.005', '1.500', '0.00', '1.0000'],
    ...['1234567.5', '12345678', '"1.5"', '"-999999.99"', '"0.125"', '"1.50"', '"12345678"', '100', '-100.10'],
  ],
  date: DAYS,
  timestamp: [
    ...DAYS.map((day) => `${day.slice(0, -1)}T10:20:30Z"`),
    ...quoted([
      ...['2026-06-15 00:00:00', '2026-06-15T23:59:59', '2026-06-15T24:00:00Z', '2026-06-15T23:60:00Z'],
      ...['2026-06-15T23:59:60Z', '2026-06-15T10:20:30.1Z', '2026-06-15T10:20:30.123', '2026-06-15T10:20:30.1239Z'],
      ...['2026-06-15T10:20:30.123456789', '2026-06-15T10:20:30.1234567890Z', '2026-06-15T10:20:30+02:00'],
      ...['2026-06-15T10:20:30.5-0130', '2026-06-15T10:20:30.98765+23', '2026-06-15T10:20:30+23:59'],
      ...['2026-06-15T10:20:30+24:00', '2026-06-15T10:20:30-23:60', '2026-06-15T10:20:30.123999+00:00'],
      ...['2026-06-15T10:20:30-00', '9999-12-31T23:59:59-00:01', '9999-12-31T23:58:59.999999-00:01'],
      ...['0001-01-01T00:00:59+00:01', '0001-01-01T00:01:00+00:01', '2026-12-31T23:30:00-0145'],
    ]),
    ...['0', '-0', '-1', '1781500000123', '253402300799999', '253402300800000', '-62135596800000', '-62135596800001'],
  ],
  string: ['""', '"a"', '"é 漢 \u{1f600}"', '"\\n\\u00e9\\ud83d\\ude00\\/"', '"some text of more than a few words"'],
  binary: quoted(['', 'QUI=', 'QQ==', 'QUJD', 'QUJDRA==', 'QR==', 'QUJ=', 'QUI', 'QUJDRAA=', '/+8=', 'Q']),
};

/** A text, and those that one character less, more or other makes of it. */
function neighbours(text: string, alphabet: string): readonly string[] {
  const found = new Set([text]);
  for (let at = 0; at <= text.length; at++) {
    const [before, after] = [text.slice(0, at), text.slice(at)];
    found.add(before + after.slice(1));
    for (const char of alphabet) found.add(before + char + after).add(before + char + after.slice(1));
  }
  return [...found];
}

const DAY =
  '(?!0000)(\\d{4}-(0[13578]|1[02])-(0[1-9]|[12]\\d|3[01])|\\d{4}-(0[469]|11)-(0[1-9]|[12]\\d|30)|\\d{4}-02-(0[1-9]|1\\d|2[0-8])|(2000|2024)-02-29)';
const NUMBER = '-?(0|[1-9]\\d*)';

/** What compiled functions check on their own, as one looks at it: the general way reads all others. Quotes are left out. */
export const USUAL: Readonly<Record<string, RegExp>> = {
  boolean: /^(true|false)$/,
  tinyint: /^-?(0|[1-9]\d?)$/,
  smallint: /^-?(0|[1-9]\d{0,3})$/,
  int: /^-?(0|[1-9]\d{0,8})$/,
  bigint: /^-?(0|[1-9]\d{0,14})$/,
  float: new RegExp(`^(?!-0$)(?!.{39})${NUMBER}(\\.\\d+)?$`),
  double: new RegExp(`^(?!-0$)(?!.{39})${NUMBER}(\\.\\d+)?$`),
  'decimal(8,2)': /^-?(0|[1-9]\d{0,5})(\.\d{1,2})?$/,
  'decimal(20,4)': /^-?(0|[1-9]\d{0,10})(\.\d{1,4})?$/,
  date: new RegExp(`^${DAY}$`),
  timestamp: new RegExp(`^${DAY}[T ]([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(\\.\\d{1,3})?Z?$`),
};

/** Types, the characters that are put into their values, and values of which all neighbours are tried. */
export const NEAR: readonly (readonly [type: string, alphabet: string, near: readonly string[]])[] = [
  ['boolean', ' 01tfxe,"', ['true', 'false']],
  ['tinyint', ' 019-+.e"x', ['0', '-12', '"12"']],
  ['smallint', ' 09-.E', ['-7', '32767']],
  ['int', ' 09-+.e"x', ['0', '-12', '"12"']],
  ['bigint', ' 0789-."', ['9223372036854775807', '"-9223372036854775808"', '1000000000000000']],
  ['float', ' 09-+.eE"x', ['3.4028235677973366e38', '-1.5E+3', '-0']],
  ['double', ' 09-+.eE"x', ['-12.25', '25e-1', '0']],
  ['decimal(8,2)', ' 01-+.e"x', ['-12.12', '"1.5"', '999999.99', '0']],
  ['decimal(20,4)', ' 9-.E"', ['123456789012.1234', '12345678901.1234', '"1234567890123456.1234"', '0.12']],
  ['date', ' 0129-/:T"', ['"2026-03-31"']],
  ['timestamp', ' 0269-+:.,TZe"', ['"2026-06-15T10:20:30.5-0130"', '"2026-06-15 23:59:59Z"', '1781500000123', '-0']],
  ['string', ' a"\\u\t\x7fd0', ['"a"', '"\\n\\u00e9\\ud83d\\ude00\\/"']],
  ['binary', ' AQ=/+-_"g', ['"QQ=="', '"QUI="']],
];

/** All values of a type that are tried. */
export const tokensOf = (type: string, alphabet: string, near: readonly string[]): readonly string[] => [
  ...new Set([...(TOKENS[type.replace(/\(.*/, '')] ?? []), ...near.flatMap((token) => neighbours(token, alphabet))]),
];
