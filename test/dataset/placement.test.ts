import fc from 'fast-check';
import {
  type Dataset,
  parsePartitionPath,
  parseType,
  partitionForTime,
  partitionInterval,
  placeByPath,
  producerPath,
} from '../../lib/dataset';
import {
  inputFormat,
  isPathType,
  pathValueSql,
  pathValues,
  placeInLayout,
  rowsDataset,
} from '../../lib/dataset/placement';
import { dataset } from './helpers';

const columns = [
  { name: 'id', type: 'string', notNull: true },
  { name: 'at', type: 'timestamp', notNull: true },
  { name: 'account', type: 'string', notNull: true },
  { name: 'shard', type: 'bigint' },
  { name: 'delivered', type: 'date' },
];

function laidOut(layout: string, scheme = 'day', leading: unknown[] = []): Dataset {
  return dataset({
    columns,
    partition: { scheme, from: '2024-01-01', to: '2026-12-31', leading },
    input: { formats: ['ndjson'], layout },
  });
}
const region = { name: 'region', kind: 'injected' };

const cloudTrail = laidOut('AWSLogs/{account}/CloudTrail/{region}/{yyyy}/{MM}/{dd}/', 'day', [region]);

test('placeholders become keys and columns, and what follows the layout is the producer’s', () => {
  const path = 'AWSLogs/0123/CloudTrail/eu-west-1/2026/06/15/more/0123_CloudTrail.json.gz';
  expect(placeByPath(cloudTrail, path)).toEqual({
    ok: true,
    partition: 'region=eu-west-1/year=2026/month=06/day=15',
    prefix: 'AWSLogs/0123/CloudTrail/eu-west-1/2026/06/15/',
    columns: { account: '0123' },
  });
});

test.each([
  ['{yyyy}/{MM}/{dd}/', 'day', '2026/06/05/x', 'year=2026/month=06/day=05'],
  ['{yyyy}/{MM}/{dd}/{HH}/', 'hour', '2026/06/05/23/x', 'year=2026/month=06/day=05/hour=23'],
  ['{yyyy}/{MM}/{dd}/{HH}/', 'day', '2026/06/05/23/x', 'year=2026/month=06/day=05'],
  ['{yyyy}/{MM}/{dd}/{HH}/', 'month', '2026/06/05/23/x', 'year=2026/month=06'],
  ['year={yyyy}/month={M}/day={d}/', 'day', 'year=2026/month=6/day=5/x', 'year=2026/month=06/day=05'],
  ['year={yyyy}/month={M}/', 'month', 'year=2026/month=12/x', 'year=2026/month=12'],
  ['{yyyy}-{MM}-{dd}/', 'dt', '2026-06-05/x', 'dt=2026-06-05'],
  ['dt={yyyy}-{MM}-{dd}/', 'day', 'dt=2026-06-05/x', 'year=2026/month=06/day=05'],
  ['{yyyy}{MM}{dd}T{HH}/', 'dt', '20260605T07/x', 'dt=2026-06-05'],
  ['{yyyy}-{MM}-{dd}-{HH}-', 'hour', '2026-06-15-10-00-00-ABC', 'year=2026/month=06/day=15/hour=10'],
  ['*.{yyyy}-{MM}-{dd}-{HH}.', 'day', 'EXXXX.2026-06-15-10.abcd.gz', 'year=2026/month=06/day=15'],
  ['*.{yyyy}-{MM}-{dd}-{HH}.', 'day', 'www.x.y.2026-06-15-10.abcd.gz', 'year=2026/month=06/day=15'],
  ['logs/*/{yyyy}/{MM}/{dd}/', 'day', 'logs/any thing/2026/06/15/x', 'year=2026/month=06/day=15'],
  ['*/{d}.{M}.{yyyy}/', 'day', 'a/5.6.2026/x', 'year=2026/month=06/day=05'],
  ['{yyyy}/{MM}/{dd}/{yyyy}-{MM}-{dd}.', 'day', '2026/06/15/2026-06-15.gz', 'year=2026/month=06/day=15'],
])('layout %s of scheme %s places %s', (layout, scheme, path, partition) => {
  expect(placeByPath(laidOut(layout, scheme), path)).toMatchObject({ ok: true, partition });
});

test.each([
  ['AWSLogs/0123/CloudTrail-Digest/eu-west-1/2026/06/15/x', "'CloudTrail-Digest' does not fit 'CloudTrail'"],
  ['AWSLogs/o-1/0123/CloudTrail/eu-west-1/2026/06/15/x', "'0123' does not fit 'CloudTrail'"],
  ['AWSLogs/0123/CloudTrail/eu-west-1/2026/6/15/x', "'6' does not fit '{MM}'"],
  ['AWSLogs/0123/CloudTrail/eu-west-1/2026/06/15', "has no folder '{dd}'"],
  ['AWSLogs/0123/CloudTrail/eu-west-1/2026/13/15/x', 'names no day that exists'],
  ['AWSLogs/0123/CloudTrail/eu-west-1/2031/01/15/x', 'is outside the range 2024-01-01 to 2026-12-31'],
  ['AWSLogs/0123/CloudTrail/eu west/2026/06/15/x', "'eu west' cannot be a value of key region"],
  ['AWSLogs//CloudTrail/eu-west-1/2026/06/15/x', "'' does not fit '{account}'"],
])('what does not fit is reported: %s', (path, problem) => {
  const placed = placeByPath(cloudTrail, path);
  expect(placed).toEqual({ ok: false, problem: expect.stringContaining(problem) });
  expect(placed.ok ? '' : placed.problem).toContain(`the layout is '${cloudTrail.input.layout}'`);
});

test('values of a path have the type of their column, in its one spelling', () => {
  const of = laidOut('{shard}/{delivered}/{yyyy}/{MM}/{dd}/');
  const place = (shard: string, day: string) => placeByPath(of, `${shard}/${day}/2026/06/15/x`).ok;
  expect(['0', '-7', '9223372036854775807', '-9223372036854775808'].map((n) => place(n, '2026-06-14'))).toEqual(
    Array(4).fill(true),
  );
  expect(['007', '1.0', '9223372036854775808', '-0', 'x', '+1'].map((n) => place(n, '2026-06-14'))).toEqual(
    Array(6).fill(false),
  );
  expect(place('1', '2026-02-30')).toBe(false);
});

test('a placeholder that occurs twice must say the same twice', () => {
  const of = laidOut('{account}/{yyyy}/{MM}/{dd}/{account}_');
  expect(placeByPath(of, 'a/2026/06/15/a_x')).toMatchObject({ ok: true, columns: { account: 'a' } });
  expect(placeByPath(of, 'a/2026/06/15/b_x')).toEqual({
    ok: false,
    problem: expect.stringContaining("says 'a' and 'b' for one account"),
  });
});

test('what the lake itself writes is taken in Hive folders beside any layout, with every column from the rows', () => {
  expect(placeByPath(cloudTrail, 'region=eu/year=2026/month=06/day=15/x.json')).toEqual({
    ok: true,
    partition: 'region=eu/year=2026/month=06/day=15',
    prefix: 'region=eu/year=2026/month=06/day=15/',
    columns: undefined,
  });
});

/** Folders that hold every placeholder of a dataset in some order, and the text between them. */
const text = fc.constantFrom('', 'a', 'logs-', '=', 'x.', "it's_(1)!", '9');
const folder = fc.oneof(
  fc.constantFrom('{yyyy}', '{MM}', '{dd}', '{HH}', '{account}', '{region}', '{shard}', '*', 'fixed'),
  fc.constantFrom('{yyyy}-{MM}-{dd}', '{yyyy}{MM}{dd}{HH}', '{d}.{M}', '{H}h', '{account}-{yyyy}', '*_{dd}'),
);
const template = fc
  .record({
    folders: fc.array(fc.tuple(text, folder, text), { minLength: 1, maxLength: 5 }),
    end: fc.constantFrom('/', '/', '/{yyyy}-{MM}-{dd}-', '/*.{yyyy}{MM}{dd}.', '/part-'),
  })
  .map(({ folders, end }) => {
    const all = [...folders.map((parts) => parts.join('')), '{yyyy}-{MM}-{dd}T{HH}', 'r{region}'];
    return `${all.join('/')}${end}`;
  });
const scheme = fc.constantFrom('day', 'hour', 'dt', 'month');
const moment = fc.date({ min: new Date('2024-01-01'), max: new Date('2026-12-31T23:59:59Z'), noInvalidDate: true });
const values = fc.record({
  account: fc.stringMatching(/^[^/]{1,12}$/),
  region: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,12}$/),
  shard: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
});

/** The dataset of a template; undefined where the template is refused at synth. */
function datasetOf(layout: string, of: string): Dataset | undefined {
  try {
    return laidOut(layout, of, [region]);
  } catch {
    return undefined;
  }
}

test('a path that a template gives for a moment and values is read as those, whatever follows it', () => {
  let built = 0;
  fc.assert(
    fc.property(template, scheme, moment, values, fc.stringMatching(/^[^/]{1,8}(\/[^/]{1,8}){0,2}$/), (...given) => {
      const [layout, of, time, own, rest] = given;
      const laid = datasetOf(layout, of);
      if (laid === undefined) return;
      let path: string | undefined;
      try {
        path = producerPath(laid, time, own);
      } catch (error) {
        // In an object's name a value may hold what follows it: it is refused, not read otherwise.
        expect(error).toBeInstanceOf(RangeError);
        return;
      }
      built++;
      const placed = placeByPath(laid, `${path}${rest}`);
      const partition = partitionForTime(laid, time, { region: own.region });
      const names = Object.keys(placed.ok ? (placed.columns ?? {}) : {});
      expect(placed).toMatchObject({ ok: true, partition });
      expect(placed).toMatchObject({
        columns: names.length === 0 ? undefined : Object.fromEntries(names.map((name) => [name, own[name as 'shard']])),
      });
      const { start, end } = partitionInterval(laid, partition);
      expect([start <= time, time < end]).toEqual([true, true]);
    }),
    { numRuns: 2000 },
  );
  expect(built).toBeGreaterThan(300);
});

test('an object that is named as a folder of a partition lies in none', () => {
  for (const one of [laidOut('{account}/{yyyy}/{MM}/{dd}/'), dataset()]) {
    const folder = 'year=2026/month=06/day=15';
    const known = placeByPath(one, `${folder}/x`);
    expect([known, placeByPath(one, folder), placeByPath(one, `${folder}/x`)]).toMatchObject([
      { ok: true, prefix: `${folder}/` },
      { ok: false },
      { ok: true, prefix: `${folder}/` },
    ]);
  }
  expect(placeByPath(dataset(), 'year=2026/month=06/day=15')).toMatchObject({
    problem: expect.stringContaining('it is named as the folder of a partition, and lies in none'),
  });
});

test('any path is in exactly one partition of the dataset, or has a problem that is said', () => {
  const segment = fc.oneof(
    fc.constantFrom('AWSLogs', 'CloudTrail', '2026', '06', '6', '15', '99', '', '.', '_x', 'region=a', 'year=2026'),
    fc.constantFrom('month=06', 'day=15', '\u0000', '\ud83d\ude00', 'eu-west-1'),
    fc.string({ maxLength: 6 }),
  );
  const templates = ['{account}/{yyyy}/{MM}/{dd}/', 'AWSLogs/{account}/{yyyy}/{M}/{d}/', '*{yyyy}-{MM}-{dd}.'];
  const all = templates.map((layout) => laidOut(layout));
  const paths = fc.oneof(
    fc.array(segment, { maxLength: 8 }).map((parts) => parts.join('/')),
    fc.tuple(segment, segment, segment, segment).map(([a, b, c, d]) => `AWSLogs/${a}/2026/${b}/${c}/${d}`),
  );
  fc.assert(
    fc.property(fc.constantFrom(...all), paths, (of, path) => {
      const placed = placeByPath(of, path);
      if (placed.ok) {
        expect(parsePartitionPath(of, placed.partition).ok).toBe(true);
        expect(path.startsWith(placed.prefix)).toBe(true);
      } else {
        expect(placed.problem.length).toBeGreaterThan(20);
      }
    }),
    { numRuns: 3000 },
  );
});

test('reading a path takes linear time, however the path is made', () => {
  const of = laidOut('*a{yyyy}/*b{MM}/*c{dd}/*d{HH}-');
  const hostile = `${'a2026'.repeat(40_000)}x/${'b06'.repeat(40_000)}/${'c15'.repeat(40_000)}/${'d1'.repeat(40_000)}`;
  const start = performance.now();
  expect(placeByPath(of, hostile).ok).toBe(false);
  expect(performance.now() - start).toBeLessThan(1_000);
});

describe('scheme month', () => {
  const month = dataset({ partition: { scheme: 'month', from: '2024-02-01', to: '2026-12-31' } });

  test('a month is one partition, of its own length', () => {
    const at = (time: string) => partitionForTime(month, new Date(time));
    expect(at('2024-02-29T23:59:59Z')).toBe('year=2024/month=02');
    expect(at('2024-03-01T00:00:00Z')).toBe('year=2024/month=03');
    const days = (path: string) => {
      const { start, end } = partitionInterval(month, path);
      return [start.toISOString().slice(0, 10), (end.getTime() - start.getTime()) / 86_400_000];
    };
    expect(days('year=2024/month=02')).toEqual(['2024-02-01', 29]);
    expect(days('year=2026/month=12')).toEqual(['2026-12-01', 31]);
  });

  test.each([
    ['year=2024/month=13', 'names no month that exists'],
    ['year=2024/month=1', 'month must be 2 digits'],
    ['year=2024/month=01', 'is outside the range 2024-02-01 to 2026-12-31'],
    ['year=2024/month=02/day=01', 'must have the form year=<yyyy>/month=<MM>'],
  ])('%s is not a partition', (path, problem) => {
    expect(parsePartitionPath(month, path)).toEqual({ ok: false, problem: expect.stringContaining(problem) });
  });
});

test('the values of a path are those of its columns, and rows come without them', () => {
  const key = 'raw/events/AWSLogs/0123/CloudTrail/eu-west-1/2026/06/15/x.json.gz';
  const values = pathValues(cloudTrail, key);
  expect(values).toEqual({ account: '0123' });
  const without = ['id', 'at', 'shard', 'delivered'];
  expect(rowsDataset(cloudTrail, values).columns.map(({ name }) => name)).toEqual(without);
  expect(rowsDataset(cloudTrail, undefined)).toBe(cloudTrail);
  // Objects of the lake itself lie in Hive folders, and have every column in their rows.
  expect(pathValues(cloudTrail, 'raw/events/region=eu-west-1/year=2026/month=06/day=15/x')).toBeUndefined();
  expect(pathValues(cloudTrail, 'raw/events/elsewhere/x')).toBeUndefined();
  expect(pathValues(laidOut('{yyyy}/{MM}/{dd}/'), 'raw/events/2026/06/15/x')).toBeUndefined();
});

test('a value of a path is an expression of the type of its column', () => {
  const [, , account, shard, delivered] = cloudTrail.columns;
  expect([account, shard, delivered].map((column) => column && pathValueSql(column, "o'1"))).toEqual([
    "'o''1'::VARCHAR",
    "'o''1'::BIGINT",
    "'o''1'::DATE",
  ]);
});

test('a value that is not of the type of its column is told, and no more of it than fits a line', () => {
  const sharded = laidOut('{shard}/{yyyy}/{MM}/{dd}/');
  expect(placeByPath(sharded, `${'x'.repeat(61)}/2026/06/15/a`)).toEqual({
    ok: false,
    problem: `'${'x'.repeat(60)}' cannot be column shard, a bigint; the layout is '{shard}/{yyyy}/{MM}/{dd}/'`,
  });
  expect(placeInLayout(dataset(), 'x')).toEqual({
    ok: false,
    problem: 'the dataset has no layout of its own',
  });
});

test.each(['/year=2026/month=06/day=15/x', 'year=2026', 'year=2026/month=06/day=15', ''])(
  'Hive: %s is in no partition',
  (path) => {
    expect(placeByPath(dataset(), path).ok).toBe(false);
  },
);

test('neighbours of one folder are placed alike, and those of another are not', () => {
  const events = dataset();
  const partition = 'year=2026/month=06/day=15';
  const first = placeByPath(events, `${partition}/a`);
  expect(first).toEqual({ ok: true, partition, prefix: `${partition}/`, columns: undefined });
  expect(placeByPath(events, `${partition}/b`)).toBe(first);
  expect(placeByPath(events, 'year=2026/month=06/day=16/a')).toMatchObject({ partition: 'year=2026/month=06/day=16' });
  expect(placeByPath(events, `${partition}x/a`).ok).toBe(false);
});

test.each([
  [['ndjson'], 'a.csv', 'csv'],
  [['ndjson'], 'a.CSV.GZ', 'csv'],
  [['ndjson'], 'a.csv.gzip', 'csv'],
  [['ndjson'], 'a.csv.zst', 'csv'],
  [['ndjson'], 'a.csv.zstd', 'csv'],
  [['ndjson'], 'a.csv.gz.gz', 'ndjson'],
  [['csv'], 'a.json', 'ndjson'],
  [['csv'], 'a.ndjson.gz', 'ndjson'],
  [['csv'], 'a.jsonl', 'ndjson'],
  [['csv'], 'a.jsonl.part', 'csv'],
  [['csv'], 'ajson', 'csv'],
  [['csv', 'json'], 'a.ndjson', 'json'],
  [['csv', 'lines'], 'a.log.gz', 'lines'],
  [['csv'], 'a.log', 'csv'],
  [['csv', 'lines'], 'alog', 'csv'],
  [['csv', 'ndjson'], 'acsv', 'csv'],
  [['lines', 'csv'], 'a.csv.txt', 'lines'],
  [['parquet', 'csv'], 'a', 'csv'],
  [['parquet', 'json', 'csv'], 'a.bin', 'json'],
  [['parquet'], 'a.parquet', 'ndjson'],
])('of a dataset of %j, the object %s is read as %s', (formats, key, format) => {
  const lines = { pattern: '(?<id>\\S+) (?<at>\\S+)' };
  const input = { formats, ...(formats.includes('lines') ? { lines } : {}) };
  expect(inputFormat(dataset({ input }), key)).toBe(format);
});

test.each([
  ['string', true],
  ['date', true],
  ['tinyint', true],
  ['smallint', true],
  ['int', true],
  ['bigint', true],
  ['boolean', false],
  ['double', false],
  ['timestamp', false],
  ['decimal(5,2)', false],
  ['array<int>', false],
])('a column of a path that is %s: %s', (type, expected) => {
  expect(isPathType(parseType(type))).toBe(expected);
});

test.each([
  ['tinyint', ['-128', '127'], ['-129', '128']],
  ['smallint', ['-32768', '32767'], ['-32769', '32768']],
  ['int', ['-2147483648', '2147483647'], ['-2147483649', '2147483648']],
  ['bigint', ['1000000000000000000'], ['10000000000000000000', '1 ', ' 1', '']],
  ['string', ['1 ', 'é'], ['\ud800']],
  ['date', ['2026-02-28'], ['2026-02-29', '2026-2-28']],
])('a path gives a %s as %j, and never as %j', (type, taken, refused) => {
  const of = dataset({
    columns: [...columns.slice(0, 2), { name: 'v', type }],
    input: { formats: ['ndjson'], layout: 'v{v}/{yyyy}/{MM}/{dd}/' },
  });
  const places = (texts: readonly string[]) => texts.map((value) => placeByPath(of, `v${value}/2026/06/15/x`));
  expect(places(taken)).toMatchObject(taken.map((v) => ({ ok: true, columns: { v } })));
  expect(places(refused).map(({ ok }) => ok)).toEqual(refused.map(() => false));
});

test('what does not fit the layout is told as a whole', () => {
  const of = laidOut('{account}/{yyyy}/{MM}/{dd}/');
  const layout = "; the layout is '{account}/{yyyy}/{MM}/{dd}/'";
  expect(placeByPath(of, 'a/2026/06/xx/y')).toEqual({ ok: false, problem: `'xx' does not fit '{dd}'${layout}` });
  expect(placeByPath(of, 'a/2027/06/15/y')).toEqual({
    ok: false,
    problem: `partition path 'year=2027/month=06/day=15' of dataset events: is outside the range 2024-01-01 to 2026-12-31${layout}`,
  });
});

test('a dataset without a layout has no path for producers', () => {
  expect(producerPath(dataset(), new Date('2026-06-15'), {})).toBeUndefined();
  expect(producerPath(laidOut('{yyyy}/{MM}/{dd}/'), new Date('2026-06-15'), {})).toBe('2026/06/15/');
});
