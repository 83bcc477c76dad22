/** Any dataset whose columns and fields take their values from other names, places within objects, or several of them. */

import { randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { withOwnNames } from '../../lib/dataset';
import type { Column } from '../../lib/dataset/model';
import { readLinesSql } from '../../lib/rows';
import { checkNdjson, cut } from './helpers';
import { judgeRow, type Members, membersText, sourcedDataset, sourcedMembers } from './sourced';

describe('any dataset with names of its own for the input', () => {
  const RUNS = { seed: 20_260_616 };
  const sample = sourcedDataset.chain((columns) =>
    fc.tuple(fc.constant(columns), fc.array(sourcedMembers(columns), { minLength: 12, maxLength: 12 })),
  );

  const lineOf = (row: Members): string => membersText(row);

  test('is read as a plain reading of each row says', () => {
    const counts = { accepted: 0, rejected: 0 };
    fc.assert(
      fc.property(sample, fc.array(fc.nat({ max: 2000 }), { maxLength: 6 }), ([columns, rows], cuts) => {
        const bytes = Buffer.from(rows.map((row) => `${lineOf(row)}\n`).join(''));
        const { output, rejected } = checkNdjson(columns, cut(bytes, cuts));
        const expected = rows.map((row) => judgeRow(columns, row));
        expect(rejected.map(({ line }) => line)).toEqual(
          expected.flatMap((verdict, index) => (verdict === undefined ? [index + 1] : [])),
        );
        const accepted = expected.filter((verdict) => verdict !== undefined);
        const own = withOwnNames(columns);
        const plain = checkNdjson(own, [Buffer.from(accepted.map((row) => `${JSON.stringify(row)}\n`).join(''))]);
        expect(plain.rejected).toEqual([]);
        expect(rowsOf(own, output)).toEqual(rowsOf(own, plain.output));
        counts.accepted += accepted.length;
        counts.rejected += rejected.length;
      }),
      { ...RUNS, numRuns: 300 },
    );
    // Otherwise the generator makes nothing but rubbish, or nothing that is wrong.
    expect(counts.accepted).toBeGreaterThan(800);
    expect(counts.rejected).toBeGreaterThan(300);
  });

  test('is read by DuckDB as the same rows under the names of the columns', async () => {
    const paths = ['a', 'b'].map((name) => join(tmpdir(), `sources-${name}-${randomBytes(8).toString('hex')}.ndjson`));
    const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
    const connection = await instance.connect();
    let rowCount = 0;
    try {
      await fc.assert(
        fc.asyncProperty(sample, async ([columns, rows]) => {
          const accepted = rows.map((row) => judgeRow(columns, row)).filter((row) => row !== undefined);
          const own = withOwnNames(columns);
          const outputs = [
            checkNdjson(columns, [Buffer.from(rows.map((row) => `${lineOf(row)}\n`).join(''))]).output,
            checkNdjson(own, [Buffer.from(accepted.map((row) => `${JSON.stringify(row)}\n`).join(''))]).output,
          ];
          const answers: unknown[] = [];
          for (const [index, path] of paths.entries()) {
            writeFileSync(path, outputs[index] ?? '');
            const sql = readLinesSql({ columns });
            const result = await connection.runAndReadAll(
              `SELECT ${sql.select} FROM read_json(['${path}'], columns = ${sql.columns}, ${sql.options})`,
            );
            answers.push(result.getRowObjectsJson());
          }
          expect(answers[0]).toEqual(answers[1]);
          expect(answers[0]).toHaveLength(accepted.length);
          rowCount += accepted.length;
        }),
        { ...RUNS, numRuns: 40 },
      );
    } finally {
      connection.closeSync();
      for (const path of paths) rmSync(path, { force: true });
    }
    expect(rowCount).toBeGreaterThan(100);
  });
});

/** The columns of each line, null where there is no value. */
function rowsOf(columns: readonly Column[], output: Buffer): unknown[] {
  return output
    .toString()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => withNulls(columns, JSON.parse(line) as Record<string, unknown>));
}

type Targets = readonly Pick<Column, 'name' | 'type'>[];

function withNulls(targets: Targets, row: Record<string, unknown>): unknown {
  return Object.fromEntries(
    targets.map(({ name, type }) => [name, Object.hasOwn(row, name) ? nested(type, row[name]) : null]),
  );
}

function nested(type: Column['type'], value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (type.kind === 'struct') return withNulls(type.fields, value as Record<string, unknown>);
  if (type.kind === 'array') return (value as unknown[]).map((item) => nested(type.element, item));
  return value;
}
