/** Times of declared formats: epochs of every unit, and patterns. */

import fc from 'fast-check';
import type { Column, TimeFormat } from '../../lib/dataset/model';
import { MONTHS, WEEKDAYS } from '../../lib/dataset/time-pattern';
import { dataset } from '../dataset/helpers';
import { checkNdjson } from './helpers';

const RUNS = { seed: 20_260_617 };

const columnOf = (format: TimeFormat | undefined, type = 'timestamp'): readonly Column[] =>
  dataset({
    columns: [
      { name: 'at', type: 'timestamp', notNull: true },
      { name: 'v', type, format },
    ],
  }).columns.filter(({ name }) => name === 'v');

/** Values of a column, as JSON texts: what each is read as, or why it is refused. */
function read(columns: readonly Column[], ...values: readonly string[]): unknown[] {
  const { output, rejected } = checkNdjson(columns, [Buffer.from(values.map((value) => `{"v":${value}}\n`).join(''))]);
  const rows = output.toString().split('\n').slice(0, -1);
  const reasons = new Map(rejected.map(({ line, reason }) => [line, reason]));
  return values.map((_, index) => reasons.get(index + 1) ?? (JSON.parse(rows.shift() ?? '') as { v: unknown }).v);
}

/** The time of a text that is read as ISO 8601 in UTC, in whole milliseconds. */
const millisOf = (value: unknown): unknown =>
  typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value)
    ? Date.parse(value.endsWith('Z') ? value : `${value}Z`)
    : value;

const TEN = Date.UTC(2026, 5, 15, 10);

/** The spellings of one instant that the field delivers; each with the format that reads it, and what it is then. */
const SPELLINGS: readonly (readonly [value: string, format: TimeFormat | undefined, expected: number | string])[] = [
  ['"2026-06-15 10:00:00"', { pattern: '%Y-%m-%d %H:%M:%S' }, TEN],
  ['"2026-06-15T10:00:00.123456789Z"', undefined, TEN + 123],
  ['"2026-06-15T10:00:00+02:00"', undefined, TEN - 7_200_000],
  ['"2026-06-15T10:00:00+0200"', undefined, TEN - 7_200_000],
  ['"2026-06-15T10:00:00+02"', { pattern: '%FT%T%z' }, TEN - 7_200_000],
  ['1781517600', { epoch: 's' }, TEN],
  ['1781517600123', { epoch: 'ms' }, TEN + 123],
  ['1781517600123456', { epoch: 'us' }, TEN + 123],
  ['1781517600123456789', { epoch: 'ns' }, TEN + 123],
  ['1781517600.123', { epoch: 's' }, TEN + 123],
  ['"1781517600"', { epoch: 's' }, TEN],
  ['"1781517600123"', { epoch: 'ms' }, TEN + 123],
  ['"2016-12-31T23:59:60Z"', { pattern: '%FT%T%z' }, 'is not a time of the years 0001 to 9999 (%FT%T%z)'],
  ['"0001-01-01T00:00:00Z"', undefined, -62_135_596_800_000],
  ['"9999-12-31T23:59:59.999999Z"', undefined, 253_402_300_799_999],
  ['"2026-06-15T24:00:00Z"', { pattern: '%FT%T%z' }, 'is not a time of the years 0001 to 9999 (%FT%T%z)'],
  ['"2026-06-15"', { pattern: '%F' }, Date.UTC(2026, 5, 15)],
  ['"15/Jun/2026:10:00:00 +0000"', { pattern: '%d/%b/%Y:%H:%M:%S %z' }, TEN],
  ['"Mon, 15 Jun 2026 10:00:00 GMT"', { pattern: '%a, %d %b %Y %H:%M:%S %Z' }, TEN],
  ['"2026-06-15T10:00Z"', { pattern: '%Y-%m-%dT%H:%M%z' }, TEN],
  ['"20260615T100000Z"', { pattern: '%Y%m%dT%H%M%S%z' }, TEN],
  ['"2026-06-15T10:00:00,123Z"', { pattern: '%FT%T,%f%z' }, TEN + 123],
  ['"2026-06-15T10:00:00 UTC"', { pattern: '%FT%T %Z' }, TEN],
  ['"2026-06-15 10:00:00 +0000 UTC"', { pattern: '%F %T %z UTC' }, TEN],
  ['"2026-06-15T10:00:00.Z"', { pattern: '%FT%T.%z' }, TEN],
  ['"2026-06-15t10:00:00z"', { pattern: '%Ft%Tz' }, TEN],
  ['"2026-06-15 10:00:00 +0000"', { pattern: '%F %T %z' }, TEN],
  ['" 2026-06-15T10:00:00Z"', { pattern: ' %FT%T%z' }, TEN],
  ['"2026-06-15T10:00:00-00:00"', undefined, TEN],
  ['"2026-06-15T10:00:00+19:00"', undefined, TEN - 19 * 3_600_000],
  ['0', { epoch: 's' }, 0],
  ['-1', { epoch: 's' }, -1000],
  [
    '"2026-06-15T10:00:00.1234567890Z"',
    { pattern: '%FT%T.%f%z' },
    'expected a timestamp (%FT%T.%f%z, or ISO 8601 with T and a zone), found the string "2026-06-15T10:00:00.1234567890Z"',
  ],
  ['"06/15/2026 10:00:00 AM"', { pattern: '%m/%d/%Y %I:%M:%S %p' }, TEN],
  ['1.7815176e12', { epoch: 'ms' }, TEN],
  ['1781517600000.0', { epoch: 'ms' }, TEN],
];

test.each(SPELLINGS)('%s is read by its format, or refused with it', (value, format, expected) => {
  const [found] = read(columnOf(format), value);
  if (typeof expected === 'string') expect(found).toContain(expected);
  else expect(millisOf(found)).toBe(expected);
});

test('without a format, numbers and texts are what they were', () => {
  expect(read(columnOf(undefined), '1781517600.5', '"1781517600"')).toEqual([
    'v: expected a timestamp (yyyy-MM-ddTHH:mm:ss, or milliseconds since 1970), found 1781517600.5',
    'v: expected a timestamp (yyyy-MM-ddTHH:mm:ss, or milliseconds since 1970), found the string "1781517600"',
  ]);
});

test.each([
  ['%Y%m%d%H%M%S', '20260615100000', 0],
  ['%Y%m%dT%H%M%S', '20260615T100000', 0],
  ['%Y%m%d%H%M', '202606151000', 0],
  ['%H %d%m%Y', '10 15062026', 3],
  ['%Y-%m-%d 1%H', '2026-06-15 110', 11],
])('%s takes no number that lacks a digit beside another', (pattern, whole, from) => {
  const short = Array.from(
    { length: whole.length - from },
    (_, at) => whole.slice(0, from + at) + whole.slice(from + at + 1),
  );
  const [found, ...others] = read(columnOf({ pattern }), `"${whole}"`, ...short.map((text) => `"${text}"`));
  expect(millisOf(found)).toBe(TEN);
  for (const other of others) expect(other).toContain('expected a timestamp');
});

test('a value that does not fit shows the format', () => {
  expect(read(columnOf({ epoch: 's' }), '"soon"', 'true', '1e15', '"2026-06-15 10:00:00"', '""', '"1 "')).toEqual([
    'v: expected a timestamp (epoch in s, or ISO 8601 with T and a zone), found the string "soon"',
    'v: expected a timestamp (epoch in s, or ISO 8601 with T and a zone), found true',
    'v: 1e15 is not a time of the years 0001 to 9999 (epoch in s)',
    'v: expected a timestamp (epoch in s, or ISO 8601 with T and a zone), found the string "2026-06-15 10:00:00"',
    'v: expected a timestamp (epoch in s, or ISO 8601 with T and a zone), found the string ""',
    'v: expected a timestamp (epoch in s, or ISO 8601 with T and a zone), found the string "1 "',
  ]);
  expect(read(columnOf({ pattern: '%d.%m.%Y' }, 'date'), '"15.06.2026"', '"2026-06-15"', '"31.6.2026"', '5')).toEqual([
    '2026-06-15',
    '2026-06-15',
    'v: the string "31.6.2026" is not a day of the years 0001 to 9999 (%d.%m.%Y)',
    'v: expected a date (%d.%m.%Y, or yyyy-MM-dd), found 5',
  ]);
});

test('texts with escapes are read as they are, and times within arrays and maps', () => {
  const apache = { pattern: '%d/%b/%Y:%T %z' };
  expect(read(columnOf(apache), '"15\\/JUN\\/2026:10:00:00 -0130"').map(millisOf)).toEqual([TEN + 5_400_000]);
  expect(read(columnOf({ epoch: 's' }, 'map<string,array<timestamp>>'), '{"a":[1781517600,null,"0"]}')).toEqual([
    { a: ['2026-06-15T10:00:00.000', null, '1970-01-01T00:00:00.000'] },
  ]);
});

test('an epoch is cut to milliseconds towards the past, exactly, at any length', () => {
  const units = { s: -3n, ms: 0n, us: 3n, ns: 6n } as const;
  const number = fc.record({
    negative: fc.boolean(),
    digits: fc.oneof(fc.bigInt({ min: 0n, max: 10n ** 21n }), fc.bigInt({ min: 0n, max: 10n ** 12n })),
    scale: fc.nat(24),
    exponent: fc.option(fc.integer({ min: -12, max: 12 }), { nil: undefined }),
    /** Before the exponent: they change nothing. */
    zeros: fc.integer({ min: 0, max: 12 }),
  });
  let accepted = 0;
  fc.assert(
    fc.property(fc.constantFrom('s', 'ms', 'us', 'ns'), number, fc.boolean(), (epoch, value, isQuoted) => {
      const text = value.digits.toString().padStart(value.scale + 1, '0');
      const plain = value.scale === 0 ? text : `${text.slice(0, -value.scale)}.${text.slice(-value.scale)}`;
      const { exponent, zeros } = value;
      const power10 =
        exponent === undefined ? '' : `e${exponent < 0 ? '-' : ''}${'0'.repeat(zeros)}${Math.abs(exponent)}`;
      const whole = `${value.negative ? '-' : ''}${plain}${power10}`;
      // digits * 10^power are milliseconds.
      const power = BigInt((value.exponent ?? 0) - value.scale) - units[epoch];
      const signed = value.negative ? -value.digits : value.digits;
      const divisor = power < 0n ? 10n ** -power : 1n;
      const product = power > 0n ? signed * 10n ** power : signed;
      const cut = product / divisor - (product % divisor < 0n ? 1n : 0n);
      const fits = cut >= -62_135_596_800_000n && cut <= 253_402_300_799_999n;
      const [found] = read(columnOf({ epoch }), isQuoted ? `"${whole}"` : whole);
      if (fits) accepted++;
      expect([whole, millisOf(found)]).toEqual([
        whole,
        fits ? Number(cut) : expect.stringContaining('is not a time of the years'),
      ]);
    }),
    { ...RUNS, numRuns: 1500 },
  );
  expect(accepted).toBeGreaterThan(500);
});

test.each(['0e5000', '-0.00e-5000', '0e0000000000001', '0E+99999999999999999999'])('%s is 1970', (text) => {
  expect(read(columnOf({ epoch: 's' }), text).map(millisOf)).toEqual([0]);
});

/** A part of a pattern, and how a time is written in it. */
type Writer = readonly [directive: string, write: (time: Date, loose: boolean) => string];

const padded = (value: number, loose: boolean): string => String(value).padStart(loose ? 1 : 2, '0');
const DATES: readonly (readonly Writer[])[] = [
  [['%Y', (t) => String(t.getUTCFullYear()).padStart(4, '0')]],
  [
    ['%m', (t, loose) => padded(t.getUTCMonth() + 1, loose)],
    ['%b', (t) => (MONTHS[t.getUTCMonth()] ?? '').slice(0, 3)],
    ['%B', (t, loose) => (loose ? (MONTHS[t.getUTCMonth()] ?? '').toUpperCase() : (MONTHS[t.getUTCMonth()] ?? ''))],
  ],
  [
    ['%d', (t, loose) => padded(t.getUTCDate(), loose)],
    ['%e', (t) => String(t.getUTCDate()).padStart(2, ' ')],
  ],
];
const HOURS: readonly Writer[] = [
  ['%H', (t, loose) => padded(t.getUTCHours(), loose)],
  ['%p %I', (t, loose) => `${t.getUTCHours() < 12 ? 'am' : 'PM'} ${padded(t.getUTCHours() % 12 || 12, loose)}`],
];

test('a pattern reads what was written by it, and nothing that is a character off', () => {
  const sample = fc.record({
    time: fc.date({
      min: new Date('0001-01-02T00:00:00Z'),
      max: new Date('9999-12-30T00:00:00Z'),
      noInvalidDate: true,
    }),
    order: fc.shuffledSubarray(DATES as (readonly Writer[])[], { minLength: 3 }),
    choice: fc.nat(5),
    hours: fc.constantFrom(...HOURS),
    separator: fc.constantFrom('/', '-', ' ', '.', ', ', ' é ', '%%'),
    loose: fc.boolean(),
    zone: fc.constantFrom('none', '%z', 'declared', '%Z'),
    minutes: fc.integer({ min: -839, max: 839 }),
    weekday: fc.boolean(),
    typo: fc.tuple(fc.nat(60), fc.constantFrom('', 'x', '0', '99')),
  });
  let accepted = 0;
  fc.assert(
    fc.property(sample, ({ time, order, choice, hours, separator, loose, zone, minutes, weekday, typo }) => {
      const shift = zone === '%z' || zone === 'declared' ? minutes : 0;
      const local = new Date(time.getTime() + shift * 60_000);
      const sign = minutes < 0 ? '-' : '+';
      const [h, m] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60].map((part) => padded(part, false));
      const dates = order.map((ways) => ways[choice % ways.length] as Writer);
      const written = separator === '%%' ? '%' : separator;
      const isoLike = dates.map(([directive]) => directive).join(separator);
      fc.pre(!/^%Y-%[de]/.test(isoLike));
      const tail = { none: '', '%z': ' %z', declared: '', '%Z': ' %Z' }[zone];
      const pattern = `${weekday ? '%A ' : ''}${isoLike} ${hours[0]}:%M:%S,%f${tail}`;
      const text =
        (weekday ? `${WEEKDAYS[(local.getUTCDay() + 6) % 7]} ` : '') +
        dates.map(([, write]) => write(local, loose)).join(written) +
        ` ${hours[1](local, loose)}:${padded(local.getUTCMinutes(), loose)}:${padded(local.getUTCSeconds(), loose)}` +
        `,${String(local.getUTCMilliseconds()).padStart(3, '0')}99` +
        { none: '', '%z': ` ${sign}${h}${choice % 2 ? ':' : ''}${m}`, declared: '', '%Z': ' gmt' }[zone];
      const format = zone === 'declared' ? { pattern, zone: `${sign}${h}:${m}` } : { pattern };
      const columns = columnOf(format);
      expect([pattern, text, millisOf(read(columns, JSON.stringify(text))[0])]).toEqual([
        pattern,
        text,
        time.getTime(),
      ]);
      accepted++;
      // Another text is refused, or is another spelling of some time: never a crash, a hang, or both.
      const [at, put] = typo;
      const other = text.slice(0, at) + put + text.slice(at + 1);
      expect(read(columns, JSON.stringify(other))).toEqual([expect.stringMatching(/^(v: |\d{4}-)/)]);
    }),
    { ...RUNS, numRuns: 800 },
  );
  expect(accepted).toBeGreaterThan(600);
});

const EARLY = Date.UTC(2026, 0, 1);
test.each<[pattern: string, text: string, expected: number | 'no time' | 'no such time']>([
  ['%Y-%m-%d %H:%M:%S', '2026-06-15 23:59:59', Date.UTC(2026, 5, 15, 23, 59, 59)],
  ['%d.%m.%Y %H:%M:%S', '15.06.2026 24:00:00', 'no such time'],
  ['%d.%m.%Y %H:%M:%S', '15.06.2026 23:60:00', 'no such time'],
  ['%d.%m.%Y %H:%M:%S', '15.06.2026 23:00:60', 'no such time'],
  ['%d.%m.%Y', '01.01.0001', Date.parse('0001-01-01T00:00:00Z')],
  ['%d.%m.%Y', '31.12.9999', Date.UTC(9999, 11, 31)],
  ['%d.%m.%Y', '01.01.0000', 'no such time'],
  ['%d.%m.%Y', '00.01.2026', 'no such time'],
  ['%d.%m.%Y', '01.00.2026', 'no such time'],
  ['%d.%m.%Y', '01.13.2026', 'no such time'],
  ['%d.%m.%Y', '31.12.2026', Date.UTC(2026, 11, 31)],
  ['%d.%m.%Y', '29.02.2024', Date.UTC(2024, 1, 29)],
  ['%d.%m.%Y', '29.02.2023', 'no such time'],
  ['%d.%m.%Y', '30.04.2026', Date.UTC(2026, 3, 30)],
  ['%d.%m.%Y', '31.04.2026', 'no such time'],
  ['%d.%m.%Y', '01.01.20260', 'no time'],
  ['%d.%m.%Y', '01.01.202', 'no time'],
  ['%d.%m.%Y', '01.01.2o26', 'no time'],
  ['%d.%m.%Y', ' 01.01.2026', 'no time'],
  ['%d.%m.%Y', '1.1.2026', EARLY],
  ['%d.%m.%Y', '.1.2026', 'no time'],
  ['%d.%m.%Y', '01,01.2026', 'no time'],
  ['%e.%m.%Y', ' 1.01.2026', EARLY],
  ['%e.%m.%Y', ' 01.01.2026', 'no time'],
  ['%e.%m.%Y', '01.01.2026', EARLY],
  ['%e.%m.%Y', ' .01.2026', 'no time'],
  ['%d.%m.%Y %I %p', '15.06.2026 12 AM', Date.UTC(2026, 5, 15, 0)],
  ['%d.%m.%Y %I %p', '15.06.2026 12 PM', Date.UTC(2026, 5, 15, 12)],
  ['%d.%m.%Y %I %p', '15.06.2026 1 pm', Date.UTC(2026, 5, 15, 13)],
  ['%d.%m.%Y %I %p', '15.06.2026 11 am', Date.UTC(2026, 5, 15, 11)],
  ['%d.%m.%Y %I %p', '15.06.2026 13 pm', 'no such time'],
  ['%d.%m.%Y %I %p', '15.06.2026 0 am', 'no such time'],
  ['%d.%m.%Y %I %p', '15.06.2026 1 xm', 'no time'],
  ['%d %b %Y', '01 jan 2026', EARLY],
  ['%d %b %Y', '01 January 2026', EARLY],
  ['%d %b %Y', '01 Jann 2026', 'no time'],
  ['%d %b %Y', '01 Jxn 2026', 'no time'],
  ['%d %b %Y', '31 DEC 2026', Date.UTC(2026, 11, 31)],
  ['%d %B %Y', '01 sep 2026', Date.UTC(2026, 8, 1)],
  ['%d %B %Y', '01 may 2026', Date.UTC(2026, 4, 1)],
  ['%a %d.%m.%Y', 'Sunday 01.01.2026', EARLY],
  ['%a %d.%m.%Y', 'SUN 01.01.2026', EARLY],
  ['%a %d.%m.%Y', 'Sux 01.01.2026', 'no time'],
  ['%d.%m.%Y %H:%M:%S.%f', '01.01.2026 00:00:00.1', EARLY + 100],
  ['%d.%m.%Y %H:%M:%S.%f', '01.01.2026 00:00:00.12', EARLY + 120],
  ['%d.%m.%Y %H:%M:%S.%f', '01.01.2026 00:00:00.123', EARLY + 123],
  ['%d.%m.%Y %H:%M:%S.%f', '01.01.2026 00:00:00.1239', EARLY + 123],
  ['%d.%m.%Y %H:%M:%S.%f', '01.01.2026 00:00:00.123456789', EARLY + 123],
  ['%d.%m.%Y %H:%M:%S.%f', '01.01.2026 00:00:00.1234567890', 'no time'],
  ['%d.%m.%Y %H:%M:%S.%f', '01.01.2026 00:00:00.', 'no time'],
  ['%d.%m.%Y %H:%M:%S.%f', '01.01.2026 00:00:00.x', 'no time'],
  ['%d.%m.%Y %H %z', '01.01.2026 00 Z', EARLY],
  ['%d.%m.%Y %H %z', '01.01.2026 00 +01', EARLY - 3_600_000],
  ['%d.%m.%Y %H %z', '01.01.2026 00 -0130', EARLY + 5_400_000],
  ['%d.%m.%Y %H %z', '01.01.2026 00 -01:30', EARLY + 5_400_000],
  ['%d.%m.%Y %H %z', '01.01.2026 00 +23:59', EARLY - 86_340_000],
  ['%d.%m.%Y %H %z', '01.01.2026 00 +24:00', 'no time'],
  ['%d.%m.%Y %H %z', '01.01.2026 00 +23:60', 'no time'],
  ['%d.%m.%Y %H %z', '01.01.2026 00 +1', 'no time'],
  ['%d.%m.%Y %H %z', '01.01.2026 00 +01:', 'no time'],
  ['%d.%m.%Y %H %z', '01.01.2026 00 +01:3', 'no time'],
  ['%d.%m.%Y %H %z', '01.01.2026 00 +013', 'no time'],
  ['%d.%m.%Y %H %z', '01.01.2026 00 +x1:00', 'no time'],
  ['%d.%m.%Y %H %z', '01.01.2026 00 UTC', 'no time'],
  ['%d.%m.%Y %H %z', '01.01.2026 00 *01:00', 'no time'],
  ['%d.%m.%Y %H %Z', '01.01.2026 00 utc', EARLY],
  ['%d.%m.%Y %H %Z', '01.01.2026 00 z', EARLY],
  ['%d.%m.%Y %H %Z', '01.01.2026 00 CET', 'no time'],
  ['%d.%m.%Y %H %Z', '01.01.2026 00 UT', 'no time'],
  ['%d.%m.%Y %H %z', '31.12.9999 23 -01', 'no such time'],
  ['%d.%m.%Y %H %z', '01.01.0001 00 +01', 'no such time'],
])('%s of %s', (pattern, text, expected) => {
  const [found] = read(columnOf({ pattern }), JSON.stringify(text));
  if (expected === 'no time')
    expect(found).toBe(
      `v: expected a timestamp (${pattern}, or ISO 8601 with T and a zone), found the string "${text}"`,
    );
  else if (expected === 'no such time')
    expect(found).toBe(`v: the string "${text}" is not a time of the years 0001 to 9999 (${pattern})`);
  else expect([text, millisOf(found)]).toEqual([text, expected]);
  // What one value leaves behind is not there for the next.
  if (typeof expected !== 'number') return;
  const iso = '"2026-06-15T10:00:00Z"';
  expect(read(columnOf({ pattern }), JSON.stringify(text), iso, JSON.stringify(text)).map(millisOf)).toEqual([
    expected,
    TEN,
    expected,
  ]);
});

test('a time is written whole: each part is what it was in the text, and none of the one before', () => {
  const columns = columnOf({ pattern: '%d.%m.%Y' });
  const full = columnOf({ pattern: '%d.%m.%Y %H:%M:%S.%f' });
  expect(read(columns, '"15.06.2026"')).toEqual(['2026-06-15T00:00:00.000']);
  expect(read(full, '"15.06.2026 01:02:03.045"', '"5.6.2026 1:2:3.4"')).toEqual([
    '2026-06-15T01:02:03.045',
    '2026-06-05T01:02:03.400',
  ]);
  expect(read(columnOf({ pattern: '%d.%m.%Y' }, 'date'), '"5.6.2026"')).toEqual(['2026-06-05']);
});

test.each<[text: string, isOwn: boolean]>([
  ['2026-06-15T10:00:00Z', true],
  ['2026-06-15T10:00:00.123456Z', true],
  ['2026-06-15T10:00:00+00:00', true],
  ['2026-06-15T10:00:00-0000', true],
  ['2026-06-15T10:00:00', false],
  ['2026-06-15 10:00:00Z', false],
  ['2026/06/15T10:00:00Z', false],
  ['2026-06/15T10:00:00Z', false],
  ['2026-06-15T10:00:00 01', false],
  ['2026-06-15T10:00-01:00', false],
])('beside a format, %s is taken: %s', (text, isOwn) => {
  const [found] = read(columnOf({ epoch: 's' }), `"${text}"`);
  if (isOwn) expect(Math.floor(Number(millisOf(found)) / 1000) * 1000).toBe(TEN);
  else expect(found).toContain(`found the string "${text}"`);
});

test.each<[epoch: 's' | 'ms' | 'us' | 'ns', text: string, expected: number | 'too late' | 'no number']>([
  ['s', '253402300799', 253_402_300_799_000],
  ['s', '253402300800', 'too late'],
  ['s', '-62135596800', -62_135_596_800_000],
  ['s', '-62135596801', 'too late'],
  ['ms', '253402300799999', 253_402_300_799_999],
  ['ms', '253402300800000', 'too late'],
  ['us', '253402300799999999', 253_402_300_799_999],
  ['us', '253402300800000000', 'too late'],
  ['ns', '-62135596800000000000', -62_135_596_800_000],
  ['ns', '-62135596800000000001', 'too late'],
  ['s', '1e1000', 'too late'],
  ['s', '1e1001', 'too late'],
  ['s', '-1e1001', 'too late'],
  ['s', '1e-1000', 0],
  ['s', '1e-1001', 'no number'],
  ['s', '-1e-1001', 'no number'],
  ['s', '0e1001', 0],
  ['s', '-0', 0],
  ['ns', '-1', -1],
  ['us', '999', 0],
  ['us', '1000', 1],
  ['us', '-1000', -1],
  ['us', '-1001', -2],
  ['s', '1.5e0', 1500],
  ['s', '1.0005', 1000],
  ['s', '-1.0005', -1001],
  ['s', '-1.0000', -1000],
  ['s', '15E-1', 1500],
  ['s', '0.001', 1],
  ['s', '0.0009', 0],
  ['s', '1.', 'no number'],
  ['s', '.5', 'no number'],
  ['s', '01', 'no number'],
  ['s', '+1', 'no number'],
  ['s', '1e', 'no number'],
  ['s', '0x1', 'no number'],
])('in %s, %s is %s', (epoch, text, expected) => {
  const [found] = read(columnOf({ epoch }), `"${text}"`);
  if (expected === 'no number')
    expect(found).toBe(
      `v: expected a timestamp (epoch in ${epoch}, or ISO 8601 with T and a zone), found the string "${text}"`,
    );
  else if (expected === 'too late')
    expect(found).toBe(`v: the string "${text}" is not a time of the years 0001 to 9999 (epoch in ${epoch})`);
  else expect(millisOf(found)).toBe(expected);
});
