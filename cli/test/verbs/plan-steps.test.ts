/** What `plan` says of one partition, by the rules of maintenance, and how it is printed. */
import type { Lake } from '../../../lambda/compaction/protocol/lake';
import { formatManifest } from '../../../lambda/compaction/protocol/manifest';
import { dataFileKey, tombstonesKey } from '../../../lambda/compaction/protocol/names';
import { HOUR_MS, manifestKey, recordPrefix } from '../../../lib/dataset';
import { MemoryBuckets, MemoryStore } from '../../../test/compaction/support/memory-store';
import { PARTITION, testDataset } from '../../../test/compaction/support/test-dataset';
import { Terminal } from '../../terminal';
import { maintenanceOf } from '../../verbs/plan/maintenance';
import { type DatasetPlan, printPlan } from '../../verbs/plan/plan';

const dataset = testDataset({ retention: { curatedDays: 30 } });
const ref = { dataset, partition: PARTITION };
const ENDED = Date.parse('2026-06-16T00:00:00Z');

let buckets: MemoryBuckets;
let now: number;
let lake: Lake;

beforeEach(() => {
  buckets = new MemoryBuckets();
  now = ENDED;
  buckets.now = () => new Date(now);
  lake = {
    store: new MemoryStore(
      buckets,
      async () => {},
      async () => {},
    ),
    buckets: { raw: 'raw', curated: 'curated', quarantine: 'quarantine' },
    now: () => new Date(now),
    sleep: async () => {},
  };
});

const put = (key: string, text: string): void => void buckets.put('curated', key, Buffer.from(text));
const id = (index: number): string => index.toString(16).padStart(32, '0');

/** Data files of so many bytes, and their keys. */
const files = (...sizes: readonly number[]): string[] =>
  sizes.map((size, index) => {
    const key = dataFileKey(ref, id(index), 0);
    put(key, 'x'.repeat(size));
    return key;
  });
const list = (keys: readonly string[]): void => put(manifestKey('events', PARTITION), formatManifest(keys, 'curated'));
const record = (name: number, keys: readonly string[], inputs: number): void => {
  const own = Array.from({ length: inputs }, (_, index) => ({ key: `raw/${name}/${index}`, etag: '"e"' }));
  put(`${recordPrefix('events', PARTITION)}${id(name)}.json`, JSON.stringify({ files: keys, inputs: own, counts: {} }));
};

test('a partition as it should be has no step', async () => {
  list(files(10));
  expect(await maintenanceOf(lake, ref)).toEqual([]);
});

test('raw objects of committed tasks are finished; those of a task that is not committed are not', async () => {
  const [one = '', two = '', other = ''] = files(10, 10, 10);
  list([one, two]);
  record(1, [one], 2);
  record(2, [one, two], 3);
  record(3, [two, other], 40);
  expect(await maintenanceOf(lake, ref)).toEqual([
    { step: 'finish', why: 'a committed task ended before it deleted its raw objects', objects: 5, bytes: 0 },
  ]);
});

test('a partition past its retention expires, and is not merged', async () => {
  list(files(10, 20, 30));
  now = ENDED + 30 * 24 * HOUR_MS;
  expect(await maintenanceOf(lake, ref)).toEqual([
    { step: 'expire', why: 'the partition is older than 30 days', objects: 3, bytes: 60 },
  ]);
  now -= 1;
  expect((await maintenanceOf(lake, ref)).map(({ step }) => step)).toEqual(['merge']);
});

test('a closed partition is packed, without its deletions and without what no manifest lists', async () => {
  const [one = '', two = '', unlisted = ''] = files(10, 20, 40);
  const deletions = tombstonesKey(ref, id(9));
  put(deletions, 'x'.repeat(80));
  list([one, two, deletions]);
  now = ENDED + 30 * HOUR_MS;
  expect(await maintenanceOf(lake, ref)).toEqual([
    {
      step: 'merge',
      why: 'the partition is closed and quiet, and files below three quarters of the target fit together: 2 files become 1',
      objects: 2,
      bytes: 30,
    },
    { step: 'vacuum', why: 'no manifest has listed them for 24 hours', objects: 1, bytes: 40 },
  ]);
  expect(unlisted).not.toBe('');
});

test('an open partition is merged once it has too many small files, the smallest of them', async () => {
  const many = dataset.compaction.maxUndersizedFiles;
  list(files(...Array.from({ length: many }, (_, index) => index + 1)));
  expect(await maintenanceOf(lake, ref)).toEqual([]);
  list(files(...Array.from({ length: many + 1 }, (_, index) => index + 1)));
  const [step, ...others] = await maintenanceOf(lake, ref);
  expect(others).toEqual([]);
  expect(step).toMatchObject({
    step: 'merge',
    why: `it has more than ${many} files below 128 MiB: ${many + 1} files become ${many + 2 - (step?.objects ?? 0)}`,
  });
  expect(step?.bytes).toBe(((step?.objects ?? 0) * ((step?.objects ?? 0) + 1)) / 2);
});

test('people are told how much waits, how long, and why nothing is done with what fails a check', () => {
  const waits = { objects: 2, bytes: 3_000, oldest: new Date(ENDED - 125_000) };
  const plan: DatasetPlan = {
    dataset: 'events',
    compact: [
      { partition: 'day=1', tasks: 3, pending: waits },
      { partition: 'day=2', tasks: 1, pending: { objects: 1, bytes: 1, oldest: undefined } },
      {
        partition: 'day=3',
        tasks: 1,
        pending: waits,
        held: { since: new Date(ENDED), problem: 'check n_range: expected n from 0 on' },
      },
    ],
    maintain: [
      {
        partition: 'day=4',
        steps: [
          { step: 'finish', why: 'because', objects: 1, bytes: 0 },
          { step: 'vacuum', why: 'old', objects: 2, bytes: 5_000 },
        ],
      },
    ],
  };
  let text = '';
  const terminal = new Terminal({ write: (more: string) => (text += more) } as never, {});
  printPlan(terminal, plan, new Date(ENDED));
  printPlan(terminal, { dataset: 'orders', compact: [], maintain: [] }, new Date(ENDED));
  expect(text).toBe(`events
  compact   day=1: 2 objects (3 kB) wait, the oldest for 2 min 5 s; 3 tasks
  compact   day=2: 1 object (1 B) wait, the oldest for 0.0 ms; 1 task
  compact   day=3: 2 objects (3 kB) wait, the oldest for 2 min 5 s; its rows fail a check
day=3 waits since 2026-06-16T00:00:00.000Z: check n_range: expected n from 0 on.
  Put its objects again, move them away, or correct the check; the next run then tries again.
  finish    day=4: 1 raw object: because
  vacuum    day=4: 2 objects (5 kB): old
orders: nothing to do
`);
});
