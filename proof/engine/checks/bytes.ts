import { gzipSync } from 'node:zlib';
import { type Dataset, partitionForTime, partitionPredicate } from '../../../lib/dataset';
import { generateLogs } from '../../../local/generate';
import { grouped, type Report, table } from '../../tools/report';
import type { EngineLake } from '../lake';

/** Lines in all files together: a day's files are then 100 and more KB, and a query reads more than footers. */
const ROWS = 60_000;

/** Questions that analysts ask of web logs, with `FROM` and the predicate of one partition left open. */
const QUESTIONS = [
  { title: 'rows of one day', select: 'count(*)', where: undefined },
  { title: 'bytes sent by status, one day', select: 'status, sum(bytes)', where: undefined, group: 'status' },
  { title: 'failed requests of one day', select: 'count(*), max(path)', where: 'status >= 500' },
  { title: 'one hour of one day', select: 'count(*), sum(bytes)', where: 'hour(event_time) = 12' },
] as const;

/**
 * What queries cost: the bytes that the engine reads, which is what Athena bills, from small gzip files of NDJSON and from
 * the Parquet that compaction makes of them. Answers must be equal; the raw side drops rows that came twice by itself.
 */
export async function checkBytes(report: Report, lake: EngineLake): Promise<void> {
  report.section(`Bytes that queries read: ${grouped(ROWS)} generated lines of web logs, raw and curated`);
  const dataset = lake.dataset('access_logs');
  const day = await putLogs(lake, dataset);
  const raw = await ask(lake, dataset, day, 'raw');
  await report.check('the deployed state machine compacts them', () => lake.compact());
  const curated = await ask(lake, dataset, day, 'curated');
  for (const [index, { title }] of QUESTIONS.entries()) {
    await report.check(`${title}: the same answer, and fewer bytes`, async () => {
      const [before, after] = [raw[index], curated[index]];
      if (before === undefined || after === undefined) throw new Error('the query was not run');
      if (before.answer !== after.answer) throw new Error(`raw says ${before.answer}\ncurated says ${after.answer}`);
      if (after.bytes >= before.bytes) throw new Error(`${after.bytes} bytes are not fewer than ${before.bytes}`);
    });
  }
  const row = (title: string, before: number, after: number): string[] => [
    title,
    grouped(before),
    grouped(after),
    `${(100 * (1 - after / before)).toFixed(1)}%`,
  ];
  const rows = QUESTIONS.map(({ title }, index) => row(title, raw[index]?.bytes ?? 0, curated[index]?.bytes ?? 0));
  console.log(`\n${table([['query', 'raw bytes', 'curated bytes', 'saved'], ...rows])}\n`);
}

/** Gzip files, as collectors put them. @returns the partition that got the most bytes */
async function putLogs(lake: EngineLake, dataset: Dataset): Promise<string> {
  const bytes = new Map<string, number>();
  for (const { time, name, lines } of generateLogs(ROWS)) {
    const partition = partitionForTime(dataset, time);
    const body = gzipSync(`${lines.filter(isReadable).join('\n')}\n`);
    await lake.putRaw(dataset, partition, { name: `${name}.json.gz`, body });
    bytes.set(partition, (bytes.get(partition) ?? 0) + body.length);
  }
  return [...bytes].sort(([, a], [, b]) => b - a)[0]?.[0] ?? '';
}

/** The generator breaks some lines, for quarantine; a raw table would fail on them. */
function isReadable(line: string): boolean {
  try {
    const row = JSON.parse(line) as Record<string, unknown>;
    return typeof row.event_id === 'string' && typeof row.event_time === 'string';
  } catch {
    return false;
  }
}

interface Cost {
  readonly answer: string;
  readonly bytes: number;
}

async function ask(lake: EngineLake, dataset: Dataset, partition: string, zone: 'raw' | 'curated'): Promise<Cost[]> {
  const columns = dataset.columns.map(({ name }) => name).join(', ');
  const costs: Cost[] = [];
  for (const question of QUESTIONS) {
    const only = partitionPredicate(dataset, partition);
    const source = `${lake.table(zone, dataset)} WHERE ${only}`;
    // Rows that came twice are copies of each other.
    const rows = zone === 'curated' ? `SELECT ${columns} FROM ${source}` : `SELECT DISTINCT ${columns} FROM ${source}`;
    const group = 'group' in question ? ` GROUP BY ${question.group} ORDER BY ${question.group}` : '';
    const where = question.where === undefined ? '' : ` WHERE ${question.where}`;
    const { rows: answer, physicalInputBytes } = await lake.trino.query(
      `SELECT ${question.select} FROM (${rows})${where}${group}`,
    );
    costs.push({ answer: JSON.stringify(answer), bytes: physicalInputBytes });
  }
  return costs;
}
