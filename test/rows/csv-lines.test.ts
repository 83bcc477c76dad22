/** Lines of delimited text by dialect: headers, comments, lines of other widths, what is counted, and the number of each line. */
import type { CsvSettings } from '../../lib/dataset';
import { CsvValidator, MAX_LINE_BYTES, type VetoList } from '../../lib/rows';
import { columnsOf, cut, feed, keep } from './helpers';

const COLUMNS = { id: 'string!', n: 'int', note: 'string' };

interface Read {
  readonly rows: readonly unknown[];
  readonly rejected: readonly (readonly [line: number, reason: string, raw: string])[];
  readonly unknown: readonly (readonly [name: string, count: number, similarTo?: string])[];
  readonly others: number;
}

/** The same however the bytes are cut, and whether lines are read one by one or many at once; or why none can be read. */
function read(
  text: string | Buffer,
  settings: CsvSettings = {},
  types: Readonly<Record<string, string>> = COLUMNS,
): Read | string {
  const bytes = Buffer.from(text);
  const csv = { delimiter: ',', ...settings };
  const once = (cuts: readonly number[], vetoes?: VetoList): Read | string => {
    const rejected: { line: number; reason: string; raw: string }[] = [];
    try {
      const validator = new CsvValidator(
        { columns: columnsOf(types), input: { formats: ['csv'], csv } },
        keep(rejected),
        vetoes,
      );
      const output = feed(validator, cut(bytes, cuts)).toString();
      const rows = output
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as unknown);
      expect([validator.accepted, validator.rejected]).toEqual([rows.length, rejected.length]);
      return {
        rows,
        rejected: rejected.map(({ line, reason, raw }) => [line, reason, raw]),
        unknown: validator.unknownFields.map(({ name, count, similarTo }) =>
          similarTo === undefined ? [name, count] : [name, count, similarTo],
        ),
        others: validator.otherUnknownFields,
      };
    } catch (error) {
      return (error as Error).message;
    }
  };
  const whole = once([]);
  const everywhere = Array.from(bytes.keys());
  for (const cuts of [everywhere, everywhere.filter((at) => at % 3 === 1), [bytes.length / 2]]) {
    expect(once(cuts)).toEqual(whole);
  }
  expect(once([], new Map())).toEqual(whole);
  return whole;
}
const found = (more: Partial<Read>): Read => ({ rows: [], rejected: [], unknown: [], others: 0, ...more });
const row = (id: string, n: number | null = null, note: string | null = null) => ({ id, n, note });
const named = ({ id, n, note }: Readonly<Record<string, unknown>>) => ({ id, n, note });

describe('a header', () => {
  test.each<[text: string, expected: Partial<Read> | string]>([
    ['id,n,note\na,1,x\n', { rows: [row('a', 1, 'x')] }],
    ['\ufeffid,n,note\r\na,1,x\r\n', { rows: [row('a', 1, 'x')] }],
    [
      '\n\r\n\nid,n,note\n\na,1,x\n\r\nb\n',
      { rows: [row('a', 1, 'x')], rejected: [[8, 'expected 3 fields as in the header, found 1', 'b']] },
    ],
    ['note,id,n\nx,a,1', { rows: [row('a', 1, 'x')] }],
    ['"id","n","note"\na,1,x', { rows: [row('a', 1, 'x')] }],
    ['id,n,note', {}],
    ['', {}],
    ['\n', {}],
    ['\ufeff', {}],
    ['i\n', 'its header lacks columns that must have values: id'],
    ['"i""d",id,n\n', { unknown: [['i"d', 0]] }],
    ['id,é\na,b\nc,d\n', { rows: [{ id: 'a' }, { id: 'c' }], unknown: [['é', 2]] }],
    ['id,,\na,1,2\n', 'its header has the column "" twice'],
    [
      'id,x,X\na,1,2\n',
      {
        rows: [{ id: 'a' }],
        unknown: [
          ['x', 1],
          ['X', 1],
        ],
      },
    ],
    ['id,"n\n', 'a quote is opened in the record at line 1 and never closed'],
    ['id,"n"x\n', 'its header is not CSV: text after a closing quote'],
    ['id,n"x\na,1\n', 'its header is not CSV: a quote inside a field that is not quoted'],
  ])('%j', (text, expected) => {
    expect(read(text)).toEqual(typeof expected === 'string' ? expected : found(expected));
  });

  test('that is not UTF-8', () => {
    expect(read(Buffer.from('id,\xff\na,b\n', 'latin1'))).toBe('its header is not UTF-8');
    expect(read(Buffer.from('id;\xff;n\na;b\n', 'latin1'))).toBe(
      `its header is not UTF-8; its fields are separated by ";", but the dataset's input.csv.delimiter is ",": change one of them`,
    );
  });

  test.each([
    ['id;n', ',', ';'],
    ['id|n', ',', '|'],
    ['id\tn', ',', '\t'],
    ['"id","n"', '|', ','],
  ])('%j between other delimiters than %j', (header, own, other) => {
    const why = header.startsWith('"')
      ? 'is not CSV: text after a closing quote'
      : 'lacks columns that must have values: id';
    expect(read(`${header}\n`, { delimiter: own })).toBe(
      `its header ${why}; its fields are separated by ${JSON.stringify(other)}, but the dataset's input.csv.delimiter is ${JSON.stringify(own)}: change one of them`,
    );
  });

  test.each([
    // One name of the dataset may be chance.
    ['id;x', ','],
    ['n;x', ','],
    ['n:note', ','],
    ['id;id', ','],
    // As many as between its own.
    ['n,note;n', ','],
  ])('%j says nothing of other delimiters than %j', (header, own) => {
    expect(read(`${header}\n`, { delimiter: own })).toBe('its header lacks columns that must have values: id');
  });

  test('with quotes of the dialect', () => {
    expect(read("'i''d','id'\na,b\n", { quote: "'" })).toEqual(found({ rows: [{ id: 'b' }], unknown: [["i'd", 1]] }));
    expect(read('"id","n"\na,1\n', { quote: false })).toBe('its header lacks columns that must have values: id');
  });

  test('with a delimiter at its end', () => {
    expect(read('id,n,\na,1,\nb,2\nc,3,4\n', { trailingDelimiter: true })).toEqual(
      found({
        rows: [
          { id: 'a', n: 1 },
          { id: 'b', n: 2 },
        ],
        rejected: [[4, 'expected 2 fields as in the header, found 3', 'c,3,4']],
      }),
    );
    expect(read('id,n\na,1,\n,\n', { trailingDelimiter: true })).toEqual(
      found({ rows: [{ id: 'a', n: 1 }], rejected: [[3, 'expected 2 fields as in the header, found 1', ',']] }),
    );
    expect(read('id,n,""\na,1,""\n', { trailingDelimiter: true })).toEqual(
      found({ rows: [{ id: 'a', n: 1 }], unknown: [['', 1]] }),
    );
  });
});

test('a hundred names that no column takes are told, and the occurrences of the others', () => {
  const names = Array.from({ length: 103 }, (_, index) => `x${index}`);
  const fields = names.map(() => '').join(',');
  const { unknown, others } = read(`id,${names.join(',')}\na,${fields}\nb,${fields}\n`) as Read;
  expect(unknown).toEqual(names.slice(0, 100).map((name) => [name, 2]));
  expect(others).toBe(6);
});

test('names that look like a column that is there are told with it', () => {
  expect(read('id,ID,i-d,note\na,b,c,d\n')).toEqual(
    found({
      rows: [{ id: 'a', note: 'd' }],
      unknown: [
        ['ID', 1, 'id'],
        ['i-d', 1, 'id'],
      ],
    }),
  );
});

test('undeclared fields of values are told too', () => {
  const types = { id: 'string', s: 'struct<a:int>' };
  expect(read('id,s\na,"{""a"":1,""b"":2}"\n', {}, types)).toEqual(
    found({ rows: [{ id: 'a', s: { a: 1, b: 2 } }], unknown: [['s.b', 1]] }),
  );
  expect(read('id,s,x\na,"{""a"":1,""b"":2}",\n', {}, types)).toMatchObject({
    unknown: [
      ['x', 1],
      ['s.b', 1],
    ],
  });
});

describe('without a header', () => {
  test('fields are the columns in order', () => {
    expect(read('a,1,x\nb,2\n', { header: false })).toEqual(
      found({ rows: [row('a', 1, 'x')], rejected: [[2, 'expected 3 fields as declared, found 2', 'b,2']] }),
    );
  });

  test('fields are those that are declared, and what no column takes is no news', () => {
    expect(read('x,a,1\ny,b\n', { header: ['other', 'id', 'n'] })).toEqual(
      found({ rows: [{ id: 'a', n: 1 }], rejected: [[2, 'expected 3 fields as declared, found 2', 'y,b']] }),
    );
    expect(read('', { header: ['n', 'note'] })).toBe('input.csv.header lacks columns that must have values: id');
    expect(read('', { header: ['id', 'n', 'id'] })).toBe('input.csv.header has the column "id" twice');
  });
});

describe('lines of other widths', () => {
  const text = 'a,1\nb,2,x\nc,3,y,4\nd,5,z,,6\ne\n';

  test('are rejected', () => {
    const reason = (count: number) => `expected 3 fields as declared, found ${count}`;
    expect(read(text, { header: false })).toEqual(
      found({
        rows: [row('b', 2, 'x')],
        rejected: [
          [1, reason(2), 'a,1'],
          [3, reason(4), 'c,3,y,4'],
          [4, reason(5), 'd,5,z,,6'],
          [5, reason(1), 'e'],
        ],
      }),
    );
  });

  test('with fewer fields have nulls', () => {
    const { rows, rejected } = read(text, { header: false, missingFields: 'null' }) as Read;
    expect([rows, rejected.map(([line]) => line)]).toEqual([
      [row('a', 1), row('b', 2, 'x'), row('e')],
      [3, 4],
    ]);
  });

  test('with more fields lose those, which is told', () => {
    const { rows, rejected, unknown } = read(text, { header: false, extraFields: 'ignore' }) as Read;
    expect(rows).toEqual([row('b', 2, 'x'), row('c', 3, 'y'), row('d', 5, 'z')]);
    expect([rejected.map(([line]) => line), unknown]).toEqual([[1, 5], [['field 4 and those after it', 2]]]);
  });

  test('with a delimiter at the end have one field less', () => {
    const dialect = { header: false, trailingDelimiter: true, missingFields: 'null', extraFields: 'ignore' } as const;
    expect(read('a,1,x,\nb,2,\nc,\nd,3,y,z,\n,\n', dialect)).toEqual(
      found({
        rows: [row('a', 1, 'x'), row('b', 2), row('c'), row('d', 3, 'y')],
        rejected: [[5, 'id: null in a column that must have a value', ',']],
        unknown: [['field 4 and those after it', 1]],
      }),
    );
  });
});

test('nothing is left of a field that a delimiter at the end of its line made', () => {
  const dialect = { header: false, trailingDelimiter: true, missingFields: 'null', empty: 'string' } as const;
  expect(read('a,1,\nb,,\n', dialect)).toEqual(found({ rows: [row('a', 1), row('b')] }));
});

test('a header without columns of the dataset gives rows without values', () => {
  expect(read('x,y\na,b\n', {}, { id: 'string', n: 'int' })).toEqual(
    found({
      rows: [{}],
      unknown: [
        ['x', 1],
        ['y', 1],
      ],
    }),
  );
});

test('characters that take six bytes in JSON have room, in one line and in several', () => {
  const note = '\u0001'.repeat(50_000);
  const csv = { delimiter: ',' };
  for (const count of [1, 3]) {
    const validator = new CsvValidator(
      { columns: columnsOf(COLUMNS), input: { formats: ['csv'], csv } },
      () => undefined,
    );
    const output = feed(validator, [Buffer.from(`id,note\n${`a,${note}\n`.repeat(count)}`)]).toString();
    expect(output === `{"id":"a","note":"${'\\u0001'.repeat(50_000)}"}\n`.repeat(count)).toBe(true);
  }
});

describe('comments', () => {
  test('are skipped, counted as lines, and no records, whatever is in them', () => {
    expect(read('#"x\n#\nid,n\n# a,1\na,1\n#"\n##\nb,x\n#c', { comment: '#' })).toEqual(
      found({ rows: [{ id: 'a', n: 1 }], rejected: [[8, 'n: expected an int, found the string "x"', 'b,x']] }),
    );
    expect(read('id,n\n/a,1\n//b,1\n /c,2\n', { comment: '//' })).toEqual(
      found({
        rows: [
          { id: '/a', n: 1 },
          { id: ' /c', n: 2 },
        ],
      }),
    );
  });

  test('end in the line end, and do not begin within a field', () => {
    expect(read('id,n\n"a\n#b",1\n#x\r\nc,2\n', { comment: '#' })).toEqual(
      found({
        rows: [
          { id: 'a\n#b', n: 1 },
          { id: 'c', n: 2 },
        ],
      }),
    );
  });
});

describe('names in a line that begins with a mark', () => {
  const header = '#Fields:';

  test.each([
    ['#Fields: id n note\na,1,x\n'],
    ['#Fields:id,n,note\na,1,x\n'],
    ['#Fields:\tid\tn  note \r\na,1,x\r\n'],
    ['#Version: 1\n#Fields: id, n , note\na,1,x\n'],
    ['\ufeff#Fields: id n note\n\na,1,x\n#end'],
  ])('%j', (text) => {
    expect(read(text, { header })).toEqual(found({ rows: [row('a', 1, 'x')] }));
  });

  test('are separated by blanks and tabs where fields are', () => {
    for (const delimiter of [' ', '\t']) {
      expect(read(`#Fields: id\tn note\na${delimiter}1${delimiter}x\n`, { header, delimiter })).toEqual(
        found({ rows: [row('a', 1, 'x')] }),
      );
    }
    expect(read('#Fields: id n,note\na,1\n', { header })).toBe('its header lacks columns that must have values: id');
  });

  test('are for the lines behind them, and what came before is counted with its own', () => {
    const text = '#Fields: id x\na,1\nb,2\n#Fields: y n id x\n3,4,c,5\n#Fields: id\nd\ne,9\n';
    const { rows, rejected, unknown } = read(text, { header }) as Read;
    expect(rows.map((one) => named(one as Readonly<Record<string, unknown>>))).toEqual(
      [{ id: 'a' }, { id: 'b' }, { id: 'c', n: 4 }, { id: 'd' }].map(named),
    );
    expect(rejected).toEqual([[8, 'expected 1 fields as in the header, found 2', 'e,9']]);
    expect(unknown).toEqual([
      ['x', 3],
      ['y', 1],
    ]);
  });

  test('have to come first', () => {
    expect(read('a,1\n\n#Fields: id n\nb,2\n', { header })).toEqual(
      found({
        rows: [{ id: 'b', n: 2 }],
        rejected: [[1, 'no line that begins with #Fields: is before it', 'a,1']],
      }),
    );
  });

  test('that fit no column make what is behind them unreadable: the object, or the lines up to the next ones', () => {
    expect(read('#Fields: x\na\n', { header })).toBe('its header lacks columns that must have values: id');
    expect(read('#Fields:\na\n', { header })).toBe('its header lacks columns that must have values: id');
    expect(read(Buffer.from('#Fields: id \xff\na,b\n', 'latin1'), { header })).toBe('its header is not UTF-8');
    const text = '#Fields: id\na\n#Fields: id id\nb,c\nd\n#Fields: n\n1\n#Fields: id n\ne,2\n';
    expect(read(text, { header })).toEqual(
      found({
        rows: [{ id: 'a' }, { id: 'e', n: 2 }],
        rejected: [
          [4, 'the header in line 3 has the column "id" twice', 'b,c'],
          [5, 'the header in line 3 has the column "id" twice', 'd'],
          [7, 'the header in line 6 lacks columns that must have values: id', '1'],
        ],
      }),
    );
    expect(read(Buffer.from('#Fields: id\na\n#Fields: \xff\nb\n', 'latin1'), { header })).toEqual(
      found({ rows: [{ id: 'a' }], rejected: [[4, 'the header in line 3 is not UTF-8', 'b']] }),
    );
  });
});

test('lines are counted as an editor does, those within fields too', () => {
  const text = 'id,n,note\n"a\nb",1,"x\r\ny"\n\n\r\nc,2,"z"w\nd"e,3,\n"f\n\n",4,\ng,x,\n"h\nh",y,';
  expect(read(text)).toEqual(
    found({
      rows: [row('a\nb', 1, 'x\r\ny'), row('f\n\n', 4)],
      rejected: [
        [7, 'not CSV: text after a closing quote', 'c,2,"z"w'],
        [8, 'not CSV: a quote inside a field that is not quoted', 'd"e,3,'],
        [12, 'n: expected an int, found the string "x"', 'g,x,'],
        [13, 'n: expected an int, found the string "y"', '"h\nh",y,'],
      ],
    }),
  );
});

test('lines with backslashes are counted too', () => {
  const text = 'id,n\na\\\nb,1\n"c\\\r\nd\\"",2\ne,\\\nf,x\n';
  expect(read(text, { escape: 'backslash' })).toEqual(
    found({
      rows: [
        { id: 'a\nb', n: 1 },
        { id: 'c\r\nd"', n: 2 },
      ],
      rejected: [[6, 'expected 2 fields as in the header, found 3', 'e,\\\nf,x']],
    }),
  );
});

test('a record that is not UTF-8 is rejected alone, before it is looked at', () => {
  const text = Buffer.from('id,n\na,1\n\xff,x\n\xff"y,2\nb,3\n\xc3', 'latin1');
  expect(read(text)).toEqual(
    found({
      rows: [
        { id: 'a', n: 1 },
        { id: 'b', n: 3 },
      ],
      rejected: [
        [3, 'not UTF-8', '\xff,x'],
        [4, 'not CSV: a quote inside a field that is not quoted', '\xff"y,2'],
        [6, 'not UTF-8', '\xc3'],
      ],
    }),
  );
});

test('a quote that is never closed is told with the line of its record', () => {
  expect(read('id,n\na,1\n\nb,"2\nc,3\n')).toBe('a quote is opened in the record at line 4 and never closed');
  expect(read("id,n\n'\n", { quote: "'" })).toBe('a quote is opened in the record at line 2 and never closed');
});

test('a delimiter is one character of ASCII that means nothing else', () => {
  for (const delimiter of ['', ',,', '"', '\n', '\r', '\0', '\u007f', 'é']) {
    expect(read('', { delimiter })).toBe(
      `a CSV delimiter must be one ASCII character, not ${JSON.stringify(delimiter)}`,
    );
  }
  for (const delimiter of ['\u0001', '~']) {
    expect(read(`id${delimiter}n\na${delimiter}1\n`, { delimiter })).toEqual(found({ rows: [{ id: 'a', n: 1 }] }));
  }
});

test('a record of more than 16 MiB makes the object unreadable, in one chunk or in many; one that is as long does not', () => {
  const message = `the record at line 4 is longer than ${MAX_LINE_BYTES} bytes`;
  const push = (bytes: number, step: number) => (): number => {
    const csv = { delimiter: ',' };
    const validator = new CsvValidator(
      { columns: columnsOf(COLUMNS), input: { formats: ['csv'], csv } },
      () => undefined,
    );
    const text = Buffer.from(`id,x\na,1\n\nb,"${'x'.repeat(bytes - 5)}"\nc,2\n`);
    for (let at = 0; at < text.length; at += step) validator.push(text.subarray(at, at + step));
    validator.end();
    return validator.accepted;
  };
  expect(push(MAX_LINE_BYTES + 1, MAX_LINE_BYTES * 2)).toThrow(message);
  expect(push(MAX_LINE_BYTES + 2, 1 << 20)).toThrow(message);
  expect(push(MAX_LINE_BYTES, MAX_LINE_BYTES * 2)()).toBe(3);
});

test('rows that fit are left out by their number among them', () => {
  const rejected: { line: number; reason: string; raw: string }[] = [];
  const vetoes = new Map([
    [1, 'the second'],
    [2, 'the third'],
  ]);
  const csv = { delimiter: ',' };
  const validator = new CsvValidator(
    { columns: columnsOf(COLUMNS), input: { formats: ['csv'], csv } },
    keep(rejected),
    vetoes,
  );
  const rows = feed(validator, [Buffer.from('id,n\na,1\nx,y\nb,2\n\nc,3\nd,4\n')]).toString();
  expect(rows).toBe('{"id":"a","n":1}\n{"id":"d","n":4}\n');
  expect(rejected).toEqual([
    { line: 3, reason: 'n: expected an int, found the string "y"', raw: 'x,y' },
    { line: 4, reason: 'the second', raw: 'b,2' },
    { line: 6, reason: 'the third', raw: 'c,3' },
  ]);
});
