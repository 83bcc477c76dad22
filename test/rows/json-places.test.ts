/** What is rejected, with its line, its number, where it begins and why, is the same however the bytes are cut. */
import { checkInPieces, told } from './json-arrangements';

type Rejected = readonly [line: number, record: number, offset: number, reason: string, raw: string];

const X = 'id: expected an int, found the string "x"';
const EARLY = 'not JSON: the line ends too early';
const ARRAY = "expected an object, found an array; write one object a line, for example with jq -c '.[]'";
const MISSING = 'id: missing, and the column must have a value';

test.each<[text: string, ids: number[], rejected: Rejected[]]>([
  [
    '{"id":1}\n{"id":1}\n{"id":1}\n{"id":1}\n{"id":1}\n{"id":"x"}\n{"id":1},{"id":1},{"id":1},{"id":"y"}',
    [1, 1, 1, 1, 1, 1, 1, 1],
    [
      [6, 6, 45, X, '{"id":"x"}'],
      [7, 10, 83, 'id: expected an int, found the string "y"', '{"id":"y"}'],
    ],
  ],
  [
    '{"id":1},\n{"id":1},\n{"id":1},\n{"id":1},\n{"id":1},\n{"id":"x"},\n{"id":1}, {"id":1}, {"id":1}, {"id":"y"}',
    [1, 1, 1, 1, 1, 1, 1, 1],
    [
      [6, 6, 50, X, '{"id":"x"}'],
      [7, 10, 92, 'id: expected an int, found the string "y"', '{"id":"y"}'],
    ],
  ],
  [
    '{\n"id":1\n}\n{\n"id":1\n}\n{\n"id":1\n}\n{\n"id":1\n}\n{\n"id":"x"\n}\n{\n"id":1\n}{\n"id":1\n}{\n"id":1\n}{"id":"y"}',
    [1, 1, 1, 1, 1, 1, 1],
    [
      [13, 5, 44, X, '{\n"id":"x"\n}'],
      [22, 9, 87, 'id: expected an int, found the string "y"', '{"id":"y"}'],
    ],
  ],
  [
    '[\n{\n"id":1\n},\n{\n"id":1\n},\n{\n"id":1\n},\n{\n"id":1\n},\n{\n"id":"x"\n},\n{\n"id":1\n},{\n"id":1\n},{\n"id":1\n},{"id":"y"}]\n{"id":"z"}',
    [1, 1, 1, 1, 1, 1, 1],
    [
      [14, 5, 50, X, '{\n"id":"x"\n}'],
      [23, 9, 97, 'id: expected an int, found the string "y"', '{"id":"y"}'],
      [24, 10, 109, 'id: expected an int, found the string "z"', '{"id":"z"}'],
    ],
  ],
  [
    '  {\n   "id":1\n  },\n  {\n   "id":1\n  },\n  {\n   "id":1\n  },\n  {\n   "id":nul\n  },\n  {\n   "id":2\n  }\n',
    [1, 1, 1, 2],
    [[10, 4, 59, 'not JSON: unexpected "n" at byte 11', '{\n   "id":nul\n  }']],
  ],
  [
    '  {\n   "id":1\n  }\n  {\n   "id":1\n  }\n  {\n   "id":1\n  }\n  {\n   "id":2,\n   "v":"a\n  }\n  {\n   "id":3\n  }\n',
    [1, 1, 1, 3],
    [[10, 4, 54, 'not JSON: control character 0x09 at byte 25', '  {\n   "id":2,\n   "v":"a\n  }']],
  ],
  [
    '{\n "id":1\n}\n{\n "id":2,\n  {"id":7}\n}\n{"id":3}',
    [1, 7, 3],
    [
      [4, 2, 12, EARLY, '{\n "id":2,'],
      [7, 4, 34, 'not JSON: unexpected "}" at byte 1', '}'],
    ],
  ],
  ['{\n "id":1\n}\n{\n "id":2,"v":nul', [1], [[4, 2, 12, 'not JSON: unexpected "n" at byte 15', '{\n "id":2,"v":nul']]],
  ['{\n "id":1\n}\nxyz\n{\n "id":2\n}\n', [1, 2], [[4, 2, 12, 'not JSON: unexpected "x" at byte 1', 'xyz']]],
  [
    '{\n "id":1\n}\n7\n"s"\n{\n "id":2\n}\n',
    [1, 2],
    [
      [4, 2, 12, 'expected an object, found 7', '7'],
      [5, 3, 14, 'expected an object, found the string "s"', '"s"'],
    ],
  ],
  [
    '{"id":1}\n{"id":2\n{"id":3}\n{"id":4\n\n{"id":5}',
    [1, 3, 5],
    [
      [2, 2, 9, EARLY, '{"id":2'],
      [4, 4, 26, EARLY, '{"id":4'],
    ],
  ],
  [
    '{"id":1}\n{"id":2,\n{"id":3}\n\n\n{"id":nul}\n',
    [1, 3],
    [
      [2, 2, 9, EARLY, '{"id":2,'],
      [6, 4, 29, 'not JSON: unexpected "n" at byte 7', '{"id":nul}'],
    ],
  ],
  [
    '\n\n[\n\n{"id":1}\n,\n{"id":"x"}\n\n]\n\n{"id":"y"}',
    [1],
    [
      [7, 2, 16, X, '{"id":"x"}'],
      [11, 3, 31, 'id: expected an int, found the string "y"', '{"id":"y"}'],
    ],
  ],
  ['[{"id":1},\n\n {"id":2}\n', [1, 2], [[4, 3, 22, 'not JSON: the array that begins at byte 0 ends too early', '']]],
  ['[]x\n{"id":1}', [1], [[1, 1, 2, 'not JSON: unexpected "x" at byte 1', 'x']]],
  [
    '[]\n[]]\n{"id":"x"}',
    [],
    [
      [2, 1, 5, 'not JSON: unexpected "]" at byte 1', ']'],
      [3, 2, 7, X, '{"id":"x"}'],
    ],
  ],
  ['[\n{"id":1}\n],\n[{"id":"x"}]', [1], [[4, 2, 15, X, '{"id":"x"}']]],
  ['[{"id":1}],{"id":"x"}', [1], [[1, 2, 11, X, '{"id":"x"}']]],
  ['[{"id":1}]]{"id":2}', [1, 2], [[1, 2, 10, 'not JSON: unexpected "]" at byte 1', ']']]],
  ['[{"id":1}}{"id":2}]', [2], [[1, 1, 1, 'not JSON: unexpected "}" at byte 9', '{"id":1}}']]],
  ['[{"id":1};{"id":2}]', [2], [[1, 1, 1, 'not JSON: unexpected ";" at byte 9', '{"id":1};']]],
  [
    '[{"id":1},[{"id":2}],[],{"id":3}]',
    [1, 3],
    [
      [1, 2, 10, ARRAY, '[{"id":2}]'],
      [1, 3, 21, ARRAY, '[]'],
    ],
  ],
  [
    '[{"id":1},[{"id":2},{"id":3}]',
    [1],
    [
      [1, 2, 10, ARRAY, '[{"id":2},{"id":3}]'],
      [1, 3, 29, 'not JSON: the array that begins at byte 0 ends too early', ''],
    ],
  ],
  ['[{"id":1}', [1], [[1, 2, 9, 'not JSON: the array that begins at byte 0 ends too early', '']]],
  ['[', [], [[1, 1, 1, 'not JSON: the array that begins at byte 0 ends too early', '']]],
  [' [ ', [], [[1, 1, 3, 'not JSON: the array that begins at byte 1 ends too early', '']]],
  ['[{', [], [[1, 1, 1, EARLY, '{']]],
  ['{', [], [[1, 1, 0, EARLY, '{']]],
  ['{"id":1}{', [1], [[1, 2, 8, EARLY, '{']]],
  [
    '\u001e\u001e{"id":"x"}\n\u001e[{"id":1}\u001e{"id":"y"}',
    [1],
    [
      [1, 1, 2, X, '{"id":"x"}'],
      [2, 3, 23, 'not JSON: the array that begins at byte 14 ends too early', ''],
      [2, 4, 24, 'id: expected an int, found the string "y"', '{"id":"y"}'],
    ],
  ],
  ['{"id":1}\u001e,{"id":2}', [1], [[1, 2, 9, 'not JSON: unexpected "," at byte 1', ',{"id":2}']]],
  ['{"id":1} , \n , {"id":2}', [1], [[2, 2, 12, 'not JSON: unexpected "," at byte 2', ' , {"id":2}']]],
  ['{"id":1}\n,{"id":2}\n,{"id":"x"}\n,', [1, 2], [[3, 3, 20, X, '{"id":"x"}']]],
  [
    '{"id":1,"v":"a\u001eb"}\u001e{"id":2}',
    [2],
    [[1, 1, 0, 'not JSON: control character 0x1e at byte 15', '{"id":1,"v":"a\u001eb"}']],
  ],
  ['nul\n{"id":1}', [1], [[1, 1, 0, 'not JSON: unexpected "n" at byte 1', 'nul']]],
  [
    '[nul]\n{"id":1}',
    [1],
    [[1, 1, 0, 'not JSON: unexpected "n" at byte 2; write one object a line, for example with jq -c \'.[]\'', '[nul]']],
  ],
  [
    '[{"id":1},nul,{"id":2},tru]',
    [1, 2],
    [
      [1, 2, 10, 'not JSON: unexpected "n" at byte 1', 'nul'],
      [1, 4, 23, 'not JSON: unexpected "t" at byte 1', 'tru'],
    ],
  ],
  ['[{"id":1},"a{"id":2}]', [1], [[1, 2, 10, 'not JSON: unexpected "i" at byte 5', '"a{"id":2}]']]],
  ['{"a":[{"id":1},{"id":2}]}\n{"id":3}', [3], [[1, 1, 0, MISSING, '{"a":[{"id":1},{"id":2}]}']]],
  ['{"id":1}{"id":2}]\n{"id":3}', [1, 3], [[1, 2, 8, 'not JSON: unexpected "]" at byte 9', '{"id":2}]']]],
  [
    '{"id":1},7\n{"id":2}',
    [2],
    [[1, 1, 0, 'not JSON: unexpected "," at byte 9; write one object a line, for example with jq -c .', '{"id":1},7']],
  ],
  ['[{"id":1},{"v":"}{"},{"id":2}]', [1, 2], [[1, 2, 10, MISSING, '{"v":"}{"}']]],

  [
    '{"id":1}\n\n  {"id":"x"}  \r\n{"id":3}\nx\n',
    [1, 3],
    [
      [3, 2, 10, X, '  {"id":"x"}  '],
      [5, 4, 35, 'not JSON: unexpected "x" at byte 1', 'x'],
    ],
  ],
  ['\ufeff\n{"id":1},\n{"id":"x"},\n{"id":3}\n', [1, 3], [[3, 2, 14, X, '{"id":"x"}']]],
  [
    '[\n {"id":1},\n null,\n [1],\n "s", 7\n]\n{"id":true}',
    [1],
    [
      [3, 2, 14, 'expected an object, found null', 'null'],
      [4, 3, 21, ARRAY, '[1]'],
      [5, 4, 27, 'expected an object, found the string "s"', '"s"'],
      [5, 5, 32, 'expected an object, found 7', '7'],
      [7, 6, 36, 'id: expected an int, found true', '{"id":true}'],
    ],
  ],
  [
    '{"id":1} {"id":"x"}\t{"id":2}{"id":"y"}\n{"id":"z"}',
    [1, 2],
    [
      [1, 2, 9, X, '{"id":"x"}'],
      [1, 4, 28, 'id: expected an int, found the string "y"', '{"id":"y"}'],
      [2, 5, 39, 'id: expected an int, found the string "z"', '{"id":"z"}'],
    ],
  ],
  ['\n [{"id":1},{"id":2', [1], [[2, 2, 12, EARLY, '{"id":2']]],
  ['[{"id":1}]\n[{"id":2}\n{"id":3}]\n', [1, 2, 3], []],
  [
    '[{"id":1},{"id":2}\u001e{"id":3}',
    [1, 2, 3],
    [[1, 3, 18, 'not JSON: the array that begins at byte 0 ends too early', '']],
  ],
  ['[{"id":1}[{"id":2}]', [1, 2], [[1, 2, 9, 'not JSON: the array that begins at byte 0 ends too early', '']]],
  ['{"id":1}\n]\n{"id":2}', [1, 2], [[2, 2, 9, 'not JSON: unexpected "]" at byte 1', ']']]],
  [
    '{"id":1},,{"id":2}',
    [2],
    [[1, 1, 0, 'not JSON: unexpected "," at byte 9; write one object a line, for example with jq -c .', '{"id":1},,']],
  ],
  [',{"id":1}', [], [[1, 1, 0, 'not JSON: unexpected "," at byte 1', ',{"id":1}']]],
  ['[{"id":1},,{"id":2}]', [1], [[1, 2, 10, 'not JSON: unexpected "," at byte 1', ',{"id":2}']]],
  [
    '[ , {"id":1}]',
    [],
    [
      [
        1,
        1,
        0,
        'not JSON: unexpected "," at byte 3; write one object a line, for example with jq -c \'.[]\'',
        '[ , {"id":1}]',
      ],
    ],
  ],
  ['[1,{"id":1}]\n{"id":2}', [2], [[1, 1, 0, ARRAY, '[1,{"id":1}]']]],
  [
    '[{"id":1},{"id":"é","v":"漢"}, {"id":"x"}]',
    [1],
    [
      [1, 2, 10, 'id: expected an int, found the string "é"', '{"id":"é","v":"漢"}'],
      [1, 3, 33, X, '{"id":"x"}'],
    ],
  ],
  [
    '{"id":1,\n"v":nul,\n"list":[],\n}\n{"id":2}',
    [2],
    [
      [1, 1, 0, EARLY, '{"id":1,'],
      [2, 2, 9, 'expected an object, found the string "v"', '"v":nul,'],
      [3, 3, 18, 'expected an object, found the string "list"', '"list":[],'],
      [4, 4, 29, 'not JSON: unexpected "}" at byte 1', '}'],
    ],
  ],
  [
    '{"id":1,\n"v":"a",\n"owner":nul,\n"region":"b"}\n{"id":2}',
    [2],
    [[1, 1, 0, 'not JSON: unexpected "n" at byte 27', '{"id":1,\n"v":"a",\n"owner":nul,\n"region":"b"}']],
  ],
  [
    '{\n"id":1\n}\n{"id":nul,\n"v":"a"}\n{"id":3}',
    [1, 3],
    [[4, 2, 11, 'not JSON: unexpected "n" at byte 7', '{"id":nul,\n"v":"a"}']],
  ],
  [
    '[\n  {"id":1},{"id":2,\n  "list":[],\n  "v":nul,\n  "owner":"a"\n  {"id":3}]',
    [1, 3],
    [[2, 2, 13, 'not JSON: unexpected "n" at byte 29', '{"id":2,\n  "list":[],\n  "v":nul,\n  "owner":"a"']],
  ],
  [
    '[\n  {"id":1},\n  {"id":2,\n  "list":[],\n  "v":nul,\n  "owner":"a"\n  {"id":3}]',
    [1, 3],
    [[3, 2, 14, 'not JSON: unexpected "n" at byte 31', '  {"id":2,\n  "list":[],\n  "v":nul,\n  "owner":"a"']],
  ],
  [
    '[\n{\n  "id":1\n  },{"id":2,\n"list":[],\n"v":nul,\n"owner":"a"\n  {"id":3}]',
    [1, 3],
    [[4, 2, 17, 'not JSON: unexpected "n" at byte 25', '{"id":2,\n"list":[],\n"v":nul,\n"owner":"a"']],
  ],
  ['[{"id":1},7{"id":2}]', [1, 2], [[1, 2, 10, 'expected an object, found 7', '7']]],
  [
    '[\n{"id":1\n}\n  ,{"id":2,\n"list":[],\n"v":nul,\n"a":\n   {"id":9}},\n{"id":3}]',
    [1, 3],
    [[4, 2, 15, 'not JSON: unexpected "n" at byte 25', '{"id":2,\n"list":[],\n"v":nul,\n"a":\n   {"id":9}}']],
  ],
  ['[\n1]\n{"id":2}', [2], [[1, 1, 0, ARRAY, '[\n1]']]],
  ['[ \n\n"a",\n{"id":1}]\n{"id":2}', [2], [[1, 1, 0, ARRAY, '[ \n\n"a",\n{"id":1}]']]],
  ['   {"id":nul}   \n\t{"id":2}\t\n', [2], [[1, 1, 0, 'not JSON: unexpected "n" at byte 10', '   {"id":nul}   ']]],
  [
    'a,b\n1,2\n',
    [],
    [
      [1, 1, 0, 'not JSON: unexpected "a" at byte 1', 'a,b'],
      [2, 2, 4, 'expected an object, found 1', '1,2'],
    ],
  ],
  ['{"id":1} x {"id":2}\n{"id":3}', [2, 3], [[1, 1, 0, 'not JSON: unexpected "x" at byte 10', '{"id":1} x']]],
])('%j', (text, ids, rejected) => {
  for (const found of checkInPieces(text)) {
    expect(found.rows).toEqual(ids.map((id) => expect.objectContaining({ id })));
    expect(found.rejected.map(told)).toEqual(
      rejected.map(([line, record, offset, reason, raw]) => [
        line,
        record,
        offset,
        reason,
        Buffer.from(raw).toString('latin1'),
      ]),
    );
  }
});
