/** Files that the engine writes, divides, and reads in part. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { split } from '../../lambda/compaction/engine/parquet-output';
import { EngineSession } from '../../lambda/compaction/engine/session';
import { fetchColumns } from '../../lambda/compaction/engine/sparse-file';
import type { ObjectInfo } from '../../lambda/compaction/store/object-store';
import { fastFolder } from '../support/fast-folder';
import { line, PARTITION, RealLake, testDataset } from './support/real-lake';

const LIMITS = { memoryMiB: 512, spillMiB: 64, threads: 1 };
const MIB = 1024 * 1024;

let parent: string;
let session: EngineSession;
beforeEach(async () => {
  parent = await mkdtemp(path.join(fastFolder(), 'engine-files-'));
  session = await EngineSession.open(LIMITS, parent);
});
afterEach(async () => {
  await session.close();
  await rm(parent, { recursive: true, force: true });
});

describe('a file', () => {
  const dataset = testDataset({ sortBy: ['n'] });
  const ROWS = 20_000;

  async function made(): Promise<{ file: string; size: number }> {
    const file = session.path('all.parquet');
    await session.run(
      `COPY (SELECT uuid()::VARCHAR AS id, TIMESTAMP '2026-06-15 10:00:00' AS "at", i::INT AS n FROM range(${ROWS}) t(i))
       TO '${file}' (FORMAT parquet, ROW_GROUP_SIZE 2048)`,
    );
    return { file, size: (await stat(file)).size };
  }

  test.each([
    ['that is as large as a file may be stays as it is', (size: number) => size, 1],
    ['that is a byte larger is divided in two', (size: number) => size - 1, 2],
    ['of five times the size is divided in five', (size: number) => Math.ceil(size / 5), 5],
  ])('%s', async (_, limit, parts) => {
    const { file, size } = await made();
    const paths = await split(session, dataset, file, ROWS, limit(size));
    expect(paths).toHaveLength(parts);
    const spans = await Promise.all(
      paths.map((one) =>
        session.rows(
          `SELECT min(n) AS low, max(n) AS high, count(DISTINCT id)::INT AS ids FROM read_parquet('${one}')`,
        ),
      ),
    );
    // Equal parts, in the order of the file.
    expect(spans.flat()).toEqual(
      paths.map((__, part) => ({
        low: (part * ROWS) / parts,
        high: ((part + 1) * ROWS) / parts - 1,
        ids: ROWS / parts,
      })),
    );
    for (const one of paths) expect((await stat(one)).size).toBeLessThan(1.2 * (size / parts));
  });

  test('that a task or a merge would write too large is divided, and every row is there once', async () => {
    const lake = await RealLake.open();
    try {
      const noisy = testDataset({ compaction: { maxUndersizedFiles: 2 } });
      const body = (prefix: string): string =>
        Array.from({ length: 4_000 }, (_, index) => line(`${prefix}-${index}-${randomBytes(24).toString('hex')}`)).join(
          '',
        );
      await lake.put(noisy, 'a.json', body('a'));
      const [first] = await lake.compact(noisy, { divideBytes: 60_000 });
      const written = await lake.files(noisy);
      // The merge at the end of the task divides, too.
      expect(first).toMatchObject({ rowsOut: 4_000 });
      expect(written.length).toBeGreaterThan(2);
      for (const file of written) expect((await stat(file)).size).toBeLessThan(80_000);
      expect(await lake.query(noisy, 'count(DISTINCT id)::INT AS ids, count(*)::INT AS rows')).toEqual([
        { ids: 4_000, rows: 4_000 },
      ]);

      const infos: ObjectInfo[] = [];
      for await (const info of lake.store.list('curated', 'data/')) infos.push(info);
      const merged = await (await lake.converter({ divideBytes: 60_000 })).merge(
        { dataset: noisy, partition: PARTITION },
        infos,
      );
      expect(merged).toMatchObject({ duplicates: 0 });
      expect(merged.paths.length).toBeGreaterThan(2);
      await merged.dispose();
    } finally {
      await lake.close();
    }
  });
});

describe('columns of a large object', () => {
  test.each([
    ['a footer of some KB', 20_000],
    ['a footer of more than 256 KiB', 2_048],
  ])('are read by its footer: %s', async (_, groupRows) => {
    const lake = await RealLake.open();
    try {
      const file = session.path('wide.parquet');
      const wide = Array.from({ length: 500 }, (__, index) => `(random() * 255)::UTINYINT AS c${index}`).join(', ');
      await session.run(
        `COPY (SELECT 'k' || i AS id, ${wide} FROM range(20000) t(i)) TO '${file}'
         (FORMAT parquet, ROW_GROUP_SIZE ${groupRows})`,
      );
      const body = await readFile(file);
      const footer = body.readUInt32LE(body.length - 8) + 8;
      expect(body.length).toBeGreaterThan(2 * MIB);
      expect(footer > 256 * 1024).toBe(groupRows === 2_048);
      await lake.store.put('curated', 'wide.parquet', body);
      const found: ObjectInfo[] = [];
      for await (const info of lake.store.list('curated', 'wide')) found.push(info);
      const before = lake.server.stats().bytesSent;
      const local = await fetchColumns(lake.store, 'curated', found[0] as ObjectInfo, ['id'], session, 'local.parquet');
      expect(await session.number(`SELECT count(DISTINCT id) FROM read_parquet('${local}')`)).toBe(20_000);
      expect(await session.number(`SELECT count(*) FROM read_parquet('${local}') WHERE id = 'k19999'`)).toBe(1);
      expect(lake.server.stats().bytesSent - before).toBeLessThan(body.length / 2);
    } finally {
      await lake.close();
    }
  });
});
