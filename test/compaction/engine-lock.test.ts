/** A file of a stranger is read by an engine that reaches its own folder and nothing else. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { compact } from '../../lambda/compaction/compactor';
import { EngineSession } from '../../lambda/compaction/engine/session';
import { datasetByName } from '../fixtures/datasets';
import { fastFolder } from '../support/fast-folder';
import { PARTITION, RealLake } from './support/real-lake';
import { settingsFor } from './support/settings';

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

test('every session that the deployed handler opens is locked so: those that take in a batch, and one that merges', async () => {
  const lake = await RealLake.open();
  const settings = settingsFor(lake.server.endpoint);
  const open = EngineSession.open.bind(EngineSession);
  let locked = 0;
  jest.spyOn(EngineSession, 'open').mockImplementation(async (...args) => {
    const session = await open(...args);
    await expectLocked(session);
    locked++;
    return session;
  });
  try {
    const dataset = datasetByName('access_logs');
    const task = { dataset: dataset.name, partition: PARTITION };
    // One more than the undersized files that a partition may have: the last task merges.
    const most = dataset.compaction.maxUndersizedFiles;
    for (let name = 1; name <= most + 1; name++) {
      const [filesReplaced, sessions] = name <= most ? [0, name] : [most + 1, most + 2];
      await lake.put(dataset, `${name}.json`, `{"event_id":"${name}","event_time":"2026-06-15T10:00:00Z"}\n`);
      expect(await compact({ kind: 'compact', ...task }, settings)).toMatchObject({ rowsOut: 1, filesReplaced });
      expect(locked).toBe(sessions);
    }
    expect(await lake.query(dataset, 'event_id', 'ORDER BY event_id')).toEqual(
      Array.from({ length: most + 1 }, (_, index) => ({ event_id: String(index + 1) })),
    );
  } finally {
    await lake.close();
  }
});
