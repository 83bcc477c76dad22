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
