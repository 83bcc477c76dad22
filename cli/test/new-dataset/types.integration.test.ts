import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { QueryEngine } from '../../tables/engine';
import { folderWith } from '../support/folder';
import { proposeFor, provenFor, shareOf, typesOf } from './support';

jest.setTimeout(120_000);

const CASES: readonly (readonly [
  what: string,
  values: readonly (string | undefined)[],
  type: string,
  more?: object,
])[] = [
  ['small integers', ['1', '-2'], 'int'],
  ['integers that int may not hold soon', ['1', '20000000'], 'bigint'],
  ['integers beyond 2^53', ['9007199254740993'], 'bigint'],
  ['integers beyond bigint', ['18446744073709551615', '1'], 'decimal(20,0)'],
  ['integers that become fractions', ['1', '2', '2.5'], 'double'],
  ['prices', ['1.10', '2.50', '-3.00'], 'decimal(18,2)'],
  ['zeros at the end of some', ['1.10', '2.5'], 'double'],
  ['fractions that are doubles', ['0.30000000000000004', '1e-7'], 'double'],
  ['fractions that no double holds', ['1234567890123456.789'], 'decimal(20,3)'],
  ['numbers beyond a double', ['1e400', '1'], 'string', { format: 'json' }],
  ['booleans', ['true', 'null'], 'boolean'],
  ['texts of digits', ['"01234"', '"99999"'], 'string'],
  ['nulls', ['null', undefined], 'string'],
  ['kinds that differ', ['1', '"one"', '{"n":1}'], 'string', { format: 'json' }],
  ['dates', ['"2026-06-15"', '"2026-02-28"'], 'date'],
  ['days that do not exist', ['"2026-02-30"', '"2026-02-28"'], 'string'],
  ['dates and times', ['"2026-06-15"', '"2026-06-15T10:00:00Z"'], 'string'],
  ['times of ISO 8601', ['"2026-06-15 10:00:00.123456"', '"2026-06-15T10:00:00+02:00"'], 'timestamp'],
  ['arrays', ['[1,2]', '[]', '[2.5]'], 'array<double>'],
  ['arrays of structs', ['[{"a":1}]', '[{"b":"x"},{"a":null}]'], 'array<struct<a:int,b:string>>'],
  ['empty arrays', ['[]', '[]'], 'string', { format: 'json' }],
  ['empty objects', ['{}'], 'string', { format: 'json' }],
  ['structs', ['{"a":{"b":true}}', '{"a":{"c":"x"}}'], 'struct<a:struct<b:boolean,c:string>>'],
  [
    'objects whose names are data',
    Array.from({ length: 40 }, (_, n) => `{"k${n}":${n},"k${n + 1}":1}`),
    'map<string,int>',
  ],
  [
    'fields that are times and reserved words',
    ['{"select":1,"when":"15/Jun/2026:10:00:00 +0000"}'],
    'struct<event_select:int,event_when:timestamp>',
    {
      fields: {
        event_select: { from: 'select' },
        event_when: { from: 'when', format: { pattern: '%d/%b/%Y:%H:%M:%S %z' } },
      },
    },
  ],
  [
    'fields of mixed kinds within arrays',
    ['[{"x":1}]', '[{"x":[1]}]'],
    'array<struct<x:string>>',
    { fields: { x: { format: 'json' } } },
  ],
];

test('JSON: the type takes every value of every file', async () => {
  const most = Math.max(...CASES.map(([, values]) => values.length));
  const rows = Array.from({ length: most }, (_, row) =>
    CASES.flatMap(([, values], index) => (values[row] === undefined ? [] : [`"v${index}":${values[row]}`])),
  );
  const text = rows.map((members, row) => `{"id":${row},"at":"2026-06-15T10:00:00Z",${members.join(',')}}\n`);
  const proposed = await provenFor({ 'a.json': text[0] ?? '', 'b.json.gz': gzipSync(text.slice(1).join('')) });
  expect(proposed.share).toEqual([most, most]);
  for (const [index, [what, , type, more = {}]] of CASES.entries()) {
    const name = `v${index}`;
    const found = proposed.definition.columns.find((column) => column.name === name);
    expect({ what, ...found }).toEqual({ what, name, type, ...more });
  }
});

test('CSV: types, names and the delimiter; zeros before a number make it a text, quotes an empty string', async () => {
  const text = [
    'ID;CreatedAt;Zip Code;isActive;Amount;Ratio;Day;Note;Mixed',
    '1;2026-06-15 10:00:00;01234;true;12.50;1;2026-06-15;;1',
    '2;2026-06-16 10:00:00;91234;false;3.00;2.25;2026-06-16;"a;""b""";x',
  ].join('\r\n');
  const proposed = await provenFor({ 'a.csv': `${text}\r\n`, 'b.csv.gz': gzipSync(text) });
  expect(proposed.share).toEqual([4, 4]);
  expect(typesOf(proposed)).toEqual({
    id: 'int',
    created_at: 'timestamp',
    zip_code: 'string',
    is_active: 'boolean',
    amount: 'decimal(18,2)',
    ratio: 'double',
    event_day: 'date',
    note: 'string',
    mixed: 'string',
  });
});

/** Fields of delimited text, and whether the type gives each text back, or a comment says which it does not. */
const TEXTS: readonly (readonly [what: string, values: readonly string[], type: string, comment?: string])[] = [
  ['versions', ['1.1', '1.10'], 'string', 'does not tell 1.10 from the same without the zero'],
  ['versions of three digits', ['1.1', '1.100', '2'], 'string'],
  ['versions, among numbers with exponents', ['1.1', '1.10', '1e-7'], 'string'],
  ['numbers that no double holds', ['1.1', '123456789012345.123'], 'decimal(20,3)'],
  ['such numbers among exponents', ['1.5e3', '123456789012345.123'], 'string', 'no number type holds'],
  ['exponents that no double holds', ['1.2345678901234567891e5', '2.5'], 'string'],
  ['numbers too small for a double', ['1e-400', '2.5'], 'string'],
  ['codes that look like exponents', ['12e4', '55', '3e10'], 'string', 'does not give 12e4 back'],
  ['prices', ['12.50', '3.00'], 'decimal(18,2)'],
  ['coordinates', ['52.520000', '-113.405123'], 'decimal(18,6)'],
  ['long fractions', ['12345678901234567.10', '1.25'], 'decimal(21,2)'],
  ['whole numbers, and zeros at the end', ['1.50', '20'], 'double', 'zeros at the end, as of 1.50, are not kept'],
  ['fractions', ['0.1', '2.25'], 'double'],
];

test.each(TEXTS.map(([what, values, type, comment]) => ({ what, values, type, comment: comment ?? '' })))(
  'delimited text: $what',
  async ({ values, type, comment }) => {
    const proposed = await provenFor({
      'a.csv': `at;v\n${values.map((value) => `2026-06-15 10:00:00;${value}\n`).join('')}`,
    });
    expect(proposed.share).toEqual([values.length, values.length]);
    expect(typesOf(proposed).v).toBe(type);
    expect(proposed.text.replace(/\s+(?:\/\/ )?/g, ' ').toLowerCase()).toContain(comment.toLowerCase());
  },
);

test('Parquet: numbers that are none, beside others and alone, are no reason to leave rows out', async () => {
  const folder = folderWith({ 'x.md': '' });
  const engine = await QueryEngine.open(folderWith());
  await engine.run(`COPY (SELECT TIMESTAMP '2026-06-15 10:00:00' AS at, 'NaN'::DOUBLE AS a, '-Infinity'::FLOAT AS b, 'inf'::DOUBLE AS start_time,
    CASE WHEN range = 1 THEN 'nan'::DOUBLE ELSE 1.5 END AS c, 'say "NaN", inf' AS t FROM range(5)) TO '${join(folder, 'a.parquet')}' (FORMAT parquet)`);
  engine.close();
  const proposed = await proposeFor(folder);
  expect([proposed.share, await shareOf(folder, proposed.dataset)]).toEqual([
    [5, 5],
    [5, 5],
  ]);
  expect(typesOf(proposed)).toEqual({
    ...{ at: 'timestamp', a: 'double', b: 'float', start_time: 'double', c: 'double', t: 'string' },
  });
});

test('Parquet: the types of its schema, over all files; texts and numbers that are times are read as such', async () => {
  const folder = folderWith({ 'x.md': '' });
  const engine = await QueryEngine.open(folderWith());
  const write = (name: string, columns: string): Promise<void> =>
    engine.run(`COPY (SELECT range AS id, ${columns} FROM range(5)) TO '${join(folder, name)}' (FORMAT parquet)`);
  const more = `1.50::DECIMAL(9,2) AS price, {'Kind': 'a', 'n': [1, 2]} AS info, MAP {'k': 1} AS labels, '\\xAA'::BLOB AS bytes,
    'plain'::BLOB AS old_text, DATE '2026-06-15' AS due, TIME '10:00:00' AS clock, uuid() AS uid, 1.5::FLOAT AS ratio`;
  await write(
    'a.parquet',
    `1781517600 + range AS eventTime, 1::TINYINT AS small, '2026-06-15T10:00:00Z' AS seen, ${more}`,
  );
  await write('b.parquet', `1781517600 + range AS eventTime, 300::INTEGER AS small, NULL::VARCHAR AS seen, ${more}`);
  engine.close();
  const proposed = await proposeFor(folder);
  expect(proposed.share).toEqual([10, 10]);
  expect(await shareOf(folder, proposed.dataset)).toEqual([10, 10]);
  expect(typesOf(proposed)).toEqual({
    ...{ id: 'bigint', event_time: 'timestamp', small: 'int', seen: 'timestamp', price: 'decimal(9,2)' },
    ...{ info: 'struct<kind:string,n:array<int>>', labels: 'map<string,int>', bytes: 'binary', old_text: 'string' },
    ...{ due: 'date', uid: 'string', ratio: 'float' },
  });
  expect(proposed.definition.eventTime).toBe('event_time');
  expect(proposed.text).toContain('Left out: "clock" of type');
});
