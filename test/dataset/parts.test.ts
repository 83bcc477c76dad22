/** Small parts that say one thing of a dataset each. */
import type { Dataset } from '../../lib/dataset';
import { bundledDatasets, datasetsScript } from '../../lib/dataset/bundle';
import { nextMonth } from '../../lib/dataset/calendar';
import { supersedes } from '../../lib/dataset/dedupe';
import { DELIVERY_SERVICES, LANDING } from '../../lib/dataset/delivery';
import { takesEvents, toTakeEvents } from '../../lib/dataset/events';
import { hasIceberg } from '../../lib/dataset/iceberg';
import { pascalCase } from '../../lib/dataset/pascal-case';
import { comparesRows, failedChecks, uniqueChecks } from '../../lib/dataset/row-checks';
import { s3ClientConfig } from '../../lib/dataset/s3-settings';
import { isSpelling } from '../../lib/dataset/snake-case';
import { KIB, MIB } from '../../lib/dataset/units';
import { dataset } from './helpers';

const taking = (input: object): Dataset => dataset({ input });

test.each([
  [{ formats: ['ndjson'] }, true],
  [{ formats: ['json'] }, true],
  [{ formats: ['csv', 'json'] }, true],
  [{ formats: ['csv', 'parquet'] }, false],
  [{ formats: ['json', 'ndjson'], json: { unwrap: 'Records' } }, false],
])('of input %j, the gateway takes events: %s', (input, expected) => {
  expect(takesEvents(taking(input))).toBe(expected);
});

test('what makes a dataset take events is told', () => {
  expect(toTakeEvents(taking({ formats: ['csv'] }))).toBe("add 'ndjson' to its input.formats");
  expect(toTakeEvents(taking({ formats: ['json'], json: { unwrap: 'Records' } }))).toBe(
    'leave input.json out, because events have no envelope',
  );
});

test.each([
  [{}, { forcePathStyle: false }],
  [
    { endpoint: undefined, region: 'eu-west-1' },
    { region: 'eu-west-1', forcePathStyle: false },
  ],
  [{ endpoint: 'http://localhost:9000' }, { endpoint: 'http://localhost:9000', forcePathStyle: true }],
  [
    { endpoint: 'https://s3.eu-west-1.amazonaws.com' },
    { endpoint: 'https://s3.eu-west-1.amazonaws.com', forcePathStyle: false },
  ],
  [
    { endpoint: 'https://amazonaws.com.example.org' },
    { endpoint: 'https://amazonaws.com.example.org', forcePathStyle: true },
  ],
  [
    { credentials: { accessKeyId: 'a', secretAccessKey: 'b' } },
    {
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      ...{ useDualstackEndpoint: false, useFipsEndpoint: false, forcePathStyle: false },
    },
  ],
])('a client for %j has what is set, and no more', (settings, expected) => {
  expect(s3ClientConfig(settings)).toStrictEqual(expected);
});

test('a bundle has its datasets, as they were parsed', () => {
  const all = [dataset({ description: 'A "quote", a \\ and a </script> \u2028.' })];
  const script = datasetsScript(all);
  expect(script).toMatch(/^globalThis\.__LAKE_DATASETS__ = JSON\.parse\(".*"\);$/s);
  const text = JSON.parse(script.slice('globalThis.__LAKE_DATASETS__ = JSON.parse('.length, -2)) as string;
  const read = JSON.parse(text) as readonly Dataset[];
  expect(read).toEqual(JSON.parse(JSON.stringify(all)));
  // Here too they are in the global variable.
  expect(bundledDatasets()?.length).toBeGreaterThan(0);
  expect(bundledDatasets()).toBe(globalThis.__LAKE_DATASETS__);
});

test('checks that compare rows, and rows that replace each other, are told apart from all others', () => {
  const check = { name: 'a', onFail: 'warn', expects: 'x from 1 on', sql: 'true' } as const;
  const unique = { ...check, name: 'u', expects: 'x to be unique', unique: ['x'] } as const;
  expect(uniqueChecks({})).toEqual([]);
  expect(uniqueChecks({ checks: [check, unique] })).toEqual([unique]);
  const dedupe = { key: [], keep: 'earliest', by: [], deleted: undefined } as const;
  expect(comparesRows({ dedupe })).toBe(false);
  expect(comparesRows({ dedupe, checks: [check] })).toBe(false);
  expect(comparesRows({ dedupe, checks: [check, unique] })).toBe(true);
  expect(comparesRows({ dedupe: { ...dedupe, key: ['id'] } })).toBe(true);
  expect([supersedes({ dedupe }), supersedes({ dedupe: { ...dedupe, by: ['seq'] } })]).toEqual([false, true]);
  expect([failedChecks([]), failedChecks([check]), failedChecks([check, unique])]).toEqual([
    '',
    'check a: expected x from 1 on',
    'check a: expected x from 1 on; check u: expected x to be unique',
  ]);
});

test('a lake has Iceberg tables as soon as one dataset has', () => {
  expect([[], [{}], [{}, { iceberg: true }]].map((all) => hasIceberg(all as Pick<Dataset, 'iceberg'>[]))).toEqual([
    ...[false, false],
    true,
  ]);
});

test('names of types and ids have each word with a capital', () => {
  expect(['web-shop', 'web_shop', 'a', 'web-shop_2x', '_x'].map(pascalCase)).toEqual([
    ...['WebShop', 'WebShop', 'A', 'WebShop2x', 'X'],
  ]);
});

test('a name is a spelling of a column as it is, or in camel case', () => {
  const names = ['user_id', 'userID', 'UserId', 'user-id', 'user', 'users_id'];
  expect(names.map((name) => isSpelling(name, 'user_id'))).toEqual([true, true, true, true, false, false]);
  expect([isSpelling('A_b', 'A_b'), isSpelling('x', 'A_b')]).toEqual([true, false]);
});

test.each([
  ['2026-01-31T23:59:59.999Z', '2026-02-01'],
  ['2026-02-01T00:00:00Z', '2026-03-01'],
  ['2026-12-31', '2027-01-01'],
])('the month after %s begins on %s', (time, day) => {
  expect(nextMonth(new Date(time)).toISOString()).toBe(`${day}T00:00:00.000Z`);
});

test('services that need a bucket of their own are services that deliver', () => {
  expect(LANDING).toEqual({ alb: 'encryption', 's3-access-logs': 'encryption', waf: 'name' });
  expect(DELIVERY_SERVICES).toEqual([
    ...['alb', 'cloudfront', 'cloudtrail', 'firehose', 'nlb', 'resolver-query-logs', 's3-access-logs'],
    ...['vpc-flow-logs', 'waf'],
  ]);
  expect(Object.keys(LANDING).filter((name) => !DELIVERY_SERVICES.some((service) => service === name))).toEqual([]);
});

test('a KiB and a MiB in bytes', () => {
  expect([KIB, MIB]).toEqual([1024, 1_048_576]);
});
