import * as fc from 'fast-check';
import { type DatasetDefinition, parseDataset } from '../../../lib/dataset';
import { placeByPath } from '../../../lib/dataset/placement';
import { placeDoubts } from '../../new-dataset/doubts';
import { type Folders, readFolders } from '../../new-dataset/folders';

/** The dataset that folders alone make. */
function definitionOf({ layout, scheme = 'day', leading, columns }: Folders): DatasetDefinition {
  return {
    name: 'sample',
    description: 'Rows.',
    columns: [
      ...columns.map((name) => ({ name, type: 'string', notNull: true })),
      { name: 'row_time', type: 'timestamp', notNull: true },
    ],
    partition: {
      scheme,
      from: scheme === 'hour' ? '2020-01-01' : '1900-01-01',
      to: scheme === 'hour' ? '2029-12-31' : '2199-12-31',
      ...(leading.length === 0 ? {} : { leading: leading.map(({ name }) => ({ name, kind: 'injected' as const })) }),
    },
    eventTime: 'row_time',
    sortBy: ['row_time'],
    input: { formats: ['ndjson'], ...(layout === undefined ? {} : { layout }) },
  };
}

const LAYOUTS: readonly [string, string | undefined][] = [
  ['y=2026/m=03/d=12/h=10/m=00/PT1H.json', 'y={yyyy}/m={MM}/d={dd}/h={HH}/'],
  ['y=2026/m=03/d=12/h=10/PT1H.json', 'y={yyyy}/m={MM}/d={dd}/h={HH}/'],
  [
    'resourceId=/SUBSCRIPTIONS/8A-1/RESOURCEGROUPS/RG/y=2026/m=03/d=12/h=10/m=00/PT1H.json',
    '*/SUBSCRIPTIONS/8A-1/RESOURCEGROUPS/RG/y={yyyy}/m={MM}/d={dd}/h={HH}/',
  ],
  ['ingest_date=20260312/hr=3/a.json', 'ingest_date={yyyy}{MM}{dd}/hr={H}/'],
  ['dt=2026-03-12/hour=03/a.json', 'dt={yyyy}-{MM}-{dd}/hour={HH}/'],
  ['date=2026-03-12/a.json', 'date={yyyy}-{MM}-{dd}/'],
  ['year=2026/month=3/a.json', 'year={yyyy}/month={M}/'],
  ['jahr=2026/monat=03/tag=12/stunde=04/a.json', 'jahr={yyyy}/monat={MM}/tag={dd}/stunde={HH}/'],
  ['p=2026_03_12/a', 'p={yyyy}_{MM}_{dd}/'],
  ['at=2026-03-12T10/a', 'at={yyyy}-{MM}-{dd}T{HH}/'],
  ['at=2026-03-12T10%3A00/a', 'at={yyyy}-{MM}-{dd}*/'],
  ['at=31-12-2026/a', 'at={dd}-{MM}-{yyyy}/'],
  ['at=12-31-2026/a', 'at={MM}-{dd}-{yyyy}/'],
  ['at=03-04-2026/a', undefined],
  ['id=20261399/a', undefined],
  ['month=2026-03/a', 'month={yyyy}-{MM}/'],
  ['2026-03/12/a', '{yyyy}-{MM}/{dd}/'],
  ['region=eu/2026/03/12/a.json', 'region={region}/{yyyy}/{MM}/{dd}/'],
  ['region=eu/date=2026-03-12/a.json', 'region={region}/date={yyyy}-{MM}-{dd}/'],
  ['topics/x/partition=0/2026/03/12/a.json', 'topics/x/partition={partition_number}/{yyyy}/{MM}/{dd}/'],
  ['table=Orders/dt=2026-03-12/a', 'table={table_name}/dt={yyyy}-{MM}-{dd}/'],
  ['d=x/M=y/2026/03/12/a', 'd=*/M=*/{yyyy}/{MM}/{dd}/'],
  ['shard=0/year=2026/month=03/day=12/a', 'shard={shard}/year={yyyy}/month={MM}/day={dd}/'],
  ['year=2026/month=03/day=12/tenant=a/a', 'year={yyyy}/month={MM}/day={dd}/tenant={tenant}/'],
  ['year=2026/month=03/day=12/minute=05/a', undefined],
  ['my data/date=2026-03-12/a', '*/date={yyyy}-{MM}-{dd}/'],
  ['ingest_date=2026-03-13/year=2026/month=03/day=12/a', 'ingest_date=*/year={yyyy}/month={MM}/day={dd}/'],
  ['tenant=a/year=2026/month=03/day=12/a', undefined],
  ['dt=2026-03-12/a', undefined],
  ['in/tenant=a/dt=2026-03-12/a', undefined],
  ['topics/x/partition=0/a.json', undefined],
  ['table=Orders/a', undefined],
];

test.each(LAYOUTS)('folders of %s', (path, layout) => {
  const found = readFolders([path]);
  expect(found.layout).toBe(layout);
  const dataset = parseDataset(definitionOf(found), 'sample.ts');
  expect(placeDoubts(dataset, [path]).length).toBe(placeByPath(dataset, path).ok ? 0 : 1);
  if (layout !== undefined) expect(placeByPath(dataset, path)).toMatchObject({ ok: true });
});

test.each([
  'a/b.json',
  'partition=0/a',
  'year=2026/a',
  'month=Mar/a',
  'hour=10/a',
  'week=W1/a',
  'partition=0/tenant=a/a',
])(
  'no time in the folders of %s: no part of a time and no number becomes an enum, and a comment says that objects are outside',
  (path) => {
    const found = readFolders([path]);
    expect(found.leading.map(({ name }) => name)).toEqual(path.includes('tenant') ? ['tenant'] : []);
    const [doubt] = placeDoubts(parseDataset(definitionOf(found), 'sample.ts'), [path]);
    expect(doubt?.text).toMatch(
      /^no path of the samples is in a partition, such as .*deliver them below raw\/sample\//,
    );
  },
);

const value = fc.oneof(
  fc.constantFrom(
    '0',
    '3',
    '07',
    '12',
    '2026',
    '2026-03-12',
    '20260312',
    '202603',
    'eu-west-1',
    '111122223333',
    'Orders',
    '',
  ),
  fc.constantFrom('a b', 'a%2Fb', '_x', '.x', 'ü', '{a}', 'a=b', 'A', 'a', '2026-02-30', '1e9', '*', "o'x"),
  fc.string({ maxLength: 6 }).map((text) => text.replaceAll('/', '')),
);
const key = fc.constantFrom(
  ...[
    'partition',
    'table',
    'year',
    'month',
    'day',
    'hour',
    'minute',
    'dt',
    'date',
    'y',
    'm',
    'd',
    'h',
    'M',
    'HH',
    'yyyy',
  ],
  ...['tenant', 'region', 'Tenant', '_x', '1a', 'a b', 'at', 'user', 'file_row_number', 'folder_1', 'x'.repeat(300)],
);
const timeFolders = fc.constantFrom(
  ...[
    '2026/03/12',
    'y=2026/m=3/d=12',
    'year=2026/month=03/day=12',
    'year=2026/month=03/day=12/hour=10',
    'dt=2026-03-12',
  ],
  ...['date=20260312', '2026-03', 'year=2026/month=03', ''],
);
const folder = fc.oneof(
  value,
  fc.tuple(key, value).map(([name, text]) => `${name}=${text}`),
);
const paths = fc
  .tuple(fc.array(folder, { maxLength: 4 }), timeFolders, fc.array(folder, { maxLength: 2 }))
  .map(([before, time, after]) => [...before, ...(time === '' ? [] : [time]), ...after, 'a.json'].join('/'));

test('whatever the paths are, the dataset is accepted, enum keys have a comment and none is a number, and each path is placed or a comment says why not', () => {
  let placed = 0;
  fc.assert(
    fc.property(fc.array(paths, { minLength: 1, maxLength: 3 }), fc.boolean(), (some, isOne) => {
      const all = isOne ? some.slice(0, 1) : some;
      const found = readFolders(all);
      const dataset = parseDataset(definitionOf(found), 'sample.ts');
      for (const { name, ...rest } of found.leading) {
        expect(found.doubts.some((text) => text.startsWith(`${name} has `))).toBe(true);
        expect('values' in rest && rest.values.every((text) => /^\d+$/.test(text))).toBe(false);
      }
      const outside = all.filter((path) => !placeByPath(dataset, path).ok);
      expect(placeDoubts(dataset, all)).toHaveLength(outside.length === 0 ? 0 : 1);
      // What the folders are said to tell holds for all of them.
      const isBelow = found.layout === undefined && all.every((path) => !/^[^/]+=/.test(path));
      if (found.scheme !== undefined && !isBelow) expect(outside).toEqual([]);
      placed += all.length - outside.length;
    }),
    { numRuns: 1500 },
  );
  expect(placed).toBeGreaterThan(250);
});
