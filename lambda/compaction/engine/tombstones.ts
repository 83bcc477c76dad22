import { appendFile, open, readFile, rm } from 'node:fs/promises';
import { duckdbType, quoteIdentifier, quoteText } from '../../../lib/dataset/duckdb-types';
import type { Dataset } from '../../../lib/dataset/model';
import type { EngineSession } from './session';

/**
 * The deletions that a partition remembers, in a file that its manifest lists like any other: so they change with its rows, in
 * one commit, and the rules for data files hold for them too. A reader must see no row of it. It is the Parquet file of the
 * deletions, followed by the footer of a table without rows: that is where a reader begins, and ends.
 */
const MAGIC_BYTES = 4;
/** Length of the footer and magic. */
const END_BYTES = 8;

/** Makes the Parquet file of deletions look like one without rows, with the dataset's columns. */
export async function seal(session: EngineSession, { columns }: Dataset, path: string): Promise<void> {
  const none = `${path}-none`;
  const list = columns.map(({ name, type }) => `NULL::${duckdbType(type)} AS ${quoteIdentifier(name)}`).join(', ');
  await session.run(`COPY (SELECT * FROM (SELECT ${list}) LIMIT 0) TO ${quoteText(none)} (FORMAT parquet)`);
  const bytes = await readFile(none);
  await rm(none);
  if (bytes.length !== MAGIC_BYTES + bytes.readUInt32LE(bytes.length - END_BYTES) + END_BYTES) {
    throw new Error('A Parquet file without rows has more than a footer; nothing was committed');
  }
  await appendFile(path, bytes.subarray(MAGIC_BYTES));
}

/** The reverse: extracts the Parquet file of deletions. */
export async function unseal(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    const { size } = await file.stat();
    const end = Buffer.alloc(END_BYTES);
    await file.read(end, 0, END_BYTES, size - END_BYTES);
    await file.truncate(size - END_BYTES - end.readUInt32LE(0));
  } finally {
    await file.close();
  }
}
