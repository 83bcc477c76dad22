/** The shipped compactor, engine included, killed at each of its S3 calls; `protocol-interleavings` goes further. */
import { gzipSync } from 'node:zlib';
import { RequestSigner } from '../../lambda/compaction/download/request-signer';
import { DuckDbConverter } from '../../lambda/compaction/engine/duckdb-converter';
import { runTask } from '../../lambda/compaction/task/run-task';
import { KillSwitch } from './support/kill-switch';
import { line, PARTITION, RealLake, testDataset } from './support/real-lake';
import { AMPLE } from './support/settings';

const dataset = testDataset({
  dedupeKey: ['id'],
  compaction: { maxUndersizedFiles: 4 },
  checks: [{ column: 'n', max: 99, onFail: 'quarantine' }],
});
const TASK = { kind: 'compact', dataset: 'events', partition: PARTITION } as const;

let lake: RealLake;
beforeEach(async () => {
  lake = await RealLake.open();
  // The partition is open: it is merged now and then, not at every run.
  lake.now = () => new Date('2026-06-15T12:00:00Z');
});
afterEach(async () => {
  await lake.close();
});

async function compactor(kill: KillSwitch): Promise<void> {
  const store = kill.store(lake.store);
  const signer = await RequestSigner.create(lake.client, 'raw');
  const converter = new DuckDbConverter(
    store,
    'curated',
    // The fast GET path counts as a call too.
    { get: (key, headers) => kill.call(() => signer.get(key, headers)) },
    {
      limits: { memoryMiB: 256, spillMiB: 64, threads: 1 },
      workers: 1,
      maxLocalBytes: 1 << 20,
      maxObjectBytes: 1 << 20,
      maxAttempts: 1,
      directory: lake.directory,
    },
  );
  await runTask(lake.lake(store), { dataset, partition: PARTITION }, TASK, converter, AMPLE);
}

const dies = (kill: KillSwitch): Promise<boolean> =>
  compactor(kill).then(
    () => false,
    () => true,
  );

/** New objects: three ids, one of them twice, a row that fails a check, a bad line, and an object that cannot be read. */
async function prepare(round: number): Promise<string[]> {
  const id = (name: string): string => `${round}-${name}`;
  await lake.put(dataset, `${round}-a.json`, line(id('a')) + line(id('fails'), 100) + line(id('b')));
  await lake.put(dataset, `${round}-b.json.gz`, gzipSync(`${line(id('b'))}${line(id('c'))}broken ${round}\n`));
  await lake.put(
    dataset,
    `${round}-c.json.gz`,
    Buffer.concat([gzipSync(line('x')).subarray(0, -6), Buffer.from(`${round}`)]),
  );
  return ['a', 'b', 'c'].map(id);
}

async function expectEverything(expected: readonly string[], rounds: number): Promise<void> {
  expect(await lake.ids(dataset)).toEqual([...expected].sort());
  expect(await lake.keys('raw')).toEqual([]);
  const quarantined = await lake.quarantined();
  expect(
    quarantined
      .filter(({ line: number }) => number !== null)
      .map(({ raw }) => raw)
      .sort(),
  ).toEqual(
    Array.from({ length: rounds }, (_, round) => [`broken ${round}`, line(`${round}-fails`, 100).trimEnd()])
      .flat()
      .sort(),
  );
  expect(quarantined.filter(({ line: number }) => number === null)).toHaveLength(rounds);
}

test('alone: killed before and after each call, then restarted, every row is found once', async () => {
  const expected: string[] = [];
  let rounds = 0;
  let killed = true;
  for (let at = 1; killed; at++) {
    expected.push(...(await prepare(rounds++)));
    killed = await dies(new KillSwitch(at, 'before'));
    // What the first left behind is work for the second, with a new object beside it.
    await lake.put(dataset, `${rounds}-late.json`, line(`late-${rounds}`) + line(`${rounds - 1}-a`));
    expected.push(`late-${rounds}`);
    await dies(new KillSwitch(at, 'after'));
    await compactor(new KillSwitch(0, 'before'));
    expect((await lake.ids(dataset)).length).toBe(expected.length);
  }
  // Each kind of call was among them: lists, reads, the upload, the record, the commit, deletes.
  expect(rounds).toBeGreaterThan(20);
  await expectEverything(expected, rounds);
});

test('with a second compactor at work on the same partition, every row is found once', async () => {
  const expected: string[] = [];
  let rounds = 0;
  for (let at = 1; at <= 24; at += 2) {
    const when = at % 4 === 1 ? 'before' : 'after';
    expected.push(...(await prepare(rounds++)));
    const first = dies(new KillSwitch(at, when));
    const second = compactor(new KillSwitch(0, 'before'));
    await Promise.all([first, second]);
    await compactor(new KillSwitch(0, 'before'));
    expect((await lake.ids(dataset)).length).toBe(expected.length);
  }
  await expectEverything(expected, rounds);
});
