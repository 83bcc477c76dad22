/** Lines by a pattern that a compiled function takes: the same bytes, rejections and counts as when each goes through all steps. */
import fc from 'fast-check';
import type { Column, Dataset } from '../../lib/dataset';
import { LinesValidator, type Rejection, UnreadableObjectError } from '../../lib/rows';
import { partsOf } from '../../lib/rows/pattern-parts';
import { PatternRows } from '../../lib/rows/pattern-rows';
import { dataset } from '../dataset/helpers';
import { cut, expectSame, feed } from './helpers';

const { columns } = dataset({
  columns: [
    { name: 'event_time', type: 'timestamp', notNull: true },
    { name: 'host', type: 'string' },
    { name: 'id', type: 'string', notNull: true },
    { name: 'n', type: 'int' },
    { name: 'long', type: 'bigint' },
    { name: 'ratio', type: 'double' },
    { name: 'price', type: 'decimal(9,2)' },
    { name: 'ok', type: 'boolean' },
    { name: 'born', type: 'date' },
    { name: 'note', type: 'string' },
    { name: 'request', type: 'string' },
    { name: 'seen', type: 'timestamp', format: { pattern: '%d/%b/%Y:%H:%M:%S %z' } },
    { name: 'epoch', type: 'timestamp', format: { epoch: 's' } },
    { name: 'packed', type: 'timestamp', format: { pattern: '%Y%m%d%H%M%S' } },
  ],
  eventTime: 'event_time',
});
const some = (...names: readonly string[]): readonly Column[] => columns.filter(({ name }) => names.includes(name));

const QUOTED = (name: string): string => `"(?<${name}>(?:[^"\\\\]|\\\\.)*)"`;
/** Patterns, their columns, and for each a line that fits. */
const PATTERNS: readonly (readonly [pattern: string, columns: readonly Column[], line: readonly string[]])[] = [
  [
    `^(?<host>\\S+) - (?<id>[^ ]*) \\[(?<event_time>[^\\]]+)\\] ${QUOTED('request')} (?<n>\\d{3}) (?<long>-?\\d+)(?: (?<note>.*))?$`,
    some('event_time', 'host', 'id', 'request', 'n', 'long', 'note'),
    ['h1', ' - ', 'a', ' [', '2026-06-15T10:00:00Z', '] "', 'GET / HTTP/1.1', '" ', '200', ' ', '12'],
  ],
  [
    '(?<event_time>[^ ]*) (?<id>[^ ]+) \\S* (?<ratio>[^ ]*) (?<price>[^ ]*) (?<ok>[^ ]*) (?<born>[^ ]*) (?<more>[^ ]*)$',
    some('event_time', 'id', 'ratio', 'price', 'ok', 'born'),
    ['2026-06-15T10:00:00.123Z', ' ', 'a', ' ', 'x', ' ', '1.5', ' ', '2.25', ' ', 'true', ' ', '2026-06-15', ' ', 'z'],
  ],
  [
    '^(?<event_time>[^|]*)\\|(?<id>[^,;|\\[\\]]+)\\|(?<note>[^"]*)"(?<request>[^"\\\\]*(?:\\\\.[^"\\\\]*)*)"$',
    some('event_time', 'id', 'note', 'request'),
    ['2026-06-15 10:00:00', '|', 'b', '|', 'some words of a note', '"', 'text', '"'],
  ],
  [
    '^(?<id>\\S+) \\[(?<seen>[^\\]]*)\\] (?<event_time>\\S+) (?<packed>[^ ]*) (?<note>.*)$',
    some('event_time', 'id', 'seen', 'packed', 'note'),
    ['a', ' [', '15/Jun/2026:10:00:00 +0200', '] ', '2026-06-15T10:00:00Z', ' ', '20260615100000', ' ', 'x'],
  ],
  [
    '^(?<id>\\S+) \\[(?<seen>[^\\]]+)\\] (?<event_time>\\S+) (?<note>.*)$',
    some('event_time', 'id', 'seen', 'note'),
    ['a', ' [', '15/Jun/2026:10:00:00 +0200', '] ', '2026-06-15T10:00:00Z', ' ', 'x'],
  ],
  [
    '^(?<id>\\S+) (?<event_time>\\S+) (?<epoch>.*)$',
    some('event_time', 'id', 'epoch'),
    ['a', ' ', '2026-06-15T10:00:00Z', ' ', '1781500000.5'],
  ],
  [
    '^(?<id>\\S+) (?<note>[^[]+) \\[(?<event_time>[^\\]]+)\\] (?:[^(]*) \\((?<host>[^()]*)\\)$',
    some('event_time', 'id', 'note', 'host'),
    ['a', ' ', 'some words', ' [', '2026-06-15T10:00:00Z', '] ', 'more words', ' (', 'h', ')'],
  ],
  ['é(?<id>[^:]*):(?<event_time>.*)', some('event_time', 'id'), ['é', 'a', ':', '2026-06-15T10:00:00Z']],
  ['^(?<event_time>[^,-]*),(?<id>.*)$', some('event_time', 'id'), ['1781500000123', ',', 'a']],
];
const ODD = [
  ...[
    '',
    '-',
    ' ',
    'null',
    '2026-06-15 10:00:00',
    '2026-06-15T10:00:00+02:00',
    '1781500000123',
    '2026-02-30',
    'x'.repeat(17_000),
  ],
  ...[
    '007',
    '-7',
    '--7',
    '2147483648',
    '1.5',
    '1e5',
    'NaN',
    'tru',
    'TRUE',
    '"',
    '\\"',
    '\\',
    'a\\"b',
    'tab\t',
    '\r',
    '\u{1f600}',
    'é',
    '[',
    ']',
    '|',
    ';',
  ],
  ...[
    '31/Feb/2026:10:00:00 +0000',
    '15/jun/2026:23:59:59 +02:00',
    '15/Jun/2026:10:00:00',
    '20260231100000',
    '1781500000',
  ],
  ...['a ', ' a', '  ', 'a [', '[ a', 'a (b', '- x'],
  ...['a b', 'a:b', 'a,b', '20', '2000', '-200', '1234567890123456789', '0', '-0'],
];
const NULLS = [[], ['-'], ['-', 'a b', 'null', '[x'], ['2026-06-15']];

const line = ([, , parts]: (typeof PATTERNS)[number]): fc.Arbitrary<string> =>
  fc
    .tuple(
      ...parts.map((part) =>
        fc.oneof({ weight: 40, arbitrary: fc.constant(part) }, { weight: 1, arbitrary: fc.constantFrom(...ODD) }),
      ),
      fc.oneof(
        { weight: 8, arbitrary: fc.constant('') },
        { weight: 1, arbitrary: fc.constantFrom(' ', ' more "x"', 'x', '\r') },
      ),
    )
    .map((found) => found.join(''));

const seen = { accepted: 0, rejected: 0, atOnce: 0 };

function answers(declared: Pick<Dataset, 'columns' | 'input'>, chunks: readonly Buffer[]) {
  const rejected: unknown[] = [];
  try {
    const validator = new LinesValidator(declared, ({ raw, ...others }: Rejection) =>
      rejected.push({ ...others, raw: raw.toString('latin1') }),
    );
    const output = feed(validator, chunks).toString('latin1');
    return { output, rejected, accepted: validator.accepted, count: validator.rejected };
  } catch (error) {
    if (error instanceof UnreadableObjectError) return { message: error.message, rejected };
    throw error;
  }
}

function compare(
  pattern: string,
  of: readonly Column[],
  nulls: readonly string[],
  bytes: Buffer,
  at: readonly number[],
): void {
  const declared: Pick<Dataset, 'columns' | 'input'> = {
    columns: of,
    input: { formats: ['lines'], csv: { delimiter: ',' }, lines: { pattern, nulls } },
  };
  const { run } = PatternRows.prototype;
  const atOnce = jest.spyOn(PatternRows.prototype, 'run').mockImplementation(function (this: PatternRows, ...given) {
    const end = run.apply(this, given);
    seen.atOnce += this.count;
    return end;
  });
  const found = answers(declared, cut(bytes, at));
  atOnce.mockRestore();
  const none = jest.spyOn(PatternRows, 'of').mockReturnValue(undefined);
  expectSame(found, answers(declared, cut(bytes, at)));
  none.mockRestore();
  seen.accepted += found.accepted ?? 0;
  seen.rejected += found.rejected.length;
}

test('the compiled function takes what the general way takes, and writes the same, wherever the chunks end', () => {
  fc.assert(
    fc.property(
      fc
        .constantFrom(...PATTERNS)
        .chain((one) => fc.tuple(fc.constant(one), fc.array(line(one), { minLength: 1, maxLength: 12 }))),
      fc.constantFrom(...NULLS),
      fc.constantFrom('\n', '\n', '\r\n', '\n\n'),
      fc.array(fc.nat({ max: 900 }), { maxLength: 3 }),
      fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.nat({ max: 600 }) }),
      fc.constantFrom('', '\ufeff'),
      ([[pattern, of], lines], nulls, lineEnd, at, broken, mark) => {
        const bytes = Buffer.from(`${mark}${lines.join(lineEnd)}${lineEnd}`);
        if (broken !== undefined && broken < bytes.length) bytes[broken] = 0xff;
        compare(pattern, of, nulls, bytes, at);
      },
    ),
    { seed: 20_260_615, numRuns: 3000 },
  );
  expect(seen.atOnce).toBeGreaterThan(3000);
  expect(seen.accepted - seen.atOnce).toBeGreaterThan(500);
  expect(seen.rejected).toBeGreaterThan(1000);
});

test('each odd value in each place of each pattern', () => {
  const before = seen.atOnce;
  for (const one of PATTERNS) {
    const [pattern, of, parts] = one;
    for (const index of parts.keys()) {
      for (const odd of ODD) {
        const lines = [parts, parts.with(index, odd), parts].map((found) => found.join(''));
        compare(pattern, of, ['-'], Buffer.from(`${lines.join('\n')}\n`), []);
      }
    }
  }
  expect(seen.atOnce - before).toBeGreaterThan(1000);
});

test('more lines than are kept together', () => {
  const [[pattern, of] = ['', []]] = PATTERNS.slice(1);
  const lines = Array.from(
    { length: 5000 },
    (_, n) =>
      `2026-06-15T10:00:00Z i${n} ${'y'.repeat((n * 37) % 190)} ${n % 90 === 0 ? 'x' : n} 1.5 ${n % 2 === 0} 2026-06-15 ${'z'.repeat(n % 7)}\n`,
  );
  compare(pattern, of, ['-'], Buffer.from(lines.join('')), [65_536, 131_072]);
});

test('a text that means null, where the group ends within it', () => {
  const before = seen.rejected;
  const pattern = '^(?<event_time>[^|]*)\\|(?<note>[^ ]*) (?<id>.*)$';
  const line = '2026-06-15T10:00:00Z|a b c\n'.repeat(4);
  compare(pattern, some('event_time', 'note', 'id'), ['a b'], Buffer.from(line), []);
  compare(pattern, some('event_time', 'note', 'id'), ['a'], Buffer.from(line), []);
  // Without the blank that is in the null, nothing matches.
  compare(pattern, some('event_time', 'note', 'id'), ['a b'], Buffer.from('2026-06-15T10:00:00Z|a b\n'.repeat(4)), []);
  expect(seen.rejected).toBe(before);
});

test('each of the patterns is made of parts', () => {
  for (const [pattern] of PATTERNS) expect([pattern, partsOf(pattern)]).toEqual([pattern, expect.any(Array)]);
});

test.each([
  ['two groups with nothing between', '(?<id>\\d+)(?<note>[a-z]+)'],
  ['a choice', '(?<id>-|\\d+) (?<note>.*)'],
  ['a group within a group', '(?<id>(?<note>\\S+) \\S+)'],
  ['a required escape', '(?<id>[^"]*(?:\\\\.)) (?<note>.*)'],
  ['characters of ASCII only', '(?<id>[!-~]+) (?<note>.*)'],
  ['so many characters', '(?<id>\\S{3}) (?<note>.*)'],
])('a pattern with %s has no parts', (_, pattern) => {
  expect(partsOf(pattern)).toBeUndefined();
});
