import { ChecksFailedError } from '../../../lambda/compaction/protocol/checks-failed';

const CHECKS = [
  { name: 'n_range', expects: 'n from 0 on' },
  { name: 'id_pattern', expects: 'id like ^e' },
  { name: 'unused', expects: 'nothing' },
];
const EXAMPLE = { key: 'raw/x', etag: '"e"', row: 'line 3 of raw/x: check n_range: expected n from 0 on' };

test('the error says which checks, how many rows, one of them, and what happens', () => {
  const error = new ChecksFailedError('events', CHECKS, { byName: { n_range: 2, id_pattern: 1 }, fail: 3 }, EXAMPLE);
  expect(error.message).toBe(
    'nothing of events was committed: 3 rows fail n_range, which expects n from 0 on (2 rows), and ' +
      'id_pattern, which expects id like ^e (1 row). For example line 3 of raw/x: check n_range: expected n from 0 on. ' +
      'The raw objects stay where they are',
  );
  expect(error).toMatchObject({
    name: 'ChecksFailedError',
    rows: 3,
    failedChecks: { n_range: 2, id_pattern: 1 },
    object: { key: 'raw/x', etag: '"e"' },
  });
  expect(error.object).not.toHaveProperty('row');
});

test('of one row, without an example, it is a sentence too', () => {
  const error = new ChecksFailedError('events', CHECKS, { byName: { n_range: 1, unused: 0 }, fail: 1 }, undefined);
  expect(error.message).toBe(
    'nothing of events was committed: 1 row fails n_range, which expects n from 0 on (1 row). The raw objects stay where they are',
  );
  expect(error.failedChecks).toEqual({ n_range: 1 });
  expect(error.object).toBeUndefined();
});
