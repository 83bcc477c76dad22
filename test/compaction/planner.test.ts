/** The planner as it is deployed: what its alarms read is what lies in S3. */

import { type PlannerEvent, plan } from '../../lambda/compaction/planner';
import { UNDECLARED } from '../../lib/dataset/layout';
import { datasetByName } from '../fixtures/datasets';
import { RealLake } from './support/real-lake';
import { settingsFor } from './support/settings';

const dataset = datasetByName('sensor_readings');

let lake: RealLake;
let written: string[];
beforeEach(async () => {
  lake = await RealLake.open();
  written = [];
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
});
afterEach(async () => {
  jest.restoreAllMocks();
  await lake.close();
});

const planned = (event: PlannerEvent = {}) => plan(event, settingsFor(lake.server.endpoint, { LAKE_LOG: '1' }));

/** Puts an object that is so many seconds old. */
async function put(key: string, seconds: number, body = 'x'): Promise<void> {
  lake.clock = () => new Date(Date.now() - seconds * 1000);
  await lake.store.put('raw', key, Buffer.from(body));
}

/** Metrics of a dataset by name, as they were written in the embedded format. */
function metricsOf(name: string): Record<string, unknown> {
  return Object.assign(
    {},
    ...written
      .join('')
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text) as Record<string, unknown>)
      .filter((entry) => entry._aws !== undefined && entry.Dataset === name),
  );
}

test('the age is that of the oldest object that waits, whatever its key', async () => {
  await put('raw/sensor_readings/dt=2026-06-15/a.csv', 600);
  await put('raw/sensor_readings/dt=2026-06-15/b.csv', 7_200);
  await put('raw/sensor_readings/dt=2026-06-16/c.csv', 60);
  // What no task would take in does not wait; it has a count of its own.
  await put('raw/sensor_readings/loose.csv', 90_000);
  await put('raw/orders/loose.csv', 90_000);
  await planned();
  const { OldestPendingSeconds: oldest } = metricsOf(dataset.name);
  expect(oldest).toBeGreaterThan(7_190);
  expect(oldest).toBeLessThan(7_400);
  expect(metricsOf('orders')).toMatchObject({ OldestPendingSeconds: 0 });
});

test('objects outside of every partition are counted for their dataset, and those of no dataset for none', async () => {
  await put('raw/sensor_readings/dt=2026-06-15/good.csv', 1);
  await put('raw/sensor_readings/loose.csv', 1);
  await put('raw/sensor_readings/dt=2026-06-31/no-day.csv', 1);
  await put('raw/sensor_readings/dt=2026-06-15/_hidden.csv', 1);
  await put('raw/sensor_readings/dt=2026-06-15/_SUCCESS', 1, '');
  await put('raw/sensor-readings/dt=2026-06-15/a.csv', 1);
  await put('raw/a.csv', 1);
  const found = await planned();
  expect(metricsOf(dataset.name)).toMatchObject({ UnplacedObjects: 3 });
  expect(metricsOf('orders')).toMatchObject({ UnplacedObjects: 0 });
  expect(metricsOf(UNDECLARED)).toMatchObject({ UnplacedObjects: 2 });
  expect(found).toMatchObject({ tasks: 1, objects: 1, unplaced: 5 });
  expect(found.unplacedExamples.map(({ key }) => key)).toEqual([
    'raw/sensor_readings/dt=2026-06-15/_hidden.csv',
    'raw/sensor_readings/dt=2026-06-31/no-day.csv',
    'raw/sensor_readings/loose.csv',
    'raw/a.csv',
    'raw/sensor-readings/dt=2026-06-15/a.csv',
  ]);
});

test('a plan for one dataset still looks for objects of no dataset', async () => {
  await put('raw/elsewhere/a.csv', 1);
  expect(await planned({ datasets: ['orders'] })).toMatchObject({ tasks: 0, unplaced: 1 });
  expect(metricsOf(UNDECLARED)).toMatchObject({ UnplacedObjects: 1 });
});

test('an empty lake has metrics too, so that an alarm knows of it', async () => {
  await planned();
  expect(metricsOf(dataset.name)).toMatchObject({ OldestPendingSeconds: 0, UnplacedObjects: 0, ObjectsSetAside: 0 });
  expect(metricsOf(UNDECLARED)).toMatchObject({ UnplacedObjects: 0 });
});
