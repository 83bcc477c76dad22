import { runLoss } from '../../proof/ingest/loss/run';
import { gapsOf, problemsOf } from '../../proof/ingest/loss/verdict';
import { Supervisor } from '../../proof/tools/supervisor';

// The whole of it, a minute long and with Redis: npm run test:loss.
test('no acknowledged event is lost and none is doubled, while gateways are killed and S3 fails', async () => {
  const supervisor = new Supervisor();
  try {
    const result = await runLoss(supervisor, { seconds: 8, seed: 7, clients: 6, gateways: 2, redis: undefined });
    expect(problemsOf(result)).toEqual([]);
    expect(result.harm.kills + result.harm.drains).toBeGreaterThan(2);
    expect(gapsOf({ ...result, harm: { ...result.harm, kills: 1 } }, false)).toEqual([]);
  } finally {
    await supervisor.close();
  }
});

test('the verdict sees what is lost, doubled, made up and left over', () => {
  const base = {
    notes: { sent: new Set(['a', 'b']), acknowledged: new Set(['a', 'b']) },
    harm: { badDrains: 0, drains: 1 },
    found: { raw: new Map([['a', 1]]), curated: new Map([['b', 2]]), quarantined: 1, pending: 1 },
  } as unknown as Parameters<typeof problemsOf>[0];
  expect(problemsOf(base)).toEqual([
    '1 acknowledged events never came into the raw zone, for example b',
    '1 acknowledged events are not in the curated zone, for example a',
    '1 events are in the curated zone more than once, for example b',
    '1 events of the raw zone are not in the curated zone, for example a',
    '1 lines or objects are in quarantine',
    '1 raw objects were left over by compaction',
  ]);
});
