import {
  LayoutSyntaxError,
  type LayoutTemplate,
  namesOf,
  parseLayout,
  type TimeUnit,
  unitsOf,
} from '../layout-template';
import type { Dataset } from '../model';
import { SCHEME_KEYS } from '../partitions';
import { isPathType } from '../placement';
import { formatHiveType } from '../types';
import { closest } from './closest';
import type { CheckedColumn } from './columns';
import type { Cursor } from './cursor';

const EXAMPLES = "write 'hive', or a template such as '{yyyy}/{MM}/{dd}/' or 'logs/{region}/{yyyy}/{MM}/{dd}/'";

/** The template of `input.layout`, checked on its own; undefined for Hive, and if there is a mistake. */
export function readLayout(cursor: Cursor): string | undefined {
  const text = cursor.text(EXAMPLES);
  if (text === undefined || text === 'hive') return undefined;
  try {
    parseLayout(text);
    return text;
  } catch (error) {
    if (!(error instanceof LayoutSyntaxError)) throw error;
    return cursor.problem(error.problem, error.fix);
  }
}

/** Names of columns and keys whose values a layout has. */
export const namesInPath = (layout: string | undefined): ReadonlySet<string> =>
  new Set(layout === undefined ? [] : namesOf(parseLayout(layout)));

const UNITS: Readonly<Record<TimeUnit, string>> = { year: '{yyyy}', month: '{MM}', day: '{dd}', hour: '{HH}' };
/** The coarsest scheme that needs no more than up to a unit. */
const COARSER: Readonly<Partial<Record<TimeUnit, string>>> = { day: 'month', hour: 'day' };

interface Declared {
  readonly checked: readonly CheckedColumn[];
  readonly partition: Dataset['partition'] | undefined;
  readonly eventTime: string | undefined;
}

/** Checks a template against the dataset: that it gives a partition, and nothing that the dataset does not have. */
export function checkLayout(input: Cursor, text: string, { checked, partition, eventTime }: Declared): void {
  const problem = (what: string, fix: string): void => input.report.add(`${input.field}.layout`, what, fix);
  if (partition === undefined) return;
  const template = parseLayout(text);
  checkUnits(template, partition.scheme, problem);
  const names = namesOf(template);
  const keys = partition.leading.map(({ name }) => name);
  for (const key of keys) {
    if (names.includes(key)) continue;
    problem(
      `does not tell the leading key '${key}'`,
      `write {${key}} where the path has its value, or remove the key from partition.leading`,
    );
  }
  for (const name of names) {
    if (keys.includes(name)) continue;
    const column = checked.find((candidate) => candidate.name === name);
    if (column === undefined) {
      problem(`{${name}} is neither a time, a leading key nor a column`, instead(name, [...keys, ...namesIn(checked)]));
      continue;
    }
    const { type, from } = column;
    if (name === eventTime) {
      problem(`{${name}} is the event time, which rows must tell`, 'name another column as eventTime, or write times');
    } else if (from !== undefined && from !== 'snake') {
      problem(`the value of {${name}} comes from the path, but column '${name}' has a from`, 'remove one of the two');
    } else if (type !== undefined && (!isPathType(type) || ('format' in type && type.format !== undefined))) {
      problem(
        `column '${name}' of type '${formatHiveType(type)}' cannot come from a path`,
        "use type 'string', an integer, or 'date' without a format",
      );
    }
  }
}

function checkUnits(
  template: LayoutTemplate,
  scheme: Dataset['partition']['scheme'],
  problem: (what: string, fix: string) => void,
): void {
  const told = unitsOf(template);
  const needed: readonly TimeUnit[] =
    scheme === 'dt' ? ['year', 'month', 'day'] : SCHEME_KEYS[scheme].filter((key) => key !== 'dt');
  const missing = needed.find((unit) => !told.has(unit));
  if (missing === undefined) return;
  const coarser = COARSER[missing];
  const or = coarser === undefined ? '' : `, or use partition.scheme '${coarser}'`;
  problem(`does not tell the ${missing}, which scheme '${scheme}' needs`, `add ${UNITS[missing]}${or}`);
}

const namesIn = (checked: readonly CheckedColumn[]): string[] => checked.flatMap(({ name }) => name ?? []);

/** Placeholders of other tools for the same. */
const USUAL: Readonly<Record<string, string>> = {
  year: '{yyyy}',
  month: '{MM}',
  day: '{dd}',
  hour: '{HH}',
  YYYY: '{yyyy}',
  DD: '{dd}',
  hh: '{HH}',
  mm: '*, which is any text: minutes make no partition',
};

function instead(name: string, known: readonly string[]): string {
  const usual = Object.hasOwn(USUAL, name) ? USUAL[name] : undefined;
  if (usual !== undefined) return `write ${usual}`;
  const near = closest(name, known);
  return near === undefined ? 'add a column of that name, or write * for any text' : `write {${near}}`;
}
