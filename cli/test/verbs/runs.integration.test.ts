import { dataPrefix, manifestKey } from '../../../lib/dataset';
import { BUCKETS } from '../../lake';
import { asJson, ask, contentOf, DAY, dataFiles, inLake, keptLake, later } from './support';

const OTHER_DAY = 'year=2026/month=06/day=17';
const row = (id: string): string =>
  `${JSON.stringify({ event_id: id, event_time: '2026-06-16T10:00:00Z', client_ip: '10.0.0.1', method: 'GET', path: '/' })}\n`;

async function withPending(): Promise<string> {
  const folder = await keptLake();
  await inLake(folder, async ({ store }) => {
    for (const day of [DAY, OTHER_DAY]) {
      await store.put(BUCKETS.raw, `raw/access_logs/${day}/late.json`, Buffer.from(`${row(`late-${day}`)}{"bad":1}\n`));
    }
  });
  return folder;
}

const pendingOf = async (folder: string): Promise<string[]> => {
  const { answer } = await asJson('status', '--local', folder, '--dataset', 'access_logs');
  return answer.datasets[0].partitions
    .filter(({ pending }: { pending: { objects: number } }) => pending.objects > 0)
    .map(({ partition }: { partition: string }) => partition);
};

test('compact shows what waits; with --yes it compacts that, and no more', async () => {
  const folder = await withPending();
  const before = contentOf(folder);
  const planned = await asJson('compact', '--local', folder);
  expect(planned).toMatchObject({ code: 3, answer: { run: null } });
  expect(planned.answer.plan[0].compact).toHaveLength(2);
  expect(contentOf(folder)).toEqual(before);

  const one = await asJson('compact', '--local', folder, '--dataset', 'access_logs', '--partition', DAY, '--yes');
  expect(one).toMatchObject({
    code: 0,
    answer: {
      run: {
        execution: null,
        status: 'SUCCEEDED',
        tasks: 1,
        failures: [],
        rows: { rowsIn: 2, rowsOut: 1, rowsQuarantined: 1 },
      },
    },
  });
  expect(await pendingOf(folder)).toEqual([OTHER_DAY]);

  const rest = await ask('compact', '--local', folder, '--yes');
  expect(rest.code).toBe(0);
  expect(rest.output).toContain('SUCCEEDED, 1 task: 2 rows in, 1 stored, 1 quarantined;');
  expect(await pendingOf(folder)).toEqual([]);
  expect((await asJson('verify', '--deep', '--local', folder)).answer.findings).toEqual([]);
  expect(await ask('compact', '--local', folder, '--yes', '--dataset', 'orders')).toMatchObject({
    code: 0,
    output: 'orders: nothing to do\n',
  });
});

test('maintain merges and vacuums with --yes, and then has nothing to do', async () => {
  const folder = await keptLake();
  const [key = ''] = dataFiles(folder);
  const copy = `${dataPrefix('access_logs', DAY)}part-${'a'.repeat(32)}-000.parquet`;
  await inLake(folder, async ({ store }) => {
    const file = await store.get(BUCKETS.curated, key);
    await store.put(BUCKETS.curated, copy, file?.body ?? Buffer.of());
    const lines = [key, copy].map((own) => `s3://${BUCKETS.curated}/${own}\n`).join('');
    await store.put(BUCKETS.curated, manifestKey('access_logs', DAY), Buffer.from(lines));
  });
  // While files are young, more may come.
  expect((await ask('maintain', '--local', folder)).code).toBe(0);
  expect((await later(30, () => ask('maintain', '--local', folder))).code).toBe(3);
  const done = await later(30, () => asJson('maintain', '--local', folder, '--yes'));
  expect(done).toMatchObject({ code: 0, answer: { run: { filesReplaced: 2, filesWritten: 1, tasks: 1 } } });
  expect(done.answer.left[0]).toEqual({ dataset: 'access_logs', partitions: 0, held: [] });
  expect(dataFiles(folder)).toHaveLength(3);
  const after = await later(60, () => asJson('maintain', '--local', folder, '--yes'));
  expect(after).toMatchObject({ code: 0, answer: { run: { objectsVacuumed: 2 } } });
  expect(dataFiles(folder)).toHaveLength(1);
});

test('a task that fails is told, stops no other, and its objects wait', async () => {
  const folder = await withPending();
  await inLake(folder, ({ store }) =>
    store.put(BUCKETS.curated, manifestKey('access_logs', DAY), Buffer.from('no manifest\n')),
  );
  const { code, answer } = await asJson('compact', '--local', folder, '--yes');
  expect(code).toBe(1);
  expect(answer.run).toMatchObject({
    status: 'FAILED',
    tasks: 2,
    failures: [{ what: `access_logs/${DAY}`, error: expect.stringContaining('Manifest line 1 must be a URI') }],
  });
  expect(await pendingOf(folder)).toEqual([DAY]);
});
