/** A partition whose rows fail a check that fails the commit waits, with a bound, and holds up nothing else. */

import type { OperatedLake } from '../../cli/verbs/lake';
import { datasetStatus } from '../../cli/verbs/status/figures';
import { ChecksFailedError } from '../../lambda/compaction/protocol/checks-failed';
import { runTask } from '../../lambda/compaction/task/run-task';
import { type DatasetDefinition, rawPrefix } from '../../lib/dataset';
import { PARTITION, RealLake, testDataset } from './support/real-lake';
import { AMPLE } from './support/settings';

const HOUR_MS = 3_600_000;
const CHECKS: DatasetDefinition['checks'] = [{ column: 'n', min: 0, onFail: 'fail' }];
const dataset = testDataset({ checks: CHECKS });
const OTHER = 'year=2026/month=06/day=16';
const row = (id: string, n: number): string => `${JSON.stringify({ id, at: '2026-06-15T10:00:00Z', n })}\n`;

let lake: RealLake;
let hour: number;
/** Raw objects that are read. */
let reads: string[];
beforeEach(async () => {
  hour = 0;
  reads = [];
  lake = await RealLake.open();
  lake.now = () => new Date(Date.parse('2026-06-15T12:00:00Z') + hour * HOUR_MS);
  lake.refuse = (bucket, key) => {
    if (bucket === 'raw') reads.push(key.split('/').at(-1) ?? '');
    return undefined;
  };
  await lake.put(dataset, 'good.json', row('a', 1));
  await lake.put(dataset, 'bad.json', row('b', -1));
});
afterEach(() => lake.close());

/** What a task comes to, and which raw objects it reads. */
async function run(checked = dataset, partition = PARTITION) {
  reads = [];
  const task = { kind: 'compact', dataset: checked.name, partition } as const;
  const outcome = await runTask(lake.lake(), { dataset: checked, partition }, task, await lake.converter(), AMPLE).then(
    ({ complete, rowsOut, rowsRefused }) => ({ complete, rowsOut, rowsRefused }),
    (error: unknown) => (error instanceof ChecksFailedError ? 'fails' : error),
  );
  return [outcome, reads.length > 0] as const;
}

const WAITS = [{ complete: false, rowsOut: 0, rowsRefused: 1 }, false];

test('it fails once, and waits for six hours without reading an object; then it is tried again', async () => {
  expect(await run()).toEqual(['fails', true]);
  expect(await run()).toEqual(WAITS);
  await lake.put(dataset, 'more.json', row('c', 1));
  hour = 5.99;
  expect(await run()).toEqual(WAITS);
  hour = 6;
  expect(await run()).toEqual(['fails', true]);
  expect(await run()).toEqual(WAITS);
  expect(await lake.keys('raw')).toHaveLength(3);
  expect(await lake.files(dataset)).toEqual([]);
});

test('other partitions are compacted', async () => {
  expect(await run()).toEqual(['fails', true]);
  await lake.put(dataset, 'good.json', row('z', 1), OTHER);
  expect(await run(dataset, OTHER)).toEqual([{ complete: true, rowsOut: 1, rowsRefused: 0 }, true]);
});

test.each([
  ['the object is put again', () => lake.put(dataset, 'bad.json', row('b', 1)), ['a', 'b'], dataset],
  [
    'the object is moved away',
    async () => {
      const [bad] = (await lake.keys('raw')).filter((key) => key.endsWith('bad.json'));
      const found = await lake.store.get('raw', bad ?? '');
      await lake.store.deleteMatching('raw', [{ key: bad ?? '', etag: found?.etag ?? '' }]);
    },
    ['a'],
    dataset,
  ],
  [
    'the check is corrected',
    async () => {},
    ['a', 'b'],
    testDataset({ checks: [{ column: 'n', min: -1, onFail: 'fail' }] }),
  ],
  ['the check is removed', async () => {}, ['a', 'b'], testDataset()],
])('when %s, the next run compacts it', async (_, cure, ids, then) => {
  expect(await run()).toEqual(['fails', true]);
  await cure();
  expect(await run(then)).toEqual([{ complete: true, rowsOut: ids.length, rowsRefused: 0 }, true]);
  expect(await lake.ids(dataset)).toEqual(ids);
});

test('status says why it waits', async () => {
  const operated = { ...lake.lake(), datasets: [dataset] } as unknown as OperatedLake;
  const selection = { datasets: [dataset], isWhole: true, includes: () => true } as unknown as Parameters<
    typeof datasetStatus
  >[2];
  expect((await datasetStatus(operated, dataset, selection)).partitions[0]).not.toHaveProperty('held');
  await run();
  const { partitions } = await datasetStatus(operated, dataset, selection);
  expect(partitions[0]?.held).toEqual({
    since: lake.now(),
    problem:
      'nothing of events was committed: 1 row fails n_range, which expects n from 0 on (1 row). For example line 1 of ' +
      `${rawPrefix(dataset.name, PARTITION)}bad.json: check n_range: expected n from 0 on. The raw objects stay where they are`,
  });
});
