/** Maintenance is planned from listings alone: what the plan leaves out needs none, and nothing is read to find that out. */
import fc from 'fast-check';
import { runLanes } from '../../lambda/compaction/planning/lanes';
import { MaintenancePlan, planMaintenance } from '../../lambda/compaction/planning/plan-maintenance';
import type { Converter } from '../../lambda/compaction/protocol/converter';
import type { Lake } from '../../lambda/compaction/protocol/lake';
import { maintain } from '../../lambda/compaction/protocol/maintain';
import { formatManifest } from '../../lambda/compaction/protocol/manifest';
import { dataFileKey, tombstonesKey } from '../../lambda/compaction/protocol/names';
import type { ObjectInfo } from '../../lambda/compaction/store/object-store';
import { manifestKey, recordPrefix } from '../../lib/dataset';
import { MemoryBuckets, MemoryStore } from './support/memory-store';
import { testDataset } from './support/test-dataset';

const MIB = 1024 ** 2;
const HOUR = 3_600_000;
const NOW = Date.parse('2026-06-20T12:00:00Z');
const dataset = testDataset({ retention: { curatedDays: 8 } });

/** A store whose files are as large as the test says. */
class SizedStore extends MemoryStore {
  readonly sizes = new Map<string, number>();

  readonly #sized = (one: ObjectInfo): ObjectInfo => ({ ...one, size: this.sizes.get(one.key) ?? one.size });

  override async listPage(...args: Parameters<MemoryStore['listPage']>) {
    const page = await super.listPage(...args);
    return { ...page, objects: page.objects.map(this.#sized) };
  }

  override async *list(...args: Parameters<MemoryStore['list']>) {
    for await (const one of super.list(...args)) yield this.#sized(one);
  }
}

function model(pageSize: number) {
  const buckets = new MemoryBuckets();
  const operations: string[] = [];
  const note = async (operation: string): Promise<void> => void operations.push(operation.split(' ')[0] as string);
  const store = new SizedStore(buckets, note, async () => {});
  store.pageSize = pageSize;
  const lake: Lake = {
    store,
    buckets: { raw: 'raw', curated: 'curated', quarantine: 'quarantine' },
    now: () => new Date(NOW),
    sleep: async () => {},
  };
  return { buckets, lake, sizes: store.sizes, operations };
}

interface Partition {
  readonly day: number;
  readonly listed: readonly { readonly mib: number; readonly hours: number }[];
  readonly unlisted: readonly { readonly mib: number; readonly hours: number }[];
  readonly manifestHours: number | undefined;
  readonly record: boolean;
}

const pathOf = ({ day }: Pick<Partition, 'day'>): string => `year=2026/month=06/day=${day}`;

function build({ buckets, sizes }: ReturnType<typeof model>, partitions: readonly Partition[]): void {
  const put = (key: string, hours: number, body: string): void => {
    buckets.now = () => new Date(NOW - hours * HOUR);
    buckets.put('curated', key, Buffer.from(body));
  };
  for (const partition of partitions) {
    const ref = { dataset, partition: pathOf(partition) };
    const key = (index: number): string => dataFileKey(ref, index.toString(16).padStart(32, '0'), 0);
    [...partition.listed, ...partition.unlisted].forEach(({ mib, hours }, index) => {
      put(key(index), hours, 'x');
      sizes.set(key(index), mib * MIB);
    });
    const files = partition.listed.map((_, index) => key(index));
    if (partition.manifestHours !== undefined) {
      put(manifestKey('events', ref.partition), partition.manifestHours, formatManifest(files, 'curated'));
    }
    if (partition.record) {
      const record = { files: ['none'], inputs: [], counts: {}, attempt: 'a' };
      put(`${recordPrefix('events', ref.partition)}r.json`, 100, JSON.stringify(record));
    }
  }
}

const hours = fc.constantFrom(1, 20, 23, 25, 60);
const file = fc.record({ mib: fc.constantFrom(1, 50, 127, 128, 300, 500), hours });
const partition: fc.Arbitrary<Partition> = fc
  .record({
    // From before the retention to the one that is open.
    day: fc.integer({ min: 10, max: 21 }),
    listed: fc.array(file, { maxLength: 11 }),
    unlisted: fc.oneof(
      { weight: 3, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: fc.array(file, { maxLength: 3 }) },
    ),
    manifestHours: fc.option(hours, { nil: undefined }),
    record: fc.oneof({ weight: 6, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  })
  .map((one) => (one.manifestHours === undefined ? { ...one, listed: [] } : one));
const partitions = fc.uniqueArray(partition, { maxLength: 8, selector: ({ day }) => day });

class Touched extends Error {}
const untouched: Converter = {
  load: () => Promise.reject(new Touched()),
  merge: () => Promise.reject(new Touched()),
};

test('maintain changes nothing in a partition that the plan leaves out', async () => {
  let left = 0;
  let named = 0;
  await fc.assert(
    fc.asyncProperty(
      partitions,
      fc.constantFrom(1, 3, 1_000),
      fc.integer({ min: 1, max: 9 }),
      async (of, page, stretch) => {
        const lake = model(page);
        build(lake, of);
        const tasks = await planMaintenance(lake.lake, dataset, { stretchFiles: stretch });
        const planned = tasks.map((task) => task.partition);
        expect(new Set(planned).size).toBe(planned.length);
        const before = new Map(lake.buckets.objects);
        for (const path of of.map(pathOf)) {
          if (planned.includes(path)) {
            named++;
            continue;
          }
          left++;
          await maintain(lake.lake, { dataset, partition: path }, untouched);
        }
        expect(lake.buckets.objects).toEqual(before);
      },
    ),
    { numRuns: 300 },
  );
  expect([left > 200, named > 200]).toEqual([true, true]);
});

test('quiet partitions take a listing of a thousand objects a request, and no read', async () => {
  const lake = model(1_000);
  const count = 300;
  const quiet = { listed: [{ mib: 300, hours: 60 }], unlisted: [], manifestHours: 60, record: false };
  const many = testDataset({ partition: { scheme: 'hour', from: '2026-01-01', to: '2026-12-31' } });
  for (let hour = 0; hour < count; hour++) {
    const [day, rest] = [1 + Math.floor(hour / 24), hour % 24];
    const path = `year=2026/month=06/day=${String(day).padStart(2, '0')}/hour=${String(rest).padStart(2, '0')}`;
    const ref = { dataset: many, partition: path };
    lake.buckets.now = () => new Date(NOW - quiet.manifestHours * HOUR);
    const key = dataFileKey(ref, hour.toString(16).padStart(32, '0'), 0);
    lake.buckets.put('curated', key, Buffer.from('x'));
    lake.sizes.set(key, 300 * MIB);
    lake.buckets.put('curated', manifestKey('events', path), Buffer.from(formatManifest([key], 'curated')));
  }
  expect(await planMaintenance(lake.lake, many)).toEqual([]);
  // One page of manifests, one of records, one of files.
  expect(lake.operations).toEqual(['list', 'list', 'list']);
});

test('a plan that is cut goes on behind what it looked at, until all was', async () => {
  const lake = model(2);
  const small = [1, 1].map((mib) => ({ mib, hours: 60 }));
  const days = [13, 14, 15, 16, 17];
  build(
    lake,
    days.map((day) => ({ day, listed: small, unlisted: [], manifestHours: 60, record: false })),
  );
  const seen: string[][] = [];
  let position: string | undefined;
  for (let run = 0; run < 4; run++) {
    const found: string[] = [];
    const options = { position, isOver: () => true, stretchFiles: 3 };
    const plan = new MaintenancePlan(lake.lake, dataset, (task) => found.push(task.partition.slice(-2)), options);
    await runLanes([plan], 4);
    position = plan.end();
    seen.push(found);
  }
  expect(seen).toEqual([['13', '14'], ['15', '16'], ['17'], ['13', '14']]);
});

test('counts the files that manifests list, and the small ones of them; superseded ones are none', async () => {
  const world = model(100);
  const files = (...sizes: readonly number[]) => sizes.map((mib) => ({ mib, hours: 40 }));
  const common = { manifestHours: 40, record: false };
  build(world, [
    { ...common, day: 15, listed: files(200, 5), unlisted: files(5, 6) },
    { ...common, day: 19, listed: files(1, 2), unlisted: [] },
  ]);
  const counts = async () => {
    const plan = new MaintenancePlan(world.lake, dataset, () => {});
    await runLanes([plan], 4);
    return plan.counts;
  };
  expect(await counts()).toEqual({ DataFiles: 4, UndersizedFiles: 3 });
  // Remembered deletions are small, and no merge takes them.
  const ref = { dataset, partition: 'year=2026/month=06/day=17' };
  const [rows, deletions] = [dataFileKey(ref, 'a'.repeat(32), 0), tombstonesKey(ref, 'b'.repeat(32))];
  for (const key of [rows, deletions]) world.buckets.put('curated', key, Buffer.from('x'));
  world.sizes.set(rows, 200 * MIB);
  world.buckets.put(
    'curated',
    manifestKey('events', ref.partition),
    Buffer.from(formatManifest([rows, deletions], 'curated')),
  );
  expect(await counts()).toEqual({ DataFiles: 6, UndersizedFiles: 3 });
});
