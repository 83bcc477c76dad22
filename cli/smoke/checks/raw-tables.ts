import { partitionPredicate } from '../../../lib/dataset';
import { expectRows, rowsOf, tableName, workgroupName } from '../athena';
import { Skipped, type SmokeCheck } from '../check';
import { runCompaction } from '../compaction-run';
import type { SmokeContext } from '../context';
import { PERSON_PERMISSIONS } from '../people';
import { asInstant, asWritten, latestQuery } from '../queries';
import type { Waiting } from '../reserve';
import { putWaiting, type WaitingRows } from '../rows';
import { NO_ATHENA, queryDollars } from './athena-analyst';
import { runDollars, untilTaken } from './compaction';

/** A scheduled run may take the object away between the put and the query. */
const TRIES = 3;

/**
 * As an engineer: the readers of JSON and of CSV show rows that wait, with event times as they are written; then the same rows
 * are in the curated table, at the instant that was meant. Costs a run and eight queries.
 */
export const rawTables: SmokeCheck = {
  id: 'raw-tables',
  proves:
    'raw tables of JSON and of CSV show waiting rows as written, with offsets and microseconds; curated ones the instant',
  answers: { 'AWS::Glue::Table': ["Athena's SerDes for CSV and JSON, which are not Trino's"] },
  permissions: [...PERSON_PERMISSIONS, 's3:PutObject', 'states:StartExecution', 'states:DescribeExecution'],
  notEmulated: NO_ATHENA,
  dollars: (settings) => runDollars(settings) + queryDollars(8),
  async run(context) {
    const { reserved, settings } = context;
    const athena = await context.actAs('engineer');
    const workgroup = workgroupName(settings, 'engineer');
    const put: (readonly [Waiting, WaitingRows])[] = [];
    for (const place of reserved.waiting) put.push([place, await untilShown(context, place)]);
    await runCompaction(
      context,
      put.map(([{ dataset }]) => dataset.name),
    );
    for (const [{ dataset, partition }, { rows, last }] of put) {
      await untilTaken(context, partition, dataset.name);
      const curated = tableName(settings, 'curated', dataset.name);
      const latest = last === undefined ? undefined : asInstant(dataset);
      const sql = latestQuery(curated, partitionPredicate(dataset, partition), latest);
      // Athena rounds to milliseconds, of which it prints six digits.
      const wanted = last?.time.toISOString().replace('T', ' ').replace('Z', '000');
      await expectRows(context, athena, { sql, workgroup }, [wanted === undefined ? [`${rows}`] : [`${rows}`, wanted]]);
    }
    const seen = put.map(([{ dataset, format }]) => `${format} (${dataset.name})`).join(', ');
    const missing = ['ndjson', 'csv'].filter((format) => !put.some(([place]) => place.format === format));
    if (missing.length > 0) throw new Skipped(`holds for ${seen}; no dataset takes ${missing.join(' or ')}`);
    return seen;
  },
};

/** Puts rows and reads them through the raw table. */
async function untilShown(context: SmokeContext, place: Waiting): Promise<WaitingRows> {
  const { settings } = context;
  const { dataset, partition } = place;
  const athena = await context.actAs('engineer');
  const workgroup = workgroupName(settings, 'engineer');
  const raw = tableName(settings, 'raw', dataset.name);
  for (let tried = 1; ; tried++) {
    const put = await putWaiting(context, place);
    const latest = put.last === undefined ? undefined : asWritten(dataset);
    const sql = latestQuery(raw, partitionPredicate(dataset, partition), latest);
    const wanted = put.last === undefined ? [`${put.rows}`] : [`${put.rows}`, put.last.text];
    const [row = []] = await rowsOf(context, athena, { sql, workgroup });
    if (JSON.stringify(row) === JSON.stringify(wanted)) return put;
    const wasTaken = row[0] === '0' && tried < TRIES;
    if (!wasTaken)
      throw new Error(`Athena answers ${JSON.stringify(row)} instead of ${JSON.stringify(wanted)}\n${sql}`);
  }
}
