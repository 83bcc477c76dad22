/** Lines of delimited text by dialect: comments, lines of other widths, what is counted, and the number of each line. */
import { CsvValidator, MAX_LINE_BYTES } from '../../lib/rows';
import { COLUMNS, found, type Read, read, row } from './csv-reading';
import { columnsOf, feed, keep } from './helpers';

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
  const push =
    (bytes: number, step: number, most = bytes * 2) =>
    (): number => {
      const csv = { delimiter: ',' };
      const validator = new CsvValidator(
        { columns: columnsOf(COLUMNS), input: { formats: ['csv'], csv } },
        () => undefined,
      );
      const text = Buffer.from(`id,x\na,1\n\nb,"${'x'.repeat(bytes - 5)}"\nc,2\n`);
      for (let at = 0; at < Math.min(most, text.length); at += step) validator.push(text.subarray(at, at + step));
      validator.end();
      return validator.accepted;
    };
  expect(push(MAX_LINE_BYTES + 1, MAX_LINE_BYTES * 2)).toThrow(message);
  // It is not waited for the end of what is too long already.
  expect(push(MAX_LINE_BYTES * 1.5, 9 << 20, MAX_LINE_BYTES * 1.2)).toThrow(message);
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
