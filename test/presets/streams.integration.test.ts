/** Records of Firehose and Fluent Bit, as they deliver them. */

import { gzipSync } from 'node:zlib';
import { firehoseJson, fluentBit } from '../../lib/presets';
import { through } from './support/through';

jest.setTimeout(60_000);

const clicks = firehoseJson({
  name: 'clicks',
  columns: [
    { name: 'id', type: 'int', notNull: true },
    { name: 'at', type: 'timestamp', notNull: true },
    { name: 'v', type: 'string', format: 'json' },
  ],
  eventTime: 'at',
});
const record = (id: number, v: unknown): string => JSON.stringify({ id, at: `2026-06-15T10:00:0${id}Z`, v });

test.each<[string, string | Buffer]>([
  ['one after the other', record(1, 'a') + record(2, { b: 1 })],
  ['each compressed by itself', Buffer.concat([record(1, 'a'), record(2, { b: 1 })].map((text) => gzipSync(text)))],
  ['one a line', `${record(1, 'a')}\n${record(2, { b: 1 })}\n`],
  ['in an array', `[${record(1, 'a')},\n${record(2, { b: 1 })}]`],
])('Firehose: records %s, in an object without an ending', async (_, body) => {
  const { rows, rejected } = await through(
    clicks,
    { '2026/06/15/10/stream-1-2026-06-15-10-00-00-uuid': body },
    'id, "at"::VARCHAR AS "at", v',
  );
  expect(rejected).toEqual([]);
  expect(rows).toEqual([
    { id: 1, at: '2026-06-15 10:00:01', v: 'a' },
    { id: 2, at: '2026-06-15 10:00:02', v: '{"b":1}' },
  ]);
});

const KUBERNETES = {
  pod_name: 'web-1',
  namespace_name: 'shop',
  labels: { 'app.kubernetes.io/name': 'web', 'a/b': 'c' },
  container_name: 'web',
  something_new: true,
};

test.each([
  ['iso8601', '@timestamp', '2026-06-15T10:00:00.123456789Z'],
  ['iso8601', 'date', '2026-06-15T10:00:00.123456Z'],
  ['double', 'date', 1781517600.123456],
  ['epoch_ms', 'date', 1781517600123],
  ['java_sql_timestamp', 'date', '2026-06-15 10:00:00.123456'],
] as const)('Fluent Bit: %s under %s', async (timeFormat, key, value) => {
  const lines = [
    { [key]: value, log: 'a', stream: 'stdout', kubernetes: KUBERNETES },
    { [key]: value, log: { level: 'info', 'msg"': 'b' } },
  ];
  const { rows, rejected } = await through(
    fluentBit({ timeFormat }),
    { '2026/06/15/10/x.gz': lines.map((line) => JSON.stringify(line)).join('\n') },
    `epoch_ms(event_time)::DOUBLE AS "time", log, stream, kubernetes.pod_name AS pod, kubernetes.labels['app.kubernetes.io/name'] AS app`,
  );
  expect(rejected).toEqual([]);
  const time = Date.UTC(2026, 5, 15, 10, 0, 0, 123);
  expect(rows).toEqual(
    expect.arrayContaining([
      { time, log: 'a', stream: 'stdout', pod: 'web-1', app: 'web' },
      { time, log: '{"level":"info","msg\\"":"b"}', stream: null, pod: null, app: null },
    ]),
  );
});

test('Fluent Bit: a key of the time of its own', async () => {
  const { rows } = await through(
    fluentBit({ timeKey: 'ts', timeFormat: 'epoch' }),
    { '2026/06/15/x': '{"ts":1781517600,"log":"a"}\n' },
    'event_time::VARCHAR AS "time"',
  );
  expect(rows).toEqual([{ time: '2026-06-15 10:00:00' }]);
});
