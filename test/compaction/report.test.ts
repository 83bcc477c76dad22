import { NO_ROWS, type RowCounts } from '../../lambda/compaction/protocol/result';
import { type MetricName, Telemetry } from '../../lambda/compaction/runtime/telemetry';
import { FindingsCollector } from '../../lambda/compaction/task/findings';
import { NONE_REFUSED } from '../../lambda/compaction/task/refusals';
import { report } from '../../lambda/compaction/task/report';

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
