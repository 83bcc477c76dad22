import type { Dataset, RowCheck } from '../../../lib/dataset';
import { duckdbType, quoteIdentifier, quoteText } from '../../../lib/dataset/duckdb-types';
import type { EngineSession } from './session';

/** Why the expression of a check cannot be used. */
export interface SqlProblem {
  readonly check: string;
  readonly problem: string;
  readonly fix: string;
}

/** The part of a DuckDB session that is used here. */
type Engine = Pick<EngineSession, 'rows'>;

/** A part of a parsed statement. */
type Node = Readonly<Record<string, unknown>>;

/** Parts of an expression over one row. */
const CLASSES: ReadonlySet<unknown> = new Set([
  'BETWEEN',
  'CASE',
  'CAST',
  'COLLATE',
  'COLUMN_REF',
  'COMPARISON',
  'CONJUNCTION',
  'CONSTANT',
  'FUNCTION',
  'LAMBDA',
  'OPERATOR',
]);
const OTHERS: Readonly<Record<string, string>> = {
  SUBQUERY: 'a query',
  WINDOW: 'a window function',
  STAR: '*',
  PARAMETER: 'a parameter',
  POSITIONAL_REFERENCE: 'the number of a column',
};

/** Say that they depend on the row alone, and do not: on the clock, on settings, or on the engine. */
const UNSTEADY =
  /^(?:age|ago|current_.*|get_current_.*|getvariable|getenv|version|pg_.*|has_.*|inet_.*|(?:col|obj|shobj)_description)$/;
const ROW_ALONE = 'write an expression over the columns of one row, which gives the same whenever it runs';

/**
 * Checks the expressions of a dataset's checks with the engine that runs them: one boolean expression over the columns of a row,
 * and nothing that reads anything else or depends on anything else.
 */
export async function sqlProblems(engine: Engine, dataset: Pick<Dataset, 'columns' | 'checks'>): Promise<SqlProblem[]> {
  const problems: SqlProblem[] = [];
  for (const { name: check, sql, isOwn } of dataset.checks ?? []) {
    if (isOwn !== true) continue;
    const found = (await parsingProblem(engine, dataset, sql)) ?? (await bindingProblem(engine, dataset, sql));
    if (found !== undefined) problems.push({ check, problem: found, fix: ROW_ALONE });
  }
  return problems;
}

/** @throws Error that names the dataset, the check and what to do */
export async function assertSqlChecks(engine: Engine, dataset: Dataset): Promise<void> {
  const [first] = await sqlProblems(engine, dataset);
  if (first === undefined) return;
  throw new Error(
    `Check ${first.check} of dataset ${dataset.name}: ${first.problem}; ${first.fix}. Nothing was committed`,
  );
}

const row = ({ sql }: Pick<RowCheck, 'sql'>): string => `SELECT ${sql} AS ok FROM row_of_dataset`;

async function parsingProblem(
  engine: Engine,
  { columns }: Pick<Dataset, 'columns'>,
  sql: string,
): Promise<string | undefined> {
  const [answer] = await engine.rows(`SELECT json_serialize_sql(${quoteText(row({ sql }))}) AS parsed`);
  const {
    error,
    error_message: message,
    statements = [],
  } = JSON.parse(String(answer?.parsed)) as {
    readonly error?: boolean;
    readonly error_message?: string;
    readonly statements?: readonly { readonly node: Node }[];
  };
  if (error === true) return `is not SQL: ${message}`;
  const [statement, ...more] = statements;
  const selected = statement?.node.select_list;
  const from = statement?.node.from_table as Node | undefined;
  if (more.length > 0 || !Array.isArray(selected) || selected.length !== 1 || from?.table_name !== 'row_of_dataset') {
    return 'is more than one expression';
  }
  const parts = partsOf(selected);
  const other = parts.find((part) => !CLASSES.has(part.class));
  if (other !== undefined) return `holds ${OTHERS[String(other.class)] ?? `a ${String(other.class).toLowerCase()}`}`;
  const known = new Set([...columns.map(({ name }) => name), ...parts.flatMap(parametersOf)]);
  for (const part of parts.filter((one) => one.class === 'COLUMN_REF')) {
    const [name = ''] = part.column_names as readonly string[];
    if (!known.has(name.toLowerCase())) return `there is no column '${name}'`;
  }
  return await functionProblem(engine, parts);
}

/** Expressions within a value, in their order. */
function partsOf(value: unknown): readonly Node[] {
  if (typeof value !== 'object' || value === null) return [];
  const inner = Object.values(value).flatMap(partsOf);
  return 'class' in value ? [value as Node, ...inner] : inner;
}

const parametersOf = ({ class: kind, lhs }: Node): readonly string[] =>
  kind !== 'LAMBDA'
    ? []
    : partsOf(lhs).flatMap(({ column_names: names }) => (Array.isArray(names) ? [String(names[0]).toLowerCase()] : []));

async function functionProblem(engine: Engine, parts: readonly Node[]): Promise<string | undefined> {
  const used = new Set(parts.filter((part) => part.class === 'FUNCTION').map((part) => String(part.function_name)));
  for (const name of used) {
    const kinds = await engine.rows(
      `SELECT DISTINCT function_type AS type, stability, macro_definition AS text FROM duckdb_functions() WHERE function_name = ${quoteText(name)}`,
    );
    const isOfRow = kinds.every(
      ({ type, stability, text }) =>
        (type === 'scalar' && stability === 'CONSISTENT') ||
        (type === 'macro' && !/select|current_|error/i.test(String(text))),
    );
    if (!isOfRow || UNSTEADY.test(name)) return `uses ${name}, which depends on more than the row`;
  }
  return undefined;
}

async function bindingProblem(
  engine: Engine,
  { columns }: Pick<Dataset, 'columns'>,
  sql: string,
): Promise<string | undefined> {
  const values = columns.map(({ name, type }) => `NULL::${duckdbType(type)} AS ${quoteIdentifier(name)}`);
  try {
    const [found] = await engine.rows(
      `DESCRIBE SELECT ${sql} AS ok FROM (SELECT ${values.join(', ')}) AS row_of_dataset`,
    );
    const type = String(found?.column_type);
    return type === 'BOOLEAN' ? undefined : `gives ${type}, not BOOLEAN`;
  } catch (error) {
    const [line = ''] = (error as Error).message.split('\n');
    return line;
  }
}
