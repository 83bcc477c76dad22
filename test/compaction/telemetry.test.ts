/** Lines that people, alarms and dashboards read. */
import {
  loggedCommits,
  METRIC_NAMESPACE,
  Telemetry,
  type TelemetrySettings,
  tellingFailure,
} from '../../lambda/compaction/runtime/telemetry';

let written: string[];
beforeEach(() => {
  written = [];
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
});
afterEach(() => {
  jest.restoreAllMocks();
});
const ENABLED: TelemetrySettings = { namespace: 'Test', enabled: true };
const lines = () => written.map((text) => JSON.parse(text));

test('a log is one line of JSON, with the run, the task and the request', () => {
  const telemetry = new Telemetry(ENABLED, { run: 'r', task: 7, request: 'q' });
  telemetry.log('warn', 'Something', { more: ['a\nb'] });
  telemetry.log('info', 'Nothing more');
  expect(written.map((text) => text.indexOf('\n'))).toEqual(written.map((text) => text.length - 1));
  expect(lines()).toEqual([
    { run: 'r', task: 7, request: 'q', level: 'warn', message: 'Something', more: ['a\nb'] },
    { run: 'r', task: 7, request: 'q', level: 'info', message: 'Nothing more' },
  ]);
});

test('without a context there is none', () => {
  new Telemetry(ENABLED).log('error', 'Something');
  expect(lines()).toEqual([{ level: 'error', message: 'Something' }]);
});

test('nothing is written where nobody reads it', () => {
  const telemetry = new Telemetry({ namespace: 'Test', enabled: false });
  telemetry.log('error', 'Something');
  telemetry.emitMetrics('events', { RowsIn: 1 });
  expect(written).toEqual([]);
});

test('metrics have the embedded format: by dataset, at this time, in the namespace', () => {
  jest.spyOn(Date, 'now').mockReturnValue(1_750_000_000_000);
  new Telemetry(ENABLED, { run: 'r' }).emitMetrics('events', { RowsIn: 3, BytesIn: 0 });
  expect(lines()).toEqual([
    {
      run: 'r',
      _aws: {
        Timestamp: 1_750_000_000_000,
        CloudWatchMetrics: [
          { Namespace: 'Test', Dimensions: [['Dataset']], Metrics: [{ Name: 'RowsIn' }, { Name: 'BytesIn' }] },
        ],
      },
      Dataset: 'events',
      RowsIn: 3,
      BytesIn: 0,
    },
  ]);
});

test('no metrics are no line', () => {
  new Telemetry(ENABLED).emitMetrics('events', {});
  expect(written).toEqual([]);
});

test('the namespace that ships is the one that alarms read', () => {
  expect(METRIC_NAMESPACE).toBe('DataLake/Compaction');
});

test('what is noted is in every line from then on, and replaces what was noted before', () => {
  const telemetry = new Telemetry(ENABLED, { run: 'r' });
  telemetry.note({ commit: 'a' });
  telemetry.log('info', 'One');
  telemetry.note({ commit: 'b' });
  telemetry.emitMetrics('events', { RowsIn: 1 });
  expect(lines()).toMatchObject([
    { run: 'r', commit: 'a' },
    { run: 'r', commit: 'b' },
  ]);
});

test('a commit is a line, and its transaction is in every line from then on', () => {
  const telemetry = new Telemetry(ENABLED);
  const commit = { dataset: 'events', partition: 'p', added: 1, removed: 2 };
  const committed = loggedCommits(telemetry);
  committed({ id: 'a', ...commit });
  // One that adds nothing has no name: the last one stays.
  committed({ id: undefined, ...commit });
  expect(lines()).toEqual([
    { commit: 'a', level: 'info', message: 'Committed', ...commit },
    { commit: 'a', level: 'info', message: 'Committed', ...commit },
  ]);
});

describe('work that fails', () => {
  test('is told with its error, which is thrown on', async () => {
    const error = Object.assign(new Error('no connection'), { name: 'TimeoutError' });
    await expect(tellingFailure(new Telemetry(ENABLED), () => Promise.reject(error))).rejects.toBe(error);
    expect(lines()).toEqual([{ level: 'error', message: 'Failed', error: 'TimeoutError', cause: 'no connection' }]);
  });

  test('is told too when what it throws is no error', async () => {
    await expect(tellingFailure(new Telemetry(ENABLED), () => Promise.reject('a text'))).rejects.toBe('a text');
    expect(lines()).toEqual([{ level: 'error', message: 'Failed', error: 'Error', cause: 'a text' }]);
  });

  test('what does not fail is not told', async () => {
    expect(await tellingFailure(new Telemetry(ENABLED), async () => 7)).toBe(7);
    expect(written).toEqual([]);
  });
});
