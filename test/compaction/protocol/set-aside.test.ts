/** Objects that S3 refuses: two runs set one aside, for six hours at a time, unless the cause is the role or the key of the lake. */
import type { RefusedObject } from '../../../lambda/compaction/protocol/converter';
import { inputDigest } from '../../../lambda/compaction/protocol/names';
import { NothingReadableError, SetAside } from '../../../lambda/compaction/protocol/set-aside';
import { MemoryLake } from '../support/memory-lake';
import { PARTITION, testDataset } from '../support/test-dataset';

const ref = { dataset: testDataset(), partition: PARTITION };
const MARKS = `set-aside/events/${PARTITION}/`;
const SIX_HOURS = 6 * 3_600_000;
const object = (name: string): RefusedObject => ({
  key: `raw/events/${PARTITION}/${name}`,
  etag: `"${name}"`,
  error: 'HTTP 403 AccessDenied',
});
const [A, B] = [object('a'), object('b')];
const digest = ({ key, etag }: RefusedObject): string => inputDigest({ key, etag });

let lake: MemoryLake;
beforeEach(() => {
  lake = new MemoryLake();
});
const read = () => SetAside.read(lake, 'events', PARTITION);
/** One run that S3 refuses these objects. */
const refused = async (run: string, ...objects: readonly RefusedObject[]) => (await read()).mark(ref, objects, run);
const marks = (): readonly string[] => lake.keys('curated').filter((key) => !key.endsWith('proof.json'));
const named = (error: string, message = 'denied'): Error => Object.assign(new Error(message), { name: error });

test('each refusal leaves a mark, named after the object and the run, which says what happened', async () => {
  expect(await refused('run 1', A)).toEqual([]);
  expect(marks()).toEqual([expect.stringMatching(new RegExp(`^${MARKS}${digest(A)}-[0-9a-f]{8}\\.json$`))]);
  expect(JSON.parse(lake.text('curated', marks()[0] as string) ?? '')).toEqual({
    ...A,
    at: '2026-06-20T12:00:00.000Z',
  });
});

test('a second run sets it aside, and it alone', async () => {
  await refused('run 1', A);
  expect(await refused('run 2', B, A)).toEqual([A]);
  const aside = await read();
  expect([aside.standing(A), aside.standing(B)]).toEqual(['waiting', 'pending']);
});

test('the same run twice is one run', async () => {
  await refused('run 1', A);
  expect(await refused('run 1', A)).toEqual([]);
  expect(marks()).toHaveLength(1);
});

test('refusals of one task count as well as those that it has read', async () => {
  const aside = await read();
  expect(await aside.mark(ref, [A], 'run 1')).toEqual([]);
  expect(aside.standing(A)).toBe('pending');
  expect(await aside.mark(ref, [A], 'run 2')).toEqual([A]);
  expect(aside.standing(A)).toBe('waiting');
});

test('it waits for six hours after the last refusal, and is due then', async () => {
  await refused('run 1', A);
  lake.time += 3_600_000;
  await refused('run 2', A);
  lake.time += SIX_HOURS - 1;
  expect((await read()).standing(A)).toBe('waiting');
  lake.time += 1;
  expect((await read()).standing(A)).toBe('due');
});

test('one that is refused again waits again, with no more marks than before', async () => {
  await refused('run 1', A);
  await refused('run 2', A);
  lake.time += SIX_HOURS;
  expect(await refused('run 3', A)).toEqual([A]);
  expect(marks()).toHaveLength(2);
  expect((await read()).standing(A)).toBe('waiting');
});

test('an object that was rewritten is another one', async () => {
  await refused('run 1', A);
  await refused('run 2', A);
  expect((await read()).standing({ ...A, etag: '"rewritten"' })).toBe('pending');
});

test('the version of an object makes no difference: a listing has none', async () => {
  await refused('run 1', A);
  await refused('run 2', A);
  expect((await read()).standing({ ...A, versionId: 'v' } as never)).toBe('waiting');
});

test('what was compacted is forgotten, and nothing else', async () => {
  await refused('run 1', A, B);
  await refused('run 2', A, B);
  await (await read()).forget([A, object('c')]);
  expect(marks().map((key) => key.includes(digest(B)))).toEqual([true, true]);
  await (await read()).forget([object('c'), B]);
  expect(marks()).toEqual([]);
});

test('without marks nothing is deleted or compared', async () => {
  const none = SetAside.none(lake);
  expect(none.standing(A)).toBe('pending');
  await none.forget([A]);
  await (await read()).forget([A]);
  await refused('run 1', A);
  lake.operations.length = 0;
  await (await read()).forget([B]);
  expect(lake.did('delete')).toEqual([]);
});

test('marks of other partitions are read only with those of the dataset', async () => {
  const other = { ...ref, partition: 'year=2026/month=06/day=16' };
  for (const run of ['run 1', 'run 2']) await (await SetAside.read(lake, 'events')).mark(other, [A], run);
  expect((await read()).standing(A)).toBe('pending');
  expect((await SetAside.read(lake, 'events')).standing(A)).toBe('waiting');
  expect((await SetAside.read(lake, 'others')).standing(A)).toBe('pending');
});

test('what else lies there is no mark', async () => {
  for (const name of [
    'checks.json',
    `${digest(A)}.json`,
    `${digest(A)}-0.json`,
    `x${digest(A)}-00000000.json`,
    `${digest(A)}-00000000.json.x`,
  ])
    lake.put('curated', `${MARKS}${name}`, '{}');
  lake.put('curated', `${MARKS}${digest(A)}-00000000.json`, '{}');
  expect((await read()).standing(A)).toBe('pending');
});

describe('before marks are written', () => {
  test('the role and the key of the lake are tried: an object that is not there, and one of its own', async () => {
    await refused('run 1', A);
    const [list, probe, put, get, mark] = lake.operations;
    expect(list).toBe(`list curated/${MARKS}`);
    expect(probe).toMatch(new RegExp(`^get raw/raw/events/${PARTITION}/_probe-[0-9a-f-]{36}$`));
    expect([put, get]).toEqual([`put curated/${MARKS}proof.json`, `get curated/${MARKS}proof.json`]);
    expect(lake.text('curated', `${MARKS}proof.json`)).toBe('{}');
    expect(mark).toMatch(/^put /);
  });

  test('nothing is tried when nothing was refused', async () => {
    expect(await refused('run 1')).toEqual([]);
    expect(lake.operations).toEqual([`list curated/${MARKS}`]);
  });

  test.each([
    ['get raw', 'AccessDenied'],
    ['put curated', 'AllAccessDisabled'],
    ['get curated', 'KMS.DisabledException'],
    ['get raw', 'Forbidden'],
    ['get raw', '403'],
    ['get raw', '400'],
  ])('%s that is refused with %s fails the task, and sets nothing aside', async (operation, name) => {
    lake.before = (done) => {
      if (done.startsWith(operation)) throw named(name);
    };
    const given = refused('run 1', A, B);
    await expect(given).rejects.toThrow(NothingReadableError);
    await expect(given).rejects.toMatchObject({
      name: 'NothingReadableError',
      cause: { name },
      message:
        `S3 refuses more than the 2 objects of events/${PARTITION} that it refused, ${A.key}: HTTP 403 AccessDenied among them. ` +
        `The role or the key of the lake is refused too: ${name}: denied`,
    });
    expect(marks()).toEqual([]);
  });

  test.each(['TimeoutError', 'NotAccessDenied', 'AccessDeniedNot', 'KMS.', 'XKMS.y'])(
    'an error %s says nothing about permissions, and is thrown as it is',
    async (name) => {
      const error = named(name);
      lake.before = (operation) => {
        if (operation.startsWith('get raw')) throw error;
      };
      await expect(refused('run 1', A)).rejects.toBe(error);
      expect(marks()).toEqual([]);
    },
  );
});
