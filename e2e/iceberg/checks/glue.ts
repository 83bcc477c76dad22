import type { Catalog } from '../../../lambda/iceberg/catalog';
import { publish } from '../../../lambda/iceberg/publish';
import { parseDataset } from '../../../lib/dataset';
import type { RealLake } from '../../../test/compaction/support/real-lake';
import type { LogicalRow } from '../../data/values';
import type { Report } from '../../tools/report';
import type { Reader } from '../readers/reader';
import { PublishedTable } from '../table';

const DATASET = parseDataset({
  name: 'proof_glue',
  description: 'A table that several publish at a time, and others write to.',
  columns: [
    { name: 'id', type: 'string', notNull: true },
    { name: 'happened_at', type: 'timestamp', notNull: true },
  ],
  partition: { scheme: 'day', from: '2026-01-01', to: '2026-12-31' },
  eventTime: 'happened_at',
  input: { formats: ['ndjson'] },
});
const PARTITION = 'year=2026/month=06/day=15';
const ROUNDS = 5;
const PUBLISHERS = 3;

/** The shipped adapter of Glue over the emulator, which holds updates to their version. */
export async function checkGlue(
  report: Report,
  lake: RealLake,
  catalog: Catalog,
  readers: readonly Reader[],
): Promise<void> {
  report.section('Publishers and foreign writers over one table of Glue');
  const table = new PublishedTable(lake, catalog, DATASET);
  const rows: LogicalRow[] = [];
  const compact = async (id: string): Promise<void> => {
    const row = { id, happened_at: '2026-06-15T10:00:00.000' };
    await lake.put(DATASET, `${id}.json`, `${JSON.stringify(row)}\n`, PARTITION);
    await lake.compact(DATASET);
    rows.push(row);
  };
  const compare = async (): Promise<string> => {
    for (const reader of readers) await table.compare(reader, [{ partition: PARTITION, rows }]);
    return `${rows.length} rows`;
  };
  await report.check(`${PUBLISHERS} publishers at a time, ${ROUNDS} times, lose no commit`, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      await compact(`round-${round}`);
      const each = Array.from({ length: PUBLISHERS }, () => publish(lake.lake(), catalog, DATASET));
      const outcomes = (await Promise.all(each)).map(({ outcome }) => outcome).sort();
      if (outcomes.filter((outcome) => outcome === 'published').length !== 1) throw new Error(outcomes.join());
    }
    const { partitions } = await table.publish();
    if (partitions > 0) throw new Error(`${partitions} partitions were not published`);
    const { snapshots } = await table.metadata();
    if (snapshots.length !== ROUNDS) throw new Error(`${snapshots.length} snapshots`);
    return await compare();
  });
  for (const reader of readers) {
    const { execute } = reader;
    if (execute === undefined) continue;
    await report.check(`rows that ${reader.name} writes are gone with the next publication, and no other`, async () => {
      await execute(
        DATASET.name,
        `INSERT INTO TABLE_NAME SELECT 'foreign', happened_at, year, month, day FROM TABLE_NAME`,
      );
      await compact(`after-${reader.name}`);
      const { wasForeign } = await table.publish();
      if (!wasForeign) throw new Error('nobody noticed the foreign writer');
      return await compare();
    });
  }
}
