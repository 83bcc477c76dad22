/** What makes sense by itself, and can never be met beside another setting. */
import fc from 'fast-check';
import { type CsvSettings, parseDataset } from '../../../lib/dataset';
import { createValidator } from '../../../lib/rows';
import { feed, keep } from '../../rows/helpers';
import { definition, problemsOf } from '../helpers';
import { mistakes, reports } from './reports';

const csv = (settings: object) => ({ input: { formats: ['csv'], csv: settings } });
const columns = [
  ...definition().columns,
  { name: 'seq', type: 'bigint', notNull: true },
  { name: 'gone', type: 'boolean' },
  { name: 'op', type: 'string' },
  { name: 'kind', type: 'tinyint' },
];
const deleting = (column: string, values: readonly unknown[], input: object) => ({
  ...{ columns, input },
  dedupe: { key: ['id'], keep: 'latest', by: 'seq', deleted: { column, values } },
});
const timed = (column: object, settings: object) => ({
  columns: [...definition().columns, { name: 'd', type: 'timestamp', ...column }],
  ...csv(settings),
});
const records = (from: unknown, json: object) => ({
  columns: [...definition().columns, { name: 'x', type: 'string', from }],
  input: { formats: ['json'], json },
});
const LINES = '(?<id>\\S+) (?<at>\\S+) (?<seq>\\S+) (?<gone>\\S+) (?<op>\\S+) (?<kind>\\S+)';

reports('what can never be met', [
  [
    'a deletion that is null',
    deleting('op', ['X', 'D'], { formats: ['csv'], csv: { nulls: ['-', 'D'] } }),
    "dedupe.deleted.values[1]: 'D' is null as input.csv.nulls says, so that no row with it would delete its key; remove it from one of the two",
  ],
  [
    'a deletion by a number that is null, beside JSON',
    deleting('kind', [-1], { formats: ['ndjson', 'csv'], csv: { nulls: ['-1'] } }),
    expect.stringMatching(/^dedupe\.deleted\.values\[0\]: -1 is null as input\.csv\.nulls says/),
  ],
  [
    'a deletion that is null in lines',
    deleting('op', ['-'], { formats: ['lines'], lines: { pattern: LINES, nulls: ['-'] } }),
    expect.stringMatching(/^dedupe\.deleted\.values\[0\]: '-' is null as input\.lines\.nulls says/),
  ],
  [
    'a deletion by a boolean that is null',
    { columns, ...csv({ nulls: ['true'] }), dedupe: { key: ['id'], keep: 'latest', by: 'seq', deleted: 'gone' } },
    "input.csv.nulls: 'true' is a value of column 'gone', a boolean, which would be null; remove it, or change the type of the column to string",
  ],
  [
    'a word of booleans that is null in lines',
    { columns, input: { formats: ['lines'], lines: { pattern: LINES, nulls: ['false'] } } },
    expect.stringMatching(/^input\.lines\.nulls: 'false' is a value of column 'gone'/),
  ],
  [
    'a deletion that is null in JSON',
    deleting('op', ['-'], { formats: ['ndjson'], nulls: ['-'] }),
    "dedupe.deleted.values[0]: '-' is null as input.nulls says, so that no row with it would delete its key; remove it from one of the two",
  ],
  [
    'half of a character',
    deleting('op', ['\ud83d'], { formats: ['ndjson'] }),
    expect.stringMatching(/^dedupe\.deleted\.values\[0\]: .+ holds half of a surrogate pair, so that no row has it/),
  ],
  [
    'deletions that no line is',
    deleting('op', ['', 'a\nb'], { formats: ['lines'], lines: { pattern: LINES } }),
    expect.stringMatching(/^dedupe\.deleted\.values\[0\]: '' is null in the input/),
    expect.stringMatching(/^dedupe\.deleted\.values\[1\]: 'a\nb' is of several lines/),
  ],
  [
    'deletions that no text is',
    deleting('op', ['', 'a\nb', 'a,b'], { formats: ['csv'], csv: { quote: false } }),
    "dedupe.deleted.values[0]: '' is null in the input, so that no row has it; write a value that rows have",
    expect.stringMatching(/^dedupe\.deleted\.values\[1\]: 'a\nb' is of several lines, so that no row has it/),
    expect.stringMatching(/^dedupe\.deleted\.values\[2\]: 'a,b' holds the delimiter, so that no row has it/),
  ],
  [
    'deletions of text, where it is not known what is taken',
    deleting('op', [''], { formats: [] }),
    "input.formats: is empty; write for example ['ndjson']",
  ],
  [
    'deletions that no value of the type is',
    deleting('kind', [127, 128, -129], { formats: ['ndjson'] }),
    expect.stringMatching(/^dedupe\.deleted\.values\[1\]: 128 is out of the range of tinyint/),
    expect.stringMatching(/^dedupe\.deleted\.values\[2\]: -129 is out of the range of tinyint/),
  ],
  [
    'the decimal mark as delimiter, which is a comma when left out',
    csv({ decimal: ',' }),
    "input.csv.decimal: ',' is the delimiter as well; write delimiter: ';', or quote: '\"' if such numbers stand in quotes",
  ],
  [
    'the delimiter as decimal mark',
    csv({ delimiter: '.' }),
    expect.stringMatching(/^input\.csv\.delimiter: '\.' is the decimal mark as well/),
  ],
  [
    'the decimal mark as delimiter where nothing encloses numbers',
    csv({ decimal: ',', delimiter: ',', quote: false }),
    expect.stringMatching(/^input\.csv\.decimal: ',' is the delimiter as well/),
  ],
  [
    'the thousands mark as delimiter where nothing encloses numbers',
    csv({ delimiter: ' ', thousands: ' ', quote: false }),
    expect.stringMatching(/^input\.csv\.thousands: ' ' is the delimiter as well, and nothing encloses fields/),
  ],
  [
    'the thousands mark as quote',
    csv({ quote: "'", thousands: "'" }),
    expect.stringMatching(/^input\.csv\.thousands: is the quote as well/),
  ],
  [
    'a comment that is the delimiter',
    csv({ delimiter: '#', comment: '#' }),
    expect.stringMatching(/^input\.csv\.comment: begins with the delimiter/),
  ],
  [
    'a line of names that begins with the delimiter',
    csv({ delimiter: '#', header: '#Fields:' }),
    expect.stringMatching(/^input\.csv\.header: begins with the delimiter/),
  ],
  [
    'comments that all name the fields',
    csv({ header: '#', comment: '#' }),
    expect.stringMatching(/^input\.csv\.comment: is what names the fields as well, so that no line is a comment/),
  ],
  [
    'comments that are numbers',
    csv({ comment: '-' }),
    expect.stringMatching(/^input\.csv\.comment: '-' begins numbers as well/),
  ],
  [
    'a null that begins a comment',
    csv({ comment: '#', nulls: ['#N/A'] }),
    expect.stringMatching(/^input\.csv\.nulls: '#N\/A' begins as comments do/),
  ],
  [
    'nulls that end too early, or never',
    csv({ nulls: ['"', '"NULL', '"a"b"'] }),
    expect.stringMatching(/^input\.csv\.nulls: '"' begins with a quote that nothing closes/),
    expect.stringMatching(/^input\.csv\.nulls: '"NULL' begins with a quote that nothing closes/),
    expect.stringMatching(/^input\.csv\.nulls: '"a"b"' holds a quote that ends the field/),
  ],
  [
    'true in quotes',
    csv({ header: 'true' }),
    "input.csv.header: 'true' is a text, which a line of names would have to begin with; write true",
  ],
  [
    'a time with the delimiter in it',
    timed({ format: { pattern: '%Y-%m-%d %H:%M:%S' } }, { delimiter: ' ', quote: false }),
    "columns[2].format: holds the delimiter \" \", so that no field is such a time; name the fields in from: { join: ['date', 'time'] }, or change input.csv.quote",
  ],
  [
    'dates that hold the delimiter',
    {
      columns: [...definition().columns, { name: 'd', type: 'date' }],
      ...csv({ delimiter: '-', quote: false }),
    },
    expect.stringMatching(/^columns\[2\]\.type: yyyy-MM-dd holds the delimiter "-"/),
  ],
  [
    'a path from the envelope on',
    {
      columns: [
        ...definition().columns,
        { name: 'x', type: 'string', from: { path: ['payload', 'after', 'x'] } },
        { name: 'y', type: 'string', from: { path: ['payload', 'after', 'y', 'z'] } },
      ],
      input: { formats: ['json'], json: { unwrap: { path: ['payload', 'after'] } } },
    },
    'columns[2].from: begins with "payload" / "after", which input.json.unwrap takes the records out of; name what stands in a record: \'x\'',
    expect.stringMatching(/name what stands in a record: \{ path: \['y', 'z'\] \}$/),
  ],
  [
    'a member of the envelope for a column from the path',
    {
      columns: [...definition().columns, { name: 'region', type: 'string' }],
      input: {
        formats: ['json'],
        json: { unwrap: 'records', carry: ['region'] },
        layout: '{region}/{yyyy}/{MM}/{dd}/',
      },
    },
    "input.json.carry[0]: the value of column 'region' comes from the path; remove it here, or write * for it in input.layout",
  ],
  [
    'joined values, and no blank between them',
    timed({ from: { join: ['a', 'b'] }, format: { pattern: '%Y-%m-%dT%H:%M:%S' } }, {}),
    "columns[2].format: has fewer blanks than there are between the 2 values that column 'd' joins; write a blank where one value ends, for example '%Y-%m-%d %H:%M:%S'",
  ],
  [
    'three joined values, and one blank, with a percent sign that is none',
    timed({ from: { join: ['a', 'b', 'c'] }, format: { pattern: '%Y-%m-%d %H:%M' } }, {}),
    expect.stringMatching(/^columns\[2\]\.format: has fewer blanks than there are between the 3 values/),
  ],
  [
    'joined values as a number',
    timed({ from: { join: ['a', 'b'] }, format: { epoch: 's' } }, {}),
    "columns[2].format: is a number, and column 'd' is joined from several values; name one value in from",
  ],
]);

test('what only looks like one is taken', () => {
  const taken = (more: object) => expect(problemsOf(() => parseDataset(definition({ ...more })))).toEqual([]);
  taken({ ...csv({ decimal: ',', quote: '"' }) });
  taken(csv({ thousands: ',' }));
  taken({
    columns: [
      ...definition().columns,
      { name: 'x', type: 'string', from: { firstOf: [{ path: ['payload', 'x'] }, { path: ['other', 'y'] }] } },
    ],
    input: { formats: ['json'], json: { unwrap: 'payload' } },
  });
  taken(csv({ comment: '--', nulls: ['-'] }));
  taken(csv({ header: '#' }));
  taken(deleting('op', ['D', ''], { formats: ['csv'], csv: { nulls: ['"D"'] } }));
  taken(deleting('op', ['', 'a\nb'], { formats: ['ndjson', 'csv'], csv: { quote: false } }));
  taken(deleting('kind', [-128, 127], { formats: ['csv'] }));
  taken(timed({ format: { pattern: '%Y-%m-%d %H:%M:%S' } }, { delimiter: ' ' }));
  taken(timed({ from: { join: ['a', 'b'] }, format: { pattern: '%b %d %Y %H' } }, {}));
  taken(timed({ from: { join: ['a', 'b'] }, format: { pattern: '%Y-%m-%d %H:%M' } }, {}));
  // A day of one digit has a blank of its own.
  taken(timed({ from: { join: ['a', 'b'] }, format: { pattern: '%b%e%Y' } }, {}));
  const after = { path: ['payload', 'after'] };
  taken(records(after, { unwrap: after }));
  taken(records({ path: ['payload', 'before', 'x'] }, { unwrap: after }));
  taken(records({ join: [{ path: ['payload', 'after', 'x'] }, 'y'] }, { unwrap: after }));
  taken(deleting('op', ['a,b'], { formats: ['csv'] }));
  taken(deleting('op', ['a,b'], { formats: ['lines'], lines: { pattern: LINES } }));
  taken(deleting('op', ['a,b'], { formats: ['csv', 'lines'], csv: { quote: false }, lines: { pattern: LINES } }));
  taken(deleting('op', [''], { formats: ['csv'], csv: { quote: false, empty: 'string' } }));
  taken(deleting('op', [''], { formats: ['csv'] }));
  const region = { name: 'region', type: 'date' };
  taken({
    ...{ columns: [...definition().columns, region] },
    input: { formats: ['csv'], csv: { delimiter: '-', quote: false }, layout: '{region}/{yyyy}/{MM}/{dd}/' },
  });
});

test('a join of paths that all lead out of the envelope is refused', () => {
  const join = [{ path: ['payload', 'after', 'x'] }, { path: ['payload', 'after', 'y'] }];
  expect(mistakes(records({ join }, { unwrap: { path: ['payload', 'after'] } }))).toEqual([
    expect.stringMatching(/^columns\[2\]\.from: begins with "payload" \/ "after"/),
  ]);
});

/** Every text for null, mark of numbers and enclosure that synth accepts is found in a line that is written so. */
test('whatever is accepted can be met', () => {
  const settings = fc.record(
    {
      delimiter: fc.constantFrom(',', ';', '\t', ' ', '|', '.', '#', '-', ':', '!'),
      quote: fc.constantFrom<CsvSettings['quote']>('"', "'", false),
      escape: fc.constantFrom<CsvSettings['escape']>('double', 'backslash'),
      decimal: fc.constantFrom<CsvSettings['decimal']>('.', ','),
      thousands: fc.constantFrom<CsvSettings['thousands']>('.', ',', ' ', "'", '_'),
      comment: fc.constantFrom('#', '-', '--', '!', 'x', '1', ','),
      empty: fc.constantFrom<CsvSettings['empty']>('null', 'string'),
      nulls: fc.uniqueArray(
        fc.constantFrom('-', '#N/A', '"-"', "'-'", '"', '"x', '"a""b"', '"a"b"', 'NULL', '\\N', ' ', 'x y', 'a,b', '1'),
        { minLength: 1, maxLength: 3 },
      ),
    },
    { requiredKeys: ['nulls'] },
  );
  let accepted = 0;
  fc.assert(
    fc.property(settings, (dialect) => {
      const declared = definition({
        columns: [
          { name: 'note', type: 'string' },
          { name: 'size', type: 'double' },
          { name: 'at', type: 'timestamp', notNull: true },
        ],
        ...csv({ header: false, ...dialect }),
      });
      if (problemsOf(() => parseDataset(declared)).length > 0) return;
      accepted++;
      const { delimiter = ',', quote = '"', decimal = '.', thousands = '' } = dialect;
      const field = (text: string): string => {
        if (!text.includes(delimiter)) return text;
        return quote === false ? text.replaceAll(delimiter, `\\${delimiter}`) : `${quote}${text}${quote}`;
      };
      const dataset = parseDataset(declared);
      for (const marker of dialect.nulls) {
        const line = [marker, field(`1${thousands}234${decimal}5`), '1781517600000'].join(delimiter);
        const rejected: { line: number; reason: string; raw: string }[] = [];
        const output = feed(createValidator('csv', dataset, keep(rejected)), [Buffer.from(`${line}\n`)]).toString();
        expect([line, rejected]).toEqual([line, []]);
        expect(JSON.parse(output)).toMatchObject({ note: null, size: 1234.5 });
      }
    }),
    { numRuns: 1000 },
  );
  expect(accepted).toBeGreaterThan(100);
});
