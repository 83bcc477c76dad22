import type { ResolvedColumn } from './columns';
import { plainName } from './names';
import { epoch, type Resolved, resolve, timesAs } from './resolve';
import type { Shape } from './shape';
import type { TimeFinding } from './time-candidates';
import { epochUnit } from './time-guess';

/** A column that may say when a row happened. */
export interface TimeColumn {
  readonly column: ResolvedColumn;
  readonly resolved: Resolved;
  readonly time: TimeFinding;
  /** Share of all rows in which it holds a time. */
  readonly share: number;
}

const LIKELY: readonly (readonly [RegExp, number])[] = [
  [/^(?:event_?(?:time|timestamp|date|at)|timestamp|time|ts|datetime|event_timestamp|occurred_?at|date_?time)$/, 4],
  [
    /(?:updated|modified|changed|deleted|expir|until|end|ended|finish|closed|dropoff|birth|dob|ingest|loaded|processed|received)/,
    -1,
  ],
  [/(?:creat|start|begin|order|measured|request|log|pickup|received|sent|published|time|_at$|date)/, 2],
];

const likelihood = (name: string): number => LIKELY.find(([pattern]) => pattern.test(name))?.[1] ?? 1;

/** Rows without an event time are refused: with fewer than this share there is no point. */
const LEAST_SHARE = 0.2;

/** Columns that may be the event time, the likeliest first. */
export function timeColumns(columns: readonly ResolvedColumn[], rows: number): readonly TimeColumn[] {
  const found = columns.flatMap((column) => timeOf(column, rows));
  const usable = found.filter(({ share }) => share >= LEAST_SHARE);
  const isConstant = ({ first, last }: TimeFinding): boolean => rows > 1 && first === last;
  const score = ({ column, time, share }: TimeColumn): number =>
    40 * share +
    likelihood(plainName(column.source)) +
    (time.kind === 'timestamp' ? 1.5 : 0) -
    // Of a batch or a period, and not of the row.
    (isConstant(time) ? 2.5 : 0);
  return usable
    .map((candidate) => ({ candidate, score: score(candidate) }))
    .sort((a, b) => b.score - a.score)
    .map(({ candidate }) => candidate);
}

function timeOf(column: ResolvedColumn, rows: number): TimeColumn[] {
  const { shape, resolved } = column;
  const [time] = resolved.times ?? [];
  if (time !== undefined) return [{ column, resolved, time, share: time.read / rows }];
  if (resolved.node.kind !== 'scalar') return [];
  // Texts of which some are no times.
  const [best, ...others] = shape.times.best;
  if (best !== undefined && resolved.node.type === 'string' && column.canBeTime) {
    return [{ column, resolved: timesAs(best, others), time: best, share: best.read / rows }];
  }
  return [];
}

/** Numbers that could be times, though no name says so: for samples that have no other time. */
export function timeNumbers(columns: readonly ResolvedColumn[], rows: number): readonly TimeColumn[] {
  return columns.flatMap((column): TimeColumn[] => {
    const { shape } = column;
    const stats = shape.numbers.count === shape.values ? shape.numbers : shape.numberTexts;
    if (stats.count === 0 || stats.count !== shape.values || !column.canBeTime) return [];
    const unit = epochUnit(stats.least, stats.largest);
    if (unit === undefined || stats.count < LEAST_SHARE * rows) return [];
    const resolved = epoch(shape, unit, shape.texts > 0);
    const [time] = resolved.times ?? [];
    return time === undefined ? [] : [{ column, resolved, time, share: time.read / rows }];
  });
}

/** Times within structs, as columns of their own: for samples whose columns have none. */
export function nestedTimes(columns: readonly ResolvedColumn[], rows: number): readonly TimeColumn[] {
  const found = columns.flatMap(({ source, shape, resolved }) =>
    resolved.node.kind === 'struct' ? fieldsOf(shape, [source]) : [],
  );
  return timeColumns(
    found.map((field) => fieldColumn(field, rows)),
    rows,
  );
}

/** Columns in which the struct that holds a field is taken apart, as far as the field: the value of a member is in one column. */
export function takenApart(
  columns: readonly ResolvedColumn[],
  field: ResolvedColumn,
  rows: number,
): readonly ResolvedColumn[] {
  const { path = [] } = field;
  return columns.flatMap((column) => (column.source === path[0] ? apart(column.shape, [column.source]) : [column]));

  function apart(shape: Shape, at: readonly string[]): readonly ResolvedColumn[] {
    return [...shape.fields].flatMap(([name, inner]) => {
      const to = [...at, name];
      if (to.length === path.length && name === path.at(-1)) return [field];
      return to.every((part, index) => part === path[index])
        ? apart(inner, to)
        : [fieldColumn({ shape: inner, path: to }, rows)];
    });
  }
}

interface Field {
  readonly shape: Shape;
  readonly path: readonly string[];
}

const fieldColumn = ({ shape, path }: Field, rows: number): ResolvedColumn => ({
  source: path.join('.'),
  path,
  shape,
  // `WriteTimestamp: { N: '...' }`: the name of a type says nothing.
  resolved: resolve(shape, path.slice(-2).join('_')),
  canBeTime: true,
  isComplete: shape.values === rows,
});

function fieldsOf(shape: Shape, path: readonly string[]): Field[] {
  return [...shape.fields].flatMap(([name, field]) => {
    const to = [...path, name];
    return [{ shape: field, path: to }, ...(to.length < 5 ? fieldsOf(field, to) : [])];
  });
}

/** First and last year of the times, without those of few rows that no data has. */
export function yearsOf({ first, last, years }: TimeFinding): readonly [number, number] {
  const all = [...(years ?? [])];
  const total = all.reduce((sum, [, count]) => sum + count, 0);
  const kept = all
    .filter(([year, count]) => (year >= 1990 && year <= 2100) || count >= total / 100)
    .map(([year]) => year);
  if (kept.length > 0) return [Math.min(...kept), Math.max(...kept)];
  return [new Date(first).getUTCFullYear(), new Date(last).getUTCFullYear()];
}
