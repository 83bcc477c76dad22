import { manifestKey } from '../../../lib/dataset';
import { BUCKETS } from '../../lake';
import { start } from '../support/run';
import { type Answer, asJson, ask, contentOf, DAY, dataFiles, inLake, keptLake, later } from './support';

const MANIFEST = manifestKey('access_logs', DAY);
const ONE = ['--dataset', 'access_logs', '--partition', DAY];

const row = (id: string): string =>
  `${JSON.stringify({ event_id: id, event_time: '2026-06-16T10:00:00Z', client_ip: '10.0.0.1', method: 'GET', path: '/' })}\n`;

/** A lake whose partition has got one more row since, with the versions of the partition, newest first. */
async function changedLake(): Promise<{ folder: string; versions: Answer[] }> {
  const folder = await keptLake();
  await inLake(folder, ({ store }) =>
    store.put(BUCKETS.raw, `raw/access_logs/${DAY}/late.json`, Buffer.from(row('late'))),
  );
  const { code, output } = await start('--keep', folder, '--compact', '--dataset', 'access_logs');
  if (code !== 0) throw new Error(output);
  return { folder, versions: await versionsOf(folder) };
}

async function versionsOf(folder: string): Promise<Answer[]> {
  const { answer } = await asJson('history', '--local', folder, ...ONE);
  return answer.partitions[0].versions;
}

test('history lists the versions, with rows, files and whether these are there', async () => {
  const { folder, versions } = await changedLake();
  const [now, ...earlier] = versions;
  const first = earlier.at(-1);
  expect(now).toMatchObject({ isCurrent: true, missing: [], problem: null });
  expect(now.rows).toBe(first.rows + 1);
  expect(now.bytes).toBeGreaterThan(0);
  expect(earlier.every(({ isCurrent }) => !isCurrent)).toBe(true);
  const { output } = await ask('history', '--local', folder, ...ONE);
  expect(output.split('\n')[1]).toMatch(/ rows, 2 files, .* all there, current$/);
  const all = await asJson('history', '--local', folder);
  expect(all.answer.partitions).toHaveLength(4);
  const none = await ask(
    'history',
    '--local',
    folder,
    '--dataset',
    'access_logs',
    '--partition',
    'year=2026/month=01/day=01',
  );
  expect(none.output).toContain('\n  no version: ');
});

test('restore goes back to a version as a new commit, and back again', async () => {
  const { folder } = await changedLake();
  await later(30, () => ask('maintain', '--local', folder, '--yes'));
  const then = <T>(work: () => Promise<T>): Promise<T> => later(31, work);
  const versions = await then(() => versionsOf(folder));
  const [now, first] = [versions[0], versions.at(-1)];
  const before = contentOf(folder);
  const go = (version: string, ...more: readonly string[]) =>
    then(() => asJson('restore', '--local', folder, ...ONE, '--version', version, ...more));
  const planned = await go(first.version);
  expect(planned).toMatchObject({ code: 3, answer: { outcome: null, missing: [], to: { rows: first.rows } } });
  expect(contentOf(folder)).toEqual(before);

  expect(await go(first.version, '--yes')).toMatchObject({ code: 0, answer: { outcome: 'restored' } });
  const [restored, ...others] = await then(() => versionsOf(folder));
  expect(restored).toMatchObject({ isCurrent: true, rows: first.rows });
  expect(others.map(({ version }) => version)).toEqual(versions.map(({ version }) => version));
  // Under names of their own: a vacuum that is under way may delete the others.
  expect(restored.files.some((key: string) => first.files.includes(key))).toBe(false);
  expect((await then(() => asJson('verify', '--deep', '--local', folder))).answer.findings).toEqual([]);
  expect((await later(62, () => ask('vacuum', '--local', folder, '--yes'))).code).toBe(0);
  expect((await then(() => asJson('verify', '--local', folder))).answer.findings).toEqual([]);

  const lost = await go(now.version, '--yes');
  expect(lost).toMatchObject({ code: 1, answer: { missing: now.files } });
  expect((await then(() => versionsOf(folder)))[0].version).toBe(restored.version);
});

test('--at takes the version that was current then; the current one needs no restore', async () => {
  const { folder, versions } = await changedLake();
  const at = await asJson('restore', '--local', folder, ...ONE, '--at', '2099-01-01T00:00:00Z', '--yes');
  expect(at).toMatchObject({ code: 0, answer: { outcome: 'current', to: { version: versions[0].version } } });
  const early = await ask('restore', '--local', folder, ...ONE, '--at', '2020-01-01T00:00:00Z');
  expect(early.code).toBe(2);
  expect(early.errors).toContain('--at: there is no such version any more');
});

test('a partition whose manifest was deleted has its versions, and gets one back', async () => {
  const folder = await keptLake();
  const [version] = await versionsOf(folder);
  const [key] = dataFiles(folder);
  await inLake(folder, async ({ store }) => {
    const found = await store.get(BUCKETS.curated, MANIFEST);
    await store.deleteMatching(BUCKETS.curated, [found as never]);
  });
  const [deleted] = await versionsOf(folder);
  expect(deleted).toMatchObject({ files: [], problem: 'the manifest was deleted', isCurrent: false });
  const done = await asJson('restore', '--local', folder, ...ONE, '--version', version.version, '--yes');
  expect(done).toMatchObject({ code: 0, answer: { from: null, outcome: 'restored' } });
  expect(dataFiles(folder)).toHaveLength(2);
  expect(dataFiles(folder)).toContain(key);
  const none = await ask('restore', '--local', folder, ...ONE, '--version', deleted.version);
  expect(none.errors).toContain('it is none to go back to: the manifest was deleted');
});

test('mistakes say what to write', async () => {
  const folder = await keptLake();
  const mistake = async (...args: readonly string[]): Promise<string> => {
    const { code, errors } = await ask('restore', '--local', folder, ...args);
    expect(code).toBe(2);
    return errors;
  };
  expect(await mistake('--version', 'x')).toContain('--partition: is missing');
  expect(await mistake(...ONE)).toContain('--version: is missing');
  expect(await mistake(...ONE, '--version', 'x', '--at', '2026-06-15T10:00:00Z')).toContain('together with --at');
  expect(await mistake(...ONE, '--at', 'yesterday')).toContain('"yesterday" is no time in UTC');
  expect(await mistake(...ONE, '--version', 'x')).toContain('there is no such version any more');
});
