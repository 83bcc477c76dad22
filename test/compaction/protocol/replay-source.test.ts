/** What was compacted into a partition, found out from versions alone: of records, of the manifest, and of raw objects. */
import { inputDigest, tombstonesKey } from '../../../lambda/compaction/protocol/names';
import { nameOfVersion, readReplaySource } from '../../../lambda/compaction/protocol/replay-source';
import { NO_ROWS } from '../../../lambda/compaction/protocol/result';
import type { DatasetDefinition } from '../../../lib/dataset';
import { History } from '../support/history';
import { MemoryLake } from '../support/memory-lake';
import { PARTITION, testDataset } from '../support/test-dataset';

const RAW = `raw/events/${PARTITION}/`;
const ref = { dataset: testDataset(), partition: PARTITION };
const latest = (): DatasetDefinition['dedupe'] => ({ key: ['id'], keep: 'latest', by: 'n' });

let lake: MemoryLake;
let history: History;
beforeEach(() => {
  lake = new MemoryLake();
  history = new History(lake);
});

const id = (digit: string): string => digit.repeat(32);
const raw = (...given: Parameters<History['raw']>) => history.raw(...given);
const record = (...given: Parameters<History['record']>) => history.record(...given);
const manifest = (...letters: readonly string[]) => history.manifest(...letters);
const read = (own = ref) => readReplaySource(lake, own);
const keysOf = (objects: readonly { key: string }[]): string[] => objects.map(({ key }) => key.slice(RAW.length));

test('a partition that never had a commit has no source', async () => {
  expect(await read()).toEqual({
    transactions: [],
    recorded: NO_ROWS,
    expired: [],
    pendingAgain: [],
    pendingRetries: [],
    retries: [],
    begins: undefined,
    firstCommit: undefined,
  });
});

test('transactions come in the order of their commits, each with the versions that it consumed, and when it was recorded', async () => {
  const times: number[] = [];
  for (const digit of ['b', 'a']) {
    times.push(lake.time);
    record(digit, [raw(`${digit}1`), raw(`${digit}2`)], { rowsIn: 2, rowsOut: 2 });
    manifest(...(digit === 'b' ? ['b'] : ['b', 'a']));
  }
  const { transactions, recorded, expired, begins, firstCommit } = await read();
  expect(transactions.map(({ at, objects }) => [at.getTime(), keysOf(objects)])).toEqual([
    [times[0], ['b1', 'b2']],
    [times[1], ['a1', 'a2']],
  ]);
  expect(recorded).toEqual({ ...NO_ROWS, rowsIn: 4, rowsOut: 4 });
  expect([expired, begins]).toEqual([[], undefined]);
  expect(firstCommit).toEqual(new Date((times[0] as number) + 1_000));
});

test('the oldest version that lists a transaction is its commit', async () => {
  record('a', [raw('1')]);
  const first = manifest('a');
  record('b', [raw('2')]);
  manifest('a', 'b');
  manifest('b');
  const { firstCommit, transactions } = await read();
  expect(firstCommit).toEqual(new Date(first));
  expect(transactions).toHaveLength(2);
});

test('what was committed and replaced since is a source as well', async () => {
  record('a', [raw('1')]);
  manifest('a');
  record('b', [raw('2')]);
  manifest('b');
  expect((await read()).transactions.map(({ objects }) => keysOf(objects))).toEqual([['1'], ['2']]);
});

test('what never was committed is none', async () => {
  record('a', [raw('1')]);
  record('b', [raw('2')]);
  manifest('a');
  expect((await read()).transactions.map(({ objects }) => keysOf(objects))).toEqual([['1']]);
});

test('of a record that was written twice, the first time counts', async () => {
  const input = raw('1');
  const { time } = lake;
  record('a', [input]);
  record('a', [input]);
  manifest('a');
  expect((await read()).transactions[0]?.at).toEqual(new Date(time));
});

test('an object that several transactions name is read once, with the first', async () => {
  const [one, two] = [raw('1'), raw('2')];
  record('a', [one]);
  manifest('a');
  record('b', [one, two]);
  manifest('a', 'b');
  expect((await read()).transactions.map(({ objects }) => keysOf(objects))).toEqual([['1'], ['2']]);
});

test('a transaction without objects of its own is left out, and its rows are counted', async () => {
  const one = raw('1');
  record('a', [one]);
  manifest('a');
  record('b', [one], { rowsIn: 5 });
  manifest('a', 'b');
  const { transactions, recorded } = await read();
  expect(transactions).toHaveLength(1);
  expect(recorded.rowsIn).toBe(5);
});

test('versions of one key are told apart', async () => {
  const [one, two] = [raw('1', 'one'), raw('1', 'two')];
  record('a', [one]);
  manifest('a');
  const { transactions, expired } = await read();
  expect(transactions.flatMap(({ objects }) => objects.map(({ versionId }) => versionId))).toEqual([one.versionId]);
  expect(expired).toEqual([]);
  expect(nameOfVersion(one)).not.toBe(nameOfVersion(two));
  expect(nameOfVersion({ key: 'a', etag: '"x"', versionId: 'b' })).toBe('["a","b"]');
});

test('versions that are gone are told', async () => {
  const [one, two] = [raw('1'), raw('2')];
  record('a', [one, two]);
  manifest('a');
  lake.contents.versions.delete(`raw/${one.key}`);
  const { transactions, expired } = await read();
  expect(expired).toEqual([one]);
  expect(transactions.map(({ objects }) => keysOf(objects))).toEqual([['2']]);
});

test('an object whose delete marker somebody removed waits again', async () => {
  const one = raw('1');
  record('a', [one, raw('2')]);
  manifest('a');
  const [entry] = lake.contents.versions.get(`raw/${one.key}`) ?? [];
  lake.contents.objects.set(`raw/${one.key}`, entry as never);
  expect(keysOf((await read()).pendingAgain)).toEqual(['1']);
});

test('only versions are listed that begin as the inputs do, folder by folder', async () => {
  record('a', [raw('log-11'), raw('log-12'), raw('log-2')]);
  record('b', [raw('x', 'x', 'raw/events/elsewhere/')]);
  manifest('a', 'b');
  await read();
  expect(lake.did('list versions of raw/')).toEqual([
    `list versions of raw/${RAW}log-`,
    `list versions of raw/${RAW}retry-`,
    'list versions of raw/raw/events/elsewhere/x',
    'list versions of raw/raw/events/elsewhere/retry-',
  ]);
});

test('a whole folder is listed once', async () => {
  record('a', [raw('a'), raw('b')]);
  manifest('a');
  await read();
  expect(lake.did('list versions of raw/')).toEqual([`list versions of raw/${RAW}`]);
});

describe('when the history begins', () => {
  test('it is told, if the oldest version has files of unknown transactions', async () => {
    const begins = manifest('0');
    record('a', [raw('1')]);
    manifest('0', 'a');
    expect((await read()).begins).toEqual(new Date(begins));
  });

  test('not if later versions have such files: a merge has written them', async () => {
    record('a', [raw('1')]);
    manifest('a');
    manifest('0');
    const { begins, transactions } = await read();
    expect(begins).toBeUndefined();
    expect(transactions).toHaveLength(1);
  });

  test('what else a manifest may say names no transaction', async () => {
    const junk = ['data/x/part-short-000.parquet', 'nothing', `data/x/part-${id('0')}-000.parquet.bak`];
    lake.put('curated', `manifests/events/${PARTITION}/manifest`, junk.join('\n'));
    expect((await read()).begins).toBeUndefined();
  });

  test('remembered deletions are of transactions too', async () => {
    lake.list([tombstonesKey(ref, id('0'))]);
    const { begins } = await read();
    expect(begins).toEqual(lake.now());
  });

  test('of rows that supersede others, a first commit that replaced rows has rows of earlier ones', async () => {
    const own = { ...ref, dataset: testDataset({ dedupe: latest() as never }) };
    const begins = lake.time + 1_000;
    record('a', [raw('1')], { rowsReplaced: 1 });
    manifest('a');
    expect((await read(own)).begins).toEqual(new Date(begins));
    expect((await read()).begins).toBeUndefined();
  });

  test('of rows that supersede others, a first commit that replaced none is the beginning', async () => {
    const own = { ...ref, dataset: testDataset({ dedupe: latest() as never }) };
    record('a', [raw('1')]);
    manifest('a');
    expect((await read(own)).begins).toBeUndefined();
  });
});

describe('what was put back from quarantine', () => {
  test('has rows of the object that it is from: that one is read, and it is not', async () => {
    const origin = raw('1');
    record('a', [origin]);
    manifest('a');
    const retry = raw(`retry-${inputDigest(origin)}`);
    record('b', [retry]);
    manifest('a', 'b');
    const { transactions, retries, pendingRetries } = await read();
    expect(transactions.map(({ objects }) => keysOf(objects))).toEqual([['1']]);
    expect(retries).toMatchObject([{ of: origin, object: { key: retry.key } }]);
    expect(pendingRetries).toEqual([]);
  });

  test('a short name counts too', async () => {
    const origin = raw('1');
    const retry = raw(`retry-${inputDigest(origin).slice(0, 12)}-2026.json`);
    record('a', [origin, retry]);
    manifest('a');
    const { transactions, retries } = await read();
    expect(transactions.map(({ objects }) => keysOf(objects))).toEqual([['1']]);
    expect(retries).toHaveLength(1);
  });

  test('several times, it has rows of the first object', async () => {
    const origin = raw('1');
    const once = raw(`retry-${inputDigest(origin)}`);
    const twice = raw(`retry-${inputDigest(once)}`);
    record('a', [origin, once, twice]);
    manifest('a');
    const { transactions, retries } = await read();
    expect(transactions.map(({ objects }) => keysOf(objects))).toEqual([['1']]);
    expect(retries.map(({ of }) => of.key)).toEqual([origin.key, origin.key]);
  });

  test('that waits is told', async () => {
    const origin = raw('1');
    record('a', [origin]);
    manifest('a');
    const key = `${RAW}retry-${inputDigest(origin)}`;
    lake.put('raw', key, 'waits');
    const { pendingRetries, pendingAgain } = await read();
    expect(pendingRetries.map((object) => object.key)).toEqual([key]);
    expect(pendingAgain).toEqual([]);
  });

  test.each([
    'retry-0000000000000000000000000000000',
    `retry-${'0'.repeat(32)}`,
    `retry-${'0'.repeat(12)}-x`,
    'retry-x',
    `xretry-${'0'.repeat(32)}`,
  ])('%s is of no object that is known: it is one like any other', async (name) => {
    record('a', [raw('1'), raw(name)]);
    manifest('a');
    const { transactions, retries } = await read();
    expect(transactions.map(({ objects }) => keysOf(objects))).toEqual([['1', name]]);
    expect(retries).toEqual([]);
  });

  test('is named after it, and by nothing more', async () => {
    const origin = raw('1');
    const digest = inputDigest(origin);
    const [longer, deeper] = [raw(`retry-${digest}x`), raw(`retry-${digest.slice(0, 12)}-x/y`)];
    record('a', [origin, longer, deeper]);
    manifest('a');
    const { transactions, retries } = await read();
    expect(transactions.map(({ objects }) => objects.length)).toEqual([3]);
    expect(retries).toEqual([]);
  });

  test('whose object is gone is read itself', async () => {
    const origin = raw('1');
    const retry = raw(`retry-${inputDigest(origin)}`);
    record('a', [origin]);
    record('b', [retry]);
    manifest('a', 'b');
    lake.contents.versions.delete(`raw/${origin.key}`);
    const { transactions, retries } = await read();
    expect(transactions.map(({ objects }) => keysOf(objects))).toEqual([[retry.key.slice(RAW.length)]]);
    expect(retries).toEqual([]);
  });
});
