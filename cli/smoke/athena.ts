import {
  type AthenaClient,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  StartQueryExecutionCommand,
} from '@aws-sdk/client-athena';
import { quoteIdentifier } from '../../lib/dataset/duckdb-types';
import { databaseName, resourceName, type StageSettings, type WorkgroupClass } from '../../lib/settings';
import type { SmokeContext } from './context';
import { ifInWorkgroup } from './not-deployed';

/** A query in a workgroup. */
export interface Asked {
  readonly sql: string;
  readonly workgroup: string;
  /** @default none: the query names it */
  readonly database?: string;
  /** For question marks, as SQL literals. @default none */
  readonly values?: readonly string[];
}

/** How a query ended. */
export interface Answer {
  readonly state: 'SUCCEEDED' | 'FAILED' | 'CANCELLED';
  /** Why it did not succeed. */
  readonly reason: string;
  /** Scanned. */
  readonly bytes: number;
  /** Without the names of columns. Undefined is null. */
  readonly rows: readonly (readonly (string | undefined)[])[];
}

/** Queries wait in a queue for a minute or two when an account is busy. */
const QUERY_SECONDS = 300;
/** Rows of an answer that are read: all queries of the smoke test end with fewer. */
const MOST_ROWS = 1_000;

/** Asks Athena, and waits for the end. @throws Error when Athena does not take the query, or it does not end */
export async function ask(
  { until }: Pick<SmokeContext, 'until'>,
  athena: AthenaClient,
  { sql, workgroup, database, values = [] }: Asked,
): Promise<Answer> {
  const started = athena.send(
    new StartQueryExecutionCommand({
      QueryString: sql,
      WorkGroup: workgroup,
      ...(database === undefined ? {} : { QueryExecutionContext: { Database: database } }),
      ...(values.length === 0 ? {} : { ExecutionParameters: [...values] }),
    }),
  );
  const { QueryExecutionId } = await ifInWorkgroup(started, workgroup);
  const ended = await until(`end of the query ${QueryExecutionId} in ${workgroup}`, QUERY_SECONDS, async () => {
    const { QueryExecution } = await athena.send(new GetQueryExecutionCommand({ QueryExecutionId }));
    const { State } = QueryExecution?.Status ?? {};
    return State === 'SUCCEEDED' || State === 'FAILED' || State === 'CANCELLED'
      ? { state: State, execution: QueryExecution }
      : undefined;
  });
  const { state, execution } = ended;
  const answer = {
    state,
    reason: execution?.Status?.StateChangeReason ?? '',
    bytes: execution?.Statistics?.DataScannedInBytes ?? 0,
  };
  if (state !== 'SUCCEEDED') return { ...answer, rows: [] };
  const { ResultSet } = await athena.send(new GetQueryResultsCommand({ QueryExecutionId, MaxResults: MOST_ROWS }));
  const [, ...rows] = ResultSet?.Rows ?? [];
  return { ...answer, rows: rows.map(({ Data = [] }) => Data.map(({ VarCharValue }) => VarCharValue)) };
}

/** The rows of a query that has to succeed. @throws Error with Athena's reason */
export async function rowsOf(
  context: Pick<SmokeContext, 'until'>,
  athena: AthenaClient,
  asked: Asked,
): Promise<Answer['rows']> {
  const { state, reason, rows } = await ask(context, athena, asked);
  if (state !== 'SUCCEEDED') throw new Error(`a query ended as ${state}: ${reason}\n${asked.sql}`);
  return rows;
}

/** @throws Error unless Athena answers exactly so */
export async function expectRows(
  context: Pick<SmokeContext, 'until'>,
  athena: AthenaClient,
  asked: Asked,
  wanted: Answer['rows'],
): Promise<void> {
  const rows = await rowsOf(context, athena, asked);
  if (JSON.stringify(rows) === JSON.stringify(wanted)) return;
  throw new Error(`Athena answers ${JSON.stringify(rows)} instead of ${JSON.stringify(wanted)}\n${asked.sql}`);
}

/** Athena, Glue and S3 each have their own words for it. */
const REFUSED = /access ?denied|not authorized|insufficient.?permission|forbidden/i;

/** @throws Error when a query succeeds, or fails for another reason than missing permissions */
export async function expectRefused(
  context: Pick<SmokeContext, 'until'>,
  athena: AthenaClient,
  asked: Asked,
  who: string,
): Promise<void> {
  let answer: Pick<Answer, 'state' | 'reason'>;
  try {
    answer = await ask(context, athena, asked);
  } catch (error) {
    // Of the call itself: the workgroup is not theirs.
    if (error instanceof Error && error.name === 'MissingPermission') return;
    throw error;
  }
  if (answer.state === 'SUCCEEDED') throw new Error(`${who} got an answer to\n${asked.sql}`);
  if (!REFUSED.test(answer.reason)) {
    throw new Error(
      `the query ended as ${answer.state} for another reason than permissions: ${answer.reason}\n${asked.sql}`,
    );
  }
}

export const workgroupName = (settings: StageSettings, workgroupClass: WorkgroupClass): string =>
  resourceName(settings, workgroupClass);

export const tableName = (
  settings: StageSettings,
  zone: 'curated' | 'raw' | 'operations' | 'iceberg',
  table: string,
): string => `${quoteIdentifier(databaseName(settings, zone))}.${quoteIdentifier(table)}`;
