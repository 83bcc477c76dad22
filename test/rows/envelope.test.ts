/** Envelopes: which records come out of them, and what is rejected where. */
import { NdjsonValidator } from '../../lib/rows';
import { checkInPieces, columns, RECORDS, told } from './json-arrangements';

type Rejected = readonly [line: number, record: number, offset: number, reason: string, raw: string];

const X = 'id: expected an int, found the string "x"';
const EARLY = 'not JSON: the line ends too early';
const ARRAY = "expected an object, found an array; write one object a line, for example with jq -c '.[]'";
const MISSING = 'id: missing, and the column must have a value';
const OTHERWISE = 'not JSON: an envelope goes on otherwise behind its records';

test.each<[text: string, rows: object[], rejected: Rejected[], undeclared?: [name: string, count: number][]]>([
  [
    '  {"Records":[{"id":1,\n"list":[],\n"v":nul,\n"owner":"a"\n  {"id":3}]}',
    [{ id: 3 }],
    [[1, 1, 14, 'not JSON: unexpected "n" at byte 25', '{"id":1,\n"list":[],\n"v":nul,\n"owner":"a"']],
  ],
  // An escape in a key may be in two pieces.
  [
    '{"a\\u00e9":1,"\\u0052ecords":[{"id":1}],"z\\n":2}',
    [{ id: 1 }],
    [],
    [
      ['a\u00e9', 1],
      ['z\n', 1],
    ],
  ],
  ['{"Records":[{"id":1}],"z', [{ id: 1 }], [[1, 2, 21, 'not JSON: the object ends within an envelope', ',"z']]],
  ['{"Records":[{"id":1},[{"id":2}],{"id":3}]}', [{ id: 1 }, { id: 3 }], [[1, 2, 21, ARRAY, '[{"id":2}]']]],
  ['{"a":nul}', [], [[1, 1, 0, 'not JSON: unexpected "n" at byte 6', '{"a":nul}']]],
  [
    '{"Records":[{"id":1}\n{\n"Records":[{"id":2}]}\n{"Records":[{"id":3}\n{\n"id":4}]}',
    [{ id: 1 }, { id: 2 }, { id: 3 }, { id: 4 }],
    [[2, 2, 21, 'not JSON: the envelope that begins at byte 0 ends too early', '']],
  ],
  [
    '{"Records":[{"id":1},{"id":"x"}],"z":1}\n{"Records":[{"id":2}]}',
    [{ id: 1 }, { id: 2 }],
    [[1, 2, 21, X, '{"id":"x"}']],
    [['z', 1]],
  ],
  [
    '{"a":1,"Records":{"id":1},"z":2}{"Records":{"id":"x"}}{"Records":{"id":3}',
    [{ id: 1 }, { id: 3 }],
    [
      [1, 2, 43, X, '{"id":"x"}'],
      [1, 4, 73, 'not JSON: the envelope that begins at byte 54 ends too early', ''],
    ],
    [
      ['a', 1],
      ['z', 1],
    ],
  ],
  [
    '{"a":1,"Records":[],"z":2}[{"Records":[{"id":1}]},{"Records":[]}]',
    [{ id: 1 }],
    [],
    [
      ['a', 1],
      ['z', 1],
    ],
  ],
  [
    '\n\n{\n"a":1,\n"Records":[\n{"id":1},\n{"id":"x"}\n],\n"z":2\n}\n{"id":1}',
    [{ id: 1 }],
    [
      [7, 2, 33, X, '{"id":"x"}'],
      [11, 3, 55, 'there is no member "Records" to take records from', '{"id":1}'],
    ],
    [
      ['a', 1],
      ['z', 1],
      ['id', 1],
    ],
  ],
  [
    '{"Records":[{"id":1}]',
    [{ id: 1 }],
    [[1, 2, 21, 'not JSON: the envelope that begins at byte 0 ends too early', '']],
  ],
  [
    '{"Records":[{"id":1}',
    [{ id: 1 }],
    [[1, 2, 20, 'not JSON: the envelope that begins at byte 0 ends too early', '']],
  ],
  [
    '{"Records":[{"id":1},',
    [{ id: 1 }],
    [[1, 2, 21, 'not JSON: the envelope that begins at byte 0 ends too early', '']],
  ],
  ['{"Records":[', [], [[1, 1, 12, 'not JSON: the envelope that begins at byte 0 ends too early', '']]],
  ['{"Records":', [], [[1, 1, 0, EARLY, '{"Records":']]],
  ['{"Records":{"id":1}', [{ id: 1 }], [[1, 2, 19, 'not JSON: the envelope that begins at byte 0 ends too early', '']]],
  ['{"Records":[{"id":1}],"z":1', [{ id: 1 }], [[1, 2, 21, 'not JSON: the object ends within an envelope', ',"z":1']]],
  [
    '{"Records":[{"id":1}],"z":tru}\n{"Records":[{"id":2}]}',
    [{ id: 1 }, { id: 2 }],
    [[1, 2, 21, OTHERWISE, ',"z":tru}']],
  ],
  ['{"Records":[{"id":1}] "z":1}\n{"Records":[{"id":2}]}', [{ id: 1 }, { id: 2 }], [[1, 2, 22, OTHERWISE, '"z":1}']]],
  [
    '{"Records":[{"id":1}],"Records":[{"id":7}]}\n{"Records":[{"id":2}]}',
    [{ id: 1 }, { id: 2 }],
    [[1, 2, 21, 'the envelope has the key "Records" twice', ',"Records":[{"id":7}]}']],
  ],
  [
    '{"Records":5,"Records":[{"id":7}]}\n{"Records":[{"id":2}]}',
    [{ id: 2 }],
    [[1, 1, 0, 'the envelope has the key "Records" twice', '{"Records":5,"Records":[{"id":7}]}']],
  ],
  [
    '{"a":[1]}\n{"Records":[{"id":2}]}',
    [{ id: 2 }],
    [[1, 1, 0, 'there is no member "Records" to take records from', '{"a":[1]}']],
    [['a', 1]],
  ],
  [
    '{"Records":7}\n{"Records":true}\n{"Records":"s"}{"Records":null}{}\n{"Records":[{"id":2}]}',
    [{ id: 2 }],
    [
      [1, 1, 0, '"Records": expected an object or an array of objects, found 7', '{"Records":7}'],
      [2, 2, 14, '"Records": expected an object or an array of objects, found true', '{"Records":true}'],
      [3, 3, 31, '"Records": expected an object or an array of objects, found the string "s"', '{"Records":"s"}'],
      [3, 4, 46, '"Records" is null: there is no record to take', '{"Records":null}'],
      [3, 5, 62, 'there is no member "Records" to take records from', '{}'],
    ],
  ],
  [
    '{"a":nul,"Records":[{"id":1}]}\n{"Records":[{"id":2}]}',
    [{ id: 2 }],
    [[1, 1, 0, 'not JSON: unexpected "n" at byte 6', '{"a":nul,"Records":[{"id":1}]}']],
  ],
  [
    '{"a" 1,"Records":[{"id":1}]}\n{"Records":[{"id":2}]}',
    [{ id: 2 }],
    [[1, 1, 0, 'not JSON: unexpected "1" at byte 6', '{"a" 1,"Records":[{"id":1}]}']],
  ],
  [
    '{"a":1 "Records":[{"id":1}]}\n{"Records":[{"id":2}]}',
    [{ id: 2 }],
    [[1, 1, 0, 'not JSON: unexpected "\\"" at byte 8', '{"a":1 "Records":[{"id":1}]}']],
  ],
  [
    '{a:1,"Records":[{"id":1}]}\n{"Records":[{"id":2}]}',
    [{ id: 2 }],
    [[1, 1, 0, 'not JSON: unexpected "a" at byte 2', '{a:1,"Records":[{"id":1}]}']],
  ],
  [
    '{"\\x":1,"Records":[{"id":1}]}\n{"Records":[{"id":2}]}',
    [{ id: 2 }],
    [[1, 1, 0, 'not JSON: invalid escape or lone surrogate at byte 3', '{"\\x":1,"Records":[{"id":1}]}']],
  ],
  [
    '7\n"x"\n[1]\nnull{"Records":[{"id":2}]}',
    [],
    [
      [1, 1, 0, 'expected an object, found 7', '7'],
      [2, 2, 2, 'expected an object, found the string "x"', '"x"'],
      [3, 3, 6, ARRAY, '[1]'],
      [4, 4, 10, 'not JSON: unexpected "{" at byte 5', 'null{"Records":[{"id":2}]}'],
    ],
  ],
  [
    '{"Records":[{"id":1},7,"s",{"id":2}]}',
    [{ id: 1 }, { id: 2 }],
    [
      [1, 2, 21, 'expected an object, found 7', '7'],
      [1, 3, 23, 'expected an object, found the string "s"', '"s"'],
    ],
  ],
  [
    '{"Records":[{"id":1};{"id":2}]}\n{"Records":[{"id":3}]}',
    [{ id: 2 }, { id: 3 }],
    [[1, 1, 12, 'not JSON: unexpected ";" at byte 9', '{"id":1};']],
  ],
  [
    '{"Records":[{"id":1},{"id":2,"v":nul},{"id":3}]}{"Records":[{"id":4}]}',
    [{ id: 1 }, { id: 3 }, { id: 4 }],
    [[1, 2, 21, 'not JSON: unexpected "n" at byte 13', '{"id":2,"v":nul}']],
  ],
  [
    '{"Records":[{"id":1},{"id":2},{"id":3,"v":"a{"Records":[{"id":4}]}',
    [{ id: 1 }, { id: 2 }, { id: 4 }],
    [[1, 3, 30, EARLY, '{"id":3,"v":"a']],
  ],
  [
    '{"Records":[{"id":1}]}x{"Records":[{"id":2}]}',
    [{ id: 1 }],
    [[1, 2, 22, 'not JSON: unexpected "x" at byte 1', 'x{"Records":[{"id":2}]}']],
  ],
  ['{"Records":[{"id":1}]},{"Records":[{"id":2}]}', [{ id: 1 }, { id: 2 }], []],
  [
    '{"Records":[{"id":1}]}}{"Records":[{"id":2}]}',
    [{ id: 1 }, { id: 2 }],
    [[1, 2, 22, 'not JSON: unexpected "}" at byte 1', '}']],
  ],
  [
    '{"Records":{"id":1}{"Records":{"id":2}}',
    [{ id: 1 }, { id: 2 }],
    [[1, 2, 19, 'not JSON: the envelope that begins at byte 0 ends too early', '']],
  ],
  [
    '{"a":1,"Records":{"id":1,"a":2}',
    [{ id: 1, a: 2 }],
    [[1, 2, 31, 'not JSON: the envelope that begins at byte 0 ends too early', '']],
    [
      ['a', 1],
      ['a', 1],
    ],
  ],
  [
    '[{"Records":[{"id":1}\n{"Records":[{"id":2}]},\n{"Records":[{"id":"x"}]}]\n{"Records":[{"id":3}]}',
    [{ id: 1 }, { id: 2 }, { id: 3 }],
    [
      [2, 2, 22, 'not JSON: the envelope that begins at byte 1 ends too early', ''],
      [3, 4, 58, X, '{"id":"x"}'],
    ],
  ],
  // What holds one record where the envelope holds several is one of them.
  [
    '{"Records":[{"id":1}\n{"Records":{"id":7}}\n{"id":2}]}',
    [{ id: 1 }, { id: 2 }],
    [[2, 2, 21, MISSING, '{"Records":{"id":7}}']],
    [['Records', 1]],
  ],
  [
    '{"Records":{"id":1}{"Records":[{"id":2}]}\n{"Records":[{"id":3}]}',
    [{ id: 1 }, { id: 2 }, { id: 3 }],
    [[1, 2, 19, 'not JSON: the envelope that begins at byte 0 ends too early', '']],
  ],
  // What begins with another key is a record, whatever it holds.
  [
    '{"a":1,"Records":[{"id":1}\n{"b":1,"Records":[{"id":7}]}\n{"id":2}]}',
    [{ id: 1 }, { id: 2 }],
    [[2, 2, 27, MISSING, '{"b":1,"Records":[{"id":7}]}']],
    [
      ['a', 1],
      ['b', 1],
      ['Records', 1],
    ],
  ],
  ['{"\\u0052ecords":[{"id":1}]}', [{ id: 1 }], []],
  ['{"Records":[{"id":1}{"id":2}]}', [{ id: 1 }, { id: 2 }], []],
  ['{"Records":[{"id":1}\n{"id":"x"}]}', [{ id: 1 }], [[2, 2, 21, X, '{"id":"x"}']]],
  [
    '{"Records":[{"id":1},\u001e{"Records":[{"id":2}]}',
    [{ id: 1 }, { id: 2 }],
    [[1, 2, 21, 'not JSON: the envelope that begins at byte 0 ends too early', '']],
  ],
  [
    '[{"Records":[{"id":1}]},\n{"Records":[{"id":"x"}]}\n{"Records":[{"id":3}]}]',
    [{ id: 1 }, { id: 3 }],
    [[2, 2, 37, X, '{"id":"x"}']],
  ],
  [
    '[{"Records":[{"id":1}]}',
    [{ id: 1 }],
    [[1, 2, 23, 'not JSON: the array that begins at byte 0 ends too early', '']],
  ],
])('%j', (text, rows, rejected, undeclared = []) => {
  for (const found of checkInPieces(text, RECORDS)) {
    expect(found.rows).toEqual(rows);
    expect(found.rejected.map(told)).toEqual(rejected);
    expect(found.unknownFields.map(({ name, count }) => [name, count])).toEqual(undeclared);
  }
});

test('what can be told is told before the end of the object', () => {
  const json = { unwrap: ['Records'], carry: [] };
  const validator = new NdjsonValidator({ columns, input: { json } }, () => undefined);
  const told = [
    '{"Records":[{"id":1}\n',
    '{"Records":[{"id":2}\n',
    '{"id":3,"v":"abcdefghi"}\n',
    '{"Other":[{"id":4}]}\n',
  ].map((chunk) => {
    validator.push(Buffer.from(chunk));
    return validator.accepted + validator.rejected;
  });
  // The one that was cut off is told as well.
  expect(told).toEqual([1, 3, 4, 5]);
});
