import { DuckDBInstance } from '@duckdb/node-api';
import { transformSync } from 'esbuild';
import fc from 'fast-check';
import { curatedTable, duckdbType, jsonSchema, rawTable, rowTypeScript, tableMarkdown } from '../../lib/dataset';
import { datasets } from '../fixtures/datasets';
import { columnsOf, columnType, dataset } from './helpers';

test('DuckDB takes every type as the type of a column', async () => {
  const types = fc.sample(columnType, 100).map(duckdbType);
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const columns = types.map((type, index) => `c${index} ${type}`);
    await connection.run(`CREATE TABLE t (${columns.join(', ')})`);
    const described = await connection.runAndReadAll('DESCRIBE t');
    const unquoted = (type: unknown) => String(type).replaceAll('"', '');
    expect(described.getRowObjects().map((row) => unquoted(row.column_type))).toEqual(types.map(unquoted));
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
});

test('writes a row type', () => {
  const of = dataset({
    name: 'web_events',
    description: 'Ends */ here */.',
    columns: [
      { name: 'id', type: 'bigint', notNull: true, comment: 'Unique id' },
      { name: 'at', type: 'timestamp', notNull: true },
      { name: 'day_of', type: 'date' },
      { name: 'price', type: 'decimal(5,2)' },
      { name: 'blob', type: 'binary' },
      { name: 'tags', type: 'array<map<string,float>>', comment: 'Labels' },
      { name: 'place', type: 'struct<city:string,geo:struct<lat:double,ok:boolean>>' },
    ],
  });
  expect(rowTypeScript(of)).toBe(`/** Ends *\\/ here *\\/. */
export interface WebEventsRow {
  /** Unique id. A string of digits beyond 2^53 */
  readonly id: number | string;
  /** ISO-8601 with offset or Z, or epoch milliseconds */
  readonly at: number | string;
  /** yyyy-MM-dd */
  readonly day_of?: string | null;
  /** At most 3 digits before the point and 2 after it */
  readonly price?: number | string | null;
  /** Base64 */
  readonly blob?: string | null;
  /** Labels */
  readonly tags?: readonly (Readonly<Record<string, number | null>> | null)[] | null;
  readonly place?: {
    readonly city?: string | null;
    readonly geo?: {
      readonly lat?: number | null;
      readonly ok?: boolean | null;
    } | null;
  } | null;
}
`);
});

test.each([
  ['boolean', 'boolean', ''],
  ['tinyint', 'number', ''],
  ['smallint', 'number', ''],
  ['int', 'number', ''],
  ['float', 'number', ''],
  ['double', 'number', ''],
  ['bigint', 'number | string', 'A string of digits beyond 2^53'],
  ['decimal(38,10)', 'number | string', 'At most 28 digits before the point and 10 after it'],
  ['string', 'string', ''],
  ['date', 'string', 'yyyy-MM-dd'],
  ['binary', 'string', 'Base64'],
  ['timestamp', 'number | string', 'ISO-8601 with offset or Z, or epoch milliseconds'],
  ['array<string>', 'readonly (string | null)[]', ''],
  ['map<string,boolean>', 'Readonly<Record<string, boolean | null>>', ''],
])('the row type of a %s is %s', (type, written, note) => {
  const columns = (comment?: string) => [
    { name: 'at', type: 'timestamp', notNull: true },
    { name: 'x', type, ...(comment === undefined ? {} : { comment }) },
  ];
  const lines = (comment?: string) =>
    rowTypeScript(dataset({ columns: columns(comment) }))
      .split('\n')
      .slice(4, -2);
  const member = `  readonly x?: ${written} | null;`;
  expect(lines()).toEqual(note === '' ? [member] : [`  /** ${note} */`, member]);
  expect(lines('')).toEqual(lines());
  expect(lines('What')).toEqual([`  /** What${note === '' ? '' : `. ${note}`} */`, member]);
});

test('of a time with a format of its own, events have ISO 8601 only', () => {
  const at = { name: 'at', type: 'timestamp', notNull: true, format: { epoch: 's' } };
  expect(rowTypeScript(dataset({ columns: [at] }))).toBe(
    [
      '/** Test events. */',
      'export interface EventsRow {',
      '  /** ISO-8601 with offset or Z */',
      '  readonly at: string;',
      '}',
      '',
    ].join('\n'),
  );
});

test.each(datasets.map((of) => [of.name, of] as const))('the row type of %s is TypeScript', (_, of) => {
  expect(() => transformSync(rowTypeScript(of), { loader: 'ts' })).not.toThrow();
});

test('documents a table', () => {
  const of = dataset({
    description: 'Events of | every <kind>.',
    columns: columnsOf('array<int>'),
    partition: {
      scheme: 'hour',
      from: '2026-06-15',
      to: '2026-12-31',
      leading: [
        { name: 'tenant', kind: 'enum', values: ['acme'] },
        { name: 'device', kind: 'injected' },
      ],
    },
    dedupeKey: ['id'],
    sortBy: ['at', 'id'],
    retention: { curatedDays: 90 },
  });
  expect(tableMarkdown(of)).toBe(`## events

Events of \\| every \\<kind\\>.

| Column | Type | Null | Meaning |
| --- | --- | --- | --- |
| \`id\` | \`string\` | no |  |
| \`at\` | \`timestamp\` | no |  |
| \`c0\` | \`array<int>\` | yes |  |

| Partition key | Type | Meaning |
| --- | --- | --- |
| \`tenant\` | \`string\` | One of a fixed set of values |
| \`device\` | \`string\` | Any value; every query must give one with an equality |
| \`year\` | \`int\` | Year of the event time, UTC |
| \`month\` | \`int\` | Month of the event time, UTC, 1 to 12 |
| \`day\` | \`int\` | Day of the event time, UTC, 1 to 31 |
| \`hour\` | \`int\` | Hour of the event time, UTC, 0 to 23 |

| Property | Value |
| --- | --- |
| Partitions | \`tenant=<tenant>/device=<device>/year=<yyyy>/month=<MM>/day=<dd>/hour=<HH>\`, 2026-06-15 to 2026-12-31 |
| Event time | \`at\` |
| Kept once for each | \`id\` |
| Sorted by | \`at\`, \`id\` |
| Accepted input | ndjson |
| Events of the ingest gateway | one object each, members named as the columns |
| Files | Parquet, snappy, about 512 MiB |
| Kept | 90 days |

Name every partition key that you can, so that a query reads only what it needs:

\`\`\`sql
SELECT count(*)
FROM events
WHERE tenant = 'acme' AND device = 'example' AND year = 2026 AND month = 6 AND day = 15 AND hour = 0
\`\`\`
`);
});

test('documents the checks, and what becomes of rows that fail them; analysts read that in the catalog', () => {
  const of = dataset({
    description: 'Readings.',
    columns: [
      { name: 'at', type: 'timestamp', notNull: true },
      { name: 'value', type: 'int' },
      { name: 'state', type: 'string' },
    ],
    checks: [
      { column: 'value', min: 0, onFail: 'quarantine' },
      { column: 'state', in: ['on', 'o|f'], onFail: 'warn' },
      { name: 'sound', sql: 'value < 10', onFail: 'fail' },
    ],
  });
  const [low, list, sound] = of.checks ?? [];
  const text = tableMarkdown(of);
  expect(text).toContain('| Check | Expects | Rows that fail it |');
  expect(text).toContain(`| \`${low?.name}\` | ${low?.expects.replace(/_/g, '\\_')} | are in quarantine |`);
  expect(text).toMatch(new RegExp(`\\| \`${list?.name}\` \\| [^\n]*o\\\\\\|f[^\n]* \\| are stored, and counted \\|`));
  expect(text).toContain('| keep their partition waiting |');
  const described = curatedTable(of, { bucket: 'b' }).description;
  expect(described).toBe(
    `Readings. Checked as rows arrive, which are kept out if they fail: ${low?.expects}; ${sound?.expects}. ` +
      `Checked, and stored all the same: ${list?.expects}.`,
  );
  const wordy = { ...of, description: 'x'.repeat(2_000) };
  expect(curatedTable(wordy, { bucket: 'b' }).description).toBe(wordy.description);
  expect(curatedTable({ ...of, checks: [] }, { bucket: 'b' }).description).toBe('Readings.');
});

test('documents the layout of the inbox, and the columns that it gives', () => {
  const of = dataset({
    columns: [
      { name: 'at', type: 'timestamp', notNull: true },
      { name: 'account', type: 'string' },
    ],
    input: { formats: ['ndjson'], layout: 'logs/{account}/{yyyy}/{MM}/{dd}/' },
  });
  expect(tableMarkdown(of)).toContain('| `account` | `string` | yes | the path |  |');
  expect(tableMarkdown(of)).toContain('| Paths | `logs/{account}/{yyyy}/{MM}/{dd}/` |');
});

test('documents where values come from, where one comes from elsewhere', () => {
  const of = dataset({
    columns: [
      { name: 'at', type: 'timestamp', notNull: true, from: { firstOf: ['@timestamp', { path: ['detail', 'a|b'] }] } },
      { name: 'event_id', type: 'string' },
      { name: 'id', type: 'string' },
    ],
    columnNames: 'snake',
  });
  expect(tableMarkdown(of)).toContain(`
| Column | Type | Null | In files | Meaning |
| --- | --- | --- | --- | --- |
| \`at\` | \`timestamp\` | no | "@timestamp", else "detail" / "a\\|b" |  |
| \`event_id\` | \`string\` | yes | any name whose snake case is event\\_id |  |
| \`id\` | \`string\` | yes |  |  |
`);
});

test('what is derived speaks of the row under its own names, and says how rows of files stand in their envelope', () => {
  const of = dataset({
    columns: [
      { name: 'id', type: 'string', notNull: true, from: 'eventID' },
      { name: 'at', type: 'timestamp', notNull: true, from: { join: ['date', 'time'] } },
      { name: 'region', type: 'string', from: 'sourceRegion', comment: 'Where' },
      { name: 'account', type: 'string' },
    ],
    input: {
      formats: ['json'],
      json: { unwrap: { path: ['detail', 'records'] }, carry: [{ path: ['source', 'sourceRegion'] }] },
      layout: '{account}/{yyyy}/{MM}/{dd}/',
    },
  });
  const envelope = 'in "detail" / "records" of each object, one or an array, with "source" / "sourceRegion" of it';
  const text = tableMarkdown(of);
  expect(text).toContain('| Column | Type | Null | In files | Meaning |');
  expect(text).toContain('| `at` | `timestamp` | no | "date" and "time", joined with a blank |');
  expect(text).toContain('| `account` | `string` | yes | the path |');
  expect(text).toContain(`| Records of JSON | ${envelope} |`);
  expect(text).toContain('| Events of the ingest gateway | none |');
  expect(rawTable(of, { bucket: 'raw' }).description).toContain(`rows of the curated table: they stand ${envelope}.`);
  const schema = jsonSchema(of) as { $comment?: string; required: string[]; properties: Record<string, object> };
  expect(schema.$comment).toBe(`Rows of files stand ${envelope}, and the gateway takes none.`);
  expect(schema.required).toEqual(['id', 'at']);
  expect(schema.properties).toMatchObject({
    id: { type: 'string', $comment: 'In files: "eventID"' },
    at: { $comment: 'In files: "date" and "time", joined with a blank' },
    region: { description: 'Where', $comment: 'In files: "sourceRegion"' },
    account: { $comment: 'In files: the path' },
  });
  expect(rowTypeScript(of)).toContain(
    `Rows of files stand ${envelope}. */\nexport interface EventsRow {\n  readonly id: string;`,
  );
});

test('of a dataset whose files hold its events as they are, nothing more is said', () => {
  expect(tableMarkdown(dataset())).toContain(
    '| Events of the ingest gateway | one object each, members named as the columns |',
  );
  expect(tableMarkdown(dataset())).not.toContain('Records of JSON');
  expect(JSON.stringify(jsonSchema(dataset()))).not.toContain('$comment');
});

const fact = (name: string, more: Readonly<Record<string, unknown>>): string | undefined =>
  tableMarkdown(dataset(more))
    .split('\n')
    .find((line) => line.startsWith(`| ${name} |`))
    ?.slice(name.length + 5, -2);

test('documents what is kept, how it is sorted and for how long', () => {
  const keys = [
    { name: 'id', type: 'string', notNull: true },
    { name: 'at', type: 'timestamp', notNull: true },
    { name: 'rank', type: 'int', notNull: true },
    { name: 'seq', type: 'bigint', notNull: true },
    { name: 'state', type: 'string' },
  ];
  const latest = { key: ['id', 'rank'], keep: 'latest', by: ['at', 'seq'] };
  const deleted = { column: 'state', values: ['gone', 'void'] };
  expect(fact('Kept once for each', {})).toBe('every row is kept');
  expect(fact('Rows that delete their key', {})).toBeUndefined();
  expect(fact('Kept once for each', { columns: keys, dedupe: latest })).toBe('`id`, `rank`: the latest by `at`, `seq`');
  expect(fact('Kept once for each', { columns: keys, dedupe: { ...latest, keep: 'earliest' } })).toBe(
    '`id`, `rank`: the earliest by `at`, `seq`',
  );
  expect(fact('Rows that delete their key', { columns: keys, dedupe: { ...latest, deleted } })).toBe(
    '`state` is `"gone"` or `"void"`; they are not shown',
  );
  expect([fact('Sorted by', {}), fact('Sorted by', { sortBy: ['at'] })]).toEqual(['not sorted', '`at`']);
  expect([fact('Kept', {}), fact('Kept', { retention: { curatedDays: 7 } })]).toEqual(['forever', '7 days']);
  expect(fact('Files', { compaction: { codec: 'zstd', targetFileMiB: 128 } })).toBe('Parquet, zstd, about 128 MiB');
  expect(fact('Accepted input', { input: { formats: ['csv', 'ndjson'] } })).toBe('csv, ndjson');
  expect(fact('Paths', {})).toBeUndefined();
});

test('documents free text as it is, and no markup of it', () => {
  const all = '\\ | < > ` * _ [x] #';
  const of = dataset({ description: all, columns: [{ name: 'at', type: 'timestamp', notNull: true, comment: all }] });
  const escaped = '\\\\ \\| \\< \\> \\` \\* \\_ \\[x\\] #';
  expect(tableMarkdown(of).split('\n').slice(0, 7)).toEqual([
    ...['## events', '', escaped, ''],
    ...['| Column | Type | Null | Meaning |', '| --- | --- | --- | --- |'],
    `| \`at\` | \`timestamp\` | no | ${escaped} |`,
  ]);
});

test('documents a table in which one column alone is from the path or from elsewhere', () => {
  const header = (more: Readonly<Record<string, unknown>>): string | undefined =>
    tableMarkdown(dataset(more)).split('\n')[4];
  const at = { name: 'at', type: 'timestamp', notNull: true };
  const columns = [at, { name: 'account', type: 'string' }];
  const sourced = '| Column | Type | Null | In files | Meaning |';
  expect(header({ columns })).toBe('| Column | Type | Null | Meaning |');
  expect(header({ columns, input: { formats: ['ndjson'], layout: '{yyyy}/{MM}/{dd}/' } })).toBe(
    '| Column | Type | Null | Meaning |',
  );
  expect(header({ columns, input: { formats: ['ndjson'], layout: '{account}/{yyyy}/{MM}/{dd}/' } })).toBe(sourced);
  expect(
    header({
      columns: [
        { ...at, from: 'Time' },
        { name: 'account', type: 'string' },
      ],
    }),
  ).toBe(sourced);
});

test('documents a query of the first day for every scheme', () => {
  const query = (scheme: string, leading: object[] = []): string | undefined =>
    /WHERE (.*)/.exec(
      tableMarkdown(dataset({ partition: { scheme, from: '2024-02-01', to: '2026-12-31', leading } })),
    )?.[1];
  expect(['day', 'dt', 'month', 'hour'].map((scheme) => query(scheme))).toEqual([
    'year = 2024 AND month = 2 AND day = 1',
    "dt = '2024-02-01'",
    'year = 2024 AND month = 2',
    'year = 2024 AND month = 2 AND day = 1 AND hour = 0',
  ]);
  expect(query('dt', [{ name: 'tenant', kind: 'enum', values: ['b', 'a'] }])).toBe(
    "tenant = 'b' AND dt = '2024-02-01'",
  );
});
