/** Names as AWS, public data and log shippers give them: one line of configuration each. */

import './support/field-datasets';
import { join } from 'node:path';
import { BUCKETS } from '../lake';
import { QueryEngine, type Row } from '../tables/engine';
import { folderWith } from './support/folder';
import { start } from './support/run';

jest.setTimeout(120_000);

/** Takes files in, in folders of partitions or to be placed by their times, and answers the rows of the curated zone. */
async function rows(dataset: string, files: Readonly<Record<string, string>>, select: string): Promise<Row[]> {
  const keep = join(folderWith(), 'lake');
  const { code, errors, result } = await start('--input', folderWith(files), '--dataset', dataset, '--keep', keep);
  expect([code, errors, result.problems, result.quarantine.lines]).toEqual([0, '', [], []]);
  expect(result.queries.map(({ equal }) => equal)).toEqual([true, true, true]);
  const engine = await QueryEngine.open(folderWith());
  try {
    return await engine.rows(
      `SELECT ${select} FROM read_parquet('${keep}/${BUCKETS.curated}/**/*.parquet', hive_partitioning = false) ORDER BY ALL`,
    );
  } finally {
    engine.close();
  }
}

const TAXI = `VendorID,tpep_pickup_datetime,passenger_count,fare_amount,PULocationID
2,2024-01-01 00:57:55,1.0,17.7,186
1,2024-01-01 01:03:00,,10.0,140
1,2002-12-31 22:59:39,1,10.0,140
`;

test('a public CSV in Pascal case has its values in columns of snake case', async () => {
  expect(await rows('taxi', { 'yellow.csv': TAXI }, 'vendor_id, pu_location_id, passenger_count')).toEqual([
    { vendor_id: 1, pu_location_id: 140, passenger_count: 1 },
    { vendor_id: 1, pu_location_id: 140, passenger_count: null },
    { vendor_id: 2, pu_location_id: 186, passenger_count: 1 },
  ]);
});

const RECORDS = [
  '{"eventVersion":"1.08","eventTime":"2026-06-15T10:00:00Z","eventID":"e-1","eventName":"GetObject","eventsource":"s3","userIdentity":{"type":"Root","principalId":"x"}}',
  '{"eventVersion":"1.08","eventTime":"2026-06-15T10:01:00Z","eventID":"e-2","eventName":"PutObject","eventSource":"s3"}',
].join('\n');

test.each(['records.json', 'year=2026/month=06/day=15/records.json'])('records of CloudTrail in %s', async (name) => {
  const select = 'event_id, event_time::VARCHAR AS event_time, event_name, event_source, user_type';
  expect(await rows('trail', { [name]: RECORDS }, select)).toEqual([
    {
      event_id: 'e-1',
      event_time: '2026-06-15 10:00:00',
      event_name: 'GetObject',
      event_source: 's3',
      user_type: 'Root',
    },
    {
      event_id: 'e-2',
      event_time: '2026-06-15 10:01:00',
      event_name: 'PutObject',
      event_source: 's3',
      user_type: null,
    },
  ]);
});

test('a line of Fluent Bit, labels with dots and slashes among its names', async () => {
  const line =
    '{"@timestamp":"2026-06-15T10:00:00.123456789Z","log":"a","stream":"stdout","kubernetes":{"pod_name":"p","labels":{"app.kubernetes.io/name":"web"}}}';
  expect(await rows('containers', { 'a.json': line }, 'epoch_ms("at")::DOUBLE AS at, message, pod, app')).toEqual([
    { at: Date.UTC(2026, 5, 15, 10, 0, 0, 123), message: 'a', pod: 'p', app: 'web' },
  ]);
});

test.each([
  ['epoch_seconds', '{"date":1781517600.123456,"log":"b"}'],
  ['sql_times', '{"date":"2026-06-15 10:00:00.123456","log":"b"}'],
])('Fluent Bit with its time as %s', async (dataset, line) => {
  for (const name of ['a.json', 'year=2026/month=06/day=15/a.json']) {
    expect(await rows(dataset, { [name]: line }, 'epoch_ms("at")::DOUBLE AS at, message')).toEqual([
      { at: Date.UTC(2026, 5, 15, 10, 0, 0, 123), message: 'b' },
    ]);
  }
});

test('CSV with times in epoch seconds and dates of a pattern', async () => {
  const csv = 'account-id,start,end,seenOn\n111122223333,1781517600,1781517660,15.06.2026\n111122223333,1781517660,,\n';
  const select = 'start_time::VARCHAR AS s, end_time::VARCHAR AS e, seen_on::VARCHAR AS d';
  for (const name of ['a.csv', 'year=2026/month=06/day=15/a.csv']) {
    expect(await rows('flow_logs', { [name]: csv }, select)).toEqual([
      { s: '2026-06-15 10:00:00', e: '2026-06-15 10:01:00', d: '2026-06-15' },
      { s: '2026-06-15 10:01:00', e: null, d: null },
    ]);
  }
});

test('a time that is not of its format says the format, and is not taken for another one', async () => {
  const files = { 'x.json': '{"date":1781517600123,"log":"ms"}\n{"date":"2026-06-15","log":"day"}\n' };
  const { result } = await start('--input', folderWith(files), '--dataset', 'epoch_seconds');
  expect(result.quarantine.lines.map(({ reason }) => reason)).toEqual([
    'no partition: at: 1781517600123 is not a time of the years 0001 to 9999 (epoch in s)',
    'no partition: at: expected a timestamp (epoch in s, or ISO 8601 with T and a zone), found the string "2026-06-15"',
  ]);
});

test('the first of several columns of CSV with a time places the row', async () => {
  const csv = `old time,ID,new time
2026-06-15 10:00:00,a,2026-06-16 10:00:00
2026-06-15 10:00:00,b,
`;
  expect(await rows('named_time', { 'x.csv': csv }, 'id, "at"::VARCHAR AS at')).toEqual([
    { id: 'a', at: '2026-06-16 10:00:00' },
    { id: 'b', at: '2026-06-15 10:00:00' },
  ]);
});

test('a row whose time is missing says so, with the name in the input that looks like it', async () => {
  const files = { 'x.json': '{"@Timestamp":"2026-06-15T10:00:00Z"}\n{"log":"x"}\n{"@timestamp":"soon"}\n' };
  const { result } = await start('--input', folderWith(files), '--dataset', 'containers');
  expect(result.quarantine.lines.map(({ reason }) => reason)).toEqual([
    'no partition: at is missing, but there is "@Timestamp"; names match exactly',
    'no partition: at is missing',
    'no partition: at must be a timestamp, but got "soon"',
  ]);
});
