/** Texts of fields that stand for null, in quotes or without. */
import { NullTexts, nullTexts } from '../../lib/rows/null-texts';

test.each<
  [
    nulls: readonly string[] | undefined,
    quote: '"' | "'" | false | undefined,
    found: readonly (readonly [string, boolean])[],
  ]
>([
  [undefined, undefined, []],
  [
    ['-', 'NULL'],
    undefined,
    [
      ['-', false],
      ['NULL', false],
    ],
  ],
  [['"-"'], undefined, [['-', true]]],
  [['""'], undefined, [['', true]]],
  [[''], undefined, [['', false]]],
  [['"'], undefined, [['"', false]]],
  [
    ['"-', '-"'],
    undefined,
    [
      ['"-', false],
      ['-"', false],
    ],
  ],
  [['"-"'], false, [['"-"', false]]],
  [
    ['"-"', "'-'"],
    "'",
    [
      ['"-"', false],
      ['-', true],
    ],
  ],
])('%j, with the quote %j', (nulls, quote, found) => {
  const settings = { ...(nulls && { nulls }), ...(quote !== undefined && { quote }) };
  expect(nullTexts(settings).map(({ text, isQuoted }) => [text, isQuoted])).toEqual(found);
});

test('are found wherever a field stands, and no others', () => {
  const texts = new NullTexts({ nulls: ['-', 'né', '"-x"', 'NULL'] });
  expect(texts.longest).toBe(4);
  const has = (field: string, isQuoted: boolean): boolean[] =>
    ['', 'x', 'abcdef'].map((before) => {
      const source = Buffer.from(`${before}${field}NULL`);
      return texts.has(source, before.length, before.length + Buffer.byteLength(field), isQuoted);
    });
  for (const field of ['-', 'né', 'NULL']) {
    expect([field, ...has(field, false), ...has(field, true)]).toEqual([field, true, true, true, false, false, false]);
  }
  expect([...has('-x', true), ...has('-x', false)]).toEqual([true, true, true, false, false, false]);
  for (const field of ['', 'N', 'NUL', 'NULL ', 'nULL', 'NULx', 'xULL', 'ne', '--']) {
    expect([field, ...has(field, false), ...has(field, true)]).toEqual([
      field,
      false,
      false,
      false,
      false,
      false,
      false,
    ]);
  }
  expect(new NullTexts({}).longest).toBe(-1);
  expect(new NullTexts({ nulls: [''] }).has(Buffer.from('x'), 1, 1, false)).toBe(true);
  expect(new NullTexts({ nulls: [''] }).longest).toBe(0);
});
