import { readFileSync, writeFileSync } from 'node:fs';
import { checkParquet } from '../../lambda/compaction/engine/parquet-input';
import { EngineSession } from '../../lambda/compaction/engine/session';
import { DeadlineError } from '../../lambda/compaction/limits/deadline';
import { UnreadableObjectError } from '../../lib/rows';
import { testDataset } from './support/real-lake';

/** A good object is not taken for a corrupt one because of what happens to the machine, or to the task. */
describe('a good Parquet object', () => {
  const dataset = testDataset();
  const ROWS = `SELECT repeat(md5(range::VARCHAR), 40) AS id, TIMESTAMP '2026-06-15 10:00:00' AS at, 1::INTEGER AS n
    FROM range(60000)`;

  async function write(session: EngineSession): Promise<string> {
    const path = session.path('good.parquet');
    await session.run(`COPY (${ROWS}) TO '${path}' (FORMAT parquet, ROW_GROUP_SIZE 60000)`);
    return path;
  }

  async function checkWith(memoryMiB: number, signal?: AbortSignal): Promise<unknown> {
    const writer = await EngineSession.open({ memoryMiB: 2_048, spillMiB: 512, threads: 1 });
    try {
      const path = await write(writer);
      const reader = await EngineSession.open({ memoryMiB, spillMiB: 1, threads: 1 }, writer.directory, signal);
      try {
        const own = reader.path('input.parquet');
        await writer.run(`COPY (FROM read_parquet('${path}')) TO '${own}' (FORMAT parquet, ROW_GROUP_SIZE 60000)`);
        return await checkParquet(reader, dataset, own).catch((error: unknown) => error);
      } finally {
        await reader.close();
      }
    } finally {
      await writer.close();
    }
  }

  test('is accepted', async () => {
    expect(await checkWith(2_048)).toMatchObject({ accepted: 60_000, rejected: [] });
  });

  test('fails the task, and is not quarantined, when the memory does not suffice', async () => {
    const outcome = await checkWith(3);
    expect(outcome).not.toBeInstanceOf(UnreadableObjectError);
    expect(String(outcome)).toMatch(/out of memory/i);
  });

  test('is pending as before when the time of the task is over', async () => {
    const controller = new AbortController();
    controller.abort(new DeadlineError('over'));
    expect(await checkWith(2_048, controller.signal)).toBeInstanceOf(DeadlineError);
  });
});

test('of a corrupt page the reason says what is wrong, and nothing of the copy that was read', async () => {
  const session = await EngineSession.open({ memoryMiB: 512, spillMiB: 512, threads: 1 });
  try {
    const path = session.path('corrupt.parquet');
    const rows = `SELECT repeat('a', 1000) || range AS id, TIMESTAMP '2026-06-15' AS at, 1 AS n FROM range(100)`;
    await session.run(`COPY (${rows}) TO '${path}' (FORMAT parquet, COMPRESSION snappy)`);
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.fill(0xff, 200, 400));
    const outcome = await checkParquet(session, testDataset(), path).catch((error: unknown) => error);
    expect(outcome).toEqual(new UnreadableObjectError('not a readable Parquet file: Snappy decompression failure'));
  } finally {
    await session.close();
  }
});
