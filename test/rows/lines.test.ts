/** Lines by a pattern: what each becomes, and the number of each, however they are cut and whether they are read one by one. */
import { LinesValidator, MAX_LINE_BYTES, type VetoList } from '../../lib/rows';
import { columnsOf, cut, feed, keep, waysToCut } from './helpers';

const PATTERN = '(?<id>\\S+) (?<n>-?\\d*) "(?<note>[^"]*)"(?: (?<tail>.*))?';
const COLUMNS = { id: 'string!', n: 'int', note: 'string' };

interface Settings {
  readonly pattern?: string;
  readonly nulls?: readonly string[];
  readonly types?: Readonly<Record<string, string>>;
}

function validator(
  { pattern = PATTERN, nulls, types = COLUMNS }: Settings,
  rejected: { line: number; reason: string; raw: string }[],
  vetoes?: VetoList,
): LinesValidator {
  const lines = { pattern, ...(nulls && { nulls }) };
  const input = { formats: ['lines' as const], csv: { delimiter: ',' }, lines };
  return new LinesValidator({ columns: columnsOf(types), input }, keep(rejected), vetoes);
}

function read(text: string | Buffer, settings: Settings = {}) {
  const bytes = Buffer.from(text);
  const once = (cuts: readonly number[], vetoes?: VetoList) => {
    const rejected: { line: number; reason: string; raw: string }[] = [];
    const checker = validator(settings, rejected, vetoes);
    const rows = feed(checker, cut(bytes, cuts)).toString().split('\n').slice(0, -1);
    expect([checker.accepted, checker.rejected, checker.unknownFields, checker.otherUnknownFields]).toEqual([
      rows.length,
      rejected.length,
      [],
      0,
    ]);
    return {
      rows: rows.map((line) => JSON.parse(line) as unknown),
      rejected: rejected.map(({ line, reason, raw }) => [line, reason, raw]),
    };
  };
  const whole = once([]);
  for (const cuts of waysToCut(bytes).slice(1)) expect(once(cuts)).toEqual(whole);
  expect(once([], new Map())).toEqual(whole);
  return whole;
}

const row = (id: string, n: number | null, note: string | null) => ({ id, n, note });

test.each<[text: string, rows: object[]]>([
  ['a 1 "x"\n', [row('a', 1, 'x')]],
  ['a 1 "x"', [row('a', 1, 'x')]],
  ['a 1 "x"\r\nb -2 "y" and more\r\n', [row('a', 1, 'x'), row('b', -2, 'y')]],
  ['\ufeffa 1 "x"\n', [row('a', 1, 'x')]],
  ['\n \t\n\r\n \r\na 1 "x"\n\n', [row('a', 1, 'x')]],
  ['a  ""\n', [row('a', null, null)]],
  ['é漢 1 "\\ and \u0001"\n', [row('é漢', 1, '\\ and \u0001')]],
  ['', []],
  ['\n', []],
  ['\r', []],
])('%j', (text, rows) => {
  expect(read(text)).toEqual({ rows, rejected: [] });
});

const STOPS = expect.stringMatching(
  /^does not match input\.lines\.pattern: the line ends where the pattern goes on with /,
);

test('lines that do not match or fit are rejected with their numbers, blank ones counted', () => {
  const text = 'a 1 "x"\n\nb\r\n \nc 99999999999 "y"\n\ufeffd 1 "z"\ne 2 "w\nf 3 "v"\n  \ng';
  const { rows, rejected } = read(text);
  expect(rows).toEqual([row('a', 1, 'x'), row('\ufeffd', 1, 'z'), row('f', 3, 'v')]);
  expect(rejected).toEqual([
    [3, STOPS, 'b'],
    [5, 'n: 99999999999 does not fit an int (-2147483648 to 2147483647)', 'c 99999999999 "y"'],
    [7, STOPS, 'e 2 "w'],
    [10, STOPS, 'g'],
  ]);
});

test('lines of a pattern that takes the usual ones many at once are numbered too', () => {
  const pattern = '(?<id>[^ ]*) (?<n>[^ ]*) (?<note>[^ ]*)';
  const text = 'a 1 x\nb 2 y\n\nc\nd 3 z\r\ne x w\n f';
  const { rows, rejected } = read(text, { pattern });
  expect(rows).toEqual([row('a', 1, 'x'), row('b', 2, 'y'), row('d', 3, 'z')]);
  expect(rejected.map(([line, , raw]) => [line, raw])).toEqual([
    [4, 'c'],
    [6, 'e x w'],
    [7, ' f'],
  ]);
});

test('a byte order mark is none in a line behind the first', () => {
  expect(read('\n\ufeffa 1 "x"\n').rows).toEqual([row('\ufeffa', 1, 'x')]);
});

test.each(['\u1eff', '\ufec0', '\uf03f'])(
  'a character that shares bytes with a byte order mark is none: %j',
  (char) => {
    expect(read(`${char} 1 "x"\n`).rows).toEqual([row(char, 1, 'x')]);
  },
);

test('a line that is not UTF-8 is rejected alone, and one of its bytes is no blank', () => {
  const text = Buffer.from('a 1 "x"\n\xff 1 "y"\r\nb 2 "\xe9"\nc 3 "z"\n\xa0\n', 'latin1');
  expect(read(text)).toEqual({
    rows: [row('a', 1, 'x'), row('c', 3, 'z')],
    rejected: [
      [2, 'not UTF-8', '\xff 1 "y"'],
      [3, 'not UTF-8', 'b 2 "\xe9"'],
      [5, 'not UTF-8', '\xa0'],
    ],
  });
});

test('texts that mean null do so as the whole of a group', () => {
  expect(read('- 1 "-"\n', { nulls: ['-'], types: { id: 'string', n: 'int', note: 'string' } }).rows).toEqual(
    [row('', 1, '')].map(() => ({ id: null, n: 1, note: null })),
  );
  expect(read('a- 1 "--"\n', { nulls: ['-'] }).rows).toEqual([row('a-', 1, '--')]);
  expect(read('- 1 "x"\n', { nulls: ['-'] }).rejected).toEqual([
    [1, 'id: null in a column that must have a value', '- 1 "x"'],
  ]);
});

test.each([PATTERN, '(?<id>[^ ]*) (?<n>[^ ]*) (?<note>[^ ]*)'])(
  'rows that fit are left out by their number among them: %s',
  (pattern) => {
    const rejected: { line: number; reason: string; raw: string }[] = [];
    const checker = validator(
      { pattern },
      rejected,
      new Map([
        [1, 'the second'],
        [2, 'the third'],
      ]),
    );
    const text = 'a 1 "x"\nbad\nb 2 "y"\n\nc 3 "z"\nd 4 "w"\n';
    const rows = feed(checker, [Buffer.from(text)])
      .toString()
      .split('\n')
      .slice(0, -1);
    expect(rows.map((line) => (JSON.parse(line) as { id: string }).id)).toEqual(['a', 'd']);
    expect(rejected.map(({ line, reason }) => [line, reason])).toEqual([
      [2, STOPS],
      [3, 'the second'],
      [5, 'the third'],
    ]);
  },
);

test('a dataset without a pattern has no lines', () => {
  const input = { formats: ['lines' as const], csv: { delimiter: ',' } };
  expect(() => new LinesValidator({ columns: columnsOf(COLUMNS), input }, () => undefined)).toThrow(
    'the dataset has no pattern for lines',
  );
});

test('a pattern without a group of a column that must have a value is refused', () => {
  expect(() => validator({ pattern: '(?<n>\\d+)' }, [])).toThrow(
    'input.lines.pattern lacks columns that must have values: id',
  );
});

test('a line longer than 16 MiB makes the object unreadable, in one chunk or in many; one that is as long does not', () => {
  const message = `line 3 is longer than ${MAX_LINE_BYTES} bytes`;
  const line = (length: number) => Buffer.from(`a 1 "x"\n\nb 2 "${'x'.repeat(length - 6)}"\nc 3 "y"\n`);
  const push = (length: number, step: number) => () => {
    const checker = validator({}, []);
    const bytes = line(length);
    for (let at = 0; at < bytes.length; at += step) checker.push(bytes.subarray(at, at + step));
    checker.end();
    return checker.accepted;
  };
  expect(push(MAX_LINE_BYTES + 1, MAX_LINE_BYTES * 2)).toThrow(message);
  expect(push(MAX_LINE_BYTES + 1, 9 << 20)).toThrow(message);
  expect(push(MAX_LINE_BYTES, MAX_LINE_BYTES * 2)()).toBe(2);
});
