import fc from 'fast-check';
import { chooseMerge, mergePolicy, UNDERSIZED_BYTES } from '../../lambda/compaction/protocol/merge-policy';
import { testDataset } from './support/real-lake';

const MIB = 1024 * 1024;
const policy = mergePolicy(testDataset());

const sizes = fc
  .array(fc.integer({ min: 1, max: 600 * MIB }), { maxLength: 80 })
  .map((all) => all.map((size) => ({ size })));

/** Applies merges until the policy is content, as `mergeFiles` does; a merged file is as large as its parts together. */
function applied(files: readonly { size: number }[], closed: boolean, limits = policy) {
  let now = [...files];
  let rewritten = 0;
  for (;;) {
    const group = chooseMerge(now, limits, closed);
    if (group.length === 0) return { files: now, rewritten };
    expect(group.length).toBeGreaterThan(1);
    const bytes = group.reduce((total, { size }) => total + size, 0);
    expect(bytes).toBeLessThanOrEqual(limits.capBytes);
    rewritten += bytes;
    now = [...now.filter((file) => !group.includes(file)), { size: bytes }];
  }
}

test('an open partition ends with at most the allowed number of undersized files', () => {
  fc.assert(
    fc.property(sizes, (files) => {
      const undersized = applied(files, false).files.filter(({ size }) => size < UNDERSIZED_BYTES);
      expect(undersized.length).toBeLessThanOrEqual(policy.maxUndersized);
    }),
  );
});

test('a closed partition ends with about ceil(bytes / target) files, and stays as it is', () => {
  fc.assert(
    fc.property(sizes, (files) => {
      const { files: after } = applied(files, true);
      const bytes = files.reduce((total, { size }) => total + size, 0);
      // Each file but one is more than half full: two that are not would have been put together.
      expect(after.length).toBeLessThanOrEqual(2 * Math.ceil(bytes / policy.capBytes) + 1);
      expect(chooseMerge(after, policy, true)).toEqual([]);
    }),
  );
});

test('with the smallest target two undersized files still fit together', () => {
  const small = mergePolicy(testDataset({ compaction: { targetFileMiB: 128, maxUndersizedFiles: 2 } }));
  fc.assert(
    fc.property(sizes, (files) => {
      const undersized = applied(files, false, small).files.filter(({ size }) => size < UNDERSIZED_BYTES);
      expect(undersized.length).toBeLessThanOrEqual(2);
    }),
  );
});

test('a hot partition rewrites each row a few times, not once a run', () => {
  // A file of 1 MiB each five minutes for a day: 288 MiB.
  let files: { size: number }[] = [];
  let rewritten = 0;
  for (let run = 0; run < 288; run++) {
    const step = applied([...files, { size: MIB }], false);
    files = step.files;
    rewritten += step.rewritten;
  }
  expect(rewritten / (288 * MIB)).toBeLessThan(6);
});

test('files that are large enough are left alone', () => {
  const large = Array.from({ length: 20 }, () => ({ size: 400 * MIB }));
  expect(chooseMerge(large, policy, false)).toEqual([]);
  expect(chooseMerge(large, policy, true)).toEqual([]);
});
