import { gzipSync } from 'node:zlib';
import { generateLogs } from '../../../cli/web-logs/generate-logs';
import { type Dataset, partitionForTime, partitionPredicate, quoteIdentifier } from '../../../lib/dataset';
import { csvText, ndjsonText } from '../../data/encode';
import { partitionsOf } from '../../data/load';
import { randomRows } from '../../data/random-rows';
import { grouped, type Report, table } from '../../tools/report';
import type { EngineLake, Zone } from '../lake';

/** Lines of web logs in all days together: a day's files are then 100 and more KB, and a query reads more than footers. */
const LOG_ROWS = 60_000;
/** Rows of one partition of each other dataset, and the files that they come in. */
const ROWS = 12_000;
const FILES = 24;

interface Question {
  readonly title: string;
  readonly select: string;
  readonly where?: string;
  /** The same of the raw table, where timestamps are text. @default `where` */
  readonly whereRaw?: string;
  readonly group?: string;
}

const LOG_QUESTIONS: readonly Question[] = [
  { title: 'bytes sent by status', select: 'status, sum(bytes)', group: 'status' },
  { title: 'failed requests', select: 'count(*), max(path)', where: 'status >= 500' },
  {
    title: 'one hour',
    select: 'count(*), sum(bytes)',
    where: 'hour(event_time) = 12',
    // As docs/guide.md tells it.
    whereRaw: "hour(from_iso8601_timestamp(event_time) AT TIME ZONE 'UTC') = 12",
  },
];

/** For any dataset; the zones differ in type where CSV is read as text, so that only numbers of rows are asked for. */
const questionsOf = ({
  name,
  dedupe: {
    key: [key = ''],
  },
}: Dataset): readonly Question[] => [
  { title: 'rows', select: 'count(*)' },
  { title: 'different keys', select: `count(DISTINCT ${quoteIdentifier(key)})` },
  ...(name === 'access_logs' ? LOG_QUESTIONS : []),
];

/**
 * What queries on one partition cost: the bytes that the engine reads, which is what Athena bills, from small gzip files as
 * producers put them and from the Parquet that compaction makes of them. Answers must be equal; the raw side drops rows
 * that came twice by itself.
 */
export async function checkBytes(report: Report, lake: EngineLake, datasets: readonly Dataset[]): Promise<void> {
  report.section('Bytes that queries on one partition read, raw and curated');
  const asked = [];
  for (const dataset of datasets) {
    const partition = dataset.name === 'access_logs' ? await putLogs(lake, dataset) : await putRandom(lake, dataset);
    asked.push({ dataset, partition, raw: await ask(lake, dataset, partition, 'raw') });
  }
  await report.check('the deployed state machine compacts them', () => lake.compact());
  const rows: string[][] = [];
  for (const { dataset, partition, raw } of asked) {
    const curated = await ask(lake, dataset, partition, 'curated');
    for (const [index, { title }] of questionsOf(dataset).entries()) {
      const [before, after] = [raw[index], curated[index]];
      await report.check(`${dataset.name}, ${title}: the same answer, and fewer bytes`, async () => {
        if (before === undefined || after === undefined) throw new Error('the query was not run');
        if (before.answer !== after.answer) throw new Error(`raw says ${before.answer}\ncurated says ${after.answer}`);
        if (after.bytes >= before.bytes) throw new Error(`${after.bytes} bytes are not fewer than ${before.bytes}`);
      });
      const [more, less] = [before?.bytes ?? 0, after?.bytes ?? 0];
      rows.push([
        `${dataset.name}, ${title}`,
        grouped(more),
        grouped(less),
        `${(100 * (1 - less / more)).toFixed(1)}%`,
      ]);
    }
  }
  console.log(`\n${table([['query', 'raw bytes', 'curated bytes', 'saved'], ...rows])}\n`);
}

/** Gzip files, as collectors put them. @returns the partition that got the most bytes */
async function putLogs(lake: EngineLake, dataset: Dataset): Promise<string> {
  const bytes = new Map<string, number>();
  for (const { time, name, lines } of generateLogs(LOG_ROWS)) {
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

/** @returns the partition, of which nothing else knows the rows */
async function putRandom(lake: EngineLake, dataset: Dataset): Promise<string> {
  const [first = ''] = partitionsOf(dataset);
  const partition = first.replace(/05$/, '06');
  const [format, text] =
    dataset.input.formats[0] === 'csv' ? (['csv', csvText] as const) : (['json', ndjsonText] as const);
  for (let file = 0; file < FILES; file++) {
    const rows = randomRows(dataset, partition, ROWS / FILES, 90_001 + file);
    await lake.putRaw(dataset, partition, { name: `bulk-${file}.${format}.gz`, body: gzipSync(text(dataset, rows)) });
  }
  return partition;
}

interface Cost {
  readonly answer: string;
  readonly bytes: number;
}

async function ask(lake: EngineLake, dataset: Dataset, partition: string, zone: Zone): Promise<Cost[]> {
  const columns = dataset.columns.map(({ name }) => quoteIdentifier(name)).join(', ');
  const costs: Cost[] = [];
  for (const { select, group, ...question } of questionsOf(dataset)) {
    const where = zone === 'raw' ? (question.whereRaw ?? question.where) : question.where;
    const source = `${lake.table(zone, dataset)} WHERE ${partitionPredicate(dataset, partition)}`;
    // Rows of web logs that came twice are copies of each other; maps cannot be compared, and nothing else comes twice.
    const distinct = zone === 'raw' && dataset.name === 'access_logs' ? 'DISTINCT ' : '';
    const { rows: answer, physicalInputBytes } = await lake.trino.query(
      `SELECT ${select} FROM (SELECT ${distinct}${columns} FROM ${source})` +
        (where === undefined ? '' : ` WHERE ${where}`) +
        (group === undefined ? '' : ` GROUP BY ${group} ORDER BY ${group}`),
    );
    costs.push({ answer: JSON.stringify(answer), bytes: physicalInputBytes });
  }
  return costs;
}
