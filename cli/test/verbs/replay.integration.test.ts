import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DeleteObjectCommand, ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import { readFooter } from '../../../lambda/compaction/engine/parquet/footer';
import { createS3Client } from '../../../lambda/compaction/runtime/lake';
import { manifestKey } from '../../../lib/dataset';
import { filesBelow } from '../../../test/support/files-below';
import { BUCKETS } from '../../lake';
import { start } from '../support/run';
import { asJson, ask, contentOf, DAY, dataFiles, inLake, keptLake, removeFile, runUntil } from './support';

const MANIFEST = manifestKey('access_logs', DAY);
const ONE = ['--dataset', 'access_logs', '--partition', DAY];

/** Rows that a reader sees now: of the files that the manifest lists. Undefined without a manifest. */
async function visibleRows(folder: string, partition = DAY): Promise<number | undefined> {
  const path = join(folder, BUCKETS.curated, ...manifestKey('access_logs', partition).split('/'));
  if (!existsSync(path)) return undefined;
  const files = readFileSync(path, 'utf8').trimEnd().split('\n');
  const counts = await Promise.all(
    files.map(async (uri) => (await readFooter(join(folder, uri.slice('s3://'.length)))).rows),
  );
  return counts.reduce((sum, rows) => sum + rows, 0);
}

/** What readers see while something is done, again and again. */
async function watched<T>(folder: string, work: () => Promise<T>): Promise<{ value: T; seen: (number | undefined)[] }> {
  const seen = [await visibleRows(folder)];
  let isDone = false;
  const reader = (async () => {
    while (!isDone) {
      seen.push(await visibleRows(folder));
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  const value = await work().finally(() => {
    isDone = true;
  });
  await reader;
  seen.push(await visibleRows(folder));
  return { value, seen };
}

async function loseManifest(folder: string): Promise<void> {
  await inLake(folder, async ({ store }) => {
    const found = await store.get(BUCKETS.curated, MANIFEST);
    await store.deleteMatching(BUCKETS.curated, [found as never]);
  });
}

test('the plan changes nothing; with --yes a reader sees all rows at every moment', async () => {
  const folder = await keptLake();
  const rows = await visibleRows(folder);
  const before = contentOf(folder);
  const planned = await asJson('replay', '--local', folder, ...ONE);
  expect(planned.code).toBe(3);
  expect(planned.answer).toMatchObject({
    done: false,
    partitions: [{ dataset: 'access_logs', partition: DAY, outcome: null, problem: null, expired: 0 }],
  });
  expect(planned.answer.partitions[0].recorded).toMatchObject({ out: rows });
  expect(Date.parse(planned.answer.partitions[0].keptUntil)).toBeGreaterThan(Date.now() + 29 * 86_400_000);
  expect((await ask('replay', '--local', folder, ...ONE)).output).toMatch(
    /Nothing was changed\. --yes builds them\.\n$/,
  );
  expect(contentOf(folder)).toEqual(before);

  const old = dataFiles(folder);
  const { value, seen } = await watched(folder, () => asJson('replay', '--local', folder, ...ONE, '--yes'));
  expect(value).toMatchObject({ code: 0, answer: { done: true, partitions: [{ outcome: 'replayed' }] } });
  const [done] = value.answer.partitions;
  expect(done.rows).toEqual(done.recorded);
  expect(done.rows.in).toBe(done.rows.out + done.rows.quarantined + done.rows.duplicates);
  expect(new Set(seen)).toEqual(new Set([rows]));
  expect(dataFiles(folder).length).toBe(old.length + done.files);
  expect((await asJson('verify', '--deep', '--local', folder)).answer.findings).toEqual([]);
});

test('a partition comes back after its manifest, its files, or both were deleted', async () => {
  const folder = await keptLake();
  const rows = await visibleRows(folder);
  const rebuild = () => watched(folder, () => asJson('replay', '--local', folder, ...ONE, '--yes'));
  await loseManifest(folder);
  const manifestLost = await rebuild();
  expect(manifestLost.value.code).toBe(0);
  expect(new Set(manifestLost.seen)).toEqual(new Set([undefined, rows]));

  for (const key of dataFiles(folder)) removeFile(folder, 'curated', key);
  expect((await asJson('verify', '--local', folder)).answer.findings).toMatchObject([{ kind: 'file-missing' }]);
  expect((await asJson('replay', '--local', folder, ...ONE, '--yes')).code).toBe(0);
  expect(await visibleRows(folder)).toBe(rows);

  for (const key of dataFiles(folder)) removeFile(folder, 'curated', key);
  await loseManifest(folder);
  // Nothing of the partition is left but versions; it is found without being named.
  const { code, answer } = await asJson(
    'replay',
    '--local',
    folder,
    '--dataset',
    'access_logs',
    '--yes',
    '--parallel',
    '3',
  );
  expect(code).toBe(0);
  expect(answer.partitions).toHaveLength(4);
  expect(answer.partitions.every(({ outcome }: { outcome: string }) => outcome === 'replayed')).toBe(true);
  expect(await visibleRows(folder)).toBe(rows);
  expect((await asJson('verify', '--deep', '--local', folder)).answer.findings).toEqual([]);
});

test('objects and lines that were put back from quarantine count once, whether they fit by now or not', async () => {
  const folder = await keptLake();
  await ask('quarantine', '--local', folder, '--retry', '--yes');
  const waiting = await asJson('replay', '--local', folder, '--dataset', 'access_logs', '--yes');
  const refused = waiting.answer.partitions.filter(({ outcome }: { outcome: string }) => outcome === 'refused');
  expect(waiting.code).toBe(1);
  expect(refused.length).toBeGreaterThan(0);
  expect(refused[0].problem).toContain('objects that were put back from quarantine wait');
  await start('--keep', folder, '--compact', '--dataset', 'access_logs');
  const quarantined = () => Object.keys(contentOf(folder)).filter((path) => path.startsWith(BUCKETS.quarantine));
  const before = quarantined();
  expect(before).toHaveLength(2);
  expect((await asJson('replay', '--local', folder, '--dataset', 'access_logs', '--yes')).code).toBe(0);
  expect(quarantined()).toEqual(before);
});

test('an interrupted replay goes on with --resume, and ends without a trace', async () => {
  const folder = await keptLake();
  const replays = () => readdirSync(join(folder, BUCKETS.curated)).includes('replays');
  // One partition cannot be built: the others are, and are remembered.
  await inLake(folder, async ({ settings }) => {
    const s3 = createS3Client(settings.s3);
    const { Versions = [] } = await s3.send(
      new ListObjectVersionsCommand({ Bucket: BUCKETS.raw, Prefix: `raw/access_logs/${DAY}/` }),
    );
    const [{ Key, VersionId }] = Versions as [(typeof Versions)[number]];
    await s3.send(new DeleteObjectCommand({ Bucket: BUCKETS.raw, Key, VersionId }));
    s3.destroy();
  });
  const all = (...more: readonly string[]) => asJson('replay', '--local', folder, '--dataset', 'access_logs', ...more);
  const first = await all('--yes');
  expect(first.code).toBe(1);
  const outcomes = ({ answer }: typeof first) =>
    answer.partitions.map(({ outcome }: { outcome: string }) => outcome).sort();
  expect(outcomes(first)).toEqual(['refused', 'replayed', 'replayed', 'replayed']);
  expect(first.answer.partitions.find(({ outcome }: { outcome: string }) => outcome === 'refused').problem).toMatch(
    /1 of its raw objects are gone, .* Raw versions of the dataset are kept for 30 days/,
  );
  expect(replays()).toBe(true);
  const before = contentOf(folder);
  expect(outcomes(await all('--resume'))).toEqual(['done-before', 'done-before', 'done-before', null]);
  expect(contentOf(folder)).toEqual(before);
  const second = await all('--resume', '--incomplete', '--yes');
  expect(second.code).toBe(0);
  expect(outcomes(second)).toEqual(['done-before', 'done-before', 'done-before', 'replayed']);
  const { rows, recorded } = second.answer.partitions.find(
    ({ outcome }: { outcome: string }) => outcome === 'replayed',
  );
  expect(rows.out).toBeLessThan(recorded.out);
  expect(replays()).toBe(false);
});

test('mistakes say what to write', async () => {
  const folder = await keptLake();
  const { code, errors } = await ask('replay', '--local', folder, '--parallel', '0');
  expect([code, errors]).toEqual([2, expect.stringContaining('--parallel')]);
});

test('killed again and again, in the middle of anything, a replay goes on and leaves each row once', async () => {
  const folder = await keptLake();
  const days = readdirSync(join(folder, BUCKETS.curated, 'manifests/access_logs'), { recursive: true }).map(String);
  const partitions = days
    .filter((path) => path.endsWith('/manifest'))
    .map((path) => path.slice(0, -'/manifest'.length));
  const rows = () => Promise.all(partitions.map((partition) => visibleRows(folder, partition)));
  const before = await rows();
  expect(before).toHaveLength(4);
  let kills = 0;
  for (let runs = 0; runs < 40; runs++) {
    const changes = changesOf(folder);
    const code = await runUntil(
      ['replay', '--local', folder, '--dataset', 'access_logs', '--resume', '--parallel', '1', '--yes'],
      () => kills < 5 && changesOf(folder) > changes + kills,
    );
    expect(await rows()).toEqual(before);
    if (code === 0) break;
    expect(code).toBe('killed');
    kills++;
  }
  expect(kills).toBeGreaterThan(2);
  expect((await asJson('verify', '--deep', '--local', folder)).answer.findings).toEqual([]);
});

/** Number of objects in the curated bucket. */
const changesOf = (folder: string): number => filesBelow(join(folder, BUCKETS.curated)).length;
