import { createHash } from 'node:crypto';
import type { Catalog } from '../../../lambda/iceberg/catalog';
import { type Column, parseDataset } from '../../../lib/dataset';
import type { RealLake } from '../../../test/compaction/support/real-lake';
import type { LogicalRow } from '../../data/values';
import { grouped, type Report } from '../../tools/report';
import type { Reader } from '../readers/reader';
import { PublishedTable } from '../table';

const DAYS = 30;
const ROWS_A_DAY = 2_400;

const DATASET = parseDataset({
  name: 'proof_pruning',
  description: 'A month of events in the order of their time.',
  columns: [
    { name: 'id', type: 'string', notNull: true },
    { name: 'happened_at', type: 'timestamp', notNull: true },
    { name: 'text', type: 'string' },
  ],
  partition: { scheme: 'day', from: '2026-01-01', to: '2026-12-31' },
  eventTime: 'happened_at',
  dedupeKey: ['id'],
  sortBy: ['happened_at'],
  input: { formats: ['ndjson'] },
});

const TIME = DATASET.columns[1] as Column;

/** An hour of the event time, without a word about partitions: what the symlink table reads every file for. */
const FROM = '2026-06-17T10:00:00';
const TO = '2026-06-17T11:00:00';

/** Share of the bytes that an answer may take, metadata included. */
const MOST = 0.05;

/** Readers skip files by their bounds, and find rows whose time is not in the day of their path. */
export async function checkPruning(
  report: Report,
  lake: RealLake,
  catalog: Catalog,
  readers: readonly Reader[],
): Promise<void> {
  report.section('An hour by its event time reads the files that have it, and no other');
  const table = new PublishedTable(lake, catalog, DATASET);
  const rows: LogicalRow[] = [];
  await report.check('a month is compacted and published', async () => {
    for (let day = 1; day <= DAYS; day++) {
      const own = rowsOf(day);
      rows.push(...own);
      const text = own.map((row) => `${JSON.stringify(row)}\n`).join('');
      await lake.put(DATASET, 'a.json', text, partitionOf(day));
    }
    await lake.compact(DATASET);
    return `${(await table.publish()).filesAdded} files`;
  });
  const bytes = await sizeOf(lake);
  const isWanted = ({ happened_at: at }: LogicalRow): boolean => String(at) >= FROM && String(at) < TO;
  const wanted = rows.filter(isWanted).map(({ id }) => String(id));
  for (const reader of readers) {
    await report.check(`${reader.name}: the hour`, async () => {
      const keys = new Set<string>();
      lake.refuse = (_, key) => {
        if (key.startsWith('data/')) keys.add(key);
        return undefined;
      };
      const where = `happened_at >= ${reader.literal(FROM, TIME)} AND happened_at < ${reader.literal(TO, TIME)}`;
      const before = lake.server.stats().bytesSent;
      const found = await reader.read({ ...table.question(['id', 'text']), where });
      const read = lake.server.stats().bytesSent - before;
      lake.refuse = () => undefined;
      const ids = found.map(([id]) => String(id)).sort();
      if (ids.join() !== [...wanted].sort().join()) throw new Error(`${ids.length} rows, not these ${wanted.length}`);
      // That of the day, and that of another day with a row that came late.
      if (keys.size !== 2) throw new Error(`it reads ${[...keys].join(', ')}`);
      if (read > bytes * MOST) throw new Error(`it reads ${grouped(read)} of ${grouped(bytes)} bytes`);
      return `${keys.size} of ${DAYS} files, ${grouped(read)} of ${grouped(bytes)} bytes, metadata included`;
    });
  }
}

async function sizeOf(lake: RealLake): Promise<number> {
  let bytes = 0;
  for await (const { size } of lake.store.list('curated', `data/${DATASET.name}/`)) bytes += size;
  return bytes;
}

/** Of one day; the 20th also has a row of the hour, which came three days late and lies where its producer put it. */
function rowsOf(day: number): LogicalRow[] {
  const start = Date.UTC(2026, 5, day);
  const step = 86_400_000 / ROWS_A_DAY;
  const own = Array.from({ length: day === 20 ? 12 : ROWS_A_DAY }, (_, index) => ({
    id: `${day}-${index}`,
    happened_at: new Date(start + index * step).toISOString().slice(0, -1),
    // Takes as much room in the file as it has bytes.
    text: createHash('sha512').update(`${day}-${index}`).digest('base64'),
  }));
  return day === 20 ? [...own, { id: 'late', happened_at: '2026-06-17T10:30:00.000', text: 'late' }] : own;
}

const partitionOf = (day: number): string => `year=2026/month=06/day=${String(day).padStart(2, '0')}`;
