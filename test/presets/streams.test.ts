/** Logs of containers, as Fluent Bit writes them. */

import { fluentBit } from '../../lib/presets';
import { through } from './support/through';

jest.setTimeout(60_000);

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
