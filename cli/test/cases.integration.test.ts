/** What the field delivers, as it was copied from there: `npm start -- --input`. */

import './support/case-datasets';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Column, parseDataset, quoteIdentifier } from '../../lib/dataset';
import { CASES, type Case, contentOf, copiedPath } from '../../test/fixtures/cases';
import { BUCKETS } from '../lake';
import { QueryEngine, type Row } from '../tables/engine';
import { folderWith } from './support/folder';
import { start } from './support/run';

jest.setTimeout(120_000);

const written = ({ name, type }: Column): string => {
  const column = quoteIdentifier(name);
  const text = type.kind === 'timestamp' ? `strftime(${column}, '%Y-%m-%dT%H:%M:%S.%g')` : column;
  return `to_json(${text}) AS ${column}`;
};

/** A row without what is null, structs and maps included. */
const withoutNulls = (value: unknown): unknown =>
  typeof value !== 'object' || value === null || Array.isArray(value)
    ? value
    : Object.fromEntries(
        Object.entries(value).flatMap(([name, member]) => (member === null ? [] : [[name, withoutNulls(member)]])),
      );

const readable = (row: Row): unknown =>
  withoutNulls(
    Object.fromEntries(
      Object.entries(row).map(([name, text]) => [name, text === null ? null : JSON.parse(String(text))]),
    ),
  );

async function take(one: Case) {
  const keep = join(folderWith(), 'lake');
  const input = folderWith({ [copiedPath(one)]: contentOf(one) });
  const outcome = await start('--input', input, '--dataset', one.dataset.name, '--keep', keep);
  const engine = await QueryEngine.open(folderWith());
  try {
    const columns = parseDataset(one.dataset).columns.map(written).join(', ');
    const files = `read_parquet('${keep}/${BUCKETS.curated}/**/part-*.parquet', hive_partitioning = false)`;
    return { ...outcome, rows: (await engine.rows(`SELECT ${columns} FROM ${files}`)).map(readable) };
  } finally {
    engine.close();
  }
}

test.each(CASES)('$dataset.name takes $file: every value of every row, and nothing else', async (one) => {
  const { code, errors, result, rows } = await take(one);
  const rejected = one.rejected ?? [];
  expect([errors, result.problems, result.input.skipped]).toEqual(['', [], []]);
  expect(rows).toHaveLength(one.rows.length);
  expect(rows).toEqual(expect.arrayContaining([...one.rows]));
  expect(result.quarantine.lines.map(({ reason }) => reason)).toEqual(
    rejected.map((part) => expect.stringContaining(part)),
  );
  if (one.folders === undefined) expect(result.partitions.map(({ partition }) => partition)).toEqual([one.partition]);
  expect(result.compaction.reported).toMatchObject({ rowsOutsidePartition: one.outside ?? 0 });
  expect(result.total).toMatchObject({ rowsOut: one.rows.length, unaccounted: 0 });
  expect(result.queries.map(({ equal }) => equal)).toEqual(result.queries.map(() => true));
  expect(code).toBe(0);
});

test('every folder of files has a case', () => {
  const folders = readdirSync(join(__dirname, '../../test/fixtures/cases/files')).sort();
  expect([...new Set(CASES.map(({ file }) => file.split('/')[0]))].sort()).toEqual(folders);
});
