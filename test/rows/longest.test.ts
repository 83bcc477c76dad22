import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { EngineSession } from '../../lambda/compaction/engine/session';
import { quoteText } from '../../lib/dataset/duckdb-types';
import { MAX_LINE_BYTES, NdjsonValidator, readLinesSql } from '../../lib/rows';
import { testDataset } from '../compaction/support/real-lake';

test('the longest line that the checker accepts is one that the engine reads', async () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'longest-'));
  const session = await EngineSession.open({ memoryMiB: 1024, spillMiB: 64, threads: 1 }, directory);
  try {
    const dataset = testDataset();
    const frame = '{"id":"","at":"2026-06-15T10:00:00Z"}'.length;
    const lineOf = (bytes: number): Buffer =>
      Buffer.from(`{"id":"${'x'.repeat(bytes - frame)}","at":"2026-06-15T10:00:00Z"}\n`);
    const checker = new NdjsonValidator(dataset, () => {});
    const file = session.path('long.ndjson');
    writeFileSync(file, Buffer.concat([...checker.push(lineOf(MAX_LINE_BYTES)), ...checker.end()]));
    expect(checker.accepted).toBe(1);
    const { columns, options, select } = readLinesSql(dataset);
    const [row] = await session.rows(
      `SELECT length(id) AS n FROM (SELECT ${select} FROM read_json(${quoteText(file)}, columns = ${columns}, ${options}))`,
    );
    expect(Number(row?.n)).toBe(MAX_LINE_BYTES - frame);
    expect(() => new NdjsonValidator(dataset, () => {}).push(lineOf(MAX_LINE_BYTES + 1))).toThrow('longer than');
  } finally {
    await session.close();
    rmSync(directory, { recursive: true, force: true });
  }
});
