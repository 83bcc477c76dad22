/** Envelopes of several levels, and what they carry: the rows, and what is rejected where. */
import type { JsonInput } from '../../lib/dataset/json-input';
import { checkInPieces, told } from './json-arrangements';

type Rejected = readonly [line: number, record: number, offset: number, reason: string, raw: string];

/** Records two levels down, without and with members to carry. */
const AB: JsonInput = { unwrap: ['a', 'b'], carry: [] };
const B: JsonInput = { unwrap: ['a', 'b'], carry: [['owner'], ['a', 'region'], ['a', 'x', 'v']] };

const X = 'id: expected an int, found the string "x"';
const EARLY = 'not JSON: the line ends too early';
const MISSING = 'id: missing, and the column must have a value';
const OTHERWISE = 'not JSON: an envelope goes on otherwise behind its records';

test.each<
  [json: JsonInput, text: string, rows: object[], rejected: Rejected[], undeclared?: [name: string, count: number][]]
>([
  [
    AB,
    '{"a":{"b":[{"id":1}],"c":1},"d":2}{"a":{"x":{"y":1},"b":{"id":2}}}',
    [{ id: 1 }, { id: 2 }],
    [],
    [
      ['a.c', 1],
      ['d', 1],
      ['a.x', 1],
    ],
  ],
  [
    AB,
    '{"a":5}{"a":null}{"a":{}}{"a":{"b":null}}{"a":{"b":"x"}}{"a":[{"b":{"id":1}}]}{"b":{"id":1}}{"a":{"b":[]}}',
    [],
    [
      [1, 1, 0, '"a": expected an object, found 5', '{"a":5}'],
      [1, 2, 7, '"a" is null: there is no record to take', '{"a":null}'],
      [1, 3, 17, 'there is no member "a" / "b" to take records from', '{"a":{}}'],
      [1, 4, 25, '"a" / "b" is null: there is no record to take', '{"a":{"b":null}}'],
      [1, 5, 41, '"a" / "b": expected an object or an array of objects, found the string "x"', '{"a":{"b":"x"}}'],
      [1, 6, 56, '"a": expected an object, found an array', '{"a":[{"b":{"id":1}}]}'],
      [1, 7, 78, 'there is no member "a" / "b" to take records from', '{"b":{"id":1}}'],
    ],
    [['b', 1]],
  ],
  [
    AB,
    '{"a":{"c":1},"a":{"b":{"id":1}}}{"a":{"b":{"id":2}},"a":1}{"a":{"b":{"id":3},"b":4}}',
    [{ id: 2 }, { id: 3 }],
    [
      [1, 1, 0, 'the envelope has the key "a" twice', '{"a":{"c":1},"a":{"b":{"id":1}}}'],
      [1, 3, 50, 'the envelope has the key "a" twice', '},"a":1}'],
      [1, 5, 76, 'the envelope has the key "b" twice', ',"b":4}}'],
    ],
  ],
  [AB, '{"a":{"b":[{"id":1}]}\n{"a":{"b":[{"id":2}]}}', [{ id: 1 }, { id: 2 }], [[1, 2, 20, OTHERWISE, '}']]],
  [
    AB,
    '{"a":{"b":[{"id":1}],"c":{"d":[1]}},"e":[{}]}',
    [{ id: 1 }],
    [],
    [
      ['a.c', 1],
      ['e', 1],
    ],
  ],
  [
    AB,
    '{"a":{"b":[{"id":1}]},"b":1,"a.b":2}',
    [{ id: 1 }],
    [],
    [
      ['b', 1],
      ['a.b', 1],
    ],
  ],
  [
    B,
    '{"a":{"x":{"y":{"v":1}, "q" : [2] ,"\\u0076":"w","z":3},"b":{"id":1}}}{"a":{"x":{},"b":{"id":2}}}{"a":{"x":{ "y":1 },"b":{"id":3}}}',
    [{ v: 'w', id: 1 }, { id: 2 }, { id: 3 }],
    [],
  ],
  [
    { unwrap: ['a', 'b'], carry: [['q', 'v']] },
    '{"a":{"v":"no","b":{"id":1}},"q":{"v":"yes"},"v":"no"}',
    [{ v: 'yes', id: 1 }],
    [],
    [
      ['a.v', 1],
      ['v', 1],
    ],
  ],
  [
    B,
    '{"a":{"b":[{"id":1}],"b":[{"id":2}]},"owner":"o"}\n{"a":{"b":{"id":3}},"a":{},"owner":"o"}{"a":{"b":{"id":4}}}',
    [{ id: 4 }],
    [
      [1, 1, 0, 'the envelope has the key "b" twice', '{"a":{"b":[{"id":1}],"b":[{"id":2}]},"owner":"o"}'],
      [2, 2, 50, 'the envelope has the key "a" twice', '{"a":{"b":{"id":3}},"a":{},"owner":"o"}'],
    ],
  ],
  [
    B,
    '{"owner":"o","a":{"region":"r","x":{"v":"w","y":1},"b":[{"id":1},{"id":2,"v":"own"}],"q":1}}',
    [
      { owner: 'o', region: 'r', v: 'w', id: 1 },
      { owner: 'o', region: 'r', id: 2, v: 'own' },
    ],
    [],
    [['a.q', 1]],
  ],
  [
    B,
    '{"a":{"b":[{"id":1},{"id":2,"v":"own"}],"x":{"v":"w"},"region":"r"},"owner":"o"}',
    [
      { owner: 'o', region: 'r', v: 'w', id: 1 },
      { owner: 'o', region: 'r', id: 2, v: 'own' },
    ],
    [],
  ],
  [B, '{"a":{"b":{"id":1},"x":{"v":null}},"owner":null}', [{ owner: null, v: null, id: 1 }], []],
  [
    B,
    '{"a":{"b":{"id":1},"x":5,"region":{"k":1}},"owner":7}',
    [],
    [[1, 1, 10, 'owner: expected a string, found 7', '{"id":1}']],
  ],
  [
    B,
    '{"owner":"a","owner":"b","a":{"b":{"id":1}}}{"a":{"x":{"v":1},"x":{"v":2},"b":{"id":2}}}{"a":{"b":{"id":3}}}',
    [{ id: 3 }],
    [
      [1, 1, 0, 'the envelope has the key "owner" twice', '{"owner":"a","owner":"b","a":{"b":{"id":1}}}'],
      [1, 2, 44, 'the envelope has the key "x" twice', '{"a":{"x":{"v":1},"x":{"v":2},"b":{"id":2}}}'],
    ],
  ],
  [
    B,
    '{"a":{"x":{},"x":{"v":"w"},"b":{"id":1}}}{"a":{"x":{"v":null,"y":1,"v":"w"},"b":{"id":2}}}{"a":{"b":{"id":3}}}',
    [{ id: 3 }],
    [
      [1, 1, 0, 'the envelope has the key "x" twice', '{"a":{"x":{},"x":{"v":"w"},"b":{"id":1}}}'],
      [1, 2, 41, 'the envelope has the key "v" twice', '{"a":{"x":{"v":null,"y":1,"v":"w"},"b":{"id":2}}}'],
    ],
  ],
  [
    AB,
    '{"a":{"b":5,"b":[{"id":1}]}}{"a":null,"a":{"b":{"id":2}}}{"a":{},"a":{"b":{"id":3}}}{"a":{"b":{"id":4}}}',
    [{ id: 4 }],
    [
      [1, 1, 0, 'the envelope has the key "b" twice', '{"a":{"b":5,"b":[{"id":1}]}}'],
      [1, 2, 28, 'the envelope has the key "a" twice', '{"a":null,"a":{"b":{"id":2}}}'],
      [1, 3, 57, 'the envelope has the key "a" twice', '{"a":{},"a":{"b":{"id":3}}}'],
    ],
  ],
  [
    B,
    '{"owner":"o","a":{"b":[{"id":"x"},{"id":2,"owner":7},{"id":3}]}}',
    [{ owner: 'o', id: 3 }],
    [
      [1, 1, 23, X, '{"id":"x"}'],
      [1, 2, 34, 'owner: expected a string, found 7', '{"id":2,"owner":7}'],
    ],
  ],
  [B, '{"owner":"o","a":{"b":[{},{ "v":"z" , "id":3}]}}', [{ owner: 'o', v: 'z', id: 3 }], [[1, 1, 23, MISSING, '{}']]],
  [B, '{"owner":"o","a":{"b":[{"id":1}', [], [[1, 1, 0, EARLY, '{"owner":"o","a":{"b":[{"id":1}']]],
  [
    B,
    '{"owner":"o","region":"no","a":{"b":[{"id":1}]}}\n{"a":{"b":[{"id":2}]}}',
    [{ owner: 'o', id: 1 }, { id: 2 }],
    [],
    [['region', 1]],
  ],
])('%j of %j', (json, text, rows, rejected, undeclared = []) => {
  for (const found of checkInPieces(text, json)) {
    expect(found.rows).toEqual(rows);
    expect(found.rejected.map(told)).toEqual(rejected);
    expect(found.unknownFields.map(({ name, count }) => [name, count])).toEqual(undeclared);
  }
});
