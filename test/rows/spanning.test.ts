import { NdjsonValidator, UnreadableObjectError } from '../../lib/rows';
import { checkNdjson, columnsOf, cut } from './helpers';

const columns = columnsOf({ id: 'int!', v: 'string', list: 'array<int>' });
const rows = [
  { id: 1, v: 'a', list: [1, 2] },
  { id: 2, v: '{"', list: [] },
];
const ARRAY = "its records span several lines of an array; write one object a line, for example with jq -c '.[]'";
const OBJECTS =
  'its records span several lines, as pretty-printed JSON does; write one object a line, for example with jq -c .';

describe('records over several lines are one reason, not one a line', () => {
  test.each([
    ['a pretty-printed object', JSON.stringify(rows[0], null, 2), OBJECTS],
    ['one with tabs', JSON.stringify(rows[0], null, '\t'), OBJECTS],
    ['several, one after the other', rows.map((row) => JSON.stringify(row, null, 4)).join('\n'), OBJECTS],
    ['several without a line end between them', rows.map((row) => JSON.stringify(row, null, 4)).join(''), OBJECTS],
    ['many', JSON.stringify(rows[1], null, 1).concat('\n').repeat(10_000), OBJECTS],
    ['one on two lines', '{"id":1,\n"v":"a"}', OBJECTS],
    ['two on two lines each', '{"id":1,\n"v":"a"}\n{"id":2,\n"v":"b"}\n', OBJECTS],
    ['one whose first value is of another type', '{"id":"x",\n"v":"a"}\n', OBJECTS],
    ['one that is cut off', '{\n  "id": 1,\n', OBJECTS],
    ['a pretty-printed array', JSON.stringify(rows, null, 2), ARRAY],
    ['an array with an element a line', `[\n${rows.map((row) => JSON.stringify(row)).join(',\n')}\n]\n`, ARRAY],
    ['an array that opens before its first element', `[${rows.map((row) => JSON.stringify(row)).join(',\n')}]`, ARRAY],
    ['an array with commas in front', `[\n ${rows.map((row) => JSON.stringify(row)).join('\n,')}\n]\n`, ARRAY],
  ])('%s', (_, text, reason) => {
    const crlf = text.replaceAll('\n', '\r\n');
    for (const bytes of [text, crlf, `\ufeff${text}`, `\n \r\n${text}\n\n`].map((form) => Buffer.from(form))) {
      for (const cuts of [[], [1], [bytes.length / 2, 3], Array.from({ length: 40 }, (_, at) => at)]) {
        expect(() => checkNdjson(columns, cut(bytes, cuts))).toThrow(new UnreadableObjectError(reason));
      }
    }
  });

  test('the reason comes with the third line, whatever the size', () => {
    const checker = new NdjsonValidator({ columns }, () => undefined);
    expect(() => checker.push(Buffer.from('[\n{"id":1},\n{"id":2},\n'))).toThrow(ARRAY);
  });
});

describe('lines that only look like it are judged line by line', () => {
  test.each([
    ['a torn line before good ones', '{"id":\n{"id":1}\n{"id":2}\n', [1]],
    ['a torn line before a bad one and good ones', '{"list":[\n{"id":"x"}\n{"id":2}\n', [1, 2]],
    ['a torn string', '{"id":1,"v":"a\n{"id":2}\n', [1]],
    ['a torn string whose rest follows', '{"id":1,"v":"a\nb"}\n{"id":2}\n', [1, 2]],
    ['a record that a stray newline divides', '{"id":1,\n"v":"a"}\n{"id":2}\n{"id":3}\n', [1, 2]],
    ['a good line before a pretty-printed object', '{"id":1}\n{\n"id":2\n}\n', [2, 3, 4]],
    ['one line that is an array', '[{"id":1},{"id":2}]\n{"id":3}\n', [1]],
    ['one line that is torn', '{"id":1,', [1]],
    ['a torn line and a good one', '{"list":[\n{"id":1}\n', [1]],
    ['text', 'one\ntwo\nthree\n', [1, 2, 3]],
    ['nothing but blank lines', '\n\r\n \n', []],
  ])('%s', (_, text, lines) => {
    expect(checkNdjson(columns, [Buffer.from(text)]).rejected.map(({ line }) => line)).toEqual(lines);
  });
});
