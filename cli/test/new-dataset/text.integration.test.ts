import { gzipSync } from 'node:zlib';
import { folderWith } from '../support/folder';
import { proposeFor, provenFor, shareOf, typesOf } from './support';

jest.setTimeout(120_000);

test('blanks between fields, with a header: "-" is null, epoch seconds are times', async () => {
  const proposed = await provenFor({
    'flow.log.gz': gzipSync(
      'version account-id client bytes start log-status\n2 111122223333 10.0.0.1 4249 1781517600 OK\n2 111122223333 - - 1781517660 NODATA\n',
    ),
  });
  expect(proposed.share).toEqual([2, 2]);
  expect(proposed.definition.input.csv).toEqual({ delimiter: ' ', nulls: ['-'] });
  expect(typesOf(proposed)).toMatchObject({
    version: 'int',
    bytes: 'int',
    event_start: 'timestamp',
    client: 'string',
  });
});

test('names in a line of comments, date and time in two fields', async () => {
  const proposed = await provenFor({
    'E1.2026-06-15-10.gz': gzipSync(
      '#Version: 1.0\n#Fields: date time c-ip sc-bytes\n2026-06-15\t10:00:00\t192.0.2.1\t1045619\n2026-06-15\t10:00:01\t192.0.2.1\t-\n',
    ),
  });
  expect(proposed.share).toEqual([2, 2]);
  expect(proposed.definition.input.csv).toEqual({ delimiter: '\t', header: '#Fields:', nulls: ['-'] });
  expect(proposed.definition.columns[0]).toMatchObject({ name: 'date_time', from: { join: ['date', 'time'] } });
});

test('no header: fields get names, and none is taken for one', async () => {
  const proposed = await provenFor({
    'a.csv':
      'a,101,"Smith, Bob",2026-06-15 10:00:00.000000\nb,101,Smith Bob,2026-06-15 10:05:00.000000\nc,102,\\N,2026-06-15 10:06:00.000000\n',
  });
  expect(proposed.share).toEqual([3, 3]);
  expect(proposed.definition.input.csv).toEqual({
    header: ['column_1', 'column_2', 'column_3', 'column_4'],
    nulls: ['\\N'],
  });
});

test('decimal commas, backslashes before quotes, a delimiter at the end of each line', async () => {
  const comma = await provenFor({ 'a.csv': 'id;at;price\n1;2026-06-15 10:00:00;1,50\n2;2026-06-15 11:00:00;20\n' });
  expect([comma.share, comma.definition.input.csv]).toEqual([[2, 2], { delimiter: ';', decimal: ',' }]);
  expect(typesOf(comma).price).toBe('double');
  const slash = await provenFor({
    'a.csv': 'id,at,said\n1,2026-06-15 10:00:00,"a \\"b\\", c"\n2,2026-06-15 11:00:00,"x"\n',
  });
  expect([slash.share, slash.definition.input.csv]).toEqual([[2, 2], { escape: 'backslash' }]);
  const end = await provenFor({ 'a.csv': 'id|at|\n1|2026-06-15 10:00:00|\n2|2026-06-15 11:00:00|\n' });
  expect([end.share, end.definition.input.csv]).toEqual([[2, 2], { delimiter: '|', trailingDelimiter: true }]);
});

test.each<[what: string, values: readonly string[], delimiter: string, csv: object, type: string, comment: string]>([
  [
    'German',
    ['1.234,56', '-0,50', '1234,00'],
    ';',
    { delimiter: ';', thousands: '.', decimal: ',' },
    'decimal(18,2)',
    'thousands are marked by "."',
  ],
  [
    'German, without fractions',
    ['1.234.567', '12', '1.000'],
    ';',
    { delimiter: ';', thousands: '.', decimal: ',' },
    'int',
    'thousands are marked by "."',
  ],
  [
    'American',
    ['1,234.56', '12.50', '0.25'],
    ';',
    { delimiter: ';', thousands: ',' },
    'decimal(18,2)',
    'thousands are marked by ","',
  ],
  [
    'American, between commas',
    ['"1,234,567.5"', '"12"', '0.5'],
    ',',
    { thousands: ',' },
    'double',
    'thousands are marked by ","',
  ],
  [
    'Swiss',
    ["1'234.50", '12.25'],
    '\t',
    { delimiter: '\t', thousands: "'" },
    'decimal(18,2)',
    'thousands are marked by "\'"',
  ],
  [
    'French',
    ['1\u202f234,5', '12,25'],
    ';',
    { delimiter: ';', thousands: '\u202f', decimal: ',' },
    'double',
    'thousands are marked by',
  ],
  [
    'a comma before three digits',
    ['1,234', '5,678'],
    ';',
    { delimiter: ';', decimal: ',' },
    'double',
    'where it means thousands',
  ],
  ['a point before three digits', ['1.234', '5.678'], ';', { delimiter: ';' }, 'double', ''],
  ['groups that are none', ['1.23,4', '12.34,5'], ';', { delimiter: ';' }, 'string', ''],
])('numbers: %s', async (_, values, delimiter, csv, type, comment) => {
  const rows = values
    .map((value, n) => `${n};2026-06-15 10:00:00;${value}\n`)
    .join('')
    .replaceAll(';', delimiter);
  const proposed = await provenFor({ 'a.csv': `id;at;price\n`.replaceAll(';', delimiter) + rows });
  expect(proposed.share).toEqual([values.length, values.length]);
  expect({ ...proposed.definition.input.csv }).toEqual(csv);
  expect(typesOf(proposed).price).toBe(type);
  expect(proposed.text.replace(/\s+\/\/ /g, ' ')).toMatch(new RegExp(comment, 'i'));
});

test('single quotes around values, and Latin-1', async () => {
  const quoted = await provenFor({
    'a.csv': "id,at,name\n'1','2026-06-15 10:00:00','O''Brien, Pat'\n2,'2026-06-15 11:00:00','NULL'\n",
  });
  expect([quoted.share, quoted.definition.input.csv]).toEqual([[2, 2], { quote: "'" }]);
  expect(typesOf(quoted)).toEqual({ id: 'int', at: 'timestamp', name: 'string' });
  const plain = await provenFor({ 'a.csv': "id,at,name\n1,2026-06-15 10:00:00,O'Brien\n2,2026-06-15 11:00:00,'tis\n" });
  expect(plain.definition.input.csv).toBeUndefined();
  const text = 'id,at,name\n1,2026-06-15 10:00:00,x\n2,2026-06-15 11:00:00,caf\u00e9\n3,2026-06-15 11:00:00,y\n';
  const latin = await proposeFor(folderWith({ 'a.csv': Buffer.from(text, 'latin1') }));
  expect(latin.share).toEqual([2, 3]);
  expect(latin.output).toMatch(
    /a\.csv:3 {2}not UTF-8\n {2}text in Windows-1252 or Latin-1 is converted with: iconv -f WINDOWS-1252/,
  );
});

test('commas are found though some rows have other numbers of fields, and times have blanks', async () => {
  const ragged = await proposeFor(
    folderWith({ 'a.csv': 'id,at,x\n1,2026-06-15 10:00:01,a\n2,2026-06-15 10:00:02\n3,2026-06-15 10:00:03,c,d\n' }),
  );
  expect([ragged.share, typesOf(ragged)]).toEqual([[1, 3], { id: 'int', at: 'timestamp', x: 'string' }]);
});

test('marks of one file hold for all, and a number that they do not fit is told', async () => {
  const line = (n: number, price: string, rate: string): string => `${n};2026-06-15 10:00:00;${price};${rate}\n`;
  const proposed = await provenFor({
    'a.csv': `id;at;price;rate\n${line(1, '5', '1.5')}`,
    'b.csv': `id;at;price;rate\n${line(2, '1.234,56', '2.5')}`,
  });
  expect(proposed.share).toEqual([2, 2]);
  expect(typesOf(proposed)).toMatchObject({ price: 'double', rate: 'string' });
  expect(proposed.text.replace(/\s+\/\/ /g, ' ')).toContain(
    'umbers of another form, such as "2.5", are in columns of strings',
  );
});

test.each<[string, string, string, object]>([
  ['hours', '2026/06/15/10', '{yyyy}/{MM}/{dd}/{HH}/', { scheme: 'day' }],
  [
    'a service of AWS',
    'AWSLogs/111122223333/svc/eu-west-1/2026/06/15',
    'AWSLogs/{account}/svc/{region}/{yyyy}/{MM}/{dd}/',
    { scheme: 'day' },
  ],
  ['Hive without leading zeros', 'year=2026/month=6/day=15', 'year={yyyy}/month={M}/day={d}/', { scheme: 'day' }],
  ['months', '2026/06', '{yyyy}/{MM}/', { scheme: 'month' }],
  ['dates', 'date=2026-06-15', 'date={yyyy}-{MM}-{dd}/', { scheme: 'day' }],
])('folders of %s are a layout', async (_, folder, layout, partition) => {
  const proposed = await provenFor({ [`${folder}/a.json`]: '{"id":1,"at":"2026-06-15T10:00:00Z"}\n' });
  expect(proposed.share).toEqual([1, 1]);
  expect(proposed.definition).toMatchObject({ input: { layout }, partition });
});

test('folders of different depths, or without a month, are not a layout', async () => {
  const row = '{"id":1,"at":"2026-06-15T10:00:00Z"}\n';
  const proposed = await proposeFor(folderWith({ '2026/06/15/a.json': row, 'x/a.json': row }));
  expect([proposed.share, proposed.definition.input]).toEqual([[2, 2], { formats: ['ndjson'] }]);
});

test.each<[string, string, string, string]>([
  [
    'alb',
    'AWSLogs/111122223333/elasticloadbalancing/eu-west-1/2026/06/15/a.log.gz',
    'http 2026-06-15T10:00:01.000000Z app/web/50dc6c495c0c9188 192.0.2.11:2818 - -1 -1 -1 503 - 0 57 "GET http://www.example.com:80/ HTTP/1.1" "-" - - - "Root=1-2" "-" "-" 0 2026-06-15T10:00:01.000000Z "fixed-response" "-" "-" "-" "-" "-" "-"',
    "alb({ name: 'sample' })",
  ],
  [
    'vpc_flow_logs',
    'flow.log.gz',
    'start srcaddr vpc-id\n1781517600 10.0.0.1 vpc-1',
    "vpcFlowLogs({ name: 'sample', fields: ['start', 'srcaddr', 'vpc-id']",
  ],
  [
    'apache',
    'access.log.gz',
    '192.0.2.1 - - [15/Jun/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 5 "-" "curl/8.0"',
    "apacheCombined({ name: 'sample'",
  ],
])('files that the preset of %s takes are proposed as that preset', async (_, path, text, call) => {
  const folder = folderWith({ [path]: gzipSync(`${text}\n`) });
  const proposed = await proposeFor(folder);
  expect(proposed.text).toContain(`export default ${call}`);
  expect(proposed.share).toEqual([1, 1]);
  expect(await shareOf(folder, proposed.dataset)).toEqual([1, 1]);
});

test.each<[string, string, string | undefined]>([
  ['Azure diagnostics', 'y=2026/m=06/d=15/h=10/m=00/PT1H.json', 'y={yyyy}/m={MM}/d={dd}/h={HH}/'],
  ['a region before days', 'region=eu/2026/06/15/a.json', 'region={region}/{yyyy}/{MM}/{dd}/'],
  ['a reserved word', 'table=Orders/dt=2026-06-15/a.json', 'table={table_name}/dt={yyyy}-{MM}-{dd}/'],
  ['Kafka Connect, partitions alone', 'topics/x/partition=0/a.json', undefined],
])('folders of %s: the lake accepts all rows, with a comment about what the folders are', async (_, path, layout) => {
  const proposed = await provenFor({ [path]: '{"id":1,"at":"2026-06-15T10:00:00Z"}\n' });
  expect(proposed.share).toEqual([1, 1]);
  expect(proposed.definition.input.layout).toBe(layout);
  expect(proposed.definition.partition.leading).toBeUndefined();
  const text = proposed.text.replace(/\n +\/\/ /g, ' ');
  expect(/No path of the samples is in a partition, such as "topics\/x\/partition=0\/a.json": /.test(text)).toBe(
    layout === undefined,
  );
});

test('a marker that may be a value in a column of texts is not taken for null in others, and the file says so', async () => {
  const rows = [
    ['NA', '20.5', 'NULL'],
    ['DE', 'NA', 'a b'],
    ['FR', '3.25', 'c d'],
  ];
  const text = (some: readonly (readonly string[])[]): string =>
    `at,country,temp,note\n${some.map((row) => `2026-06-15 10:00:00,${row.join(',')}\n`).join('')}`;
  // The value may be in one file, and the marker in another.
  for (const files of [{ 'a.csv': text(rows) }, { 'a.csv': text(rows.slice(0, 2)), 'b.csv': text(rows.slice(1)) }]) {
    const proposed = await provenFor(files);
    expect(proposed.share[0]).toBe(proposed.share[1]);
    expect(proposed.definition.input.csv?.nulls).toBeUndefined();
    expect(typesOf(proposed)).toMatchObject({ country: 'string', temp: 'string' });
    expect(proposed.text.replace(/\s+(?:\/\/ )?/g, ' ')).toContain(
      '"NA" is not taken for null, as "country" may mean it',
    );
  }
});

test('a marker that is none in a column of texts means null in all, and the file names the texts', async () => {
  const proposed = await provenFor({
    'a.csv':
      'at,n,note,temp\n2026-06-15 10:00:00,1,NULL,NA\n2026-06-15 10:00:00,NULL,a b,1.5\n2026-06-15 10:00:00,2,b c,2.5\n',
  });
  expect(proposed.definition.input.csv?.nulls).toEqual(['NA', 'NULL']);
  expect(typesOf(proposed)).toMatchObject({ n: 'int', note: 'string', temp: 'double' });
  expect(proposed.text.replace(/\s+(?:\/\/ )?/g, ' ')).toContain('"NULL" is null among the texts of "note" too');
});

test('quotes within values of tabbed text are characters as any other', async () => {
  const proposed = await provenFor({
    'a.tsv':
      'id\tat\tname\n1\t2026-06-15 10:00:00\t"big" fish\n2\t2026-06-15 11:00:00\t5" disk\n3\t2026-06-15 12:00:00\tx\n',
  });
  expect([proposed.share, proposed.definition.input.csv]).toEqual([[3, 3], { delimiter: '\t', quote: false }]);
});

test('the header of pandas, whose index has no name, and the line of Excel before one', async () => {
  const pandas = await provenFor({ 'a.csv': ',name,ts,v\n0,a,2026-06-15 10:00:00,1\n1,b,2026-06-15 11:00:00,2\n' });
  expect([pandas.share, pandas.definition.columns.map(({ name }) => name)]).toEqual([
    [2, 2],
    ['name', 'ts', 'v'],
  ]);
  expect(pandas.text).toContain('A field has no name in the header');
  const excel = await provenFor({ 'a.csv': 'sep=;\r\nid;at\r\n1;2026-06-15 10:00:00\r\n' });
  expect([excel.share, excel.definition.input.csv]).toEqual([[1, 1], { delimiter: ';', comment: 'sep=' }]);
});
