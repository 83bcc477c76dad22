import { ChecksFailedError } from '../../lambda/compaction/protocol/checks-failed';
import { NO_ROWS, type RowCounts } from '../../lambda/compaction/protocol/result';
import { type MetricName, Telemetry } from '../../lambda/compaction/runtime/telemetry';
import { FindingsCollector } from '../../lambda/compaction/task/findings';
import { NONE_REFUSED } from '../../lambda/compaction/task/refusals';
import { report, reported } from '../../lambda/compaction/task/report';

/** The metrics that a task writes for what became of its rows. */
function metricsOf(counts: Partial<RowCounts>): Readonly<Partial<Record<MetricName, number>>> {
  const emitted: Partial<Record<MetricName, number>>[] = [];
  const telemetry = new Telemetry({ namespace: 'Test', enabled: false });
  jest.spyOn(telemetry, 'emitMetrics').mockImplementation((_, metrics) => void emitted.push(metrics));
  const nothing = {
    filesReplaced: 0,
    filesWritten: 0,
    filesExpired: 0,
    objectsVacuumed: 0,
    rowsRefused: 0,
    complete: true,
  };
  const task = { kind: 'compact', dataset: 'orders', partition: 'year=2026', ...nothing, ...NONE_REFUSED } as const;
  report(telemetry, { ...NO_ROWS, ...counts, ...task }, new FindingsCollector());
  return emitted[0] ?? {};
}

test('the metrics of rows balance, as the counts do', () => {
  const counts = {
    rowsIn: 31,
    rowsOut: 1,
    rowsQuarantined: 2,
    duplicates: 4,
    superseded: 8,
    deletions: 16,
    rowsReplaced: 3,
  };
  const {
    RowsIn,
    RowsOut = 0,
    RowsQuarantined = 0,
    DuplicatesDropped = 0,
    RowsSuperseded = 0,
    Deletions = 0,
    ...more
  } = metricsOf(counts);
  expect(RowsIn).toBe(RowsOut + RowsQuarantined + DuplicatesDropped + RowsSuperseded + Deletions);
  expect(more.RowsReplaced).toBe(3);
});

test('a dataset whose rows do not change has no metrics of changes', () => {
  expect(Object.keys(metricsOf({ rowsIn: 1, rowsOut: 1 }))).not.toEqual(
    expect.arrayContaining([expect.stringMatching(/Superseded|Deletions|Replaced|SetAside/)]),
  );
});

test('each metric is that of its count', () => {
  expect(
    metricsOf({
      rowsIn: 1,
      rowsOut: 2,
      rowsQuarantined: 3,
      duplicates: 4,
      objectsQuarantined: 5,
      rowsOutsidePartition: 6,
      bytesIn: 7,
      bytesOut: 8,
      superseded: 9,
      deletions: 10,
      rowsReplaced: 11,
      rowsWarned: 12,
      rowsFailed: 13,
      ...({ objectsSetAside: 14, rowsRefused: 15 } as object),
    }),
  ).toEqual({
    RowsIn: 1,
    RowsOut: 2,
    RowsQuarantined: 3,
    DuplicatesDropped: 4,
    ObjectsQuarantined: 5,
    RowsOutsidePartition: 6,
    BytesIn: 7,
    BytesOut: 8,
    UnknownFields: 0,
    RowsSuperseded: 9,
    Deletions: 10,
    RowsReplaced: 11,
    RowsWarned: 12,
    RowsFailed: 13,
  });
});

test('a task without rows writes the metrics that every dataset has, which are 0', () => {
  expect(metricsOf({})).toEqual({
    RowsIn: 0,
    RowsOut: 0,
    RowsQuarantined: 0,
    DuplicatesDropped: 0,
    ObjectsQuarantined: 0,
    RowsOutsidePartition: 0,
    BytesIn: 0,
    BytesOut: 0,
    UnknownFields: 0,
  });
});

describe('a task that has ended', () => {
  const task = { kind: 'compact', dataset: 'orders', partition: 'year=2026' } as const;
  const outcome = {
    ...task,
    ...NO_ROWS,
    filesReplaced: 0,
    filesWritten: 0,
    filesExpired: 0,
    objectsVacuumed: 0,
    objectsRefused: 3,
    objectsSetAside: 2,
    refusals: [],
    rowsRefused: 1,
    complete: false,
  };
  let written: [string, ...unknown[]][];
  let telemetry: Telemetry;
  beforeEach(() => {
    written = [];
    telemetry = new Telemetry({ namespace: 'Test', enabled: false });
    jest.spyOn(telemetry, 'emitMetrics').mockImplementation((...given) => void written.push(['metrics', ...given]));
    jest.spyOn(telemetry, 'log').mockImplementation((...given) => void written.push(['log', ...given]));
  });

  test('writes metrics and a line with all that it did and found, which is also its result', async () => {
    const collector = new FindingsCollector();
    collector.addUnknownFields([{ name: 'x', count: 4, similarTo: undefined }], 1);
    const wanted = { ...outcome, unknownFields: { x: 4 }, otherUnknownFields: 1 };
    expect(await reported(telemetry, task, collector, Promise.resolve(outcome))).toEqual(wanted);
    expect(written).toEqual([
      ['metrics', 'orders', expect.objectContaining({ UnknownFields: 5, ObjectsSetAside: 2, RowsRefused: 1 })],
      ['log', 'info', 'Compacted', wanted],
    ]);
  });

  test('because rows fail a check says so of its dataset', async () => {
    const checks = [{ name: 'n_range', expects: 'n from 0 on' }];
    const example = { key: 'raw/x', etag: '"e"', row: 'line 1' };
    const error = new ChecksFailedError('orders', checks, { byName: { n_range: 2 }, fail: 2 }, example);
    const given = reported(telemetry, task, new FindingsCollector(), Promise.reject(error));
    await expect(given).rejects.toBe(error);
    const fields = {
      dataset: 'orders',
      partition: 'year=2026',
      problem: error.message,
      rows: 2,
      failedChecks: { n_range: 2 },
      object: { key: 'raw/x', etag: '"e"' },
    };
    expect(written).toEqual([
      ['metrics', 'orders', { RowsRefused: 2 }],
      ['log', 'error', 'Checks fail the commit', fields],
    ]);
  });

  test('because of another error says nothing of its dataset', async () => {
    const error = new Error('no connection');
    await expect(reported(telemetry, task, new FindingsCollector(), Promise.reject(error))).rejects.toBe(error);
    expect(written).toEqual([]);
  });
});
