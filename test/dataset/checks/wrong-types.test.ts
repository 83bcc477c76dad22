/** A value of another type than a setting has is a mistake that is told, wherever it stands: forks may be plain JavaScript. */

import { type DatasetDefinition, parseDataset } from '../../../lib/dataset';
import { definition, problemsOf } from '../helpers';

const columns = [
  { name: 'id', type: 'string', notNull: true, comment: 'Id', from: 'ID' },
  { name: 'at', type: 'timestamp', notNull: true, format: { pattern: '%Y-%m-%d %H:%M:%S', zone: '+02:00' } },
  { name: 'gone', type: 'string', from: { firstOf: ['deleted', 'removed'] } },
  { name: 'seq', type: 'bigint', notNull: true },
  { name: 'owner', type: 'string' },
  { name: 'bucket', type: 'string' },
];
const json = [
  { name: 'any', type: 'string', format: 'json' },
  { name: 'visitor', type: 'struct<a:string>', fields: { a: { from: 'A' } }, from: { path: ['who', 'user'] } },
  { name: 'made', type: 'string', from: { join: ['day', 'time'] } },
];

/** Valid definitions that together have every setting. */
const WHOLE: readonly Readonly<Record<string, unknown>>[] = [
  {
    columns: [...columns, ...json],
    columnNames: 'snake',
    dedupe: { key: ['id'], keep: 'latest', by: ['seq'], deleted: { column: 'gone', values: ['yes'] } },
    sortBy: ['at'],
    input: {
      formats: ['json', 'parquet'],
      json: { unwrap: { path: ['a', 'b'] }, carry: ['owner', { path: ['s', 'bucket'] }] },
      nulls: ['-'],
      layout: '{tenant}/{yyyy}/{MM}/{dd}/',
      ignore: ['AWSLogs/*/x'],
    },
    partition: {
      scheme: 'day',
      from: '2024-01-01',
      to: '2026-12-31',
      leading: [{ name: 'tenant', kind: 'enum', values: ['a', 'b'] }],
    },
    delivery: 'cloudtrail',
    iceberg: true,
    retention: { rawNoncurrentDays: 30, curatedDays: 60 },
    compaction: {
      ...{ codec: 'zstd', targetFileMiB: 256, rowGroupRows: 122_880, graceHours: 24 },
      ...{ maxUndersizedFiles: 4, closeAfterHours: 2 },
    },
  },
  {
    columns,
    dedupeKey: ['id'],
    input: {
      formats: ['csv', 'lines'],
      csv: {
        ...{ delimiter: ';', header: ['ID', 'at', 'deleted', 'seq', 'owner', 'bucket'], comment: '#', nulls: ['-'] },
        ...{ empty: 'string', quote: "'", escape: 'double', decimal: ',', thousands: '.', trailingDelimiter: true },
        ...{ extraFields: 'ignore', missingFields: 'null' },
      },
      lines: { pattern: '^(?<ID>\\S+) (?<at>\\S+ \\S+) (?<seq>\\d+)$', nulls: ['-'] },
    },
  },
];

const isPath = (value: unknown): boolean => typeof value === 'object' && value !== null && Object.hasOwn(value, 'path');

/** Places that take a value of another type, and which. */
const TAKEN: readonly (readonly [place: RegExp, takes: (value: unknown) => boolean])[] = [
  [/^input\.csv\.header$/, (value) => typeof value === 'boolean' || value === '#text'],
  [/^input\.csv\.quote$/, (value) => value === false],
  [/\.from$/, (value) => typeof value === 'string' || isPath(value)],
  [/\.from\.(?:firstOf|join)\.\d+$/, (value) => isPath(value)],
  [/^input\.json\.unwrap$/, (value) => typeof value === 'string'],
];

const WRONG: readonly unknown[] = [
  ...[null, 0, 7, 1.5, Number.NaN, 10n, Symbol('x'), true, false, '', '#text', 'true', '7', [], ['x'], [7], [[]], {}],
  ...[{ x: 1 }, { path: ['x'] }, () => 'x', new Date(0), /x/, new Map()],
];

const kind = (value: unknown): string => (Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value);

/** Every place in a value, but that of the whole. */
function places(value: unknown, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  const inner = Array.isArray(value) ? value.map((item, index) => [index, item] as const) : Object.entries(value);
  return [...(path.length === 0 ? [] : [path]), ...inner.flatMap(([name, item]) => places(item, [...path, name]))];
}

function replaced(value: unknown, [name, ...rest]: readonly (string | number)[], by: unknown): unknown {
  if (name === undefined) return by;
  if (Array.isArray(value)) return value.map((item, index) => (index === name ? replaced(item, rest, by) : item));
  const object = value as Readonly<Record<string, unknown>>;
  return { ...object, [name]: replaced(object[name], rest, by) };
}

const at = (value: unknown, path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>((inner, name) => (inner as Record<string | number, unknown>)[name], value);

test.each(WHOLE.map((overrides, index) => [index, overrides] as const))('definition %i is valid', (_, overrides) => {
  expect(problemsOf(() => parseDataset(definition(overrides)))).toEqual([]);
});

test.each(
  WHOLE.flatMap((overrides) => {
    const whole = definition(overrides);
    return places(whole).map((path) => [path.join('.'), whole, path] as const);
  }),
)('%s of another type', (place, whole: DatasetDefinition, path) => {
  const own = at(whole, path);
  for (const value of WRONG) {
    if (kind(value) === kind(own)) continue;
    if (TAKEN.some(([where, takes]) => where.test(place) && takes(value))) continue;
    const found = problemsOf(() => parseDataset(replaced(whole, path, value) as DatasetDefinition));
    expect([place, value, found.length > 0]).toEqual([place, value, true]);
    for (const { field, problem, fix } of found) {
      expect(`${field}: ${problem}; ${fix}`).not.toMatch(/\[object|undefined|Symbol\(Symbol/);
    }
  }
});
