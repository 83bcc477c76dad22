/** What a replay rejects is in quarantine, once; and nothing is in quarantine and in the table. */
import type { LoadedInput } from '../../../lambda/compaction/protocol/converter';
import { inputDigest } from '../../../lambda/compaction/protocol/names';
import { entriesIn, quarantine } from '../../../lambda/compaction/protocol/quarantine';
import { ReplayQuarantine, ReplayRefusal } from '../../../lambda/compaction/protocol/replay-quarantine';
import type { ReplaySource } from '../../../lambda/compaction/protocol/replay-source';
import { MemoryLake } from '../support/memory-lake';
import { PARTITION, testDataset } from '../support/test-dataset';

const ref = { dataset: testDataset(), partition: PARTITION };
const SOURCE = { retries: [] as ReplaySource['retries'] } as ReplaySource;

let lake: MemoryLake;
beforeEach(() => {
  lake = new MemoryLake();
});

const reject = (line: number, raw: string | Buffer = `line ${line}`) => ({
  line,
  reason: 'bad',
  raw: Buffer.from(raw),
});
function input(name: string, lines: readonly number[], more: Partial<LoadedInput> = {}): LoadedInput {
  const key = `raw/events/${PARTITION}/${name}`;
  const etag = lake.put('raw', key, name);
  const { versionId } = lake.contents.get('raw', key) as { versionId: string };
  return { key, etag, versionId, size: 1, accepted: 1, rejected: lines.map((line) => reject(line)), ...more };
}
const keyOf = (one: LoadedInput): string => `lines/events/${PARTITION}/${inputDigest(one)}.json.gz`;
const linesOf = (one: LoadedInput): (number | null)[] =>
  entriesIn(lake.contents.get('quarantine', keyOf(one))?.body as Buffer).map(({ line }) => line);
const writes = (): readonly string[] => lake.did('put quarantine');
/** A replay of inputs whose lines are kept as given. */
async function settle(
  inputs: readonly LoadedInput[],
  kept = inputs,
  source: Partial<ReplaySource> = {},
  wasErased = false,
): Promise<number> {
  const own = await ReplayQuarantine.open(lake, ref);
  lake.operations.length = 0;
  return await own.settle(inputs, kept, { ...SOURCE, ...source }, wasErased);
}

test('what is rejected and not there is kept, and the number of its objects is told', async () => {
  const [one, two, good] = [input('1', [1, 2]), input('2', [3]), input('3', [])];
  expect(await settle([one, two, good])).toBe(2);
  expect([linesOf(one), linesOf(two)]).toEqual([[1, 2], [3]]);
  expect(lake.keys('quarantine')).toHaveLength(2);
});

test('what is there already is not written again', async () => {
  const one = input('1', [1, 2]);
  await quarantine(lake, ref, [one]);
  expect(await settle([one])).toBe(0);
  expect(writes()).toEqual([]);
});

test('when more is rejected than is there, all of it is written', async () => {
  const one = input('1', [1, 2]);
  await quarantine(lake, ref, [{ ...one, rejected: [reject(1)] }]);
  expect(await settle([one])).toBe(1);
  expect(linesOf(one)).toEqual([1, 2]);
});

test('a line that is there and fits by now stops it: it would be in the table too', async () => {
  const one = input('1', [2]);
  await quarantine(lake, ref, [{ ...one, rejected: [1, 2, 3].map((line) => reject(line)) }]);
  const given = settle([one]);
  await expect(given).rejects.toThrow(ReplayRefusal);
  await expect(given).rejects.toThrow(
    new ReplayRefusal(
      `2 lines of ${one.key} that are in quarantine fit the dataset by now. Put them back first (quarantine --retry) and ` +
        `compact; or delete ${keyOf(one)} of the quarantine bucket, and the replay takes them in`,
    ),
  );
  expect(writes()).toEqual([]);
});

test('an object that is there as a whole and can be read by now stops it too', async () => {
  const one = input('1', []);
  await quarantine(lake, ref, [{ ...one, unreadable: 'no JSON' }]);
  await expect(settle([one])).rejects.toThrow(/^1 lines of .* fit the dataset by now/);
});

test('a line that is rejected, and was erased, may stay away or be there', async () => {
  const all = input('1', [1, 2]);
  const kept = { ...all, rejected: [reject(2)] };
  await quarantine(lake, ref, [all]);
  expect(await settle([all], [kept])).toBe(0);
});

test('a line that was erased stays away when others of its object are added', async () => {
  const all = input('1', [1, 2, 3]);
  await quarantine(lake, ref, [{ ...all, rejected: [reject(2)] }]);
  expect(await settle([all], [{ ...all, rejected: [reject(2), reject(3)] }])).toBe(1);
  expect(linesOf(all)).toEqual([2, 3]);
});

test('an object that is there, and of which nothing more is to be kept, is left alone', async () => {
  const all = input('1', [1]);
  await quarantine(lake, ref, [all]);
  expect(await settle([all], [{ ...all, rejected: [] }])).toBe(0);
  expect(writes()).toEqual([]);
});

describe('an object that cannot be read', () => {
  test('is kept as a whole', async () => {
    const one = input('1', [], { unreadable: 'no JSON' });
    expect(await settle([one])).toBe(1);
    expect(linesOf(one)).toEqual([null]);
    expect(lake.keys('quarantine', 'objects/')).toHaveLength(1);
  });

  test('is kept in the version that was read, though it is not the current one', async () => {
    const one = input('1', [], { unreadable: 'no JSON' });
    lake.put('raw', one.key, 'rewritten');
    await settle([one]);
    const [copy = ''] = lake.keys('quarantine', 'objects/');
    expect(lake.text('quarantine', copy)).toBe('1');
  });

  test('is not written again', async () => {
    const one = input('1', [], { unreadable: 'no JSON' });
    await quarantine(lake, ref, [one]);
    expect(await settle([one])).toBe(0);
  });

  test('is kept when only lines of it are there', async () => {
    const one = input('1', [], { unreadable: 'no JSON' });
    await quarantine(lake, ref, [{ ...input('1', [1]) }]);
    const own = { ...one, ...input('1', []), unreadable: 'no JSON' };
    await quarantine(lake, ref, [{ ...own, rejected: [reject(1)], unreadable: undefined } as never]);
    expect(await settle([own])).toBe(1);
    expect(linesOf(own)).toEqual([null]);
  });
});

describe('what was put back from quarantine', () => {
  const retriesOf = (of: LoadedInput, object: LoadedInput) => ({
    retries: [{ of, object: { ...object, lastModified: new Date(0), isLatest: false, versionId: 'v' } as never }],
  });

  test('and is in quarantine again, under its own name, is not kept twice', async () => {
    const origin = input('1', [1, 2]);
    const retry = { ...input('retry', []), versionId: 'v' };
    await quarantine(lake, ref, [{ ...retry, rejected: [reject(7, 'line 2')] }]);
    expect(await settle([origin], [origin], retriesOf(origin, retry))).toBe(1);
    expect(linesOf(origin)).toEqual([1]);
  });

  test('all of it is not kept at all', async () => {
    const origin = input('1', [1]);
    const retry = { ...input('retry', []), versionId: 'v' };
    await quarantine(lake, ref, [{ ...retry, rejected: [reject(7, 'line 1')] }]);
    expect(await settle([origin], [origin], retriesOf(origin, retry))).toBe(0);
    expect(writes()).toEqual([]);
  });

  test('bytes that are no UTF-8 are compared as they are', async () => {
    const raw = Buffer.from([0xe4, 0xff]);
    const origin = { ...input('1', []), rejected: [reject(1, raw), reject(2, Buffer.from([0xe5]))] };
    const retry = { ...input('retry', []), versionId: 'v' };
    await quarantine(lake, ref, [{ ...retry, rejected: [reject(7, raw)] }]);
    await settle([origin], [origin], retriesOf(origin, retry));
    expect(linesOf(origin)).toEqual([2]);
  });

  test('of another object says nothing', async () => {
    const [origin, other] = [input('1', [1]), input('2', [])];
    const retry = { ...input('retry', []), versionId: 'v' };
    await quarantine(lake, ref, [{ ...retry, rejected: [reject(7, 'line 1')] }]);
    expect(await settle([origin], [origin], retriesOf(other, retry))).toBe(1);
  });

  test('and is not in quarantine says nothing', async () => {
    const origin = input('1', [1]);
    expect(await settle([origin], [origin], retriesOf(origin, input('retry', [])))).toBe(1);
  });

  test('an object of which only lines were put back, and that cannot be read by now, is kept', async () => {
    const origin = input('1', [], { unreadable: 'no JSON' });
    const retry = { ...input('retry', []), versionId: 'v' };
    await quarantine(lake, ref, [{ ...retry, rejected: [reject(7, 'line 1')] }]);
    expect(await settle([origin], [origin], retriesOf(origin, retry))).toBe(1);
    expect(linesOf(origin)).toEqual([null]);
  });

  test('an object that cannot be read, either, is not kept twice', async () => {
    const origin = input('1', [], { unreadable: 'no JSON' });
    const retry = { ...input('retry', []), versionId: 'v' };
    await quarantine(lake, ref, [{ ...retry, unreadable: 'no JSON', versionId: 'v' }]);
    expect(await settle([origin], [origin], retriesOf(origin, retry))).toBe(0);
  });
});

test('an object of which nothing is rejected asks for nothing', async () => {
  const good = input('1', []);
  expect(await settle([good], [good], {}, true)).toBe(0);
  expect(lake.operations).toEqual([]);
});

describe('what somebody removed from quarantine', () => {
  const removed = async (...lines: readonly number[]) => {
    const one = input('1', [1, 2]);
    await quarantine(lake, ref, [{ ...one, rejected: lines.map((line) => reject(line)) }]);
    lake.contents.objects.delete(`quarantine/${keyOf(one)}`);
    return one;
  };

  test('stays away after an erase', async () => {
    const one = await removed(1);
    expect(await settle([one], [one], {}, true)).toBe(1);
    expect(linesOf(one)).toEqual([2]);
    const all = await removed(1, 2);
    lake.contents.objects.delete(`quarantine/${keyOf(one)}`);
    expect(await settle([all], [all], {}, true)).toBe(0);
  });

  test('comes back without one', async () => {
    const one = await removed(1);
    expect(await settle([one])).toBe(1);
    expect(linesOf(one)).toEqual([1, 2]);
    expect(lake.did('list versions')).toEqual([]);
  });
});

test('what leaves quarantine while it is looked at stops it', async () => {
  const one = input('1', [1]);
  await quarantine(lake, ref, [one]);
  lake.before = (operation) => {
    if (operation.startsWith('get quarantine')) lake.contents.objects.delete(`quarantine/${keyOf(one)}`);
  };
  const given = settle([one]);
  await expect(given).rejects.toThrow(new ReplayRefusal(`${keyOf(one)} has left quarantine meanwhile: start again`));
  await expect(given).rejects.toMatchObject({ name: 'ReplayRefusal' });
});
