import { Template } from 'aws-cdk-lib/assertions';
import { Telemetry } from '../../lambda/compaction/runtime/telemetry';
import { type LakeCatalog, publishAll } from '../../lambda/iceberg/publish-all';
import type { Dataset } from '../../lib/dataset';
import { testDataset } from '../compaction/support/test-dataset';
import { alarmsOf, type Datum, embeddedMetrics, stateOf } from '../support/alarms';
import { testLake } from '../support/cdk';
import { IcebergLake, MemoryCatalog } from './lake';

const PARTITION = 'year=2026/month=05/day=01';
const named = (name: string, iceberg = true): Dataset => testDataset({ name, iceberg });
const declared = [named('a'), named('b'), named('c'), named('plain', false)];

class TestCatalog extends MemoryCatalog implements LakeCatalog {
  readonly finds: string[] = [];
  failing = new Set<string>();

  override async find(name: string) {
    this.finds.push(name);
    if (this.failing.has(name)) throw new Error('Glue is away');
    return await super.find(name);
  }

  async list() {
    return [...this.tables.keys()];
  }

  async drop(name: string) {
    this.tables.delete(name);
  }
}

let world: IcebergLake;
let catalog: TestCatalog;
beforeEach(async () => {
  world = new IcebergLake();
  catalog = new TestCatalog();
  for (const dataset of declared) {
    await world.commit(dataset, PARTITION, [
      await world.put(dataset, PARTITION, await world.parquet("SELECT 'x' AS id")),
    ]);
  }
});
afterEach(() => world.close());

/** What a run of the publisher writes into its log. */
async function run(isOver = () => false, datasets?: readonly string[], all = declared) {
  let log = '';
  const write = jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    log += String(text);
    return true;
  });
  const telemetry = new Telemetry({ namespace: 'DataLake/Compaction/lake-test', enabled: true });
  try {
    const outcome = await publishAll(world.lake, catalog, { declared: all, telemetry, isOver }, datasets).catch(String);
    return { outcome, metrics: embeddedMetrics(log) };
  } finally {
    write.mockRestore();
  }
}

const alarms = alarmsOf(
  Template.fromStack(testLake({ datasets: declared }).compaction).toJSON() as Parameters<typeof alarmsOf>[0],
).filter(({ AlarmName }) => AlarmName.includes('snapshots'));
const ringing = (...periods: readonly (readonly Datum[])[]): string[] =>
  alarms
    .filter((alarm) => stateOf(alarm, periods) === 'ALARM')
    .map(({ AlarmName }) => AlarmName.replace('lake-test-compaction-', ''))
    .sort();

test('each dataset with iceberg is published, and no other', async () => {
  expect((await run()).outcome).toEqual({ published: 3, unchanged: 0 });
  expect(await catalog.list()).toEqual(['a', 'b', 'c']);
  expect((await run()).outcome).toEqual({ published: 0, unchanged: 3 });
  expect(alarms.map(({ AlarmName }) => AlarmName).filter((name) => name.includes('plain'))).toEqual([]);
  expect(alarms).toHaveLength(6);
});

test('one that fails stops no other; its alarm rings when it goes on for two periods', async () => {
  catalog.failing.add('b');
  const { outcome, metrics } = await run();
  expect(outcome).toBe('PublicationError: b: Error: Glue is away');
  expect(await catalog.list()).toEqual(['a', 'c']);
  expect(ringing([], metrics)).toEqual([]);
  expect(ringing(metrics, metrics)).toEqual(['b-snapshots-behind']);
  catalog.failing.clear();
  expect(ringing(metrics, (await run()).metrics)).toEqual([]);
});

test('a foreign writer rings an alarm at once', async () => {
  await run();
  const { location, version } = catalog.tables.get('a') as { location: string; version: number };
  catalog.tables.set('a', { location: location.replace(/-[^-]+\.metadata/, '-x.metadata'), version: version + 1 });
  const { outcome, metrics } = await run();
  expect(outcome).toEqual({ published: 1, unchanged: 2 });
  expect(ringing([], metrics)).toEqual(['a-snapshots-foreign']);
});

test('a dataset that has iceberg no more, or is gone, loses its table, and nothing else', async () => {
  await run();
  const keys = [...world.buckets.objects.keys()];
  await run(undefined, ['a'], [named('a'), named('b', false)]);
  expect(await catalog.list()).toEqual(['a', 'b', 'c']);
  await run(undefined, undefined, [named('a'), named('b', false)]);
  expect(await catalog.list()).toEqual(['a']);
  expect([...world.buckets.objects.keys()]).toEqual(keys);
});

test('only the datasets that are asked for', async () => {
  expect((await run(undefined, ['b', 'plain'])).outcome).toEqual({ published: 1, unchanged: 0 });
  expect(await catalog.list()).toEqual(['b']);
});

test('what there is no time for is told, and is another dataset in the next run', async () => {
  let left = 1;
  const isOver = () => left-- <= 0;
  expect((await run(isOver)).outcome).toMatch(
    /^PublicationError: (?:\w: Error: there was no time left; [^;]+;? ?){2}$/,
  );
  const [first] = await catalog.list();
  world.time += 60_000;
  left = 1;
  await run(isOver);
  expect(new Set(await catalog.list()).size).toBe(2);
  expect(await catalog.list()).toContain(first);
});
