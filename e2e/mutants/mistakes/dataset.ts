import type { Mistake } from '../mistake';

const dataset = (name: string): string => `lib/dataset/${name}.ts`;
const test = (name: string): readonly string[] => [`test/dataset/${name}.test.ts`];

export const DATASET: readonly Mistake[] = [
  {
    name: 'dataset: partitions are by the day of Berlin',
    file: dataset('partitions'),
    find: 'const iso = time.toISOString();',
    replace: 'const iso = new Date(time.getTime() + 7_200_000).toISOString();',
    tests: test('partitions'),
    titles: 'places a time in the partition',
  },
  {
    name: 'dataset: a month of one digit is a partition',
    file: dataset('partitions'),
    find: 'value.length !== digits || ',
    replace: '',
    tests: test('partitions'),
  },
  {
    name: 'dataset: a predicate leaves out keys',
    file: dataset('partitions'),
    find: "    .join(' AND ');",
    replace: "    .slice(0, 1)\n    .join(' AND ');",
    tests: test('partitions'),
    titles: 'writes a predicate that names every key',
  },
  {
    name: 'dataset: months are projected without a leading zero',
    file: dataset('projection'),
    find: "integer('month', '1,12', 2)",
    replace: "integer('month', '1,12')",
    tests: test('tables'),
    titles: 'defines the tables of access_logs',
  },
  {
    name: 'dataset: hours are projected to 24',
    file: dataset('projection'),
    find: "'0,23'",
    replace: "'0,24'",
    tests: test('tables'),
    titles: 'projects hours with two digits',
  },
  {
    name: 'dataset: a malformed line fails every query of raw JSON',
    file: dataset('tables'),
    find: "'ignore.malformed.json': 'true'",
    replace: "'ignore.malformed.json': 'false'",
    tests: test('tables'),
    titles: 'defines the tables of access_logs',
  },
  {
    name: 'dataset: two zones share a prefix',
    file: dataset('layout'),
    find: "export const RECORD_PREFIX = 'records/';",
    replace: "export const RECORD_PREFIX = 'data/records/';",
    tests: test('layout'),
    titles: 'zones that share a bucket',
  },
  {
    name: 'dataset: the schema takes members that are no column',
    file: dataset('json-schema'),
    find: '.map((column) => column.name),\n    additionalProperties: false,',
    replace: '.map((column) => column.name),',
    tests: test('json-schema'),
    titles: 'requires the columns that must have a value',
  },
  {
    name: 'dataset: the schema takes numbers that JSON does not hold',
    file: dataset('json-schema'),
    find: 'maximum: Number.MAX_SAFE_INTEGER }',
    replace: 'maximum: 2 ** 63 }',
    tests: test('json-schema'),
    titles: 'bigint',
  },
  {
    name: 'dataset: reserved words are names of columns',
    file: dataset('checks/names'),
    find: '} else if (isReserved(name)) {',
    replace: '} else if (isReserved(name) && rule === TABLE) {',
    tests: test('checks/columns'),
    titles: 'refuses every reserved word',
  },
  {
    name: 'dataset: data may expire before queries that read it have ended',
    file: dataset('checks/settings'),
    find: 'days === undefined || days >= least',
    replace: 'days === undefined || days >= 0',
    tests: test('checks/settings'),
  },
];
