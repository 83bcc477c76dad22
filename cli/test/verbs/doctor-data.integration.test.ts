/** What doctor says of datasets that are stale, and of rows that fail checks. */
import '../support/watched-datasets';
import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { createS3Client, openLake as lakeOf } from '../../../lambda/compaction/runtime/lake';
import { type Dataset, HOUR_MS } from '../../../lib/dataset';
import { compactLake } from '../../compact';
import { type LocalLake, openLake } from '../../lake';
import { Terminal } from '../../terminal';
import { examineData, isSound, printData } from '../../verbs/doctor/data';
import type { OperatedLake, StageServices } from '../../verbs/lake';
import { parseSelection } from '../../verbs/selection';
import { datasets, refusing, watched } from '../support/watched-datasets';

const DAY = 'dt=2026-06-15';

let local: LocalLake;
let lake: OperatedLake;
let now: Date;

beforeAll(async () => {
  local = await openLake();
  const s3 = createS3Client(local.settings.s3);
  lake = {
    ...lakeOf(s3, local.settings.buckets),
    ...{ s3, settings: local.settings, datasets, place: { local: local.root }, aws: undefined },
    now: () => now,
    close: async () => s3.destroy(),
  };
  now = new Date();
});

afterAll(async () => {
  await lake.close();
  await local.close();
});

const put = async (dataset: Dataset, name: string, rows: readonly object[]): Promise<void> => {
  const text = rows.map((row) => JSON.stringify(row)).join('\n');
  await lake.store.put(lake.buckets.raw, `raw/${dataset.name}/${DAY}/${name}.json`, Buffer.from(`${text}\n`));
};
const compact = (dataset: Dataset) => compactLake(local, dataset, { update: () => {}, done: () => {} });
const examine = (asked: OperatedLake = lake) => examineData(asked, parseSelection({}, datasets));

async function textOf(report: Awaited<ReturnType<typeof examine>>): Promise<string> {
  let text = '';
  printData(new Terminal({ write: (more: string) => (text += more) } as never, {}), report);
  return text;
}

test('a lake in order has nothing to tell; a stale dataset, rows in quarantine and partitions that wait are told', async () => {
  const newest = new Date('2026-06-15T12:00:00Z');
  await put(watched, 'good', [{ id: 'a', at: newest.toISOString(), value: 1 }]);
  await compact(watched);
  now = new Date(newest.getTime() + 1.9 * HOUR_MS);
  const sound = await examine();
  expect([isSound(sound), await textOf(sound)]).toEqual([true, '']);

  now = new Date(newest.getTime() + 3 * HOUR_MS);
  const warned = await examine();
  expect(warned.stale).toEqual([
    { dataset: 'watched', newestEvent: newest, ageSeconds: 3 * 3_600, level: 1, limitSeconds: 2 * 3_600 },
  ]);
  expect(isSound(warned)).toBe(false);
  expect(await textOf(warned)).toMatch(
    /^watched is stale: it has no event after 2026-06-15T12:00:00\.000Z.*warnAfter is /,
  );
  now = new Date(newest.getTime() + 7 * HOUR_MS);
  expect((await examine()).stale).toMatchObject([{ level: 2, limitSeconds: 6 * 3_600 }]);

  now = new Date();
  await put(watched, 'bad', [
    { id: 'b', at: newest.toISOString(), value: -1 },
    { id: 'c', at: newest.toISOString(), value: 101 },
    { id: 'd', at: 'no time', value: 5 }, // fits no row, and fails no check
  ]);
  await compact(watched);
  const [check] = watched.checks ?? [];
  const { failed } = await examine();
  expect(failed).toEqual([
    { dataset: 'watched', check: check?.name, expects: check?.expects, rows: 2, last: expect.any(Date) },
  ]);
  now = new Date(Date.now() + 25 * HOUR_MS);
  expect((await examine()).failed).toEqual([]);

  now = new Date();
  await put(refusing, 'bad', [{ id: 'e', at: newest.toISOString(), value: -1 }]);
  await expect(compact(refusing)).rejects.toThrow();
  const waiting = await examine();
  expect(waiting.held).toEqual([
    { dataset: 'refusing', partition: DAY, since: expect.any(Date), problem: expect.stringContaining('value') },
  ]);
  expect(await textOf(waiting)).toContain(`refusing/${DAY} waits since `);
});

test('rows of the table that fail a check leave no trace but an alarm, which is told of a stage', async () => {
  now = new Date('2026-06-15T12:30:00Z');
  const alarm = (AlarmName: string) => ({
    AlarmName,
    StateReason: 'Threshold Crossed: 2 rows',
    AlarmDescription: 'Runbook: https://run/book',
  });
  const cloudWatch = {
    send: async () => ({
      MetricAlarms: [alarm('lake-dev-compaction-watched-rows-warned'), alarm('lake-dev-dead-letters')],
    }),
    config: {},
  };
  // The paginator of the SDK asks what the client is.
  Object.setPrototypeOf(
    cloudWatch,
    (jest.requireActual('@aws-sdk/client-cloudwatch') as { CloudWatchClient: typeof CloudWatchClient }).CloudWatchClient
      .prototype,
  );
  const aws = { cloudWatch, alarmPrefix: 'lake-dev-' } as unknown as StageServices;
  const report = await examine({ ...lake, aws });
  expect(report.warned?.map(({ name }) => name)).toEqual(['lake-dev-compaction-watched-rows-warned']);
  expect(await textOf(report)).toContain(
    'lake-dev-compaction-watched-rows-warned rings: Threshold Crossed: 2 rows\n  → https://run/book',
  );
});
