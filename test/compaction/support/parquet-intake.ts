import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type CheckedParquet, checkParquet } from '../../../lambda/compaction/engine/parquet-input';
import { copyTo } from '../../../lambda/compaction/engine/parquet-output';
import { EngineSession } from '../../../lambda/compaction/engine/session';
import type { Dataset } from '../../../lib/dataset';
import { parseType } from '../../../lib/dataset/types';
import { UnreadableObjectError } from '../../../lib/rows';
import { type Plain, readRows } from '../../support/parquet/reader';
import { type Cell, type Node, type WriteOptions, writeParquet } from '../../support/parquet/writer';
import type { Verdict } from './parquet-model';
import { testDataset } from './real-lake';

/** What became of a file. Rows are counted from 0. */
export interface Outcome {
  readonly unreadable?: string;
  readonly rejected: ReadonlyMap<number, string>;
  readonly raw: ReadonlyMap<number, string>;
  readonly rows: readonly Record<string, Plain>[];
  readonly unknownFields: CheckedParquet['unknownFields'];
}

const NOTHING: Outcome = { rejected: new Map(), raw: new Map(), rows: [], unknownFields: [] };

export const ROW: Node = { name: 'row', repetition: 'required', physical: 'INT64' };

/** Takes Parquet files in as the compactor does, and reads what was written with hyparquet. */
export class ParquetIntake {
  #files = 0;

  private constructor(readonly session: EngineSession) {}

  static async open(): Promise<ParquetIntake> {
    return new ParquetIntake(await EngineSession.open({ memoryMiB: 512, spillMiB: 512, threads: 1 }));
  }

  async close(): Promise<void> {
    await this.session.close();
  }

  async consume(dataset: Dataset, bytes: Buffer): Promise<Outcome> {
    const input = this.session.path(`in-${this.#files++}.parquet`);
    const output = this.session.path(`out-${this.#files}.parquet`);
    writeFileSync(input, bytes);
    try {
      const { accepted, query, unknownFields, ...checked } = await checkParquet(this.session, dataset, input);
      const rejected = new Map(checked.rejected.map(({ line, reason }) => [line - 1, reason]));
      const raw = new Map(checked.rejected.map((row) => [row.line - 1, row.raw.toString()]));
      if (accepted === 0) return { ...NOTHING, rejected, raw, unknownFields };
      expect(await copyTo(this.session, dataset, query, output, 100)).toBe(accepted);
      return { rejected, raw, unknownFields, rows: await readRows(readFileSync(output), dataset.columns) };
    } catch (error) {
      if (!(error instanceof UnreadableObjectError)) throw error;
      return { ...NOTHING, unreadable: error.message };
    } finally {
      rmSync(input, { force: true });
      rmSync(output, { force: true });
    }
  }

  /** Takes in a file of the column `v` beside the number of each row. */
  async consumeColumn(
    column: Node,
    cells: readonly Cell[],
    type: string,
    options: WriteOptions = {},
  ): Promise<Outcome> {
    const rows = cells.map((cell, row) => ({ row: BigInt(row), v: cell }));
    return await this.consume(datasetOf({ row: 'bigint', v: type }), writeParquet([ROW, column], rows, options));
  }
}

/** The engine looks at nothing but columns; a type that ends in `!` must have a value. */
export function datasetOf(types: Readonly<Record<string, string>>): Dataset {
  const columns = Object.entries(types).map(([name, type]) => ({
    name,
    type: parseType(type.replace('!', '')),
    notNull: type.endsWith('!'),
    comment: undefined,
  }));
  return { ...testDataset(), columns };
}

/** What became of each cell is what the model says. */
export function expectVerdicts(outcome: Outcome, verdicts: readonly Verdict[], column = 'v'): void {
  expect(outcome.unreadable).toBeUndefined();
  const values = new Map(outcome.rows.map(({ row, v }) => [Number(row), v]));
  const actual = verdicts.map((_, row) =>
    outcome.rejected.has(row) ? 'misfit' : values.has(row) ? { value: values.get(row) } : 'lost',
  );
  expect(actual).toEqual(verdicts);
  for (const reason of outcome.rejected.values()) {
    expect([column, reason.slice(0, column.length)]).toEqual([column, column]);
    expect(reason.slice(column.length)).toMatch(/^[[.:]/);
  }
}
