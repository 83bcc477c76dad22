import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { memberText } from '../../lib/rows';
import { ANNOTATIONS, writeParquet } from '../../test/support/parquet/writer';
import { BUCKETS } from '../lake';
import { query } from '../query-main';
import { Terminal } from '../terminal';
import { folderWith } from './support/folder';
import { start } from './support/run';

const DAY = 'year=2026/month=06/day=15';
const row = (id: string, time: unknown, more: object = {}): string =>
  JSON.stringify({ event_id: id, event_time: time, path: '/', status: 200, ...more });
const NOON = '2026-06-15T12:00:00Z';
const SECONDS = Date.parse(NOON) / 1000;

test('event times outside of their partition and undeclared members are printed, with the likely cause', async () => {
  const names = Array.from({ length: 12 }, (_, index) => [`extra_${String(index).padStart(2, '0')}`, 1]);
  const input = folderWith({
    [`${DAY}/a.json`]: [
      row('1', NOON, { host: 'a', 'x\u001b[31m': 1 }),
      row('2', SECONDS, { host: 'b' }),
      row('3', SECONDS + 1, Object.fromEntries(names)),
    ].join('\n'),
    'year=2026/month=06/day=16/b.csv': `event_id,event_time,path,status,colour,\n4,${SECONDS},/,200,red,\n5,2026-06-16 00:00:00,/,200,,\n`,
  });
  const { code, output, result } = await start('--input', input, '--dataset', 'access_logs');
  expect([code, result.problems]).toEqual([0, []]);
  expect(result.total).toMatchObject({ rowsIn: 5, rowsOut: 5 });
  const hint = 'epoch seconds taken for milliseconds: the number times 1,000 lies in the partition';
  expect(result.compaction).toMatchObject({
    reported: { rowsOutsidePartition: 3 },
    outsidePartition: [
      { partition: DAY, rows: 2, example: '1970-01-21T14:52:04.800Z', hint },
      { partition: 'year=2026/month=06/day=16', rows: 1, example: '1970-01-21T14:52:04.800Z', hint },
    ],
    otherUndeclared: 0,
  });
  expect(result.compaction.undeclared).toHaveLength(16);
  expect(result.compaction.undeclared.slice(0, 3)).toEqual(
    expect.arrayContaining([
      { name: 'host', count: 2 },
      { name: 'colour', count: 2 },
    ]),
  );
  expect(output).toContain(
    `3 event times more than a day outside of the partition, in 2 partitions: for example 1970-01-21T14:52:04.800Z in ${DAY}. Likely: ${hint}.`,
  );
  const printed = /Undeclared, so not stored: (.*), others 6\n/.exec(output)?.[1]?.split(', ');
  expect(printed?.slice(0, 3).sort()).toEqual(['"" 2', 'colour 2', 'host 2']);
  expect(output).not.toContain('\u001b');
}, 60_000);

test('a pretty-printed file is its records, in Hive folders and placed by event time; names and numbers are those of the file', async () => {
  const pretty = JSON.stringify([JSON.parse(row('p', NOON)), JSON.parse(row('q', NOON))], null, 2);
  const good = `${row('1', NOON)}\n`;
  const input = folderWith({
    [`${DAY}/pretty.json`]: pretty,
    'pretty.json': pretty.replaceAll('\n', '\r\n'),
    'numbers.json': `${good}${row('2', 0).replace(':0,', ':1e400,')}\n${row('3', 0).replace(':0,', ':12345678901234567890.10,')}\n`,
    'names.json': `${row('4', NOON)}\n${row('5', NOON).replace('event_time', 'EventTime')}\n`,
  });
  const file = join(input, 'names.parquet');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(
    `COPY (SELECT '6' AS event_id, TIMESTAMP '2026-06-15' AS "Event-Time") TO '${file}' (FORMAT parquet)`,
  );
  connection.closeSync();
  instance.closeSync();
  const { result } = await start('--input', input, '--dataset', 'access_logs');
  expect(result.problems).toEqual([]);
  expect(result.total).toMatchObject({ rowsOut: 4, unaccounted: 0, objectsQuarantined: 1 });
  expect(result.quarantine.objects.map(({ source, reason }) => [source, reason]).sort()).toEqual([
    ['names.parquet', expect.stringMatching(/^its schema has "Event-Time".* event_time/)],
  ]);
  expect(result.quarantine.lines.map(({ source, line, reason }) => [source, line, reason])).toEqual(
    expect.arrayContaining([
      ['numbers.json', 2, 'no partition: event_time must be a timestamp, but got 1e400'],
      ['numbers.json', 3, 'no partition: event_time must be a timestamp, but got 12345678901234567890.10'],
      ['names.json', 2, 'no partition: event_time is missing, but there is "EventTime"; names match exactly'],
    ]),
  );
  expect(result.quarantine.lines).toHaveLength(3);
}, 60_000);

test('lines that are not records have the same reason in Hive folders and placed by event time', async () => {
  const lines = [`${row('1', NOON)}, "x"`, '[3]', 'id;when', '7', 'null', row('ok', NOON)];
  const text = `${lines.join('\n')}\n`;
  const input = folderWith({ [`${DAY}/hive.json`]: text, 'placed.json': text });
  const { code, result } = await start('--input', input, '--dataset', 'access_logs');
  expect([code, result.problems]).toEqual([0, []]);
  const reasons = (file: string) =>
    result.quarantine.lines.filter(({ source }) => source.endsWith(file)).map(({ line, reason }) => [line, reason]);
  expect(reasons('placed.json')).toEqual(reasons('hive.json'));
  expect(reasons('placed.json')).toEqual([
    [
      1,
      `not JSON: unexpected "," at byte ${row('1', NOON).length + 1}; write one object a line, for example with jq -c .`,
    ],
    [2, "expected an object, found an array; write one object a line, for example with jq -c '.[]'"],
    [3, expect.stringMatching(/^not JSON/)],
    [4, 'expected an object, found 7'],
    [5, 'expected an object, found null'],
  ]);
}, 60_000);

test('CSV records that are not rows have the same reason in Hive folders and placed by event time', async () => {
  const lines = [
    'event_id,event_time,path,status',
    `1,${NOON},/,200`,
    '(1 row affected)',
    '',
    `2, "${NOON}",/,200`,
    '"3',
    `4",x"${NOON}",/,200`,
    '\u001a',
    '5,,/,200,',
  ];
  const latin1 = Buffer.from(`event_id,event_time,path,status\n1l,${NOON},/,200\n\xe9,,/,\n`, 'latin1');
  const files = { 'a.csv': `${lines.join('\r\n')}\r\n`, 'latin1.csv': latin1 };
  const input = folderWith({
    ...Object.fromEntries(Object.entries(files).map(([name, bytes]) => [`${DAY}/hive-${name}`, bytes])),
    ...Object.fromEntries(Object.entries(files).map(([name, bytes]) => [`placed-${name}`, bytes])),
  });
  const { code, result } = await start('--input', input, '--dataset', 'access_logs');
  expect([code, result.problems, result.total.rowsQuarantined]).toEqual([0, [], 12]);
  const reasons = (kind: string) =>
    result.quarantine.lines.flatMap(({ source, line, reason }) => {
      const [, name] = source.split(`${kind}-`);
      return name === undefined ? [] : [`${name}:${line} ${reason}`];
    });
  expect(reasons('placed').sort()).toEqual(reasons('hive').sort());
  expect(reasons('placed').sort()).toEqual([
    'a.csv:3 expected 4 fields as in the header, found 1',
    'a.csv:5 not CSV: a quote inside a field that is not quoted',
    'a.csv:6 not CSV: a quote inside a field that is not quoted',
    'a.csv:8 expected 4 fields as in the header, found 1',
    'a.csv:9 expected 4 fields as in the header, found 5',
    'latin1.csv:3 not UTF-8',
  ]);
}, 60_000);

test('an event time of Parquet that is in no partition is shown, with the likely cause', async () => {
  const times = [NOON, '2014-12-31T23:59:59.999Z', '2036-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z'].map(Date.parse);
  const parquet = writeParquet(
    [
      { name: 'event_id', physical: 'BYTE_ARRAY', annotation: ANNOTATIONS.UTF8 },
      { name: 'event_time', physical: 'INT64' },
    ],
    [SECONDS, ...times].map((time, id) => ({ event_id: Buffer.from(`${id}`), event_time: BigInt(time) })),
  );
  const input = folderWith({ 'times.parquet': parquet });
  const { code, result } = await start('--input', input, '--dataset', 'access_logs');
  expect([code, result.problems, result.total.rowsOut]).toEqual([0, [], 1]);
  const outside = (time: string) =>
    `no partition: event time ${time} is outside the range of dataset access_logs, 2015-01-01 to 2035-12-31`;
  expect(result.quarantine.lines.map(({ line, reason }) => [line, reason])).toEqual([
    [
      1,
      `${outside('1970-01-21T14:52:04.800Z')}. Likely epoch seconds, where milliseconds are expected: times 1,000 it is in the range`,
    ],
    [3, outside('2014-12-31T23:59:59.999Z')],
    [4, outside('2036-01-01T00:00:00.000Z')],
    [5, outside('9999-12-31T23:59:59.999Z')],
  ]);
}, 60_000);

test('Parquet that cannot be read has the same reason in Hive folders and placed by event time, without a message of the engine', async () => {
  const whole = writeParquet(
    [
      { name: 'event_id', physical: 'BYTE_ARRAY', annotation: ANNOTATIONS.UTF8 },
      { name: 'event_time', physical: 'INT64' },
    ],
    [{ event_id: Buffer.from('x'), event_time: BigInt(Date.parse(NOON)) }],
  );
  const garbled = Buffer.from(whole);
  garbled.fill(0xff, 4, 40);
  const tail = (length: number, magic = 'PAR1'): Buffer => {
    const bytes = Buffer.alloc(8, magic, 'latin1');
    bytes.writeUInt32LE(length, 0);
    bytes.write(magic, 4, 'latin1');
    return bytes;
  };
  const files = {
    'cut.parquet': whole.subarray(0, -9),
    'magic.parquet': Buffer.from('PAR1'),
    'long.parquet': Buffer.concat([whole.subarray(0, -8), tail(0x7fffffff)]),
    'empty.parquet': Buffer.concat([whole.subarray(0, -8), tail(0)]),
    'pages.parquet': garbled,
    'more.parquet': Buffer.concat([whole, Buffer.from('\n')]),
  };
  const input = folderWith({
    ...Object.fromEntries(Object.entries(files).map(([name, bytes]) => [`${DAY}/hive-${name}`, bytes])),
    ...Object.fromEntries(Object.entries(files).map(([name, bytes]) => [`placed-${name}`, bytes])),
    'ok.json': row('ok', NOON),
  });
  const { code, result } = await start('--input', input, '--dataset', 'access_logs');
  expect([code, result.problems, result.total.rowsOut]).toEqual([0, [], 1]);
  const reasons = (kind: string) =>
    result.quarantine.objects
      .flatMap(({ source, reason }) =>
        source.includes(`${kind}-`) ? [`${source.split(`${kind}-`)[1]} ${reason}`] : [],
      )
      .sort();
  expect(reasons('placed')).toEqual(reasons('hive'));
  expect(reasons('placed')).toHaveLength(Object.keys(files).length);
  for (const reason of reasons('placed')) {
    expect(reason).toMatch(/^\w+\.parquet not a readable Parquet file: /);
    expect(reason).not.toMatch(/Error:|''|\/tmp|input/);
  }
  expect(reasons('placed')).toContain(
    'cut.parquet not a readable Parquet file: it does not end in PAR1, so that it was probably cut short',
  );
}, 60_000);

test('files that are refused say what they hold instead, and how many more there are', async () => {
  const input = folderWith({
    'seconds.json': `${row('1', SECONDS)}\n${row('2', 5)}\n${row('3', NOON)}\n`,
    'semicolons.csv': 'event_id;event_time;path\n1;2026-06-15 10:00:00;/\n',
    'headerless.csv': 'I,101,"Smith, Bob",2026-06-15 10:00:00\nU,101,Bob,2026-06-15 10:00:00\n',
    'text.parquet': 'no Parquet at all\n',
    'a.csv': 'x\n1\n',
    'b.csv': 'x\n1\n',
  });
  const { code, result, output } = await start('--input', input, '--dataset', 'access_logs');
  expect([code, result.problems, result.total.rowsOut]).toEqual([0, [], 1]);
  const objects = new Map(result.quarantine.objects.map(({ source, reason }) => [source, reason]));
  expect(objects.get('semicolons.csv')).toMatch(
    /its fields are separated by ";", but the dataset's input\.csv\.delimiter is ",": change one of them$/,
  );
  expect(objects.get('headerless.csv')).toMatch(/; it has "I", "101", "Smith, Bob", and 1 more$/);
  expect(objects.get('text.parquet')).toBe('its name says Parquet, but it does not begin as Parquet does, with PAR1');
  const [seconds, other] = result.quarantine.lines.map(({ reason }) => reason);
  expect(seconds).toMatch(/Likely epoch seconds, where milliseconds are expected: times 1,000 it is in the range$/);
  expect(other).toMatch(/^no partition: event time 1970.*2035-12-31$/);
  expect(output).toContain('... and 2 more as a whole\n');
}, 60_000);

test('a manifest that lists a missing file is reported in one sentence, by a run and by a query', async () => {
  const keep = join(folderWith(), 'lake');
  const input = folderWith({ 'a.json': `${row('1', NOON)}\n` });
  const args = ['--input', input, '--dataset', 'access_logs', '--keep', keep];
  expect((await start(...args)).code).toBe(0);
  const data = join(keep, BUCKETS.curated, 'data');
  const file = readdirSync(data, { recursive: true, encoding: 'utf8' }).find((name) => name.endsWith('.parquet'));
  rmSync(join(data, file ?? ''));
  const sentence = /^manifest \S+ lists s3:\/\/\S+\.parquet, which is not there\. .* Restore the file, .*\n$/;
  const again = await start(...args);
  expect([again.code, again.errors]).toEqual([1, expect.stringMatching(sentence)]);
  const write = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  try {
    const code = await query(['--keep', keep, 'SELECT 1'], new Terminal({ write: () => true }, {}));
    expect([code, write.mock.calls.join('')]).toEqual([1, expect.stringMatching(sentence)]);
  } finally {
    write.mockRestore();
  }
}, 60_000);

test.each([
  ['{"a":1.10}', '1.10'],
  [' {"x":{"a":1},"a" : [1 , 2] ,"b":2}', '[1 , 2]'],
  ['{"a":1,"\\u0061":12345678901234567890}', '12345678901234567890'],
  ['{"a":"\u202e\u0085"}', '"\\u202e\\u0085"'],
  [`{"a":"${'x'.repeat(50)}"}`, `"${'x'.repeat(39)}...`],
  ['{"b":1}', undefined],
  ['[1]', undefined],
  ['{"a":1', '1'],
  ['{"a"', undefined],
])('the text of a member in %s', (line, text) => {
  expect(memberText(Buffer.from(line), 'a')).toBe(text);
});
