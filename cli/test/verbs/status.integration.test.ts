import { manifestKey } from '../../../lib/dataset';
import { BUCKETS } from '../../lake';
import { asJson, ask, contentOf, DAY, inLake, keptLake, removeFile } from './support';

const ROW = '{"request_id":"r1"}\n';
const MANIFEST = manifestKey('access_logs', DAY);

test('tells what is committed and rejected, by dataset and partition, and changes nothing', async () => {
  const folder = await keptLake();
  const before = contentOf(folder);
  const { code, answer } = await asJson('status', '--local', folder);
  expect(code).toBe(0);
  expect(answer).toMatchObject({ formatVersion: 1, verb: 'status', lake: { local: folder }, alarms: null });
  expect(answer.datasets.map(({ dataset }: { dataset: string }) => dataset)).toEqual([
    'access_logs',
    'orders',
    'sensor_readings',
  ]);
  const [logs] = answer.datasets;
  const parquet = Object.keys(before).filter((path) => path.endsWith('.parquet'));
  expect(logs.files.count).toBe(parquet.length);
  expect(logs.partitions).toHaveLength(4);
  expect(logs.pending).toEqual({ objects: 0, bytes: 0, oldest: null });
  expect(logs.quarantined.rows).toBeGreaterThan(0);
  expect(Date.parse(logs.lastCommit)).toBeGreaterThan(Date.now() - 3_600_000);
  expect(contentOf(folder)).toEqual(before);
  const text = await ask('status', '--local', folder, '--dataset', 'access_logs');
  expect(text).toMatchObject({ code: 0, errors: '' });
  expect(text.output).toContain('access_logs: nothing waits; ');
  expect(text.output).toContain(`\n${DAY} `);
});

test('tells what waits, how long, and what no run reads', async () => {
  const folder = await keptLake();
  await inLake(folder, async ({ store }) => {
    await store.put(BUCKETS.raw, `raw/access_logs/${DAY}/late.json`, Buffer.from(ROW));
    await store.put(BUCKETS.raw, `raw/access_logs/${DAY}/later.json`, Buffer.from(ROW));
    await store.put(BUCKETS.raw, 'raw/access_logs/2026/06/16/wrong.json', Buffer.from(ROW));
    await store.put(BUCKETS.raw, 'raw/acess_logs/typo.json', Buffer.from(ROW));
  });
  const { answer } = await asJson('status', '--local', folder);
  const [logs] = answer.datasets;
  expect(logs.pending).toMatchObject({ objects: 2, bytes: 2 * ROW.length });
  const waited = (Date.parse(answer.at) - Date.parse(logs.pending.oldest)) / 1000;
  expect(Math.abs(logs.lagSeconds - waited)).toBeLessThan(1);
  expect(logs.partitions.find(({ partition }: { partition: string }) => partition === DAY).pending.objects).toBe(2);
  expect(logs.unplaced).toMatchObject({ objects: 1, examples: [{ key: 'raw/access_logs/2026/06/16/wrong.json' }] });
  expect(answer.undeclared).toMatchObject({ objects: 1, examples: [{ key: 'raw/acess_logs/typo.json' }] });
  const { output } = await ask('status', '--local', folder);
  expect(output).toContain('access_logs: 2 objects (40 B) wait, the oldest for ');
  expect(output).toContain('raw/acess_logs/typo.json');
});

test('a partition whose files are missing, or whose manifest is none, is told and does not hide the others', async () => {
  const folder = await keptLake();
  const [file] = Object.keys(contentOf(folder)).filter((path) => path.includes(DAY) && path.endsWith('.parquet'));
  removeFile(folder, 'curated', (file ?? '').slice(BUCKETS.curated.length + 1));
  const missing = await asJson('status', '--local', folder, '--dataset', 'access_logs');
  const problems = missing.answer.datasets[0].partitions.map(({ problem }: { problem?: string }) => problem);
  expect(problems).toEqual([undefined, '1 of 1 files are missing', undefined, undefined]);
  await inLake(folder, ({ store }) => store.put(BUCKETS.curated, MANIFEST, Buffer.from('not a uri\n')));
  const broken = await ask('status', '--local', folder, '--dataset', 'access_logs');
  expect(broken.code).toBe(0);
  expect(broken.output).toContain(`${DAY}: Manifest line 1 must be a URI`);
});

test('a selection is one partition, or those of some days', async () => {
  const folder = await keptLake();
  const chosen = async (...options: readonly string[]): Promise<string[]> => {
    const { answer } = await asJson('status', '--local', folder, '--dataset', 'access_logs', ...options);
    return answer.datasets[0].partitions.map(({ partition }: { partition: string }) => partition.slice(-2));
  };
  expect(await chosen('--partition', DAY)).toEqual(['16']);
  expect(await chosen('--partition', `${DAY}/`)).toEqual(['16']);
  expect(await chosen('--from', '2026-06-16', '--to', '2026-06-17')).toEqual(['16', '17']);
  expect(await chosen('--from', '2026-06-17T23')).toEqual(['17', '18']);
  expect(await chosen('--to', '2026-06-15T00')).toEqual(['15']);
});

test('mistakes on the command line say what to write', async () => {
  const folder = await keptLake();
  const mistake = async (...args: readonly string[]): Promise<string> => {
    const { code, output, errors } = await ask('status', ...args);
    expect([code, output]).toEqual([2, '']);
    expect(errors).toContain('Try npm run lake -- status --help');
    return errors;
  };
  const local = ['--local', folder];
  expect(await mistake('--local', 'no/such/lake')).toContain('there is no lake in "no/such/lake"');
  expect(await mistake(...local, '--stage', 'dev')).toContain('it is given together with --stage');
  expect(await mistake(...local, '--dataset', 'order')).toContain('fix: write orders');
  expect(await mistake(...local, '--partition', DAY)).toContain('fix: add --dataset NAME');
  const one = [...local, '--dataset', 'orders'];
  expect(await mistake(...one, '--partition', 'day=16')).toContain('must have the form');
  expect(await mistake(...one, '--partition', DAY, '--from', '2026-06-15')).toContain('together with --from');
  expect(await mistake(...one, '--from', '2026-02-30')).toContain('"2026-02-30" is no day');
  expect(await mistake(...one, '--from', '2026-06-15T24')).toContain('is no day');
  expect(await mistake(...one, '--from', '15.6.2026')).toContain('is no day');
  expect(await mistake(...one, '--from', '2026-06-16', '--to', '2026-06-15')).toContain('it is after --to');
  expect(await mistake(...one, '--yes')).toContain('--yes');
  await inLake(folder, async () => {
    expect(await mistake(...local)).toContain('end the other run');
  });
});

test('the help names every option and exit code', async () => {
  const { code, output } = await ask('status', '--help');
  expect(code).toBe(0);
  for (const option of [
    '--stage',
    '--local',
    '--dataset',
    '--partition',
    '--from',
    '--to',
    '--watch',
    '--all',
    '--json',
  ]) {
    expect(output).toContain(`  ${option} `);
  }
  expect(output).not.toContain('--yes');
  expect(output).toContain('Exit code: 0 if all is well');
});
