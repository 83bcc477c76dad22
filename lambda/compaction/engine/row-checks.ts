import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Dataset, failedChecks, type RowCheck } from '../../../lib/dataset';
import { quoteIdentifier } from '../../../lib/dataset/duckdb-types';
import type { Rejection, VetoList } from '../../../lib/rows';
import type { Segment } from '../download/segments';
import { RejectedLines } from '../limits/rejected-lines';
import { ROW, upToTooMuch } from './parquet-input';
import { rowsOf } from './parquet-rows';
import { segmentQueries } from './path-columns';
import type { EngineSession } from './session';

/** Rows of a batch that fail. */
export interface Failures {
  /** By the name of the check; a row that fails several counts for each. Checks that no row fails are left out. */
  readonly byName: Readonly<Record<string, number>>;
  /** Rows that fail a check of each action; `warn` without those that are put in quarantine. */
  readonly warn: number;
  readonly quarantine: number;
  readonly fail: number;
}

/** A check, and SQL of the rows that cannot fail it: never null. */
export interface AppliedCheck extends RowCheck {
  /** @default none */
  readonly unless?: string;
}

/** Checks of rows of which some were erased: these end no commit. Whatever becomes of them, a check of another kind decides as before. */
export const exceptErased = (checks: readonly RowCheck[], erased: string | undefined): readonly AppliedCheck[] =>
  erased === undefined
    ? checks
    : checks.map((check) => (check.onFail === 'fail' ? { ...check, unless: erased } : check));

/** Whether a row fails, never null. An expression of one's own fails where it ends in an error, which would end the statement otherwise. */
const fails = ({ sql, isOwn, unless }: AppliedCheck): string => {
  const does = isOwn === true ? `TRY(${sql} IS NOT FALSE) IS NOT TRUE` : `coalesce(NOT (${sql}), false)`;
  return unless === undefined ? does : `(${does}) AND NOT (${unless})`;
};
const anyFails = (checks: readonly AppliedCheck[]): string =>
  `(${[...checks.map((check) => `(${fails(check)})`), 'false'].join(' OR ')})`;

/** The checks of an action. */
export const checksThat = (checks: readonly AppliedCheck[], onFail: RowCheck['onFail']): readonly AppliedCheck[] =>
  checks.filter((check) => check.onFail === onFail);

/** Counts rows of a Parquet file. Columns of checks are read. */
export async function countFailures(
  session: EngineSession,
  checks: readonly AppliedCheck[],
  path: string,
): Promise<Failures> {
  const any = (onFail: RowCheck['onFail']): string => anyFails(checksThat(checks, onFail));
  const counts = [
    ...checks.map((check, index) => `count(*) FILTER (${fails(check)}) AS c${index}`),
    `count(*) FILTER (${any('warn')} AND NOT ${any('quarantine')}) AS warn`,
    `count(*) FILTER (${any('quarantine')}) AS quarantine`,
    `count(*) FILTER (${any('fail')}) AS fail`,
  ];
  const [found = {}] = await session.rows(`SELECT ${counts.join(', ')} FROM ${rowsOf(path)}`);
  const byName = checks.map(({ name }, index) => [name, Number(found[`c${index}`])] as const);
  return {
    byName: Object.fromEntries(byName.filter(([, rows]) => rows > 0)),
    warn: Number(found.warn),
    quarantine: Number(found.quarantine),
    fail: Number(found.fail),
  };
}

/** The rows of a Parquet file that pass. */
export const passingRows = (path: string, checks: readonly AppliedCheck[]): string =>
  `SELECT * FROM ${rowsOf(path)} WHERE NOT ${anyFails(checks)}`;

/** Rows that fail, of objects of text: by the number of the object, and by the number of the row among those that fit. */
export async function failingLines(
  session: EngineSession,
  dataset: Dataset,
  checks: readonly AppliedCheck[],
  segments: readonly Segment[],
  limit = Number.MAX_SAFE_INTEGER,
): Promise<ReadonlyMap<number, VetoList>> {
  // No producer knows it, so that no line has a member of this name.
  const column = `row ${crypto.randomUUID()}`;
  const numbered: Dataset = {
    ...dataset,
    columns: [...dataset.columns, { name: column, type: { kind: 'bigint' }, notNull: true, comment: undefined }],
  };
  /** Rows of each object in the segments before. */
  const before = new Map<number, number>();
  const found = new Map<number, Map<number, string>>();
  let left = limit;
  for (const segment of segments) {
    if (left === 0) break;
    const path = `${segment.path}.numbered`;
    await pipeline(createReadStream(segment.path), numberLines(column), createWriteStream(path));
    const [query = ''] = segmentQueries(numbered, [{ ...segment, path }]);
    const rows = await failing(session, checks, query, quoteIdentifier(column), left);
    await rm(path);
    left -= rows.length;
    let at = 0;
    let first = 0;
    for (const { object, lines } of segment.runs) {
      const start = before.get(object) ?? 0;
      const vetoes = found.get(object) ?? new Map<number, string>();
      for (; at < rows.length && (rows[at]?.number ?? 0) < first + lines; at++) {
        const { number, reason } = rows[at] as Failing;
        vetoes.set(start + number - first, reason);
      }
      if (vetoes.size > 0) found.set(object, vetoes);
      before.set(object, start + lines);
      first += lines;
    }
    if (at < rows.length) throw new Error(`${segment.path} has more lines than objects had rows`);
  }
  return found;
}

/**
 * Rows of a Parquet object that fail.
 *
 * @throws UnreadableObjectError when they are too much
 */
export async function failingRows(
  session: EngineSession,
  checks: readonly AppliedCheck[],
  numberedQuery: string,
  limit = Number.MAX_SAFE_INTEGER,
): Promise<Rejection[]> {
  const rows = await failing(session, checks, numberedQuery, ROW.line, limit, `, ${ROW.raw} AS raw`);
  const rejects = new RejectedLines('row');
  for (const { number, reason, raw } of rows) rejects.add({ line: number, reason, raw: Buffer.from(raw) });
  return rejects.lines;
}

interface Failing {
  readonly number: number;
  readonly reason: string;
  readonly raw: string;
}

async function failing(
  session: EngineSession,
  checks: readonly AppliedCheck[],
  query: string,
  number: string,
  limit: number,
  more = '',
): Promise<Failing[]> {
  const flags = checks.map((check, index) => `${fails(check)} AS c${index}`);
  const found = `SELECT ${number} AS line, ${flags.join(', ')}${more} FROM (${query}) WHERE ${anyFails(checks)}`;
  const rows =
    more === ''
      ? await session.rows(`${found} ORDER BY line LIMIT ${limit}`)
      : await upToTooMuch(session, found, limit);
  return rows.map((row) => ({
    number: Number(row.line),
    reason: failedChecks(checks.filter((_, index) => row[`c${index}`] === true)),
    raw: String(row.raw ?? ''),
  }));
}

const [NEWLINE, RIGHT_BRACE, SPACE, TAB] = Buffer.from('\n} \t');

/** Adds a member to each line, which is an object: its number, from 0. */
function numberLines(name: string): Transform {
  const key = JSON.stringify(name);
  let held = Buffer.alloc(0);
  let number = 0;
  return new Transform({
    transform(chunk: Buffer, _, done) {
      const bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      const parts: Buffer[] = [];
      let from = 0;
      for (let end = bytes.indexOf(NEWLINE as number); end >= 0; end = bytes.indexOf(NEWLINE as number, from)) {
        let at = from + 1;
        while (bytes[at] === SPACE || bytes[at] === TAB) at++;
        const isBare = bytes[at] === RIGHT_BRACE;
        parts.push(Buffer.from(`{${key}:${number++}${isBare ? '' : ','}`), bytes.subarray(from + 1, end + 1));
        from = end + 1;
      }
      held = Buffer.from(bytes.subarray(from));
      done(null, Buffer.concat(parts));
    },
  });
}
