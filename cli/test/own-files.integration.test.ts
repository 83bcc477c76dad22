import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { BUCKETS } from '../lake';
import { QueryEngine } from '../tables/engine';
import { folderWith } from './support/folder';
import { start } from './support/run';

jest.setTimeout(120_000);

const take = (files: Readonly<Record<string, string | Buffer>>, dataset: string, ...args: readonly string[]) =>
  start('--input', folderWith(files), '--dataset', dataset, ...args);

const HEADER = 'sensor_id,measured_at,temperature';
const READING = (id: number): string => `s-${id},2026-01-11T10:00:0${id}Z,1.5`;

describe('CSV placed by event time is checked like CSV in Hive folders', () => {
  test.each<[string, string, RegExp, number]>([
    [
      'without a header',
      `${READING(1)}\n${READING(2)}\n${READING(3)}\n`,
      /lacks columns that must have values: sensor_id, measured_at/,
      3,
    ],
    [
      'as DMS writes it',
      'I,101,"Smith, Bob",2026-06-15 10:00:00.000000\nU,101,Smith Bob,2026-06-15 10:05:00.000000\n',
      /lacks columns that must have values: sensor_id, measured_at/,
      2,
    ],
    ['without a column that must have values', `measured_at,battery\n2026-01-11T10:00:00Z,1\n`, /sensor_id/, 1],
    ['without the event time', 'sensor_id,battery\ns-1,1\ns-2,2\n', /measured_at/, 2],
    ['with a column twice', `${HEADER},temperature\n${READING(1)},2\n`, /"temperature" twice/, 1],
    [
      'with another delimiter',
      `${HEADER.replaceAll(',', ';')}\n${READING(1).replaceAll(',', ';')}\n`,
      /separated by ";", but the dataset's input\.csv\.delimiter is ","/,
      1,
    ],
    ['that names columns in other letters', 'SENSOR_ID,Measured_At\ns-1,2026-01-11T10:00:00Z\n', /sensor_id/i, 1],
  ])('%s: refused whole, in one message, and no row is lost', async (_, text, reason, rows) => {
    for (const name of ['export.csv', 'dt=2026-01-11/export.csv.gz']) {
      const { code, result, output } = await take(
        { [name]: name.endsWith('.gz') ? gzipSync(text) : text, 'good.csv': `${HEADER}\n${READING(1)}\n` },
        'sensor_readings',
      );
      expect([code, result.problems]).toEqual([0, []]);
      expect(result.quarantine.lines).toEqual([]);
      expect(result.quarantine.objects).toEqual([
        { partition: expect.any(String), source: name, reason: expect.stringMatching(reason) },
      ]);
      expect(result.total).toMatchObject({ rowsIn: rows + 1, rowsOut: 1, rowsQuarantined: rows, unaccounted: 0 });
      expect(output.split('\n').filter((line) => line.includes('quarantined as a whole'))).toHaveLength(1);
    }
  });

  test('a header alone is not a row', async () => {
    const { code, result } = await take({ 'a.csv': `${HEADER}\n` }, 'sensor_readings');
    expect([code, result.total.rowsIn, result.problems]).toEqual([3, 0, ['no row came in']]);
  });
});

test('Parquet placed by event time: every row or the whole file is accounted for, whatever the times are', async () => {
  const input = folderWith({ 'tenant=acme/x': '', 'tenant=nobody/x': '' });
  const engine = await QueryEngine.open(folderWith());
  const write = async (name: string, time: string, more = ''): Promise<void> =>
    engine.run(`COPY (SELECT 'o' || range AS order_id, ${time} AS ordered_at, 'paid' AS status, 'EUR' AS currency,
      1::DECIMAL(12,2) AS total ${more} FROM range(4)) TO '${join(input, name)}' (FORMAT parquet)`);
  await write('tenant=acme/millis.parquet', 'CASE WHEN range = 1 THEN 9223372036854775807 ELSE 1781517600000 END');
  await write(
    'tenant=acme/text.parquet',
    "CASE WHEN range = 1 THEN '99999999999999999999' WHEN range = 2 THEN 'soon' ELSE '2026-06-15T10:00:00Z' END",
  );
  await write(
    'tenant=acme/binary.parquet',
    "CASE WHEN range = 1 THEN '\\xFF'::BLOB ELSE '2026-06-15 10:00:00'::BLOB END",
  );
  await write('tenant=acme/double.parquet', '1781517600000.5::DOUBLE');
  await write('tenant=acme/slot.parquet', "TIMESTAMP '2026-06-15 10:00:00'", ', 1 AS file_row_number');
  await write('tenant=nobody/a.parquet', "TIMESTAMP '2026-06-15 10:00:00'");
  engine.close();
  const { code, result, errors } = await start('--input', input, '--dataset', 'orders');
  expect([errors, code, result.problems]).toEqual(['', 0, []]);
  expect(result.total).toMatchObject({ rowsIn: 24, rowsOut: 4, duplicates: 5, rowsQuarantined: 15, unaccounted: 0 });
  expect(result.quarantine.objects.map(({ source, reason }) => [source, reason]).sort()).toEqual([
    ['tenant=acme/binary.parquet', expect.stringMatching(/^column ordered_at: the file has BYTE_ARRAY/)],
    ['tenant=acme/double.parquet', expect.stringMatching(/^column ordered_at: the file has DOUBLE/)],
    ['tenant=nobody/a.parquet', expect.stringContaining("'nobody' is not a value of key tenant")],
  ]);
  expect(result.quarantine.lines.map(({ source, line, reason }) => [source, line, reason])).toEqual([
    ['tenant=acme/millis.parquet', 2, expect.stringMatching(/^ordered_at: 9223372036854775807 .* is not a time/)],
    ['tenant=acme/text.parquet', 2, expect.stringMatching(/^ordered_at: 99999999999999999999 .* is not a time/)],
    ['tenant=acme/text.parquet', 3, expect.stringMatching(/^ordered_at: soon .* is not a time/)],
  ]);
  expect(result.compaction.undeclared).toEqual([{ name: 'file_row_number', count: 4 }]);
});

test('a corrupt Parquet file, whose footer alone can be read, is one whole object in quarantine', async () => {
  const folder = folderWith({ 'tenant=acme/x': '' });
  const engine = await QueryEngine.open(folderWith());
  const path = join(folder, 'a.parquet');
  await engine.run(`COPY (SELECT 'o' || range AS order_id, TIMESTAMP '2026-06-15 10:00:00' AS ordered_at, md5(range::VARCHAR) AS status
    FROM range(5000)) TO '${path}' (FORMAT parquet, COMPRESSION zstd)`);
  const bytes = readFileSync(path);
  bytes.fill(0x55, 8, bytes.length >> 1);
  engine.close();
  const { code, result, errors } = await take({ 'tenant=acme/a.parquet': bytes }, 'orders');
  expect([errors, code]).toEqual(['', 3]);
  expect(result.quarantine.objects).toHaveLength(1);
  expect(result.total).toMatchObject({ rowsIn: 5000, rowsQuarantined: 5000, unaccounted: 0 });
});

describe('nothing accepted is not a success', () => {
  const row = (id: number, status: unknown): string =>
    JSON.stringify({ event_id: `e${id}`, event_time: '2026-06-15T10:00:00Z', status });
  const rows = (good: number, bad: number): string =>
    Array.from({ length: good + bad }, (_, id) => row(id, id < good ? 200 : 'many')).join('\n');

  test.each<[string, Readonly<Record<string, string | Buffer>>, readonly string[], number, string]>([
    ['no row fits', { 'a.json': rows(0, 3) }, [], 3, 'none of 3 rows was accepted'],
    ['no row has a time', { 'a.json': '{"event_id":"x"}\n{}' }, [], 3, 'none of 2 rows was accepted'],
    ['the file is cut off', { 'a.json.gz': gzipSync(rows(9, 0)).subarray(0, 50) }, [], 3, 'none of 1 row was accepted'],
    [
      'the file is cut off, in a Hive folder',
      { 'year=2026/month=06/day=15/a.json.gz': gzipSync(rows(9, 0)).subarray(0, 50) },
      [],
      3,
      'none of 1 row',
    ],
    ['only blank lines came', { 'a.json': '\n\n' }, [], 3, 'no row came in'],
    ['one fits', { 'a.json': rows(1, 9) }, [], 0, ''],
    ['half of them fit', { 'a.json': rows(5, 5) }, ['--min-accepted', '50%'], 0, ''],
    [
      'fewer than half of them fit',
      { 'a.json': rows(4, 6) },
      ['--min-accepted', '0.5'],
      3,
      '4 of 10 rows were accepted, and --min-accepted is 50%',
    ],
    ['one does not fit', { 'a.json': rows(99, 1) }, ['--min-accepted', '100%'], 3, '99 of 100 rows were accepted'],
    ['7 of 100 fit', { 'a.json': rows(7, 93) }, ['--min-accepted', '7%'], 0, ''],
    ['none need to fit', { 'a.json': rows(0, 3) }, ['--min-accepted', '0'], 0, ''],
  ])('%s', async (_, files, args, exit, message) => {
    const { code, output, result, report } = await take(files, 'access_logs', ...args);
    expect([code, result.ok, result.total.unaccounted]).toEqual([exit, exit === 0, 0]);
    expect(result.accepted.isEnough).toBe(exit === 0);
    expect(result.problems).toEqual(exit === 0 ? [] : [expect.stringContaining(message)]);
    const marks = output.split('\n').filter((line) => /^[✓✗] (?!Take|Compact|Query)/.test(line));
    expect(marks).toEqual([
      exit === 0 ? expect.stringContaining('✓ Every row is accounted for') : expect.stringContaining(`✗ ${message}`),
    ]);
    expect(report.includes('class="verdict good"')).toBe(exit === 0);
  });

  test('what counts is this run; when it brings nothing new, the lake', async () => {
    const keep = join(folderWith(), 'lake');
    const input = folderWith({ 'a.json': rows(5, 0) });
    const again = () => start('--input', input, '--dataset', 'access_logs', '--keep', keep);
    expect((await again()).code).toBe(0);
    expect((await again()).code).toBe(0);
    writeFileSync(join(input, 'b.json'), rows(0, 2));
    const bad = await again();
    expect([bad.code, bad.result.accepted]).toEqual([3, { rowsIn: 2, rowsAccepted: 0, least: null, isEnough: false }]);
    expect((await again()).code).toBe(0);
  });
});

test('objects in no partition are listed by name, the first twenty', async () => {
  const keep = join(folderWith(), 'lake');
  const input = folderWith({
    'year=2026/month=06/day=15/a.json': '{"event_id":"e","event_time":"2026-06-15T10:00:00Z","status":200}',
  });
  const args = ['--input', input, '--dataset', 'access_logs', '--keep', keep] as const;
  await start(...args);
  const inbox = join(keep, BUCKETS.raw, 'raw/access_logs');
  mkdirSync(join(inbox, 'year=2026'), { recursive: true });
  for (let n = 10; n < 31; n++) writeFileSync(join(inbox, `year=2026/stray-${n}\u001b[31m.json`), '{}');
  mkdirSync(join(keep, BUCKETS.raw, 'elsewhere'));
  writeFileSync(join(keep, BUCKETS.raw, 'elsewhere/x.json'), '{}');
  const { output, result, report } = await start(...args);
  expect(result.compaction.unplacedObjects).toBe(22);
  expect(result.compaction.unplacedNames).toHaveLength(20);
  expect(output).toContain('22 raw objects outside of every partition stayed where they are:\n  elsewhere/x.json\n');
  expect(output).toContain('\n  raw/access_logs/year=2026/stray-10\\u001b[31m.json\n');
  expect(output).toContain('\n  ... and 2 more\n');
  expect(report).toContain('<code>elsewhere/x.json</code>');
});

test('names that say nothing, as services deliver them, are data', async () => {
  const line = (id: string): string =>
    JSON.stringify({ event_id: id, event_time: '2026-06-15T10:00:00Z', status: 200 });
  const { code, result, output } = await take(
    {
      '2026/06/15/10/stream-1-2026-06-15-10-00-00-uuid': line('a'),
      'app.log.gz': gzipSync(line('b')),
      'export.txt': line('c'),
      'only.gz': gzipSync(line('d')),
      _SUCCESS: '',
      'notes.pdf': '%PDF',
    },
    'access_logs',
  );
  expect([code, result.total.rowsOut]).toEqual([0, 4]);
  expect(output).toContain('left out _SUCCESS  hidden');
  expect(output).toContain('left out notes.pdf  no data by its name: a document');
});

test('files of every format and of other types in one partition: read back in the declared types, and accounted for', async () => {
  const DAY = 'tenant=acme/year=2026/month=06/day=15';
  const input = folderWith({ [`${DAY}/x`]: '' });
  const engine = await QueryEngine.open(folderWith());
  const write = (name: string, id: string, total: string, status = "'paid'") =>
    engine.run(`COPY (SELECT ${id} AS order_id, TIMESTAMP '2026-06-15 10:00:00' AS ordered_at, ${status} AS status, 'EUR' AS currency,
      ${total} AS total FROM range(3)) TO '${join(input, DAY, name)}' (FORMAT parquet)`);
  await write('decimal.parquet', "'a' || range", '1.25::DECIMAL(12,2)');
  await write('text.parquet', "'b' || range", "'1.25'");
  await write('double.parquet', "'c' || range", '1.25::DOUBLE');
  await write('integer.parquet', 'range', '1::BIGINT');
  await write('struct.parquet', "'d' || range", '1.25::DECIMAL(12,2)', "{'a': 1}");
  await write('list.parquet', "'e' || range", '[1]', "'paid'");
  engine.close();
  const row = {
    order_id: 'z',
    ordered_at: '2026-06-15T00:00:00Z',
    status: 'paid',
    currency: 'EUR',
    total: '12345678.12',
  };
  writeFileSync(join(input, DAY, 'rows.json'), JSON.stringify(row));
  const { code, result, output, errors } = await start('--input', input, '--dataset', 'orders');
  expect([errors, code, result.problems]).toEqual(['', 0, []]);
  expect(result.total).toMatchObject({ rowsIn: 19, unaccounted: 0 });
  expect(result.total.rowsOut).toBeGreaterThan(3);
  expect(output).toContain('Account: 19 rows in = ');
  expect(result.unreadPartitions).toEqual([]);
});
