/** Lines of a pattern that are read, checked and written in one pass: which are, and what each becomes. */
import type { Column } from '../../lib/dataset/model';
import { LineBuffer } from '../../lib/rows/line-buffer';
import { Output } from '../../lib/rows/output';
import { endsBefore, type PatternPart, partsOf, stopsOf } from '../../lib/rows/pattern-parts';
import { PatternRows } from '../../lib/rows/pattern-rows';
import { RowChecker } from '../../lib/rows/row';
import { dataset } from '../dataset/helpers';
import { columnsOf } from './helpers';
import { NEAR, tokensOf, USUAL } from './neighbours';

type Columns = readonly Column[];

/** What reads lines of a pattern whose groups have the names of the columns; undefined where nothing does. */
function reader(pattern: string, groups: readonly string[], columns: Columns, nulls: readonly string[] = []) {
  const row = new RowChecker(columns);
  const memory = new LineBuffer();
  const written = columns.map(({ name, type }) => ({ name, kind: type.kind, field: groups.indexOf(name) }));
  const lined = { pattern, nulls, groups, written, declared: columns, row };
  if (PatternRows.of(lined, memory) === undefined) return undefined;
  const output = new Output();
  return (text: string, from = 0) => {
    const rows = PatternRows.of(lined, memory) as PatternRows;
    const bytes = Buffer.from(text);
    const to = rows.run(bytes, from, bytes.lastIndexOf(0x0a) + 1, output);
    return { count: rows.count, to, lines: Buffer.concat(output.take()).toString() };
  };
}
type Read = NonNullable<ReturnType<typeof reader>>;

/** Behind the lines that are looked at: the last bytes of a chunk are for the general way. */
const REST = '\n'.repeat(24);

describe.each(NEAR.filter(([type]) => type !== 'binary'))('%s', (type, alphabet, near) => {
  const isText = /^(date|timestamp|string|decimal)/.test(type);
  const fields = [...new Set(tokensOf(type, alphabet, near).map((token) => /^"(.*)"$/.exec(token)?.[1] ?? token))];
  const usual = fields.find((field) => type !== 'string' && USUAL[type]?.test(field)) ?? 'a';
  const jsonOf = (field: string): string => (isText ? JSON.stringify(field) : field);

  test.each([
    ['up to a blank', '^(?<id>\\S+) (?<v>[^ ]*) (?<note>[^ ]*)$', ' ', / /],
    ['up to a bar, or a bracket', '^(?<id>[^|]+)\\|(?<v>[^|\\[]*)\\|(?<note>[^|]*)$', '|', /[|[]/],
  ])('%s', (_, pattern, d, stop) => {
    const columns = columnsOf({ id: 'string!', v: type, note: 'string' });
    const read = reader(pattern, ['id', 'v', 'note'], columns, ['-']) as Read;
    const differing: unknown[] = [];
    for (const field of fields) {
      const isNull = field === '' || field === '-';
      const isUsual = type === 'string' ? !/[\\"\t]/.test(field) : (USUAL[type] as RegExp).test(field);
      const expected =
        (isNull || isUsual) && !stop.test(field)
          ? `{"id":"b","v":${isNull ? 'null' : jsonOf(field)},"note":"c"}\n`
          : '';
      const { lines, count } = read(`a${d}${usual}${d}\nb${d}${field}${d}c\n${REST}`);
      const found = lines.slice(lines.indexOf('\n') + 1);
      if (found !== expected || count !== (expected === '' ? 1 : 2)) differing.push([field, found, expected]);
    }
    expect(differing).toEqual([]);
  });

  if (/int$/.test(type)) {
    test.each([
      ['digits', '\\d+', /^\d+$/],
      ['digits with a sign', '-?\\d+', /^-?\d+$/],
      ['two digits', '\\d{2}', /^\d{2}$/],
      ['two digits or more', '-?\\d{2,}', /^-?\d{2,}$/],
      ['up to two digits', '-?[0-9]{1,2}', /^-?\d{1,2}$/],
    ])('as %s', (_, set, form) => {
      const columns = columnsOf({ id: 'string!', v: type });
      const read = reader(`^(?<id>[^ ]*) (?<v>${set})$`, ['id', 'v'], columns) as Read;
      for (const field of [...fields, '12', '-12', '123', '07']) {
        const { lines } = read(`a 12\nb ${field}\n${REST}`);
        const isTaken = form.test(field) && (USUAL[type] as RegExp).test(field);
        expect([field, lines]).toEqual([field, `{"id":"a","v":12}\n${isTaken ? `{"id":"b","v":${field}}\n` : ''}`]);
      }
    });
  }
});

describe('lines of a pattern', () => {
  const COLUMNS = columnsOf({ id: 'string!', n: 'int', note: 'string' });
  const GROUPS = ['id', 'n', 'note'];

  test.each<[what: string, pattern: string, nulls: readonly string[], line: string, expected: string | undefined]>([
    ['all groups', '(?<id>\\S+) (?<n>\\d+) (?<note>.*)', [], 'a 1 b c', '{"id":"a","n":1,"note":"b c"}'],
    ['an empty group', '(?<id>\\S+) (?<n>\\d+) (?<note>.*)', [], 'a 1 ', '{"id":"a","n":1,"note":null}'],
    ['an empty group that must have a value', '(?<id>\\S*) (?<n>\\d+) (?<note>.*)', [], ' 1 b', undefined],
    ['an empty group where one must not be', '(?<id>[^,]*),(?<n>\\d+),(?<note>[^,]+)', [], 'a,1,', undefined],
    ['a text for null', '(?<id>\\S+) (?<n>\\d+) (?<note>.*)', ['-'], 'a 1 -', '{"id":"a","n":1,"note":null}'],
    ['a text that goes on', '(?<id>\\S+) (?<n>\\d+) (?<note>.*)', ['-'], 'a 1 -x', '{"id":"a","n":1,"note":"-x"}'],
    ['one that must have a value', '(?<id>\\S+) (?<n>\\d+) (?<note>.*)', ['-'], '- 1 b', undefined],
    ['quotes around one', '"(?<id>[^"]*)" (?<n>\\d+) (?<note>.*)', [], '"a b" 1 c', '{"id":"a b","n":1,"note":"c"}'],
    ['an escape', '"(?<id>(?:[^"\\\\]|\\\\.)*)" (?<n>\\d+) (?<note>.*)', [], '"a\\"b" 1 c', undefined],
    ['a quote in a text', '(?<id>\\S+) (?<n>\\d+) (?<note>.*)', [], 'a 1 "b"', undefined],
    ['a tab in a text', '(?<id>\\S+) (?<n>\\d+) (?<note>.*)', [], 'a 1 b\tc', undefined],
    ['a line end of Windows', '(?<id>\\S+) (?<n>\\d+) (?<note>.*)', [], 'a 1 b\r', '{"id":"a","n":1,"note":"b"}'],
    [
      'a line end of Windows behind nothing',
      '(?<id>\\S+) (?<n>\\d+) (?<note>.*)',
      [],
      'a 1 \r',
      '{"id":"a","n":1,"note":null}',
    ],
    ['two carriage returns', '(?<id>\\S+) (?<n>\\d+) (?<note>.*)', [], 'a 1 b\r\r', undefined],
    ['a blank at the start', '(?<id>[^,]*),(?<n>\\d+),(?<note>.*)', [], ' a,1,b', undefined],
    ['another literal', '(?<id>[^=]+)=>(?<n>\\d+) (?<note>.*)', [], 'a=1 b', undefined],
    ['literals of several bytes', '(?<id>[^=]+)=é(?<n>\\d+) (?<note>.*)', [], 'a=é1 b', '{"id":"a","n":1,"note":"b"}'],
    ['an end that is there', '(?<id>\\S+) (?<n>\\d+)(?: (?<note>.*))?', [], 'a 1', '{"id":"a","n":1,"note":null}'],
    ['more than the end', '(?<id>\\S+) (?<n>\\d+)(?: (?<note>.*))?', [], 'a 1 b', undefined],
    [
      'text that no group takes',
      '(?<id>\\S+) \\S* [^,]*,(?<n>\\d+) (?<note>.*)',
      [],
      'a b c d,1 e',
      '{"id":"a","n":1,"note":"e"}',
    ],
    ['text that must be there and is not', '(?<id>\\S+) [^,]+,(?<n>\\d+) (?<note>.*)', [], 'a ,1 e', undefined],
    [
      'text up to a blank before a bracket',
      '(?<id>[^[]+) \\[(?<n>\\d+)\\] (?<note>.*)',
      [],
      'a b [1] c',
      '{"id":"a b","n":1,"note":"c"}',
    ],
    ['no text before that blank', '(?<id>[^[]+) \\[(?<n>\\d+)\\] (?<note>.*)', [], ' [1] c', undefined],
    ['text right before the bracket', '(?<id>[^[]+) \\[(?<n>\\d+)\\] (?<note>.*)', [], 'a[1] c', undefined],
    [
      'text that no group takes before it',
      '(?<id>\\S+) [^[]+ \\[(?<n>\\d+)\\] (?<note>.*)',
      [],
      'a b c [1] d',
      '{"id":"a","n":1,"note":"d"}',
    ],
    ['none of it', '(?<id>\\S+) [^[]+ \\[(?<n>\\d+)\\] (?<note>.*)', [], 'a  [1] d', undefined],
    ['a number that no digit begins', '(?<id>\\S+) (?<n>-?\\d+) (?<note>.*)', [], 'a - b', undefined],
    ['a negative number', '(?<id>\\S+) (?<n>-?\\d+) (?<note>.*)', [], 'a -7 b', '{"id":"a","n":-7,"note":"b"}'],
    ['a number without a sign that has one', '(?<id>\\S+) (?<n>\\d+) (?<note>.*)', [], 'a -7 b', undefined],
    [
      'characters of several bytes',
      '(?<id>\\S+) (?<n>\\d+) (?<note>.*)',
      [],
      'é漢 1 \u{1f600}',
      '{"id":"é漢","n":1,"note":"\u{1f600}"}',
    ],
    [
      'a null that the set does not hold',
      '(?<id>\\S+) (?<n>\\d+) (?<note>[^-]*)',
      ['-', 'q'],
      'a 1 q',
      '{"id":"a","n":1,"note":null}',
    ],
    [
      'an end that no column takes',
      '(?<id>\\S+) (?<n>\\d+) (?<note>\\S*)(?: (?<other>.*))?',
      [],
      'a 1 b',
      '{"id":"a","n":1,"note":"b"}',
    ],
    ['a null of several bytes', '(?<id>\\S+) (?<n>\\d+) (?<note>.*)', ['né'], 'a 1 né', '{"id":"a","n":1,"note":null}'],
    [
      'the start of a null of several bytes',
      '(?<id>\\S+) (?<n>\\d+) (?<note>.*)',
      ['né'],
      'a 1 n',
      '{"id":"a","n":1,"note":"n"}',
    ],
  ])('with %s', (_, pattern, nulls, line, expected) => {
    const read = reader(pattern, GROUPS, COLUMNS, nulls) as Read;
    // Behind one that is taken, and with one behind it.
    const plain = pattern
      .replace(/\(\?: .*$/, '')
      .replace(/\(\?<n>[^)]*\)/, '7')
      .replace(/\(\?<id>(\(\?.*?\)\*|[^)]*)\)/, 'x')
      .replace(/\(\?<note>[^)]*\)/, 'y')
      .replace(/\\S[*+]|\[\^[,[]\][*+]/g, 'z')
      .replaceAll('\\', '');
    const hasNote = plain.includes('y');
    const usual = `{"id":"x","n":7,"note":${hasNote ? '"y"' : 'null'}}`;
    const { count, lines, to } = read(`${plain}\n${line}\n${plain}\n${REST}`);
    const found = expected === undefined ? [usual] : [usual, expected, usual];
    expect([count, lines]).toEqual([found.length, `${found.join('\n')}\n`]);
    expect(to).toBe(Buffer.byteLength(expected === undefined ? `${plain}\n` : `${plain}\n${line}\n${plain}\n`));
  });

  test('texts of any length, and no more than 16 KiB of a line', () => {
    const read = reader('(?<id>\\S+) (?<n>\\d+) (?<note>.*)', GROUPS, COLUMNS) as Read;
    for (let length = 1; length < 40; length++) {
      const [one, other] = ['x'.repeat(length), 'y'.repeat(40 - length)];
      const line = `{"id":"${one}","n":7,"note":"${other}"}\n`;
      expect(read(`${one} 7 ${other}\n${one} 7 ${other}\n${REST}`)).toMatchObject({ count: 2, lines: line + line });
    }
    expect(read(`a 1 b\na 1 ${'x'.repeat(16_000)}\n${REST}`).count).toBe(2);
    expect(read(`a 1 b\na 1 ${'x'.repeat(17_000)}\n${REST}`).count).toBe(1);
  });

  test('more than is kept together, each line once and in its order', () => {
    const read = reader('(?<id>\\S+) (?<n>\\d+) (?<note>.*)', GROUPS, COLUMNS) as Read;
    const numbers = Array.from({ length: 9000 }, (_, n) => n);
    const text = numbers.map((n) => `r${n} ${n} ${'z'.repeat(1 + ((n * 37) % 60))}\n`).join('');
    const lines = numbers.map((n) => `{"id":"r${n}","n":${n},"note":"${'z'.repeat(1 + ((n * 37) % 60))}"}\n`);
    const { count, lines: found } = read(text + REST);
    expect([count, found === lines.join('')]).toEqual([9000, true]);
  });

  test('behind some that are not taken, the function waits twice as long each time', () => {
    const row = new RowChecker(COLUMNS);
    const written = COLUMNS.map(({ name, type }, field) => ({ name, kind: type.kind, field }));
    const lined = {
      pattern: '(?<id>\\S+) (?<n>\\d+) (?<note>.*)',
      nulls: [],
      groups: GROUPS,
      written,
      declared: COLUMNS,
      row,
    };
    const rows = PatternRows.of(lined, new LineBuffer()) as PatternRows;
    const [good, bad] = [Buffer.from(`a 1 b\n${REST}`), Buffer.from(`a x b\n${REST}`)];
    const run = (bytes: Buffer): number => {
      rows.run(bytes, 0, bytes.length, new Output());
      return rows.count;
    };
    expect([run(good), run(bad), run(good), run(good), run(good), run(bad), run(good), run(good), run(good)]).toEqual([
      1, 0, 0, 0, 1, 0, 0, 0, 1,
    ]);
    expect([run(bad), run(good), run(good), run(bad), run(good), run(good), run(good), run(good), run(good)]).toEqual([
      0, 0, 0, 0, 0, 0, 0, 0, 1,
    ]);
    // No more than 1,024 lines.
    const bytes = Buffer.from(`a x b\n${REST}`);
    for (let n = 0; n < 4000; n++) run(bytes);
    let waited = 0;
    while (run(good) === 0) waited++;
    expect(waited).toBeLessThanOrEqual(1024);
  });

  test('times of a form of their own are rewritten', () => {
    const { columns } = dataset({
      columns: [
        { name: 'at', type: 'timestamp', notNull: true },
        { name: 'seen', type: 'timestamp', format: { pattern: '%d/%b/%Y:%H:%M:%S %z' } },
        { name: 'note', type: 'string' },
      ],
      eventTime: 'at',
    });
    const read = reader('(?<at>\\S+) \\[(?<seen>[^\\]]*)\\] (?<note>.*)', ['at', 'seen', 'note'], columns) as Read;
    const line = (seen: string) => `2026-06-15T10:00:00Z [${seen}] x\n`;
    const row = (seen: string) => `{"at":"2026-06-15T10:00:00Z","seen":${seen},"note":"x"}\n`;
    const usual = line('15/Jun/2026:10:00:00 +0200');
    for (const [seen, expected] of [
      ['15/jun/2026:10:00:00 -0130', '"2026-06-15T11:30:00.000"'],
      ['2026-06-15T10:00:00Z', '"2026-06-15T10:00:00Z"'],
      ['2026-06-15T10:00:00.1234Z', undefined],
      ['2026-06-15T10:00:00+02:00', undefined],
      ['', 'null'],
      ['31/Jun/2026:10:00:00 +0200', undefined],
      ['15/Jun/2026:10:00:00', undefined],
      ['15/Jun/2026:10:00:00 +0200x', undefined],
      ['yesterday', undefined],
    ] as const) {
      const { lines } = read(`${usual}${line(seen)}${REST}`);
      const first = row('"2026-06-15T08:00:00.000"');
      expect([seen, lines]).toEqual([seen, expected === undefined ? first : first + row(expected)]);
    }
  });
});

test.each<[what: string, pattern: string, types: Readonly<Record<string, string>>]>([
  ['a choice', '(?<id>a|b) (?<n>\\d+)', { id: 'string', n: 'int' }],
  ['a column that no group takes', '(?<id>\\S+)', { id: 'string', n: 'int' }],
  ['a number whose group is no integer', '(?<id>\\S+) (?<n>\\d+)', { id: 'string', n: 'string' }],
  ['digits that no column takes', '(?<id>\\S+) (?<x>\\d+) (?<n>\\S*)', { id: 'string', n: 'int' }],
  ['a column that must have a value and may be missing', '(?<id>\\S+)(?: (?<n>\\S*))?', { id: 'string', n: 'int!' }],
  ['a number that ends before the end of its text', '(?<n>[^[]+) \\[(?<id>\\S+)', { id: 'string', n: 'int' }],
  ['a number that its set does not hold', '(?<n>[^a]*)a(?<id>.*)', { id: 'string', n: 'int' }],
  ['many characters at which texts end', '(?<id>[^a-h ]*) (?<n>\\S*)', { id: 'string', n: 'int' }],
  ['a delimiter that a number may hold', '(?<n>[^-]*)-(?<id>.*)', { id: 'string', n: 'int' }],
  ['a delimiter that a time may hold', '(?<n>[^:]*):(?<id>.*)', { id: 'string', n: 'timestamp' }],
  ['bytes', '(?<n>[^ ]*) (?<id>.*)', { id: 'string', n: 'binary' }],
])('no line is read so with %s', (_, pattern, types) => {
  const groups = [...pattern.matchAll(/\?<(\w+)>/g)].map(([, name = '']) => name);
  expect(reader(pattern, groups, columnsOf(types))).toBeUndefined();
  expect(reader('(?<id>\\S+) (?<n>\\S*)', ['id', 'n'], columnsOf({ id: 'string', n: 'int' }))).toBeDefined();
});

test('a text that means null, where the group ends within it', () => {
  const columns = columnsOf({ note: 'string', id: 'string!' });
  const read = reader('(?<note>[^ ]*) (?<id>.*)', ['note', 'id'], columns, ['a b', 'c']) as Read;
  expect(read(`y x\na b c\nc b\n${REST}`).lines).toBe(
    '{"note":"y","id":"x"}\n{"note":"a","id":"b c"}\n{"note":null,"id":"b"}\n',
  );
});

test('without columns, nothing is read so', () => {
  expect(reader('(?<id>\\S+)', ['id'], [])).toBeUndefined();
});

test('six characters may end texts, and four hundred parts make a pattern', () => {
  const columns = columnsOf({ id: 'string', n: 'string' });
  expect(reader('(?<id>[^a-e ]*) (?<n>\\S*)', ['id', 'n'], columns)).toBeDefined();
  expect(reader('(?<id>[^a-f ]*) (?<n>\\S*)', ['id', 'n'], columns)).toBeUndefined();
  const long = (literals: number): string => `(?<id>\\S*)${' '.repeat(literals)}(?<n>\\S*)`;
  expect(partsOf(long(398))).toHaveLength(400);
  expect(reader(long(398), ['id', 'n'], columns)).toBeDefined();
  expect(reader(long(399), ['id', 'n'], columns)).toBeUndefined();
});

describe('the parts of a pattern', () => {
  /** Parts in short: literals as they are. */
  const shown = (pattern: string): unknown =>
    partsOf(pattern)?.map((part) => {
      if (part.kind === 'literal') return String.fromCharCode(part.byte);
      if (part.kind === 'rest') return part.groups;
      const { kind, group, isSigned, least, most } = part;
      return [kind, group, isSigned, least, most];
    });

  test.each<[pattern: string, parts: unknown]>([
    ['^a(?<x>[^b]*)b$', ['a', ['text', 'x', false, 0, Infinity], 'b']],
    ['(?<x>[^,]+),', [['text', 'x', false, 1, Infinity], ',']],
    ['[^,]*,(?<x>\\d+)', [['text', undefined, false, 0, Infinity], ',', ['digits', 'x', false, 1, Infinity]]],
    ['(?<x>-?\\d{2,5})', [['digits', 'x', true, 2, 5]]],
    ['(?<x>\\d{3})', [['digits', 'x', false, 3, 3]]],
    [
      '(?<x>\\S*)(?: (?<y>\\S+) (?<z>.*))?',
      [
        ['text', 'x', false, 0, Infinity],
        ['y', 'z'],
      ],
    ],
    ['"(?<x>(?:[^"\\\\]|\\\\.)*)"', ['"', ['text', 'x', false, 0, Infinity], '"']],
    ['"(?<x>[^"\\\\]*(?:\\\\.[^"\\\\]*)*)"', ['"', ['text', 'x', false, 0, Infinity], '"']],
    ['(?<x>[^[]+) \\[', [['text', 'x', false, 1, Infinity], ' ', '[']],
    ['(?<x>\\d+)-', [['digits', 'x', false, 1, Infinity], '-']],
    ['(?<x>-?\\d+)-', undefined],
    ['(?<x>\\d+)(?<y>\\S*)', undefined],
    ['(?<x>\\S*)a', undefined],
    ['(?<x>\\S*)ab', undefined],
    ['(?<x>\\d*)', undefined],
    ['(?<x>\\d?)', undefined],
    ['(?<x>-*\\d+)', undefined],
    ['(?<x>-?\\S+)', undefined],
    ['(?<x>\\+?\\d+)', undefined],
    ['(?<x>\\S{2,})', undefined],
    ['(?<x>\\S{0,9})', undefined],
    ['(?<x>\\S+\\S+)', undefined],
    ['(?<x>a)', undefined],
    ['(?<x>[a-z]+)', undefined],
    ['(?<x>[0-8]+)', undefined],
    ['[ab](?<x>\\S*)', undefined],
    ['(?<x>\\S*) ?', undefined],
    ['(?: (?<x>\\S*))? y', undefined],
    ['(?<x>\\S*)(?: [a-z]+)*', undefined],
    ['(?<x>\\S*)(?: [a-z]+)+', undefined],
    ['(?<x>a|b)', undefined],
    ['(?:a|b)(?<x>\\S*)', undefined],
    ['(?<x>[-+]?\\d+)', undefined],
    ['"(?<x>[^"\\\\]*(?:\\\\.)+)"', undefined],
    ['"(?<x>[^"\\\\]*(?:\\\\.)*)"', ['"', ['text', 'x', false, 0, Infinity], '"']],
  ])('%s', (pattern, parts) => {
    expect(shown(pattern)).toEqual(parts);
  });

  test('a pattern that is none is said to be that', () => {
    expect(() => partsOf('(?<x>')).toThrow();
  });

  test('a text stops at what its set does not take, and goes up to a character before it', () => {
    const [text, blank, bracket] = partsOf('(?<x>[^[]+) \\[') as [
      PatternPart & { kind: 'text' },
      PatternPart,
      PatternPart,
    ];
    expect(stopsOf(text.set).map((byte) => String.fromCharCode(byte))).toEqual(['[']);
    expect([
      endsBefore(text, blank, bracket),
      endsBefore(text, bracket, blank),
      endsBefore(text, blank, undefined),
    ]).toEqual([true, false, false]);
    const [word] = partsOf('(?<x>[^\\s"\\\\~]*)') as [PatternPart & { kind: 'text' }];
    expect(stopsOf(word.set).map((byte) => String.fromCharCode(byte))).toEqual([' ', '~']);
    const [digits] = partsOf('(?<x>\\d+)') as [PatternPart];
    expect(endsBefore(digits, blank, bracket)).toBe(false);
  });
});
