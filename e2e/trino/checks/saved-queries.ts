import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DAY_MS, partitionForTime } from '../../../lib/dataset';
import { ndjsonText } from '../../data/encode';
import { randomRows } from '../../data/random-rows';
import { UNFILTERED } from '../../emulator/assembly';
import type { Report } from '../../tools/report';
import type { EngineLake } from '../lake';

interface SavedQuery {
  readonly name: string;
  readonly database: string;
  readonly sql: string;
}

/** The dataset whose queries must find rows. */
const FULL = 'access_logs';

/** Value for the question mark of a query on a dataset with an injected key. */
const INJECTED = 'acme';

/**
 * The queries that the lake saves for its users, as they stand in the template that is deployed to AWS, on a day when there
 * is something to see: rows of yesterday in both zones, and a rejected line; of one dataset also rows of this month, which on its first
 * day those of yesterday are not.
 */
export async function checkSavedQueries(report: Report, lake: EngineLake): Promise<void> {
  report.section('Saved queries, as they are');
  const yesterday = Date.now() - DAY_MS;
  await report.check('rows of yesterday are compacted, more of them wait, one line is rejected', async () => {
    for (const [index, when] of ['compacted', 'waiting'].entries()) {
      for (const dataset of lake.deployed.datasets) {
        if (dataset.input.formats[0] !== 'ndjson') continue;
        const leading = Object.fromEntries(
          dataset.partition.leading.map((key) => [key.name, key.kind === 'enum' ? (key.values[0] ?? '') : INJECTED]),
        );
        // Tomorrow's, too: a midnight may come before the queries.
        for (const days of dataset.name === FULL ? [0, 1, 2] : [0]) {
          const partition = partitionForTime(dataset, new Date(yesterday + days * DAY_MS), leading);
          const rows = randomRows(dataset, partition, 20, 70_001 + index);
          const broken = when === 'compacted' ? '{"broken":\n' : '';
          await lake.putRaw(dataset, partition, {
            name: `${when}.json`,
            body: Buffer.from(ndjsonText(dataset, rows) + broken),
          });
        }
      }
      if (when === 'compacted') await lake.compact();
    }
  });
  const full = new RegExp(`${FULL}: (latest|raw objects|raw and|rows by)|rejected lines`);
  for (const { name, database, sql } of savedQueries(lake)) {
    await report.check(`'${name}' runs${full.test(name) ? ' and finds rows' : ''}`, async () => {
      const { rows } = await lake.trino.query(withValues(sql), database);
      if (full.test(name) && rows.length === 0) throw new Error(`no rows:\n${sql}`);
      return `${rows.length} rows`;
    });
  }
}

/** Athena asks for the values of question marks; Trino takes them with the statement. */
function withValues(sql: string): string {
  const marks = sql.split('?').length - 1;
  if (marks === 0) return sql;
  const values = Array.from({ length: marks }, () => `'${INJECTED}'`).join(', ');
  return `EXECUTE IMMEDIATE '${sql.replaceAll("'", "''")}' USING ${values}`;
}

function savedQueries(lake: EngineLake): SavedQuery[] {
  const folder = join(lake.deployed.assembly.folder, UNFILTERED);
  const found = readdirSync(folder).flatMap((file) => {
    const { Resources } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as {
      readonly Resources: Record<string, { Type: string; Properties: Record<string, string> }>;
    };
    return Object.values(Resources)
      .filter(({ Type }) => Type === 'AWS::Athena::NamedQuery')
      .map(({ Properties: { Name = '', Database = '', QueryString = '' } }) => ({
        name: Name,
        database: Database,
        sql: QueryString,
      }));
  });
  if (found.length === 0) throw new Error(`${folder} holds no saved query`);
  return found;
}
