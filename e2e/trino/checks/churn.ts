import { S3Client } from '@aws-sdk/client-s3';
import { graceMillis } from '../../../lambda/compaction/protocol/ages';
import type { Lake } from '../../../lambda/compaction/protocol/lake';
import { vacuum } from '../../../lambda/compaction/protocol/maintain';
import { S3ObjectStore } from '../../../lambda/compaction/store/s3-object-store';
import { partitionInterval, partitionPredicate } from '../../../lib/dataset';
import { CHURN } from '../../data/datasets';
import type { Report } from '../../tools/report';
import type { EngineLake } from '../lake';

const PARTITION = 'year=2026/month=06/day=05';
const BATCHES = 14;
const ROWS_A_BATCH = 50;
const READERS = 2;
/** Superseded files are deleted after so many seconds here, instead of a day. A query takes less than one. */
const GRACE_SECONDS = 8;

/** What the table says while it is changed. */
interface Seen {
  readonly rows: number;
  readonly weight: number;
  readonly batches: number;
}

/**
 * Readers ask for the same partition without pause while it is compacted batch by batch, merged and vacuumed. A partition
 * is one version after the other: each answer must be exactly the first so many batches, and never fewer than the reader
 * saw before. A lost, doubled or half-committed file would show in the count or in the sum.
 */
export async function checkChurn(report: Report, lake: EngineLake): Promise<void> {
  report.section('Queries without pause while their partition is compacted, merged and vacuumed');
  await report.check('no query ever fails or sees anything but whole commits', async () => {
    const readers = Array.from({ length: READERS }, () => new Reader(lake));
    const reading = Promise.all(readers.map((reader) => reader.run()));
    reading.catch(() => {}); // a reader may fail long before it is awaited below
    let deleted: number;
    try {
      deleted = await churn(lake);
    } finally {
      for (const reader of readers) reader.stop();
      await reading;
    }
    const last = await see(lake);
    assertWhole(last);
    if (last.batches !== BATCHES) throw new Error(`${last.batches} batches are there in the end, not ${BATCHES}`);
    const queries = readers.reduce((sum, { queries }) => sum + queries, 0);
    const versions = new Set(readers.flatMap(({ versions }) => [...versions])).size;
    if (versions < 3) throw new Error(`The readers saw only ${versions} versions: nothing was proven`);
    if (deleted === 0) throw new Error('No superseded file was deleted: nothing was proven');
    return `${queries} queries saw ${versions} versions of ${BATCHES} commits; ${deleted} merged files were deleted meanwhile`;
  });
}

/** @returns the number of superseded files that were deleted; a file is superseded by a merge alone */
async function churn(lake: EngineLake): Promise<number> {
  const dataset = lake.dataset(CHURN.name);
  const ahead = graceMillis(dataset) - 1_000 * GRACE_SECONDS;
  const vacuumed: Lake = {
    store: new S3ObjectStore(lake.deployed.client(S3Client)),
    buckets: { raw: lake.bucket('raw'), curated: lake.bucket('curated'), quarantine: lake.bucket('quarantine') },
    now: () => new Date(Date.now() + ahead),
    sleep: async () => {},
  };
  let deleted = 0;
  for (let batch = 1; batch <= BATCHES; batch++) {
    await putBatch(lake, batch);
    await lake.compact();
    if (batch % 2 === 0) await lake.compact('maintain'); // merges what compaction left in small files
    deleted += await vacuum(vacuumed, { dataset, partition: PARTITION });
  }
  const deadline = Date.now() + 1_000 * (GRACE_SECONDS + 5);
  while (deleted === 0 && Date.now() < deadline) {
    deleted += await vacuum(vacuumed, { dataset, partition: PARTITION });
  }
  return deleted;
}

async function putBatch(lake: EngineLake, batch: number): Promise<void> {
  const dataset = lake.dataset(CHURN.name);
  const { start } = partitionInterval(dataset, PARTITION);
  const lines = Array.from({ length: ROWS_A_BATCH }, (_, index) =>
    JSON.stringify({
      id: `${batch}-${index}`,
      happened_at: new Date(start.getTime() + 1_000 * index).toISOString(),
      batch,
      weight: weightOf(batch, index),
      padding: 'x'.repeat(200),
    }),
  );
  await lake.putRaw(dataset, PARTITION, { name: `${batch}.json`, body: Buffer.from(`${lines.join('\n')}\n`) });
}

/** Different in every row, so that the sum of the first batches is no other sum. */
const weightOf = (batch: number, index: number): number => (batch - 1) * ROWS_A_BATCH + index + 1;

class Reader {
  queries = 0;
  readonly versions = new Set<number>();
  readonly #lake: EngineLake;
  #stopped = false;
  #least = 0;

  constructor(lake: EngineLake) {
    this.#lake = lake;
  }

  stop(): void {
    this.#stopped = true;
  }

  /** @throws Error at the first answer that is not a version of the partition */
  async run(): Promise<void> {
    while (!this.#stopped) {
      const seen = await see(this.#lake);
      this.queries++;
      assertWhole(seen);
      if (seen.batches < this.#least) throw new Error(`${seen.batches} batches, after ${this.#least} had been there`);
      this.#least = seen.batches;
      this.versions.add(seen.batches);
    }
  }
}

async function see(lake: EngineLake): Promise<Seen> {
  const dataset = lake.dataset(CHURN.name);
  const { rows } = await lake.trino.query(
    `SELECT count(*), coalesce(sum(weight), 0), coalesce(max(batch), 0)
     FROM ${lake.table('curated', dataset)} WHERE ${partitionPredicate(dataset, PARTITION)}`,
  );
  const [count, weight, batches] = (rows[0] ?? []).map(Number);
  return { rows: count ?? -1, weight: weight ?? -1, batches: batches ?? -1 };
}

/** @throws Error unless the rows are those of the first batches, each once */
function assertWhole({ rows, weight, batches }: Seen): void {
  const expected = batches * ROWS_A_BATCH;
  if (rows !== expected || weight !== (expected * (expected + 1)) / 2) {
    throw new Error(`${rows} rows of weight ${weight}, which are not the first ${batches} batches`);
  }
}
