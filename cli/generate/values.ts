import { type Column, type ColumnType, DAY_MS, type Dataset, supersedes } from '../../lib/dataset';
import { FIRST_DAY } from './files';
import { type Random, WeightedIndex } from './random';

/** A value as it stands in JSON. In CSV a text stands without quotes, and null is an empty field. */
export type Value = string | number | boolean | null | readonly Value[] | { readonly [name: string]: Value };

/** Values that a row need not have are left out this often. */
const NULL_SHARE = 0.05;
/** Different texts of a column, the first ones far more often than the last. */
const TEXTS = 40;
const TEXT_RANK = WeightedIndex.zipf(TEXTS, 0.9);
const MOST_ELEMENTS = 3;
/** Of changes: rows before that may be changed, the share of rows that change one, and that of these that delete it. */
const RECENT_ROWS = 500;
const UPDATE_SHARE = 0.3;
const DELETE_SHARE = 0.2;
/** Days before the event that a date may lie. */
const DATE_DAYS = 365;
/** No fraction of a second: whole numbers have them all. */
const WHOLE = { boolean: 1, tinyint: 100, smallint: 1_000, int: 100_000, bigint: 1_000_000_000 } as const;

/** Makes the rows of a dataset from nothing but its declaration. */
export class RowMaker {
  readonly #dataset: Dataset;
  readonly #unique: Column | undefined;
  readonly #firstNumber: number;
  /** Rows whose keys are changed later, of a dataset where that counts. */
  readonly #recent: Readonly<Record<string, Value>>[] = [];
  #made = 0;

  constructor(dataset: Dataset, random: Random) {
    this.#dataset = dataset;
    this.#unique = uniqueColumn(dataset);
    this.#firstNumber = random.below(2 ** 20) * 1_000;
  }

  /** @param time of the event, epoch milliseconds */
  row(random: Random, time: number): Record<string, Value> {
    this.#made += 1;
    const row = Object.fromEntries(
      this.#dataset.columns.map((column) => [column.name, this.#value(random, column, time)] as const),
    );
    return supersedes(this.#dataset) ? this.#changed(random, row) : row;
  }

  /** The row, or a change of one before it, or a deletion. */
  #changed(random: Random, row: Record<string, Value>): Record<string, Value> {
    const { key, by, deleted } = this.#dataset.dedupe;
    const numbered = this.#dataset.columns.filter(
      ({ name, type }) => by.includes(name) && /^(?:int|bigint)$/.test(type.kind),
    );
    for (const { name } of numbered) row[name] = this.#made;
    if (deleted !== undefined) row[deleted.column] = deleted.values[0] === true ? false : (row[deleted.column] ?? null);
    const old = this.#recent[random.below(RECENT_ROWS)];
    if (old !== undefined && !key.includes(this.#dataset.eventTime) && random.chance(UPDATE_SHARE)) {
      for (const name of key) row[name] = old[name] ?? null;
      if (deleted !== undefined && random.chance(DELETE_SHARE)) row[deleted.column] = deleted.values[0] ?? null;
    }
    this.#recent[this.#made % RECENT_ROWS] = row;
    return row;
  }

  #value(random: Random, column: Column, time: number): Value {
    if (column.name === this.#dataset.eventTime) return moment(column.type, time);
    if (column === this.#unique) return uniqueValue(random, column.type, this.#firstNumber + this.#made);
    if (!column.notNull && random.chance(NULL_SHARE)) return null;
    return madeOf(random, column.type, column.name, time);
  }
}

/** The easiest to tell apart first. */
const UNIQUE_KINDS: readonly ColumnType['kind'][] = [
  ...(['string', 'bigint', 'int', 'decimal', 'double', 'timestamp', 'date', 'float', 'smallint', 'tinyint'] as const),
];

/** The column of the dedupe key that tells rows apart; none where the event time does, of which each row has its own. */
function uniqueColumn({ columns, dedupe, eventTime }: Dataset): Column | undefined {
  const key = columns.filter(({ name }) => dedupe.key.includes(name));
  if (key.some(({ name, type }) => name === eventTime && type.kind === 'timestamp')) return undefined;
  const rank = ({ type }: Column): number => UNIQUE_KINDS.indexOf(type.kind);
  return key.filter((column) => column.name !== eventTime && rank(column) >= 0).sort((a, b) => rank(a) - rank(b))[0];
}

function uniqueValue(random: Random, type: ColumnType, number: number): Value {
  switch (type.kind) {
    case 'string':
      return random.id();
    case 'decimal':
      return decimal(type.scale, number % 10 ** Math.min(type.precision, 15));
    case 'timestamp':
      return new Date(FIRST_DAY + number).toISOString();
    case 'date':
      return new Date(FIRST_DAY + (number % 1_000_000) * DAY_MS).toISOString().slice(0, 10);
    case 'tinyint':
      return number % 128;
    case 'smallint':
      return number % 32_768;
    case 'int':
      return number % 2 ** 31;
    default:
      return number;
  }
}

function moment(type: ColumnType, time: number): Value {
  const text = new Date(time).toISOString();
  return type.kind === 'date' ? text.slice(0, 10) : text;
}

/** @param name what texts begin with */
function madeOf(random: Random, type: ColumnType, name: string, time: number): Value {
  const nested = (inner: ColumnType, of = name): Value =>
    random.chance(NULL_SHARE) ? null : madeOf(random, inner, of, time);
  switch (type.kind) {
    case 'boolean':
      return random.chance(0.5);
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'bigint':
      return Math.floor(random.next() ** 2 * WHOLE[type.kind]);
    case 'float':
      // Exact in 32 bits.
      return random.below(40_000) / 4;
    case 'double':
      return random.below(1_000_000) / 100;
    case 'decimal':
      return decimal(type.scale, random.below(10 ** Math.min(type.precision, 9)));
    case 'string':
      return text(random, name);
    case 'binary':
      return Buffer.from(text(random, name)).toString('base64');
    case 'date':
      return new Date(time - random.below(DATE_DAYS) * DAY_MS).toISOString().slice(0, 10);
    case 'timestamp':
      return new Date(time - random.below(DAY_MS)).toISOString();
    case 'array':
      return Array.from({ length: random.below(MOST_ELEMENTS + 1) }, () => nested(type.element));
    case 'map': {
      const isText = type.key.kind === 'string';
      const keys = Array.from({ length: random.below(MOST_ELEMENTS + 1) }, (_, index) => `${index + 1}`);
      return Object.fromEntries(keys.map((key) => [isText ? `${name}_${key}` : key, nested(type.value)]));
    }
    case 'struct':
      return Object.fromEntries(type.fields.map((field) => [field.name, nested(field.type, field.name)]));
  }
}

const text = (random: Random, name: string): string => `${name}-${TEXT_RANK.draw(random) + 1}`;

/** @param units of the last digit */
function decimal(scale: number, units: number): string {
  if (scale === 0) return String(units);
  const digits = String(units).padStart(scale + 1, '0');
  return `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}
