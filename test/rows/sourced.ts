/** Datasets whose columns have other names in the input, rows of them, and a plain reading of such rows. */

import fc from 'fast-check';
import { type Column, ConfigError, parseDataset, pathsOf, snakeCase } from '../../lib/dataset';
import type { ColumnType, StructField, ValueSource } from '../../lib/dataset/model';
import { definition } from '../dataset/helpers';
import { checkNdjson } from './helpers';

/** Names that look alike for no one, with what JSON has to escape. */
const NAMES = [
  ...['eventTime', 'VendorID', '@timestamp', 'app/k8s', 'two words', '__proto__', 'constructor', 'é', '漢字', '😀'],
  ...['say "hi"', 'back\\slash', 'line\nend', 'A', 'B', 'toString'],
];
const OWN = ['c_one', 'c_two', 'c_three'];
const UNDECLARED = ['nobody1', 'nobody2', '-'];

const leaf = fc.constantFrom('int', 'string', 'timestamp', 'boolean', 'map<string,int>');
const name = fc.constantFrom(...NAMES);
const path = fc.oneof(
  { weight: 3, arbitrary: name },
  { weight: 2, arbitrary: fc.record({ path: fc.array(name, { minLength: 1, maxLength: 3 }) }) },
);
const from = fc.option(fc.oneof(path, fc.record({ firstOf: fc.uniqueArray(path, { minLength: 1, maxLength: 3 }) })), {
  nil: undefined,
});

const column = fc.oneof(
  { weight: 3, arbitrary: fc.record({ type: leaf, from, notNull: fc.boolean(), fields: fc.constant(undefined) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constantFrom('struct<f_one:int,f_two:string>', 'array<struct<f_one:int,f_two:timestamp>>'),
      from,
      notNull: fc.boolean(),
      fields: fc.record({ f_one: fc.record({ from: path }), f_two: fc.record({ from: name }) }, { requiredKeys: [] }),
    }),
  },
);

/** Columns of a dataset that the checker of datasets takes. */
export const sourcedDataset: fc.Arbitrary<readonly Column[]> = fc
  .tuple(fc.array(column, { minLength: 1, maxLength: OWN.length }), fc.constantFrom('exact', 'snake'))
  .map(([columns, columnNames]) => {
    try {
      const named = columns.map((one, index) => ({ name: OWN[index], ...one }));
      // The time is no part of what is tried here.
      return parseDataset(definition({ columns: [...definition().columns, ...named], columnNames })).columns.slice(2);
    } catch (error) {
      if (error instanceof ConfigError) return undefined;
      throw error;
    }
  })
  .filter((columns) => columns !== undefined);

/** An object as it is written: its members in order, names perhaps twice. */
export type Members = readonly (readonly [name: string, value: Written])[];
/** JSON text, an object with names that mean something, or a list of them. */
export type Written = string | { readonly members: Members } | { readonly items: readonly Written[] };

type Target = {
  readonly name: string;
  readonly type: ColumnType;
  readonly notNull?: boolean;
  readonly from?: ValueSource;
};

const VALUES: Readonly<Record<string, readonly string[]>> = {
  int: ['1', '-7', '"5"', '1.5', '"x"'],
  string: ['"a"', '"\\u00e9\\n"', '""', '5'],
  timestamp: ['"2026-06-15T12:00:00+02:00"', '1781517600123', '"2026-06-15T10:00:00.123456Z"', '"soon"'],
  boolean: ['true', 'false', '"\\u0074rue"', '0'],
  map: ['{}', '{"c_one":1,"-":2}', '{"a":"x"}'],
};

function written(type: ColumnType): fc.Arbitrary<Written> {
  if (type.kind === 'struct') return members(type.fields).map((inner) => ({ members: inner }));
  if (type.kind === 'array') {
    return fc.array(fc.oneof(fc.constant('null'), written(type.element)), { maxLength: 2 }).map((items) => ({ items }));
  }
  // Those that fit come first, and more often.
  const values = VALUES[type.kind] ?? [];
  return fc.constantFrom(...values.slice(0, -1), ...values.slice(0, -1), ...values.slice(0, -1), ...values);
}

/** Names of a target at the place where it is declared, with what each leads to. */
function places(target: Target): readonly (readonly string[])[] {
  if (target.from !== 'snake') return pathsOf(target);
  const [first = '', ...rest] = target.name.split('_');
  const capital = rest.map((word) => `${word[0]?.toUpperCase()}${word.slice(1)}`);
  return [[target.name], [[first, ...capital].join('')], [[first, ...rest].join('-')]];
}

function members(targets: readonly Target[]): fc.Arbitrary<Members> {
  const one = fc
    .constantFrom(...targets)
    .chain((target) =>
      fc
        .tuple(
          fc.constantFrom(...places(target)),
          fc.oneof({ weight: 1, arbitrary: fc.constant('null') }, { weight: 5, arbitrary: written(target.type) }),
        )
        .map(([at, value]) => ({ at, value })),
    );
  const stray = fc
    .tuple(fc.constantFrom(...UNDECLARED), fc.constantFrom('1', '"x"', '{"c_one":1}'))
    .map(([at, value]): { at: readonly string[]; value: Written } => ({ at: [at], value }));
  const odd = fc
    .constantFrom(...targets.flatMap(places).filter(({ length }) => length > 1), ['nobody1', 'x'])
    .map((at): { at: readonly string[]; value: Written } => ({ at: at.slice(0, 1), value: '[1]' }));
  return fc
    .array(fc.oneof({ weight: 12, arbitrary: one }, { weight: 3, arbitrary: stray }, { weight: 1, arbitrary: odd }), {
      maxLength: 6,
    })
    .map((list) => list.reduce<Members>((all, { at, value }) => put(all, at, value), []));
}

export const sourcedMembers = (columns: readonly Column[]): fc.Arbitrary<Members> => members(columns);

/** Adds a member within the objects that a path names, which are made where there are none. */
function put(all: Members, [first = '', ...rest]: readonly string[], value: Written): Members {
  if (rest.length === 0) return [...all, [first, value]];
  const index = all.findIndex(([known, inner]) => known === first && typeof inner === 'object' && 'members' in inner);
  const found = all[index]?.[1];
  const inner = typeof found === 'object' && 'members' in found ? found.members : [];
  const next = [first, { members: put(inner, rest, value) }] as const;
  return index < 0 ? [...all, next] : all.with(index, next);
}

export function membersText(all: Members): string {
  return `{${all.map(([key, value]) => `${JSON.stringify(key)}:${writtenText(value)}`).join(' , ')}}`;
}

function writtenText(value: Written): string {
  if (typeof value === 'string') return value;
  return 'members' in value ? membersText(value.members) : `[${value.items.map(writtenText).join(',')}]`;
}

const REJECTED = Symbol('rejected');

/** The row under the names of the columns; undefined for one that does not fit. */
export function judgeRow(targets: readonly Target[], all: Members): Record<string, unknown> | undefined {
  const row: Record<string, unknown> = {};
  if (holdsTwice(targets, all)) return undefined;
  for (const target of targets) {
    const found: unknown[] = [];
    for (const at of candidates(target, all)) {
      const value = lookUp(all, at);
      if (value === REJECTED) return undefined;
      if (value === undefined) continue;
      const read = readValue(target.type, value as Written);
      if (read === REJECTED) return undefined;
      found.push(read);
    }
    const best = found.find((value) => value !== null);
    if (best === undefined && target.notNull === true) return undefined;
    if (best !== undefined) row[target.name] = best;
  }
  return row;
}

function candidates(target: Target, all: Members): readonly (readonly string[])[] {
  if (target.from !== 'snake') return pathsOf(target);
  return all.filter(([key]) => key === target.name || snakeCase(key) === target.name).map(([key]) => [key]);
}

/** Whether a name that means something is there twice in one object. */
function holdsTwice(targets: readonly Target[], all: Members, depth = 0, prefix: readonly string[] = []): boolean {
  const paths = targets.flatMap((target) => (target.from === 'snake' ? [] : pathsOf(target)));
  const below = paths.filter((at) => prefix.every((part, index) => at[index] === part));
  const meant = new Set(below.map((at) => at[depth]));
  const snake = new Set(
    depth > 0 ? [] : targets.filter(({ from: source }) => source === 'snake').map(({ name: own }) => own),
  );
  const keys = all.flatMap(([key]) => {
    if (meant.has(key)) return [`named ${key}`];
    const form = snake.has(key) ? key : snakeCase(key);
    return snake.has(form) ? [`snake ${form}`] : [];
  });
  if (new Set(keys).size < keys.length) return true;
  return all.some(
    ([key, value]) =>
      typeof value === 'object' &&
      'members' in value &&
      below.some((at) => at[depth] === key && at.length > depth + 1) &&
      holdsTwice(targets, value.members, depth + 1, [...prefix, key]),
  );
}

function lookUp(all: Members, [first, ...rest]: readonly string[]): Written | undefined | typeof REJECTED {
  const found = all.find(([key]) => key === first)?.[1];
  if (found === undefined || rest.length === 0) return found;
  if (found === 'null') return undefined;
  return typeof found === 'object' && 'members' in found ? lookUp(found.members, rest) : REJECTED;
}

/** A value as it is, under own names; REJECTED for one that is not of the type. */
function readValue(type: ColumnType, value: Written): unknown {
  if (value === 'null') return null;
  if (type.kind === 'struct') {
    if (typeof value === 'string' || !('members' in value)) return REJECTED;
    return judgeRow(type.fields as readonly StructField[], value.members) ?? REJECTED;
  }
  if (type.kind === 'array') {
    if (typeof value === 'string' || !('items' in value)) return REJECTED;
    const items = value.items.map((item) => readValue(type.element, item));
    return items.includes(REJECTED) ? REJECTED : items;
  }
  const text = writtenText(value);
  const columns = [{ name: 'v', type, notNull: false, comment: undefined }];
  const { rejected } = checkNdjson(columns, [Buffer.from(`{"v":${text}}\n`)]);
  return rejected.length > 0 ? REJECTED : (JSON.parse(text) as unknown);
}
