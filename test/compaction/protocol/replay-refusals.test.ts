/** Why a partition is not built anew: nothing is changed then, and the reason says what to do. */
import { inputDigest } from '../../../lambda/compaction/protocol/names';
import { keptUntil, whyNot } from '../../../lambda/compaction/protocol/replay';
import { ReplayDenied, ReplayRefusal } from '../../../lambda/compaction/protocol/replay-quarantine';
import { type ReplaySource, readReplaySource } from '../../../lambda/compaction/protocol/replay-source';
import { NO_ROWS } from '../../../lambda/compaction/protocol/result';
import type { ObjectInfo } from '../../../lambda/compaction/store/object-store';
import { HOUR_MS, type MemoryLake } from '../support/memory-lake';
import { type Answer, MANIFEST, RAW, ReplayBench, refOf } from '../support/replay-bench';
import { PARTITION } from '../support/test-dataset';

const ref = refOf();

let bench: ReplayBench;
let lake: MemoryLake;
beforeEach(() => {
  bench = new ReplayBench();
  ({ lake } = bench);
});

describe('what S3 does not give', () => {
  const refused = (objects: readonly ObjectInfo[], error: string) =>
    objects.map(({ key, etag }) => ({ key, etag, error }));
  beforeEach(() => bench.twoCommits());

  test('all of it, for want of a permission, is told as such', async () => {
    const converter = bench.engine((_, objects) => ({
      inputs: [],
      refused: refused(objects, 'HTTP 403 AccessDenied'),
    }));
    const given = bench.replayed(converter);
    await expect(given).rejects.toThrow(new ReplayDenied(`${RAW}1: HTTP 403 AccessDenied`));
    await expect(given).rejects.toMatchObject({ name: 'ReplayDenied' });
  });

  test.each<[string, (objects: readonly ObjectInfo[]) => Answer]>([
    ['part of it', (objects) => ({ refused: refused(objects.slice(0, 2), 'HTTP 403 AccessDenied') })],
    [
      'all of it for several reasons',
      ([one, two]) => ({
        inputs: [],
        refused: [
          ...refused([one] as ObjectInfo[], 'HTTP 400 X'),
          ...refused([two] as ObjectInfo[], 'HTTP 403 AccessDenied'),
        ],
      }),
    ],
    [
      'all of it for another reason',
      (objects) => ({ inputs: [], refused: refused(objects.slice(0, 2), 'HTTP 400 X') }),
    ],
  ])('%s stops it, with what is needed', async (_, given) => {
    const before = lake.listed();
    await expect(bench.replayed(bench.engine((_inputs, objects) => given(objects)))).rejects.toThrow(
      /^S3 does not return 2 of its raw objects, raw\/.*\/1: HTTP 40[03] \w+\. Whoever replays needs s3:GetObjectVersion on the raw bucket, and kms:Decrypt with the key of the object$/,
    );
    expect(lake.listed()).toEqual(before);
  });

  test.each<[string, Answer, string]>([
    ['in between', { complete: true }, '2'],
    ['before where the engine stopped', { complete: false }, '2'],
  ])('a version that expires while it is read, %s, stops it', async (_, more, gone) => {
    const converter = bench.engine((inputs) => ({ ...more, inputs: inputs.filter(({ key }) => !key.endsWith(gone)) }));
    const [entry] = lake.contents.versions.get(`raw/${RAW}${gone}`) ?? [];
    await expect(bench.replayed(converter)).rejects.toThrow(
      new ReplayRefusal(`${RAW}${gone} expired while it was read, version ${entry?.versionId}`),
    );
  });

  test('an engine that takes nothing in stops it too: it would not end', async () => {
    await expect(bench.replayed(bench.engine(() => ({ inputs: [], complete: false })))).rejects.toThrow(
      /\/1 expired while it was read/,
    );
  });
});

describe('what fits no more', () => {
  const rejected = [{ line: 1, reason: 'bad', raw: Buffer.from('x') }];
  const rejecting = () =>
    bench.engine((inputs) => ({ inputs: inputs.map((one) => ({ ...one, accepted: 0, rejected })) }));
  beforeEach(() => bench.twoCommits());

  test('is in quarantine, and no more in the table', async () => {
    const { counts } = await bench.replayed(rejecting());
    expect(counts).toMatchObject({ rowsIn: 4, rowsOut: 0, rowsQuarantined: 4 });
    expect(lake.keys('quarantine', 'lines/')).toHaveLength(4);
  });

  test('is in both when the replay stops afterwards, and the refusal says so', async () => {
    const converter = bench.engine((inputs, objects) =>
      bench.loads.length <= 2
        ? { inputs: inputs.map((one) => ({ ...one, rejected })) }
        : { refused: objects.map(({ key, etag }) => ({ key, etag, error: 'HTTP 500' })) },
    );
    const given = bench.replayed(converter, ref, { budget: { bytes: 1_000, objects: 1 } });
    await expect(given).rejects.toThrow(
      /^S3 does not return .*\. Rows of 2 objects that fit no more are in quarantine already, and in the table until a replay of the partition ends$/,
    );
    await expect(given).rejects.toMatchObject({ name: 'ReplayRefusal', cause: { name: 'ReplayRefusal' } });
  });

  test('any other error is thrown as it is', async () => {
    lake.before = (operation) => {
      if (operation.startsWith('put curated/data')) throw new Error('no connection');
    };
    const converter = bench.engine((inputs) => ({ inputs: inputs.map((one) => ({ ...one, rejected })) }));
    await expect(bench.replayed(converter)).rejects.toThrow(new Error('no connection'));
  });

  test('and is in quarantine by now stops it when it fits after all', async () => {
    const one = lake.contents.listVersions('raw', `${RAW}1`)[0];
    await bench.replayed(rejecting());
    expect(lake.keys('quarantine')).toContain(`lines/events/${PARTITION}/${inputDigest(one as never)}.json.gz`);
    await expect(bench.replayed()).rejects.toThrow(/fit the dataset by now/);
  });
});

describe('a replay is refused', () => {
  test('of a partition of which nothing is known', async () => {
    await expect(bench.replayed()).rejects.toThrow(
      new ReplayRefusal('there is no raw version to build it from, or no record of what was compacted'),
    );
  });

  test('of one whose manifest is none', async () => {
    lake.put('curated', MANIFEST, 'nonsense\n');
    await expect(bench.replayed()).rejects.toMatchObject({
      name: 'ReplayRefusal',
      message:
        'Manifest line 1 must be a URI under s3://curated/, but is "nonsense": repair it first (verify --repair), or restore a version',
      cause: { name: 'MalformedManifestError' },
    });
  });

  test('any other error of reading it is thrown as it is', async () => {
    lake.before = () => {
      throw new Error('no connection');
    };
    await expect(bench.replayed()).rejects.toThrow(new Error('no connection'));
  });

  test('without its first raw versions, unless what is left is enough', async () => {
    bench.twoCommits();
    lake.contents.versions.delete(`raw/${RAW}1`);
    await expect(bench.replayed()).rejects.toThrow(/^1 of its raw objects are gone, raw\/.*\/1 first/);
    await bench.replayed(bench.engine(), ref, { incomplete: true });
    expect(bench.texts()).toEqual(['2 3 4']);
  });

  const SOURCE: ReplaySource = {
    transactions: [{ at: new Date(0), objects: [] }],
    recorded: NO_ROWS,
    expired: [],
    pendingAgain: [],
    pendingRetries: [],
    retries: [],
    begins: undefined,
    firstCommit: undefined,
  };
  const own = refOf({ retention: { curatedDays: 30, rawNoncurrentDays: 14 } });
  const version = (key: string) => ({ key, etag: '"e"', versionId: 'v' }) as never;
  const why = (source: Partial<ReplaySource>, incomplete = false, erasures: readonly never[] = []) =>
    whyNot(lake, own, { ...SOURCE, ...source }, erasures, incomplete);

  test('for nothing when all is there', () => {
    expect(why({})).toBeUndefined();
  });

  test('when its retention is over', () => {
    lake.time = Date.parse('2026-07-16T00:00:00Z');
    expect(why({})).toBe('it is older than 30 days: the next maintenance would empty it again');
  });

  test.each([false, true])('when its objects wait (incomplete: %s)', (incomplete) => {
    expect(why({ pendingAgain: [version('a'), version('b')] }, incomplete)).toBe(
      '2 of its raw objects are in the inbox again, a first: compact them first',
    );
    expect(why({ pendingRetries: [version('c')] }, incomplete)).toBe(
      '1 objects that were put back from quarantine wait, c first: compact them first',
    );
  });

  test('when its beginning is not known, unless what is left is enough', () => {
    const begins = new Date('2026-06-01T00:00:00Z');
    expect(why({ begins })).toBe(
      'its first commits were before 2026-06-01T00:00:00.000Z, and nothing tells any more what they took in. Raw versions of ' +
        'the dataset are kept for 14 days, records of commits for the noncurrentDays of the stage',
    );
    expect(why({ begins }, true)).toBeUndefined();
  });

  test('when versions are gone, unless what is left is enough', () => {
    const expired = [version('a'), version('b')];
    expect(why({ expired })).toBe(
      '2 of its raw objects are gone, a first. Raw versions of the dataset are kept for 14 days',
    );
    expect(why({ expired }, true)).toBeUndefined();
    expect(why({ expired, transactions: [] }, true)).toBe(
      'there is no raw version to build it from, or no record of what was compacted',
    );
  });

  test('when what was erased could not be left out', () => {
    expect(why({}, false, [{ column: 'gone', keys: 1, key: 'k' } as never])).toMatch(/^rows of 1 keys of "gone"/);
  });

  test('and until when all its raw versions are kept is known from its first commit', async () => {
    expect(keptUntil(own, SOURCE)).toBeUndefined();
    expect(keptUntil(own, { ...SOURCE, firstCommit: new Date('2026-06-01T00:00:00Z') })).toEqual(
      new Date('2026-06-15T00:00:00Z'),
    );
    bench.twoCommits();
    const { firstCommit } = await readReplaySource(lake, own);
    expect(keptUntil(own, { ...SOURCE, firstCommit })?.getTime()).toBe(
      (firstCommit?.getTime() ?? 0) + 14 * 24 * HOUR_MS,
    );
  });
});
