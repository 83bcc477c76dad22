import { dataPrefix, manifestKey } from '../../../lib/dataset';
import { BUCKETS } from '../../lake';
import { asJson, ask, contentOf, DAY, dataFiles, inLake, keptLake, later } from './support';

const DATA = dataPrefix('access_logs', DAY);
const MANIFEST = manifestKey('access_logs', DAY);
const uri = (key: string): string => `s3://${BUCKETS.curated}/${key}\n`;
const named = (letter: string): string => `${DATA}part-${letter.repeat(32)}-000.parquet`;

/** Copies of a partition's file, of which the manifest lists some. */
async function withCopies(folder: string, letters: string, listed: string): Promise<void> {
  const [key = ''] = dataFiles(folder);
  await inLake(folder, async ({ store }) => {
    const file = await store.get(BUCKETS.curated, key);
    for (const letter of letters) await store.put(BUCKETS.curated, named(letter), file?.body ?? Buffer.of());
    const lines = [key, ...[...listed].map(named)].map(uri).join('');
    await store.put(BUCKETS.curated, MANIFEST, Buffer.from(lines));
  });
}

describe('plan', () => {
  test('of a lake that is as it should be, there is nothing to do', async () => {
    const { code, output } = await ask('plan', '--local', await keptLake());
    expect([code, output]).toEqual([
      0,
      'access_logs: nothing to do\norders: nothing to do\nsensor_readings: nothing to do\n',
    ]);
  });

  test('tells what waits and what maintenance would do, with the reason, and hands no plan over', async () => {
    const folder = await keptLake();
    await withCopies(folder, 'abx', 'ab');
    await inLake(folder, ({ store }) => store.put(BUCKETS.raw, `raw/access_logs/${DAY}/x.json`, Buffer.from('{}\n')));
    const before = contentOf(folder);
    const { answer } = await later(30, () => asJson('plan', '--local', folder, '--dataset', 'access_logs'));
    expect(answer.datasets).toMatchObject([
      {
        compact: [{ partition: DAY, tasks: 1, pending: { objects: 1, bytes: 3 } }],
        maintain: [
          {
            partition: DAY,
            steps: [
              { step: 'merge', objects: 3, why: expect.stringContaining('closed') },
              { step: 'vacuum', objects: 1, why: 'no manifest has listed them for 24 hours' },
            ],
          },
        ],
      },
    ]);
    expect(answer.datasets[0].maintain[0].steps[0].why).toContain('3 files become 1');
    const other = await later(30, () => asJson('plan', '--local', folder, '--to', '2026-06-15'));
    expect(other.answer.datasets[0]).toMatchObject({ compact: [], maintain: [] });
    expect(contentOf(folder)).toEqual(before);
  });

  test('a commit that was not finished is finished first', async () => {
    const folder = await keptLake();
    const [key = ''] = dataFiles(folder);
    const inputs = [{ key: `raw/access_logs/${DAY}/gone.json`, etag: '"e"' }];
    const record = JSON.stringify({ files: [key], inputs, counts: {}, attempt: 'a' });
    const place = `records/access_logs/${DAY}/${'a'.repeat(32)}.json`;
    await inLake(folder, ({ store }) => store.put(BUCKETS.curated, place, Buffer.from(record)));
    const { answer } = await asJson('plan', '--local', folder, '--dataset', 'access_logs');
    expect(answer.datasets[0].maintain).toMatchObject([{ steps: [{ step: 'finish', objects: 1 }] }]);
  });
});

describe('vacuum', () => {
  test('lists what goes and what waits, and deletes only with --yes', async () => {
    const folder = await keptLake();
    await withCopies(folder, 'ax', 'a');
    const before = contentOf(folder);
    const young = await asJson('vacuum', '--dry-run', '--local', folder);
    expect(young).toMatchObject({ code: 0, answer: { deleted: null, objects: [{ key: named('x') }] } });
    const from = Date.parse(young.answer.objects[0].from);
    expect(Math.abs(from - Date.now() - 24 * 3_600_000)).toBeLessThan(120_000);
    const old = await later(30, () => asJson('vacuum', '--local', folder));
    expect(old).toMatchObject({
      code: 3,
      answer: { objects: [{ key: named('x'), from: null, reason: 'no manifest lists it' }] },
    });
    expect(old.answer.objects[0].bytes).toBeGreaterThan(1_000);
    expect(old.answer.objects[0].ageSeconds).toBeGreaterThan(29 * 3_600);
    expect((await later(30, () => ask('vacuum', '--dry-run', '--local', folder))).code).toBe(0);
    expect(contentOf(folder)).toEqual(before);
    const done = await later(30, () => asJson('vacuum', '--local', folder, '--yes'));
    expect(done).toMatchObject({ code: 0, answer: { deleted: 1 } });
    const kept = Object.keys(before).filter((path) => !path.endsWith(named('x')));
    expect(Object.keys(contentOf(folder))).toEqual(kept);
  });

  test('--dry-run and --yes do not go together', async () => {
    const { code, errors } = await ask('vacuum', '--local', await keptLake(), '--dry-run', '--yes');
    expect(code).toBe(2);
    expect(errors).toContain('--dry-run: it is given together with --yes');
  });
});
