import { type Dedupe, supersedes } from '../dedupe';
import { quoteIdentifier, quoteText } from '../duckdb-types';
import { LinePatternError, parseTextPattern, re2Pattern } from '../line-pattern';
import type { ColumnType } from '../model';
import type { CheckAction, RowCheck } from '../row-checks';
import { formatHiveType } from '../types';
import { LISTED, type Literal, RANGED, readLiteral } from './check-values';
import { closest } from './closest';
import type { CheckedColumn } from './columns';
import { type Cursor, count } from './cursor';
import { checkColumnList, findColumn } from './references';
import { readExpression } from './sql-expression';

const EXAMPLE = "write for example [{ column: 'amount', min: 0, onFail: 'quarantine' }]";
const ASKS = ['in', 'notIn', 'min', 'max', 'matches', 'sql', 'unique'] as const;
const ACTIONS: readonly CheckAction[] = ['warn', 'quarantine', 'fail'];
const NAME = /^[a-z][a-z0-9_]{0,63}$/;
/** Each costs a pass over its columns. */
const MOST_CHECKS = 100;
const MOST_VALUES = 1000;
/** Characters of an expression that are shown. */
const WORDS_SHOWN = 200;
/** Values that are named in what a check expects. */
const VALUES_NAMED = 10;

type Settings = Record<(typeof ASKS)[number] | 'name' | 'column' | 'onFail', Cursor>;

/** What is asked of a value, and how the check is called by default. */
interface Asked {
  readonly suffix: string;
  readonly expects: string;
  readonly sql: string;
  readonly isOwn?: true;
  readonly unique?: readonly string[];
}

/** The checks of rows, as the engine runs them. */
export function checkRowChecks(cursor: Cursor, columns: readonly CheckedColumn[], dedupe: Dedupe): readonly RowCheck[] {
  if (cursor.isMissing) return [];
  const items = cursor.array(EXAMPLE) ?? [];
  if (items.length > MOST_CHECKS) cursor.problem(`has ${count(items.length)} checks`, `write at most ${MOST_CHECKS}`);
  const names = new Set<string>();
  return items.flatMap((item) => {
    const check = readCheck(item, columns, dedupe);
    if (check === undefined) return [];
    if (names.has(check.name)) {
      item.problem(`another check is called '${check.name}'`, 'give each its own name: add name');
    }
    names.add(check.name);
    return [check];
  });
}

function readCheck(cursor: Cursor, columns: readonly CheckedColumn[], dedupe: Dedupe): RowCheck | undefined {
  const object: Settings | undefined = cursor.object(
    ['name', 'column', ...ASKS, 'onFail'],
    EXAMPLE.replace(/[[\]]/g, ''),
  );
  if (object === undefined) return undefined;
  const name = object.name.isMissing ? undefined : readName(object.name);
  const onFail = object.onFail.isMissing ? 'warn' : object.onFail.oneOf(ACTIONS);
  const asked = readAsked(cursor, object, columns, dedupe);
  if (asked === undefined || onFail === undefined) return undefined;
  const { suffix, ...question } = asked;
  const subject = question.unique?.join('_') ?? String(object.column.value);
  const derived = `${subject.replaceAll('.', '_')}_${suffix}`.replace(/^_+/, '');
  if (object.name.isMissing && !NAME.test(derived)) {
    return cursor.problem(`'${derived}' is longer than the name of a check may be`, 'add name, at most 64 characters');
  }
  return { name: name ?? derived, onFail, ...question };
}

function readName(cursor: Cursor): string | undefined {
  const fix = 'use lowercase letters, digits and underscores, beginning with a letter, at most 64';
  const name = cursor.text(fix);
  if (name === undefined || NAME.test(name)) return name;
  return cursor.problem(`'${name}' is not the name of a check`, fix);
}

function readAsked(
  cursor: Cursor,
  object: Settings,
  columns: readonly CheckedColumn[],
  dedupe: Dedupe,
): Asked | undefined {
  const given = ASKS.filter((ask) => !object[ask].isMissing);
  const isRange = given.every((ask) => ask === 'min' || ask === 'max');
  if (given.length === 0 || (given.length > 1 && !isRange)) {
    cursor.problem(
      given.length === 0 ? 'asks nothing' : `asks for ${given.join(' and ')} at once`,
      given.length === 0 ? `write one of ${ASKS.join(', ')}` : 'write a check for each',
    );
  }
  if (given.length === 1 && given[0] === 'sql') return readSql(object);
  if (given.length === 1 && given[0] === 'unique') return readUnique(object, columns, dedupe);
  const text = object.column.text('write the name of a column');
  const value = text === undefined ? undefined : findValue(object.column, text, columns);
  if (value === undefined || given.length === 0 || (given.length > 1 && !isRange)) return undefined;
  if (isRange) return readRange(object, value);
  return given[0] === 'matches'
    ? readMatches(object, value)
    : readList(object, given[0] === 'in' ? 'in' : 'notIn', value);
}

/** A value of each row: a column, or a field of structs. */
interface Value {
  readonly text: string;
  readonly type: ColumnType;
  readonly sql: string;
}

function findValue(cursor: Cursor, text: string, columns: readonly CheckedColumn[]): Value | undefined {
  const [first = '', ...rest] = text.split('.');
  const column = findColumn(cursor, first, columns);
  if (column?.type === undefined) return undefined;
  let { type } = column;
  let sql = quoteIdentifier(first);
  let path = first;
  for (const name of rest) {
    if (type.kind !== 'struct') {
      return cursor.problem(
        `'${path}' has type '${formatHiveType(type)}', which has no field '${name}'`,
        type.kind === 'array' || type.kind === 'map' ? 'name a column or a field of structs' : `write '${path}'`,
      );
    }
    const field = type.fields.find((candidate) => candidate.name === name);
    if (field === undefined) {
      const names = type.fields.map((candidate) => candidate.name);
      const near = closest(name, names);
      return cursor.problem(
        `'${path}' has no field '${name}'`,
        near === undefined ? `write one of ${names.join(', ')}` : `write '${path}.${near}'`,
      );
    }
    type = field.type;
    sql = `struct_extract(${sql}, ${quoteText(name)})`;
    path = `${path}.${name}`;
  }
  return { text, type, sql };
}

function readRange({ column, min, max }: Settings, { text, type, sql }: Value): Asked | undefined {
  if (!RANGED.has(type.kind)) {
    return column.problem(
      `'${text}' has type '${formatHiveType(type)}', which has no range`,
      type.kind === 'string' ? 'write matches or in' : 'name a number, a date or a timestamp',
    );
  }
  const low = min.isMissing ? undefined : readLiteral(min, type);
  const high = max.isMissing ? undefined : readLiteral(max, type);
  if ((low === undefined && !min.isMissing) || (high === undefined && !max.isMissing)) return undefined;
  if (low !== undefined && high !== undefined && low.order > high.order) {
    return max.problem(`${high.text} is less than min, ${low.text}`, 'write min first, then max');
  }
  const conditions = [
    // Above every number for the engine, and in no range.
    ...(type.kind === 'float' || type.kind === 'double' ? [`NOT isnan(${sql})`] : []),
    ...(low === undefined ? [] : [`${sql} >= ${low.sql}`]),
    ...(high === undefined ? [] : [`${sql} <= ${high.sql}`]),
  ];
  return { suffix: 'range', expects: `${text} ${rangeInWords(low, high)}`, sql: conditions.join(' AND ') };
}

function rangeInWords(low: Literal | undefined, high: Literal | undefined): string {
  if (low === undefined) return `up to ${high?.text}`;
  return `from ${low.text}${high === undefined ? ' on' : ` to ${high.text}`}`;
}

function readList(object: Settings, ask: 'in' | 'notIn', { text, type, sql }: Value): Asked | undefined {
  if (!LISTED.has(type.kind)) {
    const isNumber = type.kind === 'float' || type.kind === 'double';
    return object.column.problem(
      `'${text}' has type '${formatHiveType(type)}', whose values cannot be listed`,
      isNumber ? 'write min and max, because its values are rounded' : 'name a column or field of a scalar type',
    );
  }
  const items = object[ask].array("write for example ['unknown']");
  if (items === undefined) return undefined;
  if (items.length === 0 || items.length > MOST_VALUES) {
    return object[ask].problem(`has ${count(items.length)} values`, `write 1 to ${count(MOST_VALUES)}`);
  }
  const values = new Map<string, string>();
  for (const item of items) {
    const literal = readLiteral(item, type);
    if (literal === undefined) continue;
    const key = type.kind === 'string' ? literal.sql : String(literal.order);
    if (values.has(key)) item.problem(`${literal.text} occurs twice`, 'remove one of them');
    values.set(key, literal.sql);
  }
  const named = items
    .slice(0, VALUES_NAMED)
    .map(({ value }) => (typeof value === 'string' ? JSON.stringify(value) : String(value)));
  const words = `${named.join(', ')}${items.length > VALUES_NAMED ? ` and ${count(items.length - VALUES_NAMED)} more` : ''}`;
  const list = [...values.values()].join(', ');
  if (list === '') return undefined;
  return ask === 'in'
    ? { suffix: 'in', expects: `${text} in ${words}`, sql: `${sql} IN (${list})` }
    : { suffix: 'not_in', expects: `${text} not in ${words}`, sql: `${sql} NOT IN (${list})` };
}

function readUnique(
  { column, unique, onFail }: Settings,
  columns: readonly CheckedColumn[],
  dedupe: Dedupe,
): Asked | undefined {
  if (!column.isMissing) column.problem('is not for unique, which names its columns itself', 'remove it');
  const names = checkColumnList(unique, columns, () => undefined);
  if (names.length === 0) return unique.problem('names no column', "write for example ['order_id']");
  if (onFail.value === 'quarantine') {
    onFail.problem(
      "'quarantine' is not for unique, because it is not known which of the rows is wrong",
      "write 'warn' or 'fail', or keep one of the rows with dedupe",
    );
  }
  if (supersedes({ dedupe })) {
    unique.problem('is not for a dataset whose rows replace each other', 'remove it; dedupe.key is unique anyway');
  }
  return { suffix: 'unique', expects: `${names.join(', ')} to be unique in the partition`, sql: 'true', unique: names };
}

function readSql({ name, column, sql }: Settings): Asked | undefined {
  if (name.isMissing) name.problem('is missing', "write what the check is called, such as 'ships_after_order'");
  if (!column.isMissing) column.problem('is not for sql, which names its columns itself', 'remove it');
  const expression = readExpression(sql);
  if (expression === undefined || name.isMissing) return undefined;
  const words = expression.slice(1, -1).trim().replace(/\s+/g, ' ');
  return {
    suffix: 'sql',
    expects: words.length > WORDS_SHOWN ? `${words.slice(0, WORDS_SHOWN - 3)}...` : words,
    sql: expression,
    isOwn: true,
  };
}

function readMatches({ column, matches }: Settings, { text, type, sql }: Value): Asked | undefined {
  if (type.kind !== 'string') {
    return column.problem(`'${text}' has type '${formatHiveType(type)}', which is no text`, 'name a string column');
  }
  const pattern = matches.text("write a regular expression for the whole text, such as '[A-Z]{3}'");
  if (pattern === undefined) return undefined;
  try {
    const regex = re2Pattern(parseTextPattern(pattern));
    return {
      suffix: 'matches',
      expects: `${text} to match ${pattern}`,
      sql: `regexp_full_match(${sql}, ${quoteText(regex)})`,
    };
  } catch (error) {
    if (error instanceof LinePatternError) return matches.problem(error.problem, error.fix);
    throw error;
  }
}
