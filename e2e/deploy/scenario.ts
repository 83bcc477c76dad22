import type { Dataset } from '../../lib/dataset';
import type { Encoder } from '../data/encode';
import type { PartitionLoad } from '../data/load';
import type { LogicalRow } from '../data/values';
import type { LakeFiles } from '../emulator/files';
import type { EmulatedLake, Execution } from '../emulator/lake';
import type { Report } from '../tools/report';
import type { Supervisor } from '../tools/supervisor';
import { compareCurated } from './curated';

/** What every scenario works with; and what the lake must hold by now, of which each scenario adds its part. */
export class Scenario {
  readonly #expected = new Map<string, { dataset: Dataset; partition: string; rows: LogicalRow[] }>();

  constructor(
    readonly supervisor: Supervisor,
    readonly report: Report,
    readonly lake: EmulatedLake,
    readonly files: LakeFiles,
    readonly encoder: Encoder,
    readonly scratch: string,
  ) {}

  /** Rows that were put into the inbox and must be in the curated zone from the next run on. */
  expect(dataset: Dataset, partition: string, rows: readonly LogicalRow[]): void {
    const key = `${dataset.name}/${partition}`;
    const known = this.#expected.get(key) ?? { dataset, partition, rows: [] };
    known.rows.push(...rows);
    this.#expected.set(key, known);
  }

  /** Puts the files of one partition into the inbox. */
  async deliver(dataset: Dataset, { partition, ...load }: PartitionLoad, which: 'readable' | 'other'): Promise<void> {
    for (const file of load[which].files) await this.files.putRaw(dataset, partition, file);
    this.expect(dataset, partition, load[which].rows);
  }

  /** Compares the whole curated zone with everything that was ever delivered. @throws Error at the first difference */
  async compareEverything(): Promise<string> {
    let rows = 0;
    for (const { dataset, partition, rows: expected } of this.#expected.values()) {
      await compareCurated(this.files, dataset, partition, expected, this.scratch);
      rows += expected.length;
    }
    return `${rows} rows in ${this.#expected.size} partitions`;
  }

  /** Every object of the zones but plans and the planner's progress, by key with its ETag: what a run that finds nothing to do must leave alone. */
  async snapshot(): Promise<string> {
    const zones = await Promise.all(
      (['raw', 'curated', 'quarantine'] as const).map(async (zone) =>
        (await this.files.list(zone))
          .filter(({ key }) => !key.startsWith('plans/') && !key.startsWith('progress/'))
          .map(({ key, etag }) => `${zone}/${key} ${etag}`),
      ),
    );
    return zones.flat().sort().join('\n');
  }

  async compact(mode: 'compact' | 'maintain' = 'compact'): Promise<Execution> {
    return succeeded(await this.lake.runCompaction({ mode }));
  }
}

/** @throws Error with what Step Functions says */
export function succeeded(run: Execution): Execution {
  if (run.status !== 'SUCCEEDED') throw new Error(`The run ended as ${run.status}: ${run.error} ${run.cause}`);
  return run;
}

/** @throws Error with both texts, or as much of them as a screen takes */
export function same(actual: unknown, expected: unknown, what: string): void {
  const [got, want] = [actual, expected].map((value) =>
    typeof value === 'string' ? value : JSON.stringify(value, undefined, 1),
  );
  if (got !== want)
    throw new Error(`${what}: got\n${String(got).slice(0, 2_000)}\ninstead of\n${String(want).slice(0, 2_000)}`);
}
