/** A partition is built anew from raw by the shipped store, signer and engine; `explore` goes through the orders of its steps. */
import { truncateSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { DeleteObjectCommand, ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import { RequestSigner } from '../../lambda/compaction/download/request-signer';
import { DuckDbConverter } from '../../lambda/compaction/engine/duckdb-converter';
import { statFiles } from '../../lambda/compaction/protocol/data-files';
import { readManifest } from '../../lambda/compaction/protocol/manifest';
import { type ReplayOutcome, type ReplaySettings, replay } from '../../lambda/compaction/protocol/replay';
import { ReplayDenied, ReplayRefusal } from '../../lambda/compaction/protocol/replay-quarantine';
import { copyFile } from '../../lambda/compaction/protocol/restore';
import { commitFiles } from '../../lambda/compaction/protocol/transaction';
import {
  type ObjectInfo,
  type ObjectStore,
  type ObjectVersion,
  PreconditionFailedError,
} from '../../lambda/compaction/store/object-store';
import { runTask } from '../../lambda/compaction/task/run-task';
import { type Dataset, manifestKey } from '../../lib/dataset';
import { KillSwitch } from './support/kill-switch';
import { line, PARTITION, RealLake, testDataset } from './support/real-lake';
import { COLUMNS } from './support/test-dataset';

const dataset = testDataset();
const once = testDataset({ dedupeKey: ['id'] });
const AMPLE = { bytes: 1 << 30, objects: 1_000 };

let lake: RealLake;
beforeEach(async () => {
  lake = await RealLake.open();
  lake.now = () => new Date('2026-06-15T12:00:00Z');
  lake.clock = lake.now;
});
afterEach(async () => {
  await lake.close();
});

async function again(of: Dataset = dataset, more: Partial<ReplaySettings> = {}): Promise<ReplayOutcome> {
  const ref = { dataset: of, partition: PARTITION };
  return await replay(lake.lake(), ref, await lake.converter(), { budget: AMPLE, ...more });
}

async function loseManifest(of: Dataset = dataset): Promise<void> {
  const { etag = '' } = await readManifest(lake.lake(), { dataset: of, partition: PARTITION });
  await lake.store.deleteMatching('curated', [{ key: manifestKey(of.name, PARTITION), etag }]);
}

async function versionsOf(bucket: string, prefix: string): Promise<ObjectVersion[]> {
  const found: ObjectVersion[] = [];
  for await (const version of lake.store.listVersions(bucket, prefix)) found.push(version);
  return found;
}

/** Rows as text, in any order. */
const rowsOf = async (of: Dataset): Promise<string[]> =>
  (await lake.query(of, 'id, n')).map(({ id, n }) => `${id} ${n}`).sort();

test('files of every format come back without their manifest, a truncated one is replaced, and what waits stays', async () => {
  await lake.put(dataset, 'a.json', line('a') + line('b', 2));
  await lake.put(dataset, 'b.csv.gz', gzipSync('id,at,n\nc,2026-06-15T10:00:00Z,3\n'));
  await lake.put(dataset, "it's 100% (déjà) +1.json", line('d', 4));
  await lake.put(
    dataset,
    'c.parquet',
    await lake.parquet("SELECT 'p' AS id, TIMESTAMP '2026-06-15 10:00:00' AS at, 5 AS n"),
  );
  await lake.compact(dataset);
  await lake.put(dataset, 'd.json', line('e', 6));
  await lake.compact(dataset);
  const before = await rowsOf(dataset);
  expect(before).toEqual(['a 1', 'b 2', 'c 3', 'd 4', 'e 6', 'p 5']);
  await lake.put(dataset, 'waits.json', line('f'));

  for (const file of await lake.files(dataset)) truncateSync(file, 20);
  const old = await lake.files(dataset);
  const { counts, recorded } = await again();
  expect(counts).toMatchObject({ rowsIn: 6, rowsOut: 6, objectsIn: 5 });
  expect(recorded).toMatchObject({ rowsIn: 6, rowsOut: 6, objectsIn: 5 });
  expect(await rowsOf(dataset)).toEqual(before);
  expect((await lake.files(dataset)).filter((file) => old.includes(file))).toEqual([]);

  await loseManifest();
  expect(await rowsOf(dataset)).toEqual([]);
  await again(dataset, { budget: { bytes: 1 << 30, objects: 2 } });
  expect(await rowsOf(dataset)).toEqual(before);
  expect(await lake.keys('raw')).toHaveLength(1);
  await lake.compact(dataset);
  expect(await rowsOf(dataset)).toEqual([...before, 'f 1'].sort());
});

test('what a producer overwrote counts as often as it was compacted; what was deleted before it was compacted does not', async () => {
  for (const body of [line('a'), line('b'), line('b')]) {
    await lake.put(dataset, 'same.json', body);
    await lake.compact(dataset);
  }
  await lake.put(dataset, 'lost.json', line('overwritten'));
  await lake.put(dataset, 'lost.json', line('kept'));
  await lake.put(dataset, 'deleted.json', line('deleted'));
  await lake.client.send(new DeleteObjectCommand({ Bucket: 'raw', Key: `raw/events/${PARTITION}/deleted.json` }));
  await lake.compact(dataset);
  const before = await rowsOf(dataset);
  expect(before).toEqual(['a 1', 'b 1', 'b 1', 'kept 1']);
  await loseManifest();
  await again();
  expect(await rowsOf(dataset)).toEqual(before);
});

test('of rows with one key the same stays, whatever the order of names and times', async () => {
  await lake.put(once, 'z.json', line('a', 30) + line('b', 1));
  await lake.compact(once);
  // Earlier by name and by event time, but later committed.
  await lake.put(once, 'a.json', line('a', 2) + line('c', 3) + line('c', 1));
  await lake.compact(once);
  const before = await rowsOf(once);
  expect(before).toEqual(['a 30', 'b 1', 'c 1']);
  await loseManifest(once);
  const { counts } = await again(once);
  expect(counts).toMatchObject({ rowsIn: 5, rowsOut: 3, duplicates: 2 });
  expect(await rowsOf(once)).toEqual(before);
});

test('later rows replace earlier ones, and deleted keys stay deleted, also for rows that arrive after it', async () => {
  const latest = testDataset({
    columns: [...COLUMNS.map((one) => ({ ...one, notNull: true })), { name: 'gone', type: 'boolean' }],
    dedupe: { key: ['id'], keep: 'latest', by: 'n', deleted: 'gone' },
  });
  const row = (id: string, n: number, gone = false): string => line(id, n).replace('}\n', `,"gone":${gone}}\n`);
  await lake.put(latest, 'z.json', row('a', 1) + row('b', 1) + row('c', 5));
  await lake.compact(latest);
  await lake.put(latest, 'a.json', row('a', 3) + row('b', 4, true) + row('c', 2) + row('d', 9, true));
  await lake.compact(latest);
  const before = await rowsOf(latest);
  expect(before).toEqual(['a 3', 'c 5']);
  await loseManifest(latest);
  await again(latest, { budget: { bytes: 1 << 30, objects: 1 } });
  expect(await rowsOf(latest)).toEqual(before);
  await lake.put(latest, 'late.json', row('b', 2) + row('d', 1) + row('a', 2));
  await lake.compact(latest);
  expect(await rowsOf(latest)).toEqual(before);
});

test('what is in quarantine stays there, once; a declaration that would take it in as well is refused', async () => {
  await lake.put(dataset, 'a.json', `${line('a')}${line('x').replace('"n":1', '"n":1.5')}broken\n`);
  await lake.put(dataset, 'b.json.gz', gzipSync(line('z')).subarray(0, -6));
  await lake.put(dataset, 'c.json', line('c'));
  await lake.compact(dataset);
  const before = [await rowsOf(dataset), await versionsOf('quarantine', '')];
  await loseManifest();
  const { counts, recorded } = await again();
  expect(counts).toEqual(recorded);
  expect([await rowsOf(dataset), await versionsOf('quarantine', '')]).toEqual(before);

  const wider = testDataset({
    columns: COLUMNS.map((one) => (one.name === 'n' ? { ...one, type: 'double' } : one)),
  });
  await expect(again(wider)).rejects.toThrow(
    /1 lines of raw\/events\/.*a\.json that are in quarantine fit .*quarantine --retry/,
  );
  expect([await rowsOf(dataset), await versionsOf('quarantine', '')]).toEqual(before);
  // Once the entry is gone, its rows are the replay's.
  for (const name of await lake.keys('quarantine', 'lines/')) {
    await lake.client.send(new DeleteObjectCommand({ Bucket: 'quarantine', Key: name }));
  }
  await again(wider);
  expect(await rowsOf(wider)).toEqual(['a 1', 'c 1', 'x 1.5']);
  expect((await lake.quarantined()).map(({ raw, object_key }) => raw ?? (object_key !== null && 'whole'))).toEqual([
    'broken',
    'whole',
  ]);
});

test('rows that do not fit any more go to quarantine, also from objects that are current no more', async () => {
  await lake.put(dataset, 'a.json', line('a') + line('b', null));
  await lake.put(dataset, 'b.csv', 'id,at,n\nc,2026-06-15T10:00:00Z,3\n');
  await lake.compact(dataset);
  const strict = testDataset({
    columns: COLUMNS.map((one) => (one.name === 'n' ? { ...one, notNull: true } : one)),
    input: { formats: ['ndjson'] },
  });
  const { counts } = await again(strict);
  expect(counts).toMatchObject({ rowsIn: 2, rowsOut: 1, rowsQuarantined: 1, objectsQuarantined: 1 });
  const kept = await lake.quarantined();
  expect(kept.map(({ line: number }) => number)).toEqual([2, null]);
  const copy = await lake.store.get('quarantine', kept[1]?.object_key ?? '');
  expect(copy?.body.toString()).toContain('c,2026');
});

test('a partition of which raw versions are gone is left as it is, unless that is wanted', async () => {
  await lake.put(dataset, 'a.json', line('a'));
  await lake.compact(dataset);
  await lake.put(dataset, 'b.json', line('b'));
  await lake.compact(dataset);
  const [gone] = await versionsOf('raw', `raw/events/${PARTITION}/a.json`);
  await lake.client.send(new DeleteObjectCommand({ Bucket: 'raw', Key: gone?.key, VersionId: gone?.versionId }));
  await expect(again()).rejects.toThrow(
    /1 of its raw objects are gone, .*a\.json first\. Raw versions of the dataset are kept for 30 days/,
  );
  expect(await rowsOf(dataset)).toEqual(['a 1', 'b 1']);
  await again(dataset, { incomplete: true });
  expect(await rowsOf(dataset)).toEqual(['b 1']);
});

test('commits of which no record is kept are known to be missing', async () => {
  await lake.put(dataset, 'a.json', line('a'));
  await lake.compact(dataset);
  const [record] = await versionsOf('curated', 'records/');
  await lake.put(dataset, 'b.json', line('b'));
  await lake.compact(dataset);
  // As the lifecycle of the bucket leaves it: of the first commit nothing is kept but its rows.
  const first = (await versionsOf('curated', 'manifests/')).at(-1);
  for (const { key, versionId } of [record, first] as ObjectVersion[]) {
    await lake.client.send(new DeleteObjectCommand({ Bucket: 'curated', Key: key, VersionId: versionId }));
  }
  await expect(again()).rejects.toThrow(/its first commits were before .* nothing tells any more what they took in/);
  expect(await rowsOf(dataset)).toEqual(['a 1', 'b 1']);
});

test('objects that are pending again, and refused ones, keep a partition from being rebuilt', async () => {
  await lake.put(dataset, 'a.json', line('a'));
  await lake.compact(dataset);
  lake.refuse = (bucket) => (bucket === 'raw' ? { status: 403, code: 'InvalidObjectState' } : undefined);
  await expect(again()).rejects.toThrow(/S3 does not return 1 of its raw objects, .*a\.json: HTTP 403 InvalidObjectSt/);
  lake.refuse = () => undefined;
  const { client } = lake;
  const Key = `raw/events/${PARTITION}/a.json`;
  const { DeleteMarkers = [] } = await client.send(new ListObjectVersionsCommand({ Bucket: 'raw', Prefix: Key }));
  for (const { VersionId } of DeleteMarkers)
    await client.send(new DeleteObjectCommand({ Bucket: 'raw', Key, VersionId }));
  await expect(again()).rejects.toThrow(
    /1 of its raw objects are in the inbox again, .*a\.json first: compact them first/,
  );
  expect(await rowsOf(dataset)).toEqual(['a 1']);
});

test('who may read no version lacks a right; where others can be read, one object is refused', async () => {
  await lake.put(dataset, 'a.json', line('a'));
  await lake.put(dataset, 'b.json', line('b'));
  await lake.compact(dataset);
  const refuse = (name: string): void => {
    lake.refuse = (bucket, key) =>
      bucket === 'raw' && key.includes(name) ? { status: 403, code: 'AccessDenied' } : undefined;
  };
  refuse('.json');
  await expect(again()).rejects.toThrow(ReplayDenied);
  refuse('a.json');
  await expect(again()).rejects.toThrow(ReplayRefusal);
  expect(await rowsOf(dataset)).toEqual(['a 1', 'b 1']);
});

test('when it stops after rows that fit no more went to quarantine, it says that they are in both places', async () => {
  await lake.put(once, 'a.json', line('a', null));
  await lake.compact(once);
  await lake.put(once, 'b.json', line('b'));
  await lake.compact(once);
  const narrow = testDataset({
    dedupeKey: ['id'],
    columns: COLUMNS.map((one) => (one.name === 'n' ? { ...one, notNull: true } : one)),
  });
  lake.refuse = (_, key) => (key.endsWith('/b.json') ? { status: 403, code: 'InvalidObjectState' } : undefined);
  await expect(again(narrow)).rejects.toThrow(
    /Rows of 1 objects that fit no more are in quarantine already, and in the table/,
  );
  expect(await rowsOf(once)).toEqual(['a null', 'b 1']);
  expect(await lake.quarantined()).toHaveLength(1);
  lake.refuse = () => undefined;
  await again(narrow);
  expect(await rowsOf(narrow)).toEqual(['b 1']);
  expect(await lake.quarantined()).toHaveLength(1);
});

test('a manifest that is none is not replaced', async () => {
  await lake.put(dataset, 'a.json', line('a'));
  await lake.compact(dataset);
  await lake.store.put('curated', manifestKey('events', PARTITION), Buffer.from('s3://elsewhere/x.parquet\n'));
  await expect(again()).rejects.toThrow(/Manifest line 1 must be a URI .*: repair it first/);
});

test('a partition in which nothing is known is left as it is', async () => {
  await expect(again()).rejects.toThrow('there is no raw version to build it from');
});

test('a replay that takes longer than the grace commits no file that a vacuum deletes', async () => {
  await lake.put(dataset, 'a.json', line('a'));
  await lake.compact(dataset);
  const onProgress = (): void => {
    const now = new Date('2026-06-17T12:00:00Z');
    lake.now = () => now;
    lake.clock = lake.now;
  };
  const { files } = await again(dataset, { onProgress });
  const built = (await versionsOf('curated', 'data/')).filter(({ key }) => files.includes(key));
  expect(built.map(({ lastModified }) => lastModified)).toEqual([lake.now()]);
  expect(await rowsOf(dataset)).toEqual(['a 1']);
});

test('a replay whose answer is lost lists no file that another writer replaced in between, and deletes', async () => {
  await lake.put(dataset, 'a.json', line('a'));
  await lake.compact(dataset);
  const ref = { dataset, partition: PARTITION };
  let replaced: readonly ObjectInfo[] = [];
  const put: ObjectStore['put'] = async (bucket, key, ...more) => {
    if (!key.startsWith('manifests/') || replaced.length > 0) {
      // What an erase does after its commit.
      if (key.startsWith('manifests/')) await lake.store.deleteMatching('curated', replaced);
      return await lake.store.put(bucket, key, ...more);
    }
    await lake.store.put(bucket, key, ...more);
    const manifest = await readManifest(lake.lake(), ref);
    replaced = await statFiles(lake.lake(), ref, manifest.files);
    const copies = await Promise.all(replaced.map((file) => copyFile(lake.lake(), ref, file)));
    const keys = copies.flatMap((copy) => copy ?? []);
    expect(await commitFiles(lake.lake(), ref, manifest, keys, manifest.files)).toBe(true);
    throw new PreconditionFailedError('put', bucket, key);
  };
  const store: ObjectStore = { ...new KillSwitch(0, 'before').store(lake.store), put };
  await replay(lake.lake(store), ref, await lake.converter(), { budget: AMPLE });
  expect(replaced).toHaveLength(1);
  expect(await rowsOf(dataset)).toEqual(['a 1']);
});

/** Compacts, and dies at the call that is given. */
async function dyingAt(call: Partial<ObjectStore>): Promise<void> {
  const store: ObjectStore = { ...new KillSwitch(0, 'before').store(lake.store), ...call };
  const task = { kind: 'compact', dataset: 'events', partition: PARTITION } as const;
  const disk = { maxLocalBytes: 1 << 30 };
  const run = runTask(lake.lake(store), { dataset, partition: PARTITION }, task, await lake.converter(), disk);
  await expect(run).rejects.toThrow('killed');
}

test('what was about to be committed, and was deleted from the inbox then, is not taken in', async () => {
  await lake.put(dataset, 'a.json', line('a'));
  await lake.compact(dataset);
  await lake.put(dataset, 'b.json', line('b'));
  await dyingAt({
    put: (bucket, key, ...more) =>
      key.startsWith('manifests/') ? Promise.reject(new Error('killed')) : lake.store.put(bucket, key, ...more),
  });
  expect(await lake.keys('curated', 'records/')).toHaveLength(1);
  await lake.client.send(new DeleteObjectCommand({ Bucket: 'raw', Key: `raw/events/${PARTITION}/b.json` }));
  await again();
  expect(await rowsOf(dataset)).toEqual(['a 1']);
});

test('a commit that was not finished is finished first', async () => {
  await lake.put(dataset, 'a.json', line('a'));
  await dyingAt({ deleteMatching: () => Promise.reject(new Error('killed')) });
  expect(await lake.keys('raw')).toHaveLength(1);
  await again();
  expect(await lake.keys('raw')).toEqual([]);
  expect(await rowsOf(dataset)).toEqual(['a 1']);
});

test('what was put back after the declaration was corrected counts once, and waits to be compacted', async () => {
  const wider = testDataset({ columns: COLUMNS.map((one) => (one.name === 'n' ? { ...one, type: 'double' } : one)) });
  const rejected = line('x').replace('"n":1', '"n":1.5');
  await lake.put(dataset, 'a.json', line('a') + rejected);
  await lake.put(dataset, 'b.json', line('b'));
  await lake.compact(dataset);
  // As `quarantine --retry` does it.
  const [entry = ''] = await lake.keys('quarantine', 'lines/');
  const digest = entry.slice(entry.lastIndexOf('/') + 1).replace('.json.gz', '');
  await lake.put(wider, `retry-${digest}`, rejected);
  await lake.client.send(new DeleteObjectCommand({ Bucket: 'quarantine', Key: entry }));
  await expect(again(wider)).rejects.toThrow(/1 objects that were put back from quarantine wait, .*compact them first/);
  await lake.compact(wider);
  const before = await rowsOf(wider);
  expect(before).toEqual(['a 1', 'b 1', 'x 1.5']);
  expect((await again(wider)).counts).toMatchObject({ rowsIn: 3, rowsOut: 3, objectsIn: 2 });
  expect(await rowsOf(wider)).toEqual(before);
  // Where its line does not fit again, it goes back to quarantine, once.
  for (let round = 0; round < 2; round++) {
    expect((await again(dataset)).counts).toMatchObject({ rowsOut: 2, rowsQuarantined: 1 });
    expect((await lake.quarantined()).map(({ raw }) => raw)).toEqual([rejected.trimEnd()]);
  }
});

test('what was put back and rejected again, and put back once more, counts once', async () => {
  const wider = testDataset({ columns: COLUMNS.map((one) => (one.name === 'n' ? { ...one, type: 'double' } : one)) });
  const rejected = line('x').replace('"n":1', '"n":1.5');
  await lake.put(dataset, 'a.json', line('a') + rejected);
  await lake.compact(dataset);
  const retry = async (of: Dataset): Promise<void> => {
    const [entry = ''] = await lake.keys('quarantine', 'lines/');
    await lake.put(dataset, `retry-${entry.slice(entry.lastIndexOf('/') + 1).replace('.json.gz', '')}`, rejected);
    await lake.client.send(new DeleteObjectCommand({ Bucket: 'quarantine', Key: entry }));
    await lake.compact(of);
  };
  await retry(dataset);
  const kept = await versionsOf('quarantine', '');
  await again(dataset);
  expect(await versionsOf('quarantine', '')).toEqual(kept);
  await retry(wider);
  expect(await rowsOf(wider)).toEqual(['a 1', 'x 1.5']);
  await again(wider);
  expect(await rowsOf(wider)).toEqual(['a 1', 'x 1.5']);
  expect(await lake.quarantined()).toEqual([]);
});

test('killed before and after each call, and started again, it leaves each row once and readers never see fewer', async () => {
  for (const [name, body] of [
    ['a.json', line('a') + line('b')],
    ['b.json', `${line('b', 2)}${line('c')}broken\n`],
    ['c.json', line('d')],
  ] as const) {
    await lake.put(once, name, body);
    await lake.compact(once);
  }
  const before = await rowsOf(once);
  let killed = true;
  let calls = 0;
  for (let at = 1; killed; at += 3) {
    if (at % 15 === 1) await loseManifest(once);
    for (const when of ['before', 'after'] as const) {
      const kill = new KillSwitch(at, when);
      killed = await attempt(kill);
      calls = Math.max(calls, kill.calls);
      if (at % 15 !== 1) expect(await rowsOf(once)).toEqual(before);
    }
    if (at % 15 === 1) {
      await again(once);
      expect(await rowsOf(once)).toEqual(before);
    }
  }
  expect(calls).toBeGreaterThan(20);
  expect((await lake.quarantined()).map(({ raw }) => raw)).toEqual(['broken']);
});

async function attempt(kill: KillSwitch): Promise<boolean> {
  const store: ObjectStore = kill.store(lake.store);
  const signer = await RequestSigner.create(lake.client, 'raw');
  const converter = new DuckDbConverter(
    store,
    'curated',
    { get: (...args) => kill.call(() => signer.get(...args)) },
    {
      limits: { memoryMiB: 256, spillMiB: 64, threads: 1 },
      workers: 1,
      maxLocalBytes: 1 << 20,
      maxObjectBytes: 1 << 20,
      maxAttempts: 1,
      directory: lake.directory,
    },
  );
  return await replay(lake.lake(store), { dataset: once, partition: PARTITION }, converter, { budget: AMPLE }).then(
    () => false,
    () => true,
  );
}
