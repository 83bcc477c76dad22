import fc from 'fast-check';
import { chooseMerge, mergePolicy, UNDERSIZED_BYTES } from '../../lambda/compaction/protocol/merge-policy';
import { testDataset } from './support/test-dataset';

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

const of = (...mebibytes: readonly number[]) => mebibytes.map((size) => ({ size: size * MIB }));
const chosen = (files: readonly number[], closed: boolean, capMiB: number, maxUndersized = 2): readonly number[] =>
  chooseMerge(of(...files), { capBytes: capMiB * MIB, maxUndersized }, closed).map(({ size }) => size / MIB);

test('the policy is that of the dataset, and leaves room for two undersized files', () => {
  const limits = (targetFileMiB: number, maxUndersizedFiles: number) =>
    mergePolicy(testDataset({ compaction: { targetFileMiB, maxUndersizedFiles } }));
  expect(UNDERSIZED_BYTES).toBe(134_217_728);
  expect(limits(512, 3)).toEqual({ capBytes: 536_870_912, maxUndersized: 3 });
  expect(limits(256, 3).capBytes).toBe(268_435_456);
  expect(limits(128, 3).capBytes).toBe(268_435_456);
});

describe('an open partition', () => {
  test.each<[string, readonly number[], number, readonly number[]]>([
    ['has as many undersized files as it may', [1, 2, 3], 3, []],
    ['has one more: the two smallest become one', [30, 1, 20, 5], 3, [1, 5]],
    ['has more: as many as it takes, the smallest first', [10, 3, 2, 1], 2, [1, 2, 3]],
    [
      'has two more, each larger than all before: three become one, and it has no more than it may',
      [64, 16, 4, 1],
      2,
      [1, 4, 16],
    ],
    ['a larger file joins those that weigh as much together', [6, 3, 2, 1], 2, [1, 2, 3, 6]],
    ['but none that weighs more', [7, 3, 2, 1], 2, [1, 2, 3]],
    ['a file of 128 MiB is not undersized', [128, 128, 127, 127], 2, []],
    ['one below is', [128, 127, 127, 127], 2, [127, 127, 127]],
  ])('%s', (_, files, maxUndersized, merged) => {
    expect(chosen(files, false, 512, maxUndersized)).toEqual(merged);
  });

  test('a merged file is as large as it may be, and no larger', () => {
    expect(chosen([30, 30, 40], false, 100, 0)).toEqual([30, 30, 40]);
    expect(chosen([30, 30, 41], false, 100, 0)).toEqual([30, 30]);
  });
});

describe('a closed partition', () => {
  test.each<[string, readonly number[], number, readonly number[]]>([
    ['has one file', [10], 400, []],
    ['has two that fit together, to the last byte', [101, 299], 400, [299, 101]],
    ['has two that do not', [102, 299], 400, []],
    ['a file of three quarters of the target stays as it is', [100, 300], 400, []],
    ['with a small target, undersized files are packed all the same', [13, 127], 140, [127, 13]],
    ['and files that are not undersized stay as they are', [12, 128], 140, []],
    ['of two groups the larger one is merged', [100, 155, 240, 250], 400, [240, 155]],
    ['even if the other one has more files', [60, 30, 155, 240, 250], 400, [240, 155]],
  ])('%s', (_, files, capMiB, merged) => {
    expect(chosen(files, true, capMiB)).toEqual(merged);
  });
});

test('the files that are given stay in their order', () => {
  const files = of(3, 1, 2);
  chooseMerge(files, policy, false);
  chooseMerge(files, policy, true);
  expect(files).toEqual(of(3, 1, 2));
});
