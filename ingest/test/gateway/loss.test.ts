import { problemsOf } from '../../e2e/loss/verdict';

/** What judges `npm run test:loss`, which kills gateways while S3 and Redis fail. */
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
