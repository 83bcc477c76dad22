/** Names of the fields of delimited text: where they stand, what they are for, and what is told of those that no column takes. */
import { found, named, type Read, read, row } from './csv-reading';

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

  test.each(['\u1eff', '\ufec0', '\uf03f'])(
    'that begins with %j, which shares bytes with a byte order mark',
    (name) => {
      expect(read(`${name},id\na,b\n`)).toEqual(found({ rows: [{ id: 'b' }], unknown: [[name, 1]] }));
    },
  );

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
