/** The commit: one conditional write, whose outcome is looked up when it is not known. */

import { readManifest } from '../../../lambda/compaction/protocol/manifest';
import { dataFileKey } from '../../../lambda/compaction/protocol/names';
import {
  ContentionError,
  commitFiles,
  commitVersion,
  retryContended,
} from '../../../lambda/compaction/protocol/transaction';
import { MemoryLake } from '../support/memory-lake';
import { PARTITION, testDataset } from '../support/test-dataset';

const ref = { dataset: testDataset(), partition: PARTITION };
const file = (digit: string, index = 0): string => dataFileKey(ref, digit.repeat(32), index);
const [A, B, C, D] = [file('a'), file('b'), file('c'), file('d')];
const MANIFEST = `curated/manifests/events/${PARTITION}/manifest`;

let lake: MemoryLake;
beforeEach(() => {
  lake = new MemoryLake();
});

const lost = (): never => {
  throw new Error('no answer');
};
/** The next write of the manifest, and no other operation. */
function onWrite(when: 'before' | 'after', effect: () => void | Promise<void>): void {
  lake[when] = async (operation) => {
    if (operation !== `put ${MANIFEST}`) return;
    lake[when] = () => undefined;
    await effect();
  };
}

describe('what is tried again', () => {
  test('ends with the first outcome; attempts count from 0', async () => {
    const attempts: number[] = [];
    const run = async (attempt: number) => {
      attempts.push(attempt);
      return attempt === 2 ? 'done' : undefined;
    };
    expect(await retryContended(lake, 'here', 'attempts failed', run)).toBe('done');
    expect(attempts).toEqual([0, 1, 2]);
  });

  test('takes any outcome that is not undefined', async () => {
    expect(await retryContended(lake, 'here', 'attempts failed', async () => false)).toBe(false);
    expect(lake.sleeps).toEqual([]);
  });

  test('waits before each attempt but the first: twice as long each time, 5 seconds at most', async () => {
    jest.spyOn(Math, 'random').mockReturnValue(1);
    await expect(retryContended(lake, 'here', 'attempts failed', async () => undefined)).rejects.toThrow();
    expect(lake.sleeps).toEqual([100, 200, 400, 800, 1_600, 3_200, ...Array.from({ length: 13 }, () => 5_000)]);
  });

  test('gives up after 20 attempts, with an error that says where and why', async () => {
    let attempts = 0;
    const given = retryContended(lake, 'events/day', 'commits met faster writers', async () => void attempts++);
    await expect(given).rejects.toThrow(new ContentionError('events/day: 20 commits met faster writers'));
    await expect(given).rejects.toMatchObject({ name: 'ContentionError' });
    expect(attempts).toBe(20);
  });

  test('ends with the first error', async () => {
    let attempts = 0;
    const given = retryContended(lake, 'here', 'attempts failed', async () => {
      attempts++;
      throw new Error('refused');
    });
    await expect(given).rejects.toThrow('refused');
    expect(attempts).toBe(1);
  });
});

describe('committing files', () => {
  const commit = async (add: readonly string[], remove: readonly string[] = []) =>
    commitFiles(lake, ref, await readManifest(lake, ref), add, remove);

  test('the first of a partition makes its manifest', async () => {
    expect(await commit([A, B])).toBe(true);
    expect(lake.listed()).toEqual([A, B]);
  });

  test('adds at the end, and takes out what it removes', async () => {
    lake.list([A, B, C]);
    expect(await commit([D], [B])).toBe(true);
    expect(lake.listed()).toEqual([A, C, D]);
  });

  test('a file that is there stays where it is, and is not listed twice', async () => {
    lake.list([A, B]);
    expect(await commit([A, C], [B])).toBe(true);
    expect(lake.listed()).toEqual([A, C]);
  });

  test('is told, by the transaction that its files are named after', async () => {
    lake.list([A, B]);
    await commit([C, file('c', 1)], [A, B]);
    expect(lake.commits).toEqual([
      { id: 'c'.repeat(32), dataset: 'events', partition: PARTITION, added: 2, removed: 2 },
    ]);
  });

  test('is told without a transaction when it adds nothing', async () => {
    lake.list([A, B]);
    expect(await commit([], [B])).toBe(true);
    expect(lake.commits).toEqual([{ id: undefined, dataset: 'events', partition: PARTITION, added: 0, removed: 1 }]);
  });

  test('of a lake that nobody listens to is told to nobody', async () => {
    const { committed: _, ...quiet } = lake;
    expect(await commitFiles(quiet, ref, await readManifest(lake, ref), [A], [])).toBe(true);
  });

  test('whose answer came is not looked up', async () => {
    await commit([A]);
    expect(lake.operations).toEqual([`get ${MANIFEST}`, `put ${MANIFEST}`]);
  });

  test('writes nothing when everything is as it should be: it was committed before', async () => {
    lake.list([A]);
    expect(await commit([A], [B])).toBe(true);
    expect(lake.did('put')).toEqual([]);
    expect(lake.commits).toHaveLength(1);
  });

  test('of nothing is done, and not told', async () => {
    expect(await commit([])).toBe(true);
    expect(lake.did('put')).toEqual([]);
    expect(lake.commits).toEqual([]);
  });

  test.each([
    ['something is left to remove', [A], [B]],
    ['one of the files is missing', [A, C], []],
  ])('writes when %s', async (_, add, remove) => {
    lake.list([A, B]);
    expect(await commit(add, remove)).toBe(true);
    expect(lake.did('put')).toHaveLength(1);
  });

  test('loses to a faster writer, who keeps what it wrote', async () => {
    lake.list([A]);
    onWrite('before', () => void lake.list([A, B]));
    expect(await commit([C])).toBe(false);
    expect(lake.listed()).toEqual([A, B]);
    expect(lake.commits).toEqual([]);
  });

  test('that another attempt of its own has made is one', async () => {
    lake.list([A]);
    onWrite('before', () => void lake.list([A, C, D, B]));
    expect(await commit([C, D])).toBe(true);
    expect(lake.listed()).toEqual([A, C, D, B]);
  });

  test('is none when only some of its files are there', async () => {
    lake.list([A]);
    onWrite('before', () => void lake.list([A, C]));
    expect(await commit([C, D])).toBe(false);
  });

  test('whose answer is lost is looked up', async () => {
    lake.list([A]);
    onWrite('after', lost);
    expect(await commit([C])).toBe(true);
    expect(lake.commits).toHaveLength(1);
  });

  test('that fails without an effect ends with the error', async () => {
    lake.list([A]);
    onWrite('before', lost);
    await expect(commit([C])).rejects.toThrow('no answer');
    expect(lake.listed()).toEqual([A]);
    expect(lake.commits).toEqual([]);
  });
});

describe('committing a version', () => {
  const commit = async (files: readonly string[]) => commitVersion(lake, ref, await readManifest(lake, ref), files);

  test('lists just these files, in this order, and tells what changed', async () => {
    lake.list([A, B]);
    expect(await commit([C, A, D])).toBe(true);
    expect(lake.listed()).toEqual([C, A, D]);
    expect(lake.commits).toEqual([
      { id: 'c'.repeat(32), dataset: 'events', partition: PARTITION, added: 2, removed: 1 },
    ]);
  });

  test('whose answer came is not looked up', async () => {
    await commit([A]);
    expect(lake.operations).toEqual([`get ${MANIFEST}`, `put ${MANIFEST}`]);
  });

  test('may be of no files', async () => {
    lake.list([A, B]);
    expect(await commit([])).toBe(true);
    expect(lake.listed()).toEqual([]);
    expect(lake.commits).toEqual([{ id: undefined, dataset: 'events', partition: PARTITION, added: 0, removed: 2 }]);
  });

  test('loses to a faster writer', async () => {
    lake.list([A]);
    onWrite('before', () => void lake.list([A, B]));
    expect(await commit([C])).toBe(false);
    expect(lake.listed()).toEqual([A, B]);
    expect(lake.commits).toEqual([]);
  });

  test.each([
    ['the same files', [C, D], true],
    ['the same in another order', [D, C], false],
    ['one more', [C, D, A], false],
    ['one less', [C], false],
    ['another one', [C, A], false],
  ])('a faster writer who made it of %s', async (_, theirs, wanted) => {
    lake.list([A]);
    onWrite('before', () => void lake.list(theirs));
    expect(await commit([C, D])).toBe(wanted);
  });

  test('whose answer is lost is looked up', async () => {
    lake.list([A]);
    onWrite('after', lost);
    expect(await commit([C])).toBe(true);
    expect(lake.listed()).toEqual([C]);
  });

  test('that fails without an effect ends with the error', async () => {
    lake.list([A]);
    onWrite('before', lost);
    await expect(commit([C])).rejects.toThrow('no answer');
    expect(lake.listed()).toEqual([A]);
    expect(lake.commits).toEqual([]);
  });
});
