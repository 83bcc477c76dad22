/** Records of JSON in every arrangement that producers deliver them in, whole and broken, cut anywhere. */
import type { JsonInput } from '../../lib/dataset/json-input';
import { check, OWNED, type Piece, pretty, RECORDS, rows, texts } from './json-arrangements';

describe('records are found', () => {
  test.each([
    ['one a line', texts.join('\n')],
    ['one a line, with blank lines and CRLF', `\r\n${texts.join('\r\n\r\n')}\r\n`],
    ['one after the other', texts.join('')],
    ['with blanks between them', texts.join('  \t')],
    ['with commas between them', texts.join(',')],
    ['with a comma at the end of each line', `${texts.join(',\n')},\n`],
    ['with a comma at the start of each line', texts.join('\n,')],
    ['in an array', `[${texts.join(',')}]`],
    ['in an array with a line each', `[\n${texts.join(',\n')}\n]\n`],
    ['in an array with commas in front', `[\n  ${texts.join('\n, ')}\n]`],
    ['in an array with a comma behind the last', `[${texts.join(',')},]`],
    ['in an array for each', texts.map((text) => `[${text}]`).join('')],
    ['in an array for each, a line each, and empty ones', `[]\n${texts.map((text) => `[${text}]`).join('\n[ ]\n')}`],
    ['pretty-printed', rows.map((row) => pretty(row, 2)).join('\n')],
    ['pretty-printed with tabs and nothing between them', rows.map((row) => pretty(row, '\t')).join('')],
    ['in a pretty-printed array', pretty(rows, 4)],
    ['in a pretty-printed array of another style', `[${rows.map((row) => pretty(row, 2)).join(', ')}]`],
    ['after record separators', texts.map((text) => `\u001e${text}\n`).join('')],
    ['after record separators, pretty-printed', rows.map((row) => `\u001e${pretty(row, 1)}\n`).join('')],
    ['mixed', `${texts[0]}\n[${texts[1]}]${pretty(rows[2], 2)}`],
  ])('%s', (_, text) => {
    for (const form of [text, `\ufeff${text}`, `${text}\n`, `  ${text}  `]) {
      const bytes = Buffer.from(form);
      for (const cuts of [[], [1], [bytes.length / 2], Array.from(bytes.keys())]) {
        expect(check(bytes, undefined, cuts)).toMatchObject({ rows, rejected: [] });
      }
    }
  });

  test('nothing but white space, separators and empty arrays is nothing', () => {
    for (const text of ['', ' \n\r\n', '[]', '[\n]', '\u001e', '\ufeff']) {
      expect(check(text)).toMatchObject({ rows: [], rejected: [] });
    }
  });
});

describe('a broken record spoils no other', () => {
  const bad = (offset: number, record: number, raw: string) => expect.objectContaining({ offset, record, raw });

  test.each([
    ['not JSON in a concatenation', '{"id":1}{"id":2,"v":nul}{"id":3}', [1, 3], [bad(8, 2, '{"id":2,"v":nul}')]],
    ['not JSON in an array', '[{"id":1},{"id":2,"v":nul},{"id":3}]', [1, 3], [bad(10, 2, '{"id":2,"v":nul}')]],
    ['of another type', '[{"id":1},{"id":"x"},{"id":3}]', [1, 3], [bad(10, 2, '{"id":"x"}')]],
    ['cut off within a string', '{"id":1,"v":"ab{"id":2}{"id":3}', [2, 3], [bad(0, 1, '{"id":1,"v":"ab')]],
    ['cut off within a number', '{"id":1,"list":[1,12{"id":2}', [2], [bad(0, 1, '{"id":1,"list":[1,12')]],
    ['cut off within a word', '{"id":1,"v":nu{"id":2}', [2], [bad(0, 1, '{"id":1,"v":nu')]],
    ['cut off behind a comma', '{"id":1,{"id":2}', [2], [bad(0, 1, '{"id":1,')]],
    ['cut off in an array', '[{"id":1},{"id":2,"v":"a{"id":3},{"id":4}]', [1, 3, 4], [bad(10, 2, '{"id":2,"v":"a')]],
    ['a brace too many', '{"id":1}}{"id":2}', [2], [bad(0, 1, '{"id":1}}')]],
    ['text between records', '{"id":1}xyz{"id":2}', [2], [bad(0, 1, '{"id":1}xyz')]],
    ['a quote too many', '{"id":1,"v":"a"b"}{"id":2}', [2], [bad(0, 1, '{"id":1,"v":"a"b"}')]],
    [
      'a value that is not an object',
      '[{"id":1},null,[{"id":9}],{"id":3}]',
      [1, 3],
      [bad(10, 2, 'null'), bad(15, 3, '[{"id":9}]')],
    ],
    ['before a record separator', '\u001e{"id":1\n\u001e{"id":2}\n', [2], [bad(1, 1, '{"id":1')]],
    ['of several lines', '{\n "id": 1,\n "v": nul\n}\n{\n "id": 2\n}', [2], [bad(0, 1, '{\n "id": 1,\n "v": nul\n}')]],
    [
      'of several lines, cut off',
      '[\n {\n  "id": 1,\n  "v": "a\n },\n {\n  "id": 2\n }\n]',
      [2],
      [bad(3, 1, '{\n  "id": 1,\n  "v": "a\n }')],
    ],
    ['a torn line', '{"id":1,"v":\n{"id":2}\n{"id":3}\n', [2, 3], [bad(0, 1, '{"id":1,"v":')]],
    ['a line of text', 'hello {"id":1}\n{"id":2}\n', [2], [bad(0, 1, 'hello {"id":1}')]],
    ['a line of a log', '[INFO] ready\n{"id":2}\n', [2], [bad(0, 1, '[INFO] ready')]],
    [
      'invalid UTF-8',
      Buffer.from('[{"id":1},{"id":2,"v":"\xff"},{"id":3}]', 'latin1'),
      [1, 3],
      [bad(10, 2, '{"id":2,"v":"\xff"}')],
    ],
  ])('%s', (_, text, ids, rejected) => {
    const bytes = Buffer.from(text as Buffer);
    for (const at of [[], [bytes.length / 2], Array.from(bytes.keys())]) {
      const found = check(bytes, undefined, at);
      expect(found.rejected).toEqual(rejected);
      expect(found.rows).toEqual(ids.map((id) => expect.objectContaining({ id })));
    }
  });

  test('a nested object of a broken record is never taken for one', () => {
    const inner = '{"id":7}';
    for (const text of [
      `{"id":1,"v":nul,"list":[${inner},${inner}],"a":${inner}}{"id":2}`,
      `[{"id":1,"v":nul,"list":[${inner},${inner}]},{"id":2}]`,
      pretty({ id: 1, v: 'BAD', list: [{ id: 7 }, { id: 7 }], a: { id: 7 } }, 2)
        .replace('"BAD"', 'nul')
        .concat('\n{"id":2}'),
    ]) {
      expect(check(text).rows).toEqual([{ id: 2 }]);
    }
  });
});

/** Shapes of objects whose truncation is tried. */
const shapes: readonly (readonly [string, string, JsonInput | undefined])[] = [
  ['concatenated', texts.join(''), undefined],
  ['an array', `[${texts.join(',')}]`, undefined],
  ['pretty-printed', pretty(rows, 2), undefined],
  ['an envelope', JSON.stringify({ a: 1, Records: rows, z: 2 }), RECORDS],
  ['envelopes', [...texts].map((text) => `{"Records":[${text},${text}]}`).join(''), RECORDS],
  ['members to carry before', JSON.stringify({ owner: 'o', Records: rows }), OWNED],
  ['one record an envelope', texts.map((text) => `{"Records":${text},"x":1}`).join('\n'), RECORDS],
];

describe('truncation at any byte gives the whole records before it, and one rejection for the rest', () => {
  test.each(shapes)('%s', (_, text, json) => {
    const bytes = Buffer.from(text);
    const all = check(bytes, json).rows;
    let most = 0;
    for (let length = 1; length <= bytes.length; length++) {
      const cut = Array.from({ length }, (_unused, position) => position);
      for (const at of length % 4 === 1 ? [[], cut] : [[]]) {
        const found = check(bytes.subarray(0, length), json, at);
        expect(found.rejected.length).toBeLessThanOrEqual(1);
        // Carried members that are behind the end are the only thing that may be missing.
        expect(found.rows.map((row) => (row as { id: number }).id)).toEqual(
          all.slice(0, found.rows.length).map((row) => (row as { id: number }).id),
        );
        expect(found.rows.length).toBeGreaterThanOrEqual(most);
        most = found.rows.length;
        if (found.rejected.length === 0) continue;
        const [{ offset = -1, raw }] = found.rejected as [Piece];
        expect(bytes.subarray(offset, length).toString('latin1')).toContain(raw);
        expect(bytes.subarray(offset + raw.length, length).toString()).toMatch(/^\s*$/);
      }
    }
    expect(most).toBe(all.length);
    const arrayOrEnvelope = /^[[]|Records/.test(text);
    const last = check(bytes.subarray(0, bytes.length - 1), json);
    expect(last.rejected.length).toBe(arrayOrEnvelope || json === undefined ? 1 : 0);
  });
});

describe('an envelope', () => {
  const envelope = { owner: 'o', at: { region: 'r', x: 1 }, Records: [{ id: 1 }, { id: 2, owner: 'own' }], more: [1] };
  const owned = [
    { owner: 'o', region: 'r', id: 1 },
    { region: 'r', id: 2, owner: 'own' },
  ];

  test('gives its records, and carries members to those that have none of their own', () => {
    const { rows: found, rejected, unknownFields } = check(JSON.stringify(envelope), OWNED);
    expect([found, rejected]).toEqual([owned, []]);
    expect(unknownFields).toEqual([{ name: 'more', count: 1, similarTo: undefined }]);
  });

  test('carries members from behind the records as well, and from several envelopes their own', () => {
    const { Records, ...others } = envelope;
    const late = JSON.stringify({ Records, ...others });
    const second = JSON.stringify({ owner: 'p', Records: [{ id: 3 }] });
    for (const text of [
      late + second,
      `${late}\n${second}\n`,
      `[${late},${second}]`,
      `${pretty(JSON.parse(late), 2)}${second}`,
    ]) {
      const expected = [...owned, { owner: 'p', id: 3 }];
      expect(
        check(
          text,
          OWNED,
          Array.from({ length: text.length }, (_, at) => at),
        ),
      ).toMatchObject({ rows: expected, rejected: [] });
    }
  });

  test('keeps numbers as they were written', () => {
    const carry: JsonInput = { unwrap: ['Records'], carry: [['owner']] };
    expect(check('{"owner":"\\u00e9","Records":[{"id":1}]}', carry).lines).toEqual(['{"owner":"\\u00e9","id":1}']);
  });

  test.each([
    ['without the member', '{"a":1}', 'there is no member "Records" to take records from'],
    ['with null', '{"Records":null}', '"Records" is null: there is no record to take'],
    ['with a text', '{"Records":"x"}', '"Records": expected an object or an array of objects, found the string "x"'],
    [
      'with the member twice',
      '{"Records":5,"owner":"a","owner":"b","Records":[{"id":1}]}',
      'the envelope has the key "owner" twice',
    ],
    ['that is not JSON', '{"owner":nul,"Records":[{"id":1}]}', 'not JSON: unexpected "n" at byte 10'],
  ])('%s is rejected as a whole', (_, text, reason) => {
    const found = check(`${text}{"Records":[{"id":1}]}`, { unwrap: ['Records'], carry: [['owner']] });
    expect(found.rejected).toEqual([{ line: 1, record: 1, offset: 0, reason, raw: text }]);
    expect(found.rows).toEqual([{ id: 1 }]);
  });

  test('with an empty array has no records, and loses nothing', () => {
    const control = '{"messageType":"CONTROL_MESSAGE","owner":"x","Records":[]}';
    const { rows: found, rejected, unknownFields } = check(`${control}${control}`, RECORDS);
    expect([found, rejected]).toEqual([[], []]);
    expect(unknownFields.map(({ name, count }) => [name, count])).toEqual([
      ['messageType', 2],
      ['owner', 2],
    ]);
  });

  test('of a path gives the object there', () => {
    const json: JsonInput = { unwrap: ['payload', 'after'], carry: [['payload', 'source', 'region']] };
    const change = { schema: {}, payload: { op: 'u', after: { id: 1 }, source: { region: 'eu' } } };
    const gone = { payload: { op: 'd', after: null } };
    const found = check(`${JSON.stringify(change)}\n${JSON.stringify(gone)}\n${pretty(change, 2)}`, json);
    expect(found.rows).toEqual([
      { region: 'eu', id: 1 },
      { region: 'eu', id: 1 },
    ]);
    expect(found.rejected).toMatchObject([
      { line: 2, record: 2, reason: '"payload" / "after" is null: there is no record to take' },
    ]);
  });

  test('that is cut off ends where the next one begins', () => {
    const next = '{"Records":[{"id":8}]}';
    for (const head of [
      '{"Records":[{"id":1},{"id":2',
      '{"Records":[{"id":1},{"id":2,"v":"a',
      '{"Records":[{"id":1}',
    ]) {
      const found = check(`${head}${next}`, RECORDS);
      expect(found.rows).toEqual([{ id: 1 }, { id: 8 }]);
      expect(found.rejected).toHaveLength(1);
    }
  });

  test('that is cut off behind a comma takes the next one for a record, which does not fit', () => {
    const found = check('{"Records":[{"id":1},{"Records":[{"id":8},{"id":9}]}\n{"Records":[{"id":10}]}', RECORDS);
    expect(found.rows).toEqual([{ id: 1 }, { id: 10 }]);
    expect(found.rejected).toMatchObject([
      { line: 1, record: 2, offset: 21, reason: 'id: missing, and the column must have a value' },
      { line: 2, record: 3, reason: 'not JSON: the envelope that begins at byte 0 ends too early' },
    ]);
  });

  test.each([
    ['does not fit', '{"id":"x"}', ','],
    ['does not fit and holds what looks like records', '{"id":"x","Records":[{"id":7}]}', ','],
    ['does not fit and holds what looks like a record', '{"id":"x","Records":{"id":7}}', ','],
    ['lacks its brace', '{"id":7,"v":"a"', ','],
    ['is cut off', '{"id":7,"v":"a', ''],
    ['is cut off, and a line end follows', '{"id":7,"v":\n', ''],
  ])('goes on behind a record that begins with its own key and %s', (_, bad, comma) => {
    for (const [json, owner] of [[RECORDS], [{ ...RECORDS, carry: [['owner']] }, { owner: 'o' }]] as const) {
      for (const gap of ['', '\n', '\n    ']) {
        for (const many of [0, 1, 3]) {
          const ids = Array.from({ length: many }, (_, index) => index + 1);
          const before = ids.map((id) => `${gap}{"id":${id}},`).join('');
          const text = `{"id":"e","owner":"o","Records":[${before}${gap}${bad}${comma}${gap}{"id":8},${gap}{"id":9}],"z":1}`;
          const at = Array.from({ length: text.length }, (_, index) => index);
          for (const found of [check(`${text}\n${text}`, json), check(`${text}${text}`, json, at)]) {
            const whole = [...ids, 8, 9].map((id) => ({ ...owner, id }));
            expect(found.rows).toEqual([...whole, ...whole]);
            expect(found.rejected).toHaveLength(2);
          }
        }
      }
    }
  });
});
