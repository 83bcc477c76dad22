/** The alarms of freshness, from event times to the state of the alarm, with the planner before an S3 server on loopback. */

import { Template } from 'aws-cdk-lib/assertions';
import { planInboxes } from '../../lambda/compaction/planning/plan-inboxes';
import { PlanWriter } from '../../lambda/compaction/planning/plan-writer';
import { Telemetry } from '../../lambda/compaction/runtime/telemetry';
import { RealLake, testDataset } from '../compaction/support/real-lake';
import { type Alarm, alarmsOf, type Datum, embeddedMetrics, sectionOf, stateOf } from '../support/alarms';
import { testLake } from '../support/cdk';

const HOUR_MS = 3_600_000;
const NEWEST = Date.parse('2026-06-15T10:00:00Z');
const limited = testDataset({ name: 'limited', freshness: { warnAfter: '2 hours', errorAfter: '1 day' } });
const warned = testDataset({ name: 'warned', freshness: { warnAfter: '3 hours' } });
const strict = testDataset({ name: 'strict', freshness: { errorAfter: '4 hours' } });
const plain = testDataset({ name: 'plain' });
const datasets = [limited, warned, strict, plain];

const { compaction } = testLake({ datasets });
const alarms: readonly Alarm[] = alarmsOf(Template.fromStack(compaction).toJSON() as Parameters<typeof alarmsOf>[0]);
const stale = alarms.filter((alarm) => sectionOf(alarm).startsWith('stale'));
const shortName = ({ AlarmName }: Alarm): string => AlarmName.replace('lake-test-compaction-', '');

let lake: RealLake;
beforeAll(async () => {
  lake = await RealLake.open();
  lake.now = () => new Date(NEWEST);
  for (const dataset of datasets) {
    await lake.put(dataset, 'a.json', `${JSON.stringify({ id: 'a', at: new Date(NEWEST).toISOString() })}\n`);
    await lake.compact(dataset, { now: () => lake.now() });
  }
});
afterAll(async () => {
  await lake.close();
});

/** What a run of the planner writes so many hours after the newest event. */
async function planned(hours: number): Promise<readonly Datum[]> {
  lake.now = () => new Date(NEWEST + hours * HOUR_MS);
  let log = '';
  const write = jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    log += String(text);
    return true;
  });
  const telemetry = new Telemetry({ namespace: 'DataLake/Compaction/lake-test', enabled: true });
  const settings = { declared: datasets, chosen: datasets, maxLocalBytes: 1e9, telemetry };
  await planInboxes(lake.lake(), settings, new PlanWriter(lake.lake(), `plans/${hours}.jsonl`, 'run'));
  write.mockRestore();
  return embeddedMetrics(log);
}

const ringing = (periods: readonly (readonly Datum[])[], among: readonly Alarm[] = stale): readonly string[] =>
  among
    .filter((alarm) => stateOf(alarm, periods) === 'ALARM')
    .map(shortName)
    .sort();

test('each dataset has the alarms of its limits, and no other', () => {
  expect(stale.map(shortName).sort()).toEqual([
    'limited-stale',
    'limited-stale-warning',
    'strict-stale',
    'warned-stale-warning',
  ]);
});

test.each([
  [1.99, []],
  [2, ['limited-stale-warning']],
  [3, ['limited-stale-warning', 'warned-stale-warning']],
  [4, ['limited-stale-warning', 'strict-stale', 'warned-stale-warning']],
  [24, ['limited-stale', 'limited-stale-warning', 'strict-stale', 'warned-stale-warning']],
])('%d hours after the newest event these ring: %j', async (hours, names) => {
  const run = await planned(hours);
  expect(ringing([run, run])).toEqual(names);
  expect(ringing([run, run, run], alarms)).toEqual(names);
});

test('when runs end, the errors are told after two periods, and not before; a new deployment rings nothing', async () => {
  const run = await planned(1);
  const without = (periods: readonly (readonly Datum[])[]): readonly string[] =>
    stale
      .filter((alarm) => stateOf(alarm, periods) === 'INSUFFICIENT_DATA')
      .map(shortName)
      .sort();
  expect([ringing([run, []]), without([run, []])]).toEqual([[], []]);
  // A new alarm is in this state until its first data, and only a change of state is told.
  expect([ringing([[], []]), without([[], []])]).toEqual([[], ['limited-stale', 'strict-stale']]);
  for (const alarm of stale) {
    const isTold = (alarm.InsufficientDataActions ?? []).length > 0;
    expect([shortName(alarm), isTold]).toEqual([shortName(alarm), alarm.TreatMissingData === 'missing']);
    if (isTold) expect(alarm.InsufficientDataActions).toEqual(alarm.AlarmActions);
  }
  const kept = stale.filter(({ TreatMissingData }) => TreatMissingData === 'ignore').map(shortName);
  expect(kept.sort()).toEqual(['limited-stale-warning', 'warned-stale-warning']);
});
