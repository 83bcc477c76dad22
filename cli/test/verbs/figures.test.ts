/** What verbs read of a lake: each partition, object and line once, whatever lies beside it. */
import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { formatManifest } from '../../../lambda/compaction/protocol/manifest';
import { dataFileKey } from '../../../lambda/compaction/protocol/names';
import { SetAside } from '../../../lambda/compaction/protocol/set-aside';
import type { ObjectInfo } from '../../../lambda/compaction/store/object-store';
import {
  type Dataset,
  dataPrefix,
  HOUR_MS,
  manifestKey,
  manifestPrefix,
  recordPrefix,
  rejectedLinesPrefix,
} from '../../../lib/dataset';
import { MemoryBuckets, MemoryStore } from '../../../test/compaction/support/memory-store';
import { testDataset } from '../../../test/compaction/support/test-dataset';
import { censusOf } from '../../verbs/inbox';
import type { OperatedLake } from '../../verbs/lake';
import { partitionsOf } from '../../verbs/partitions';
import { quarantineOf } from '../../verbs/quarantined';
import { parseSelection, Selection } from '../../verbs/selection';
import { datasetStatus } from '../../verbs/status/figures';

const MIB = 1024 ** 2;
const NOW = Date.parse('2026-06-20T12:00:00Z');

/** A store whose files are as large as the test says. */
class SizedStore extends MemoryStore {
  readonly sizes = new Map<string, number>();

  override async *list(...args: Parameters<MemoryStore['list']>) {
    for await (const one of super.list(...args)) yield { ...one, size: this.sizes.get(one.key) ?? one.size };
  }
}

function model() {
  const buckets = new MemoryBuckets();
  const nothing = async (): Promise<void> => {};
  const store = new SizedStore(buckets, nothing, nothing);
  const lake = {
    store,
    buckets: { raw: 'raw', curated: 'curated', quarantine: 'quarantine' },
    now: () => new Date(NOW),
    sleep: nothing,
  } as unknown as OperatedLake;
  const put = (bucket: string, key: string, body: string | Buffer = 'x', hoursAgo = 0): string => {
    buckets.now = () => new Date(NOW - hoursAgo * HOUR_MS);
    return buckets.put(bucket, key, Buffer.from(body));
  };
  return { lake, put, sizes: store.sizes };
}

const dataset = testDataset();
const whole = (one: Dataset): Selection => new Selection([one], undefined, undefined);
const dayOf = (day: number): string => `year=2026/month=06/day=${String(day).padStart(2, '0')}`;
const keys = (objects: readonly ObjectInfo[]): string[] => objects.map(({ key }) => key);

async function all<T>(found: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of found) items.push(item);
  return items;
}

test('every object of the curated zone is in its partition, once, in the order of their keys; strays are told', async () => {
  // Of a name and a longer one that begins with it, the longer may come first: a hyphen is before a slash.
  const shops = testDataset({
    partition: { scheme: 'dt', from: '2026-01-01', to: '2026-12-31', leading: [{ name: 'shop', kind: 'injected' }] },
  });
  const partition = fc
    .tuple(
      fc.constantFrom('a', 'a-b', 'a.b', 'ab', 'b'),
      fc.constantFrom('2026-06-01', '2026-06-01-copy', '2026-06-02'),
    )
    .map(([shop, day]) => `shop=${shop}/dt=${day}`);
  const kinds = [manifestPrefix, dataPrefix, recordPrefix];
  const object = fc.tuple(partition, fc.constantFrom(0, 1, 2), fc.constantFrom('x', 'y', 'z/deep'));
  await fc.assert(
    fc.asyncProperty(fc.array(object, { maxLength: 25 }), fc.boolean(), async (objects, hasStray) => {
      const { lake, put } = model();
      const expected = new Map<string, [Set<string>, Set<string>, Set<string>]>();
      for (const [path, kind, name] of objects) {
        const key = `${kinds[kind]?.(shops.name, path)}${name}`;
        put('curated', key);
        const own = expected.get(path) ?? [new Set(), new Set(), new Set()];
        own[kind]?.add(key);
        expected.set(path, own);
      }
      const stray = `${dataPrefix(shops.name, '')}shop=a/stray`;
      if (hasStray) put('curated', stray);
      const strays: string[] = [];
      const found = await all(partitionsOf(lake, shops, whole(shops), ({ key }) => strays.push(key)));
      expect(strays).toEqual(hasStray ? [stray] : []);
      expect(found.map((one) => one.partition)).toEqual(
        [...expected.keys()].sort((a, b) => Buffer.compare(Buffer.from(`${a}/`), Buffer.from(`${b}/`))),
      );
      for (const { partition: path, manifests, files, records } of found) {
        expect([manifests, files, records].map((some) => new Set(keys(some)))).toEqual(expected.get(path));
      }
    }),
    { numRuns: 100 },
  );
});

test.each([
  ['--from 2026-06-15 --to 2026-06-15', ['15T00', '15T23']],
  ['--from 2026-06-15T23', ['15T23', '16T00']],
  ['--to 2026-06-15T00', ['14T23', '15T00']],
  ['--from 2026-06-16T00 --to 2026-06-16T00', ['16T00']],
])('of hours, %s means those that lie in it', (options, expected) => {
  const hourly = testDataset({ partition: { scheme: 'hour', from: '2026-01-01', to: '2026-12-31' } });
  const [, from, to] = /^(?:--from (\S+))? ?(?:--to (\S+))?$/.exec(options) ?? [];
  const selection = parseSelection({ from, to }, [hourly]);
  const hours = ['14T23', '15T00', '15T23', '16T00'];
  const path = (hour: string) => `year=2026/month=06/day=${hour.slice(0, 2)}/hour=${hour.slice(3)}`;
  expect(hours.filter((hour) => selection.includes(hourly, path(hour)))).toEqual(expected);
});

test('rejections are read in batches, each object once', async () => {
  const { lake, put } = model();
  const names = Array.from({ length: 600 }, (_, index) => String(index).padStart(4, '0'));
  for (const name of names) {
    const key = `${rejectedLinesPrefix('events', dayOf(1 + (Number(name) % 2)))}${name}.json.gz`;
    put('quarantine', key, gzipSync(`${JSON.stringify({ line: 1, reason: name })}\n`));
  }
  const found = await all(quarantineOf(lake, dataset, whole(dataset)));
  expect(found.map(({ entries: [entry] }) => entry?.reason).sort()).toEqual(names);
  expect(new Set(found.map(({ partition }) => partition))).toEqual(new Set([dayOf(1), dayOf(2)]));
  const own = await all(quarantineOf(lake, dataset, new Selection([dataset], dayOf(2), undefined)));
  expect(own).toHaveLength(300);
});

test('rejections are read a MiB at a time, since they may inflate a hundredfold', async () => {
  const { lake, put } = model();
  const reasons = Array.from({ length: 4 }, () => randomBytes(300 * 1024).toString('base64'));
  for (const [index, reason] of reasons.entries()) {
    put(
      'quarantine',
      `${rejectedLinesPrefix('events', dayOf(1))}${index}.json.gz`,
      gzipSync(JSON.stringify({ reason })),
    );
  }
  const get = jest.spyOn(lake.store, 'get');
  const read: number[] = [];
  for await (const { entries } of quarantineOf(lake, dataset, whole(dataset))) {
    expect(entries.map(({ reason }) => reason)).toEqual([reasons[read.length]]);
    read.push(get.mock.calls.length);
  }
  expect(read).toEqual([3, 3, 3, 4]);
});

test('the inbox is counted by partition; what is set aside waits, and is not what makes it late', async () => {
  const { lake, put } = model();
  put('raw', `raw/events/${dayOf(1)}/young.json`, 'xx', 1);
  put('raw', `raw/events/${dayOf(1)}/older.json`, 'xxx', 3);
  const refused = `raw/events/${dayOf(1)}/refused.json`;
  const etag = put('raw', refused, 'xxxx', 9);
  put('raw', `raw/events/${dayOf(2)}/one.json`, 'x', 2);
  for (let index = 0; index < 25; index++) put('raw', `raw/events/wrong/${index}.json`);
  for (const run of ['first', 'second']) {
    const marks = await SetAside.read(lake, 'events');
    const one = { key: refused, etag, size: 4, status: 403, code: 'AccessDenied', error: 'AccessDenied' };
    await marks.mark({ dataset, partition: dayOf(1) }, [one] as never, run);
  }
  const { partitions, unplaced, setAside } = await censusOf(lake, dataset, whole(dataset));
  expect([...partitions]).toEqual([
    [dayOf(1), { objects: 3, bytes: 9, oldest: new Date(NOW - 3 * HOUR_MS) }],
    [dayOf(2), { objects: 1, bytes: 1, oldest: new Date(NOW - 2 * HOUR_MS) }],
  ]);
  expect(setAside).toEqual({ objects: 1, examples: [refused] });
  expect([unplaced.objects, unplaced.examples.length]).toEqual([25, 20]);
});

test('the status of a dataset is that of its partitions together', async () => {
  const { lake, put, sizes } = model();
  const commit = (day: number, mib: readonly number[], hoursAgo: number): void => {
    const files = mib.map((size, index) => {
      const key = dataFileKey({ dataset, partition: dayOf(day) }, String(index).padStart(32, '0'), 0);
      put('curated', key, 'x', hoursAgo);
      sizes.set(key, size * MIB);
      return key;
    });
    put('curated', manifestKey('events', dayOf(day)), formatManifest(files, 'curated'), hoursAgo);
  };
  // More partitions than are read at a time.
  for (let day = 1; day <= 20; day++) commit(day, [200], 100 - day);
  commit(21, [127, 128, 400], 30);
  commit(22, [], 50);
  put('raw', `raw/events/${dayOf(3)}/a.json`, 'xx', 2);
  put('raw', `raw/events/${dayOf(23)}/b.json`, 'xxx', 5);
  const reject = (day: number, name: string, lines: readonly (number | null)[]): void => {
    const text = lines.map((line) => `${JSON.stringify({ line, reason: 'r' })}\n`).join('');
    put('quarantine', `${rejectedLinesPrefix('events', dayOf(day))}${name}.json.gz`, gzipSync(text));
  };
  reject(24, 'a', [1, 2]);
  reject(24, 'b', [null]);
  reject(21, 'c', [7]);

  const status = await datasetStatus(lake, dataset, whole(dataset));
  expect(status).toMatchObject({
    dataset: 'events',
    pending: { objects: 2, bytes: 5, oldest: new Date(NOW - 5 * HOUR_MS) },
    lagSeconds: 5 * 3_600,
    files: { count: 23, bytes: (20 * 200 + 655) * MIB, smallest: 127 * MIB, largest: 400 * MIB, undersized: 1 },
    lastCommit: new Date(NOW - 30 * HOUR_MS),
    quarantined: { rows: 3, objects: 1 },
  });
  expect(status.partitions.map(({ partition }) => partition)).toEqual(
    Array.from({ length: 24 }, (_, index) => dayOf(index + 1)),
  );
  const of = (day: number) => status.partitions.find(({ partition }) => partition === dayOf(day));
  expect(of(21)).toEqual({
    partition: dayOf(21),
    pending: { objects: 0, bytes: 0, oldest: undefined },
    files: { count: 3, bytes: 655 * MIB, smallest: 127 * MIB, largest: 400 * MIB, undersized: 1 },
    lastCommit: new Date(NOW - 30 * HOUR_MS),
    quarantined: { rows: 1, objects: 0 },
  });
  expect(of(23)).toMatchObject({ pending: { objects: 1, bytes: 3 }, lastCommit: undefined, files: { count: 0 } });
  expect(of(24)).toMatchObject({ quarantined: { rows: 2, objects: 1 }, lastCommit: undefined });
});
