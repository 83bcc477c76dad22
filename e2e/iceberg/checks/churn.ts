import { graceMillis } from '../../../lambda/compaction/protocol/ages';
import type { Catalog } from '../../../lambda/iceberg/catalog';
import { partitionInterval } from '../../../lib/dataset';
import type { TableMetadata } from '../../../lib/iceberg';
import type { RealLake } from '../../../test/compaction/support/real-lake';
import { CHURN } from '../../data/datasets';
import type { Report } from '../../tools/report';
import type { Reader } from '../readers/reader';
import { PublishedTable, parsed } from '../table';

const PARTITION = 'year=2026/month=06/day=05';
const BATCHES = 12;
const ROWS_A_BATCH = 50;
/** A day of the lake, which is the grace, takes so many seconds here. A query takes less than two. */
const DAY_SECONDS = 15;
const LONGEST_SECONDS = 180;

/**
 * Readers ask without pause while the partition is compacted batch by batch, merged, vacuumed and published. Each answer must be
 * exactly the first so many batches, of the current snapshot never fewer than the reader saw before. The clock of the lake runs
 * fast, so that snapshots expire and the vacuum deletes what they listed.
 */
export async function checkChurn(
  report: Report,
  lake: RealLake,
  catalog: Catalog,
  readers: readonly Reader[],
): Promise<void> {
  report.section('Readers without pause while the table is compacted, merged, vacuumed and published');
  const [dataset] = parsed({
    ...CHURN,
    name: 'proof_iceberg_churn',
    iceberg: true,
    compaction: { maxUndersizedFiles: 3 },
  });
  if (dataset === undefined) return;
  const table = new PublishedTable(lake, catalog, dataset);
  const start = Date.now();
  lake.now = () => new Date(start + ((Date.now() - start) * 86_400) / DAY_SECONDS);
  lake.clock = lake.now;
  const loops = readers.map((reader) => new Loop(reader, table));
  await report.check('no reader ever fails or sees anything but whole commits', async () => {
    await put(table, 1);
    await lake.compact(dataset);
    await table.publish();
    const reading = Promise.all(loops.map((loop) => loop.run()));
    reading.catch(() => {}); // it may fail long before it is awaited below
    let done: { readonly merged: number; readonly deleted: number; readonly expired: number };
    try {
      done = await churn(table);
    } finally {
      for (const loop of loops) loop.stop();
      await reading;
    }
    for (const [name, count] of Object.entries(done)) if (count === 0) throw new Error(`nothing was ${name}`);
    return `${done.merged} files merged, ${done.deleted} deleted, ${done.expired} snapshots expired meanwhile`;
  });
  for (const { reader, answers, versions } of loops) {
    await report.check(`${reader.name}: it saw the table change`, async () => {
      if (versions.size < 3) throw new Error(`it saw only ${versions.size} versions: nothing was proven`);
      return `${answers} answers saw ${versions.size} of ${BATCHES} commits`;
    });
    await report.check(`${reader.name}: all is there in the end`, async () => {
      const found = batchesOf(await reader.read(table.question(['batch', 'weight'])));
      if (found !== BATCHES) throw new Error(`${found} batches, not ${BATCHES}`);
    });
  }
}

/** Commits all batches, and goes on until the vacuum has deleted what a snapshot had listed. */
async function churn(table: PublishedTable): Promise<{ merged: number; deleted: number; expired: number }> {
  const { lake, dataset } = table;
  const done = { merged: 0, deleted: 0, expired: 0 };
  const deadline = Date.now() + 1_000 * LONGEST_SECONDS;
  for (let batch = 2; batch <= BATCHES || (done.deleted === 0 && Date.now() < deadline); batch++) {
    if (batch <= BATCHES) {
      await put(table, batch);
      for (const { filesReplaced } of await lake.compact(dataset)) done.merged += filesReplaced;
    }
    // As a run does, the publisher is first and maintenance follows, and the next publication shows what that merged.
    done.expired += (await table.publish()).snapshotsExpired;
    const { filesReplaced, objectsVacuumed } = await lake.maintain(dataset, PARTITION);
    done.merged += filesReplaced;
    done.deleted += objectsVacuumed;
  }
  await table.publish();
  return done;
}

async function put({ lake, dataset }: PublishedTable, batch: number): Promise<void> {
  const { start } = partitionInterval(dataset, PARTITION);
  const lines = Array.from({ length: ROWS_A_BATCH }, (_, index) =>
    JSON.stringify({
      id: `${batch}-${index}`,
      happened_at: new Date(start.getTime() + 1_000 * index).toISOString(),
      batch,
      weight: (batch - 1) * ROWS_A_BATCH + index + 1,
    }),
  );
  await lake.put(dataset, `${batch}.json`, `${lines.join('\n')}\n`, PARTITION);
}

/** The number of batches that rows are. @throws Error unless they are the first ones, each row once */
function batchesOf(rows: Awaited<ReturnType<Reader['read']>>): number {
  const weights = rows.map(([, weight]) => Number(weight)).sort((a, b) => a - b);
  const batches = rows.reduce((most, [batch]) => Math.max(most, Number(batch)), 0);
  if (rows.length !== batches * ROWS_A_BATCH || weights.some((weight, index) => weight !== index + 1)) {
    throw new Error(`${rows.length} rows, which are not the first ${batches} batches`);
  }
  return batches;
}

/** A reader that asks without pause, in turn for the current snapshot and for the one before it. */
class Loop {
  answers = 0;
  readonly versions = new Set<number>();
  #stopped = false;

  constructor(
    readonly reader: Reader,
    readonly table: PublishedTable,
  ) {}

  stop(): void {
    this.#stopped = true;
  }

  async run(): Promise<void> {
    let least = 0;
    while (!this.#stopped) {
      const question = this.table.question(['batch', 'weight']);
      const batches = batchesOf(await this.reader.read(question));
      if (batches < least) throw new Error(`${this.reader.name} sees ${batches} batches, and had seen ${least}`);
      least = batches;
      this.versions.add(batches);
      this.answers++;
      const earlier = this.#earlier(await this.table.metadata());
      if (earlier === undefined) continue;
      const before = batchesOf(
        await this.reader.read({ ...this.table.question(['batch', 'weight']), snapshot: earlier }),
      );
      if (before === 0) throw new Error(`${this.reader.name} sees no row of an earlier snapshot`);
      this.answers++;
    }
  }

  /** The snapshot before the current one, as long as it has half of the grace before it: no query may begin with one that expires. */
  #earlier({ snapshots }: TableMetadata): number | undefined {
    const [before, current] = snapshots.slice(-2);
    const since = this.table.lake.now().getTime() - (current?.['timestamp-ms'] ?? 0);
    return since < graceMillis(this.table.dataset) / 2 ? before?.['snapshot-id'] : undefined;
  }
}
