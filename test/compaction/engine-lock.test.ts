/** A file of a stranger is read by an engine that reaches its own folder and nothing else. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { EngineSession } from '../../lambda/compaction/engine/session';
import { fastFolder } from '../support/fast-folder';
import { line, PARTITION, RealLake, testDataset } from './support/real-lake';

const LIMITS = { memoryMiB: 256, spillMiB: 64, threads: 1 };

let parent: string;
let secret: string;
beforeEach(async () => {
  parent = await mkdtemp(path.join(fastFolder(), 'engine-lock-'));
  secret = path.join(parent, 'secret.csv');
  await writeFile(secret, 'a,b\n1,2\n');
});
afterEach(async () => {
  jest.restoreAllMocks();
  await rm(parent, { recursive: true, force: true });
});

const REFUSED = /disabled (?:by|through) configuration|configuration has been locked|Cannot|not allowed/i;

/** Statements, each an attempt to get out of the folder or to change what locks it. */
const attempts = (session: EngineSession): string[] => [
  `SELECT * FROM read_text('${secret}')`,
  `SELECT * FROM '${secret}'`,
  `SELECT * FROM read_blob('/proc/self/environ')`,
  `SELECT * FROM read_csv('${session.directory}/../secret.csv')`,
  `SELECT * FROM glob('${parent}/*')`,
  "SELECT * FROM read_parquet('https://127.0.0.1:9/x.parquet')",
  "SELECT * FROM read_parquet('s3://bucket/x.parquet')",
  `COPY (SELECT 1) TO '${parent}/out.csv'`,
  `ATTACH '${parent}/other.db'`,
  `EXPORT DATABASE '${parent}/export'`,
  'INSTALL httpfs',
  'LOAD httpfs',
  'SET enable_external_access = true',
  "SET allowed_directories = ['/']",
  "SET allowed_paths = ['/etc/passwd']",
  'SET lock_configuration = false',
  "SET memory_limit = '64GiB'",
  "SET temp_directory = '/tmp'",
  'SET autoinstall_known_extensions = true',
  'RESET memory_limit',
  'PRAGMA threads = 64',
];

async function expectLocked(session: EngineSession): Promise<void> {
  const inside = session.path('inside.parquet');
  for (const attempt of attempts(session)) {
    const said = await session.run(attempt).then(
      () => 'it was carried out',
      (error: Error) => error.message,
    );
    expect([attempt, said]).toEqual([attempt, expect.stringMatching(REFUSED)]);
  }
  await session.run(`COPY (SELECT 7 AS n) TO '${inside}' (FORMAT parquet)`);
  expect(await session.number(`SELECT n FROM read_parquet('${inside}')`)).toBe(7);
  await rm(inside);
}

test('a session reads and writes in its folder, nowhere else, and cannot be unlocked', async () => {
  const session = await EngineSession.open(LIMITS, parent);
  try {
    await expectLocked(session);
  } finally {
    await session.close();
  }
});

test('sessions that take in a batch and that merge files are locked so', async () => {
  const lake = await RealLake.open();
  const open = EngineSession.open.bind(EngineSession);
  let locked = 0;
  jest.spyOn(EngineSession, 'open').mockImplementation(async (...args) => {
    const session = await open(...args);
    await expectLocked(session);
    locked++;
    return session;
  });
  try {
    const dataset = testDataset({ compaction: { maxUndersizedFiles: 2 } });
    for (const name of ['a', 'b', 'c']) {
      await lake.put(dataset, `${name}.json`, line(name));
      await lake.compact(dataset);
    }
    expect(await lake.ids(dataset, PARTITION)).toEqual(['a', 'b', 'c']);
    expect(locked).toBeGreaterThanOrEqual(4);
  } finally {
    await lake.close();
  }
});
