/** A session of the engine: its limits, its folder, its statements, and how they end with a task. */
import { getEventListeners } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DuckDBConnection } from '@duckdb/node-api';
import { EngineSession, literals } from '../../../lambda/compaction/engine/session';
import { DeadlineError } from '../../../lambda/compaction/limits/deadline';
import { fastFolder } from '../../support/fast-folder';

const LIMITS = { memoryMiB: 300, spillMiB: 70, threads: 1 };

let parent: string;
beforeEach(async () => {
  parent = await mkdtemp(path.join(fastFolder(), 'session-'));
});
afterEach(async () => {
  await rm(parent, { recursive: true, force: true });
});

async function withSession<T>(use: (session: EngineSession) => Promise<T>, signal?: AbortSignal): Promise<T> {
  const session = await EngineSession.open(LIMITS, parent, signal);
  try {
    return await use(session);
  } finally {
    await session.close();
  }
}

test('has the limits and settings that it was opened with', async () => {
  await withSession(async (session) => {
    const { directory } = session;
    expect(path.dirname(directory)).toBe(parent);
    expect(path.basename(directory)).toMatch(/^compaction-/);
    expect(session.memoryMiB).toBe(300);
    expect(session.path('x.parquet')).toBe(path.join(directory, 'x.parquet'));
    const settings = {
      memory_limit: '300.0 MiB',
      max_temp_directory_size: '70.0 MiB',
      threads: '1',
      temp_directory: path.join(directory, 'spill'),
      TimeZone: 'UTC',
      preserve_insertion_order: 'false',
      enable_external_file_cache: 'false',
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      allow_community_extensions: 'false',
      enable_external_access: 'false',
      lock_configuration: 'true',
    };
    const found = await session.rows(
      `SELECT name, value FROM duckdb_settings() WHERE name IN ${`('${Object.keys(settings).join("', '")}')`}`,
    );
    expect(Object.fromEntries(found.map(({ name, value }) => [name, value]))).toEqual(settings);
    const [directories] = await session.rows(`SELECT value FROM duckdb_settings() WHERE name = 'allowed_directories'`);
    expect(String(directories?.value)).toContain(directory);
  });
});

test('its folder is the temporary one by default, and goes with it', async () => {
  const session = await EngineSession.open(LIMITS);
  expect(path.dirname(session.directory)).toBe(tmpdir());
  await writeFile(session.path('left'), 'x');
  await session.close();
  expect(await readdir(tmpdir())).not.toContain(path.basename(session.directory));
  await withSession(async () => {});
  expect(await readdir(parent)).toEqual([]);
});

test('a statement is run, gives rows, or one number', async () => {
  await withSession(async (session) => {
    await session.run('CREATE TEMP TABLE t AS SELECT 1 AS a');
    expect(await session.rows(`SELECT a, 'x' AS b FROM t UNION ALL SELECT 2, NULL ORDER BY a`)).toEqual([
      { a: 1, b: 'x' },
      { a: 2, b: null },
    ]);
    expect(await session.number('SELECT 42::BIGINT, 7')).toBe(42);
    expect(await session.number('SELECT 1 WHERE false')).toBeNaN();
    await session.table('t', 'SELECT 5 AS a');
    await session.table('t', 'SELECT a + 1 AS a FROM t');
    expect(await session.number('SELECT a FROM t')).toBe(6);
    await expect(session.run('SELECT nothing')).rejects.toThrow(/Binder Error/);
    await expect(session.rows('SELECT nothing')).rejects.toThrow(/Binder Error/);
    await expect(session.number('SELECT nothing')).rejects.toThrow(/Binder Error/);
  });
});

describe('with a signal', () => {
  const LONG = 'SELECT count(*) FROM range(1000000000000) t(i) WHERE i % 7 = 3';

  test('statements run, their errors are their own, and nothing is left on it', async () => {
    const { signal } = new AbortController();
    await withSession(async (session) => {
      expect(await session.number('SELECT 1')).toBe(1);
      await expect(session.run('SELECT nothing')).rejects.toThrow(/Binder Error/);
      expect(getEventListeners(signal, 'abort')).toEqual([]);
    }, signal);
    expect(await readdir(parent)).toEqual([]);
  });

  test.each(['run', 'rows', 'number'] as const)(
    '%s: a running statement ends with the reason, and a later one does not begin',
    async (kind) => {
      const controller = new AbortController();
      const reason = new DeadlineError('the time of the task is over');
      await withSession(async (session) => {
        await session.run('CREATE TEMP TABLE t AS SELECT 1 AS a');
        const interrupt = jest.spyOn(DuckDBConnection.prototype, 'interrupt');
        const running = session[kind](LONG);
        setImmediate(() => controller.abort(reason));
        await expect(running).rejects.toBe(reason);
        // The engine itself was told: else the statement would go on until it ends.
        expect(interrupt).toHaveBeenCalled();
        interrupt.mockRestore();
        await expect(session[kind]('INSERT INTO t SELECT 2')).rejects.toBe(reason);
        expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
      }, controller.signal);
      expect(await readdir(parent)).toEqual([]);
    },
  );
});

test('a list of texts, as SQL', () => {
  expect(literals(['a', "it's", ''])).toBe(`['a', 'it''s', '']`);
  expect(literals([])).toBe('[]');
});
