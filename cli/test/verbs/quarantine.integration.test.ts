import { BUCKETS } from '../../lake';
import { kindOf } from '../../verbs/quarantine/reasons';
import { asJson, ask, contentOf, DAY, inLake, keptLake } from './support';

test('reasons are counted without the values that differ, with examples', async () => {
  const folder = await keptLake();
  await inLake(folder, async ({ store }) => {
    const line = (status: string): string =>
      `{"event_id":"${status}","event_time":"2026-06-16T10:00:00Z","status":"${status}"}\n`;
    const lines = ['a\u001b[31m', 'b', 'c', 'd'].map((status) => line(JSON.stringify(status).slice(1, -1))).join('');
    await store.put(BUCKETS.raw, `raw/access_logs/${DAY}/bad.json`, Buffer.from(lines));
    await store.put(BUCKETS.raw, `raw/access_logs/${DAY}/torn.json.gz`, Buffer.from([0x1f, 0x8b, 8, 0]));
  });
  expect((await ask('compact', '--local', folder, '--yes')).code).toBe(0);
  const before = contentOf(folder);
  const { code, answer } = await asJson(
    'quarantine',
    '--local',
    folder,
    '--dataset',
    'access_logs',
    '--partition',
    DAY,
  );
  expect(code).toBe(0);
  const { reasons } = answer.datasets[0];
  const status = reasons.find(({ reason }: { reason: string }) => reason.startsWith('status'));
  expect(status).toMatchObject({ reason: expect.stringContaining('"…"'), objects: 0, partitions: 1 });
  expect(status.lines).toBeGreaterThanOrEqual(4);
  expect(status.examples).toHaveLength(3);
  expect(status.examples[0]).toMatchObject({ partition: DAY, line: expect.any(Number) });
  expect(reasons.filter(({ objects }: { objects: number }) => objects > 0)).toMatchObject([
    { objects: 1, lines: 0, examples: [{ source: `raw/access_logs/${DAY}/torn.json.gz`, line: null, text: null }] },
  ]);
  expect(reasons.map(({ lines, objects }: { lines: number; objects: number }) => lines + objects)).toEqual(
    [...reasons].map(({ lines, objects }) => lines + objects).sort((a: number, b: number) => b - a),
  );
  const { output } = await ask('quarantine', '--local', folder);
  expect(output).toContain('orders: nothing in quarantine');
  expect(output).not.toContain('\u001b[31m');
  expect(contentOf(folder)).toEqual(before);
});

test('the kind of a reason leaves out texts and numbers, and keeps types', () => {
  expect(kindOf('status: expected an int, found the string "up\\"stream"')).toBe(
    'status: expected an int, found the string "…"',
  );
  expect(kindOf('not JSON: unexpected "n" at byte 1')).toBe('not JSON: unexpected "…" at byte N');
  expect(kindOf('total: expected a decimal(12,2), found -17.5')).toBe('total: expected a decimal(12,2), found N');
});

describe('--retry', () => {
  const REJECTED = `{"event_id":"e1","event_time":"2026-06-16T10:00:00Z","status":"x"}`;
  const TORN = Buffer.from([0x1f, 0x8b, 8, 0]);
  const args = (folder: string) => ['quarantine', '--local', folder, '--dataset', 'access_logs', '--retry'];

  /** A kept lake in whose quarantine there is nothing but one line and one object. */
  async function withRejects(): Promise<string> {
    const folder = await keptLake();
    await inLake(folder, async ({ store }) => {
      const old = [];
      for await (const object of store.list(BUCKETS.quarantine, '')) old.push(object);
      await store.deleteMatching(BUCKETS.quarantine, old);
      await store.put(BUCKETS.raw, `raw/access_logs/${DAY}/bad.json`, Buffer.from(`${REJECTED}\n`));
      await store.put(BUCKETS.raw, `raw/access_logs/${DAY}/torn.json.gz`, TORN);
    });
    expect((await ask('compact', '--local', folder, '--yes')).code).toBe(0);
    return folder;
  }

  const bodiesIn = (folder: string, bucket: keyof typeof BUCKETS, prefix: string) =>
    inLake(folder, async ({ store }) => {
      const bodies: Record<string, string> = {};
      for await (const { key } of store.list(BUCKETS[bucket], prefix)) {
        bodies[key] = (await store.get(BUCKETS[bucket], key))?.body.toString('latin1') ?? '';
      }
      return bodies;
    });

  test('without --yes it tells what it would put back, and changes nothing', async () => {
    const folder = await withRejects();
    const before = contentOf(folder);
    const { code, answer } = await asJson(...args(folder));
    expect(code).toBe(3);
    expect(answer.datasets[0].retry).toEqual({ lines: 1, objects: 1, left: [] });
    expect(contentOf(folder)).toEqual(before);
  });

  test('puts lines and objects back byte for byte, and what is rejected again returns', async () => {
    const folder = await withRejects();
    expect((await asJson(...args(folder), '--yes')).answer.datasets[0].retry).toMatchObject({ lines: 1, objects: 1 });
    const back = await bodiesIn(folder, 'raw', `raw/access_logs/${DAY}/`);
    expect(Object.values(back).sort()).toEqual([`${REJECTED}\n`, TORN.toString('latin1')].sort());
    expect(Object.keys(back).every((key) => /\/retry-[\w-]+/.test(key))).toBe(true);
    expect(await bodiesIn(folder, 'quarantine', '')).toEqual({});
    expect((await ask('compact', '--local', folder, '--yes')).code).toBe(0);
    const { answer } = await asJson('quarantine', '--local', folder, '--dataset', 'access_logs');
    expect(answer.datasets[0].reasons).toHaveLength(2);
  });

  test('what a killed retry had put back, and compaction has consumed, is only taken out of quarantine', async () => {
    const folder = await withRejects();
    const kept = await inLake(folder, async ({ store }) => {
      const objects = [];
      for await (const { key } of store.list(BUCKETS.quarantine, '')) {
        objects.push({ key, body: (await store.get(BUCKETS.quarantine, key))?.body ?? Buffer.alloc(0) });
      }
      return objects;
    });
    await ask(...args(folder), '--yes');
    await inLake(folder, async ({ store }) => {
      const back = [];
      for await (const object of store.list(BUCKETS.raw, 'raw/access_logs/')) back.push(object);
      await store.deleteMatching(BUCKETS.raw, back);
      for (const { key, body } of kept) await store.put(BUCKETS.quarantine, key, body);
    });
    expect((await ask(...args(folder), '--yes')).code).toBe(0);
    expect(await bodiesIn(folder, 'raw', 'raw/access_logs/')).toEqual({});
    expect(await bodiesIn(folder, 'quarantine', '')).toEqual({});
  });

  test('while the object that a line is from is pending, the line stays: compaction reads it once more', async () => {
    const folder = await withRejects();
    await inLake(folder, ({ store }) =>
      store.put(BUCKETS.raw, `raw/access_logs/${DAY}/bad.json`, Buffer.from(`${REJECTED}\n`)),
    );
    const { code, answer } = await asJson(...args(folder), '--yes');
    expect(code).toBe(1);
    expect(answer.datasets[0].retry).toEqual({
      lines: 0,
      objects: 1,
      left: [{ problem: 'the object that it is from is still pending', lines: 1, objects: 0 }],
    });
    expect(Object.keys(await bodiesIn(folder, 'quarantine', 'lines/'))).toHaveLength(1);
  });
});
