/** The alarms of checks, from rows to the state of the alarm, with the compactor before an S3 server on loopback. */
import { Template } from 'aws-cdk-lib/assertions';
import { planCompaction } from '../../lambda/compaction/planning/plan-compaction';
import { ChecksFailedError } from '../../lambda/compaction/protocol/checks-failed';
import { Telemetry } from '../../lambda/compaction/runtime/telemetry';
import { FindingsCollector } from '../../lambda/compaction/task/findings';
import { reported } from '../../lambda/compaction/task/report';
import { runTask } from '../../lambda/compaction/task/run-task';
import type { Dataset, DatasetDefinition } from '../../lib/dataset';
import { RealLake, testDataset } from '../compaction/support/real-lake';
import { AMPLE } from '../compaction/support/settings';
import { type Alarm, alarmsOf, type Datum, embeddedMetrics, sectionOf, stateOf } from '../support/alarms';
import { testLake } from '../support/cdk';

const checked = (name: string, checks: NonNullable<DatasetDefinition['checks']>): Dataset =>
  testDataset({ name, checks });
const warns = checked('warns', [{ column: 'n', min: 0 }]);
const quarantines = checked('quarantines', [{ column: 'n', min: 0, onFail: 'quarantine' }]);
const fails = checked('fails', [{ column: 'n', min: 0, onFail: 'fail' }]);
const all = [warns, quarantines, fails, testDataset({ name: 'plain' })];

const { compaction } = testLake({ datasets: all });
const alarms: readonly Alarm[] = alarmsOf(Template.fromStack(compaction).toJSON() as Parameters<typeof alarmsOf>[0]);
const shortName = ({ AlarmName }: Alarm): string => AlarmName.replace('lake-test-compaction-', '');

let lake: RealLake;
beforeEach(async () => {
  lake = await RealLake.open();
});
afterEach(() => lake.close());

const row = (id: string, n: number): string => `${JSON.stringify({ id, at: '2026-06-15T10:00:00Z', n })}\n`;

/** What a run of all datasets writes. */
async function run(): Promise<readonly Datum[]> {
  let log = '';
  const write = jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    log += String(text);
    return true;
  });
  const telemetry = new Telemetry({ namespace: 'DataLake/Compaction/lake-test', enabled: true });
  for (const dataset of all) {
    for (const task of (await planCompaction(lake.lake(), dataset, { bytes: 1e9, objects: 1000 })).tasks) {
      const ref = { dataset, partition: task.partition };
      const collector = new FindingsCollector();
      const work = runTask(lake.lake(), ref, task, await lake.converter(), AMPLE);
      await reported(telemetry, task, collector, work).catch((error: unknown) => {
        expect(error).toBeInstanceOf(ChecksFailedError);
      });
    }
  }
  write.mockRestore();
  return embeddedMetrics(log);
}

const ringing = (data: readonly Datum[]): readonly string[] =>
  alarms
    .filter(
      (alarm) =>
        stateOf(
          alarm,
          Array.from({ length: alarm.EvaluationPeriods }, () => data),
        ) === 'ALARM',
    )
    .map(shortName)
    .sort();

test('a dataset has an alarm for what its checks do, and no other', () => {
  const own = alarms.filter((alarm) => ['rows-warned', 'commit-refused'].includes(sectionOf(alarm)));
  expect(own.map(shortName).sort()).toEqual(['fails-commit-refused', 'warns-rows-warned']);
});

test('rows that pass ring nothing; rows that fail ring the alarm of their dataset', async () => {
  for (const dataset of all) await lake.put(dataset, 'sound.json', row('a', 1));
  expect(ringing(await run())).toEqual([]);
  for (const dataset of all) await lake.put(dataset, 'a.json', row('b', -1) + row('c', 2));
  const first = await run();
  expect(ringing(first)).toEqual(['fails-commit-refused', 'quarantines-rows-quarantined', 'warns-rows-warned']);
  expect(
    first
      .filter(({ MetricName }) => /Warned|Failed|Refused/.test(MetricName))
      .map(({ MetricName, value, Dimensions }) => [Dimensions?.[0]?.Value, MetricName, value]),
  ).toEqual([
    ['warns', 'RowsWarned', 1],
    ['quarantines', 'RowsFailed', 1],
    ['fails', 'RowsRefused', 1],
  ]);
  // The partition waits: no run downloads the same rows in vain, and the alarm rings on.
  expect(ringing(await run())).toEqual(['fails-commit-refused']);
  await lake.put(fails, 'a.json', row('b', 1) + row('c', 2));
  expect(ringing(await run())).toEqual([]);
  expect(await lake.ids(fails)).toEqual(['a', 'b', 'c']);
});
