import fc from 'fast-check';
import {
  type Dataset,
  PartitionError,
  parsePartitionPath,
  partitionForTime,
  partitionInterval,
  partitionKeys,
  partitionPath,
  partitionPredicate,
} from '../../lib/dataset';
import { dataset, partitionedDataset } from './helpers';

const tenant = { name: 'tenant', kind: 'enum', values: ['acme', 'globex'] };
const device = { name: 'device', kind: 'injected' };
const range = { from: '2024-02-10', to: '2026-12-31' };
const day = dataset({ partition: { scheme: 'day', ...range } });
const hour = dataset({ partition: { scheme: 'hour', ...range } });
const dt = dataset({ partition: { scheme: 'dt', ...range } });
const leading = dataset({ partition: { scheme: 'day', ...range, leading: [tenant, device] } });

const problemOf = (of: Dataset, path: string) => {
  const parsed = parsePartitionPath(of, path);
  return parsed.ok ? undefined : parsed.problem;
};

const leadingValues = (of: Dataset) =>
  fc.record(
    Object.fromEntries(
      of.partition.leading.map((key) => [
        key.name,
        key.kind === 'enum' ? fc.constantFrom(...key.values) : fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,20}$/),
      ]),
    ),
  );

/** A dataset, a time in its range and values of its leading keys. */
const rowPlace = partitionedDataset.chain((of) =>
  fc.record({
    of: fc.constant(of),
    time: fc.date({
      min: new Date(`${of.partition.from}T00:00:00.000Z`),
      max: new Date(`${of.partition.to}T23:59:59.999Z`),
      noInvalidDate: true,
    }),
    values: leadingValues(of),
  }),
);

test('lists the keys of every scheme, leading keys first', () => {
  const keys = (of: Dataset) => partitionKeys(of).map(({ name, type }) => `${name} ${type}`);
  expect(keys(day)).toEqual(['year int', 'month int', 'day int']);
  expect(keys(hour)).toEqual(['year int', 'month int', 'day int', 'hour int']);
  expect(keys(dt)).toEqual(['dt string']);
  expect(keys(leading)).toEqual(['tenant string', 'device string', 'year int', 'month int', 'day int']);
});

test('places a time in the partition of its UTC day or hour', () => {
  const time = new Date('2026-06-05T23:30:00-02:00');
  expect(partitionForTime(day, time)).toBe('year=2026/month=06/day=06');
  expect(partitionForTime(hour, time)).toBe('year=2026/month=06/day=06/hour=01');
  expect(partitionForTime(dt, time)).toBe('dt=2026-06-06');
  expect(partitionForTime(leading, time, { tenant: 'acme', device: 'd-1' })).toBe(
    'tenant=acme/device=d-1/year=2026/month=06/day=06',
  );
});

test('a partition covers every time that is placed in it, and reads back', () => {
  fc.assert(
    fc.property(rowPlace, ({ of, time, values }) => {
      const path = partitionForTime(of, time, values);
      const { start, end } = partitionInterval(of, path);
      expect(start.getTime()).toBeLessThanOrEqual(time.getTime());
      expect(end.getTime()).toBeGreaterThan(time.getTime());
      if (of.partition.scheme === 'month') expect([start.getUTCDate(), end.getUTCDate()]).toEqual([1, 1]);
      else expect(end.getTime() - start.getTime()).toBe(of.partition.scheme === 'hour' ? 3_600_000 : 86_400_000);
      expect(partitionForTime(of, start, values)).toBe(path);

      const parsed = parsePartitionPath(of, path);
      expect(parsed).toEqual({ ok: true, path, values: expect.objectContaining(values) });
      expect(parsed.ok && partitionPath(of, parsed.values)).toBe(path);
    }),
  );
});

test('accepts no other spelling of a path', () => {
  const variants = (path: string) => [
    `/${path}`,
    `${path}/`,
    `${path} `,
    `${path}/part=1`,
    path.replace('=', '%3D'),
    path.replace('=', ''),
    path.replace('=', '= '),
    path.replaceAll('=0', '='),
    path.replace(/=(\d)/, '=0$1'),
    path.replace(/=(\d)/, '=+$1'),
    path.replace(/=(\d)/, '=\u0661'),
    path.replace(/-0/, '-'),
    path.toUpperCase(),
    path.split('/').reverse().join('/'),
    path.split('/').slice(1).join('/'),
    path.replace('/', '//'),
    `${path}\n`,
  ];
  fc.assert(
    fc.property(rowPlace, ({ of, time, values }) => {
      const path = partitionForTime(of, time, values.device === undefined ? values : { ...values, device: 'd' });
      for (const variant of variants(path)) {
        if (variant !== path) expect(`${variant}: ${parsePartitionPath(of, variant).ok}`).toBe(`${variant}: false`);
      }
    }),
  );
});

test('whatever path is accepted is canonical', () => {
  const part = fc.tuple(
    fc.constantFrom('year', 'month', 'day', 'hour', 'dt', 'tenant', 'device'),
    fc.oneof(fc.string(), fc.constantFrom('2026', '06', '6', '31', '00', '2026-06-15', 'acme', '..')),
  );
  fc.assert(
    fc.property(partitionedDataset, fc.array(part, { maxLength: 5 }), (of, parts) => {
      const path = parts.map(([name, value]) => `${name}=${value}`).join('/');
      const parsed = parsePartitionPath(of, path);
      if (parsed.ok) expect(partitionPath(of, parsed.values)).toBe(path);
    }),
  );
});

test.each<[string, Dataset, string, string]>([
  ['too few keys', day, 'year=2026/month=06', 'must have the form year=<yyyy>/month=<MM>/day=<dd>'],
  ['the empty path', day, '', 'must have the form year=<yyyy>/month=<MM>/day=<dd>'],
  ['a trailing slash', dt, 'dt=2026-06-15/', 'must have the form dt=<yyyy-MM-dd>'],
  ['another key', dt, 'day=2026-06-15', 'must have the form dt=<yyyy-MM-dd>'],
  ['one digit', day, 'year=2026/month=6/day=15', "month must be 2 digits, but got '6'"],
  ['no digits', hour, 'year=2026/month=06/day=15/hour=xx', "hour must be 2 digits, but got 'xx'"],
  ['hour 24', hour, 'year=2026/month=06/day=15/hour=24', 'hour must be 00 to 23'],
  ['a day that does not exist', day, 'year=2026/month=02/day=29', 'names no day that exists'],
  ['a day that does not exist in dt', dt, 'dt=2026-02-29', 'names no day that exists'],
  ['an unpadded dt', dt, 'dt=2026-6-1', 'names no day that exists'],
  ['a day before the range', day, 'year=2024/month=02/day=09', 'is outside the range 2024-02-10 to 2026-12-31'],
  ['a day after the range', dt, 'dt=2027-01-01', 'is outside the range 2024-02-10 to 2026-12-31'],
  ['an unknown value', leading, 'tenant=x/device=d/year=2026/month=06/day=15', "'x' is not a value of key tenant"],
  [
    'an unsafe value',
    leading,
    'tenant=acme/device=../year=2026/month=06/day=15',
    "'..' cannot be a value of key device: use letters, digits, '.', '_' and '-', beginning with a letter or digit, " +
      'at most 128 characters',
  ],
])('refuses %s', (_, of, path, problem) => {
  expect(problemOf(of, path)).toBe(`partition path '${path}' of dataset events: ${problem}`);
  expect(() => partitionInterval(of, path)).toThrow(PartitionError);
  expect(() => partitionPredicate(of, path)).toThrow(PartitionError);
});

test('takes the first and the last day of the range', () => {
  expect(problemOf(day, 'year=2024/month=02/day=10')).toBeUndefined();
  expect(problemOf(hour, 'year=2026/month=12/day=31/hour=23')).toBeUndefined();
  expect(problemOf(dt, 'dt=2024-02-29')).toBeUndefined();
});

test.each<[string, () => string, string]>([
  [
    'a missing key',
    () => partitionPath(day, { year: '2026', month: '06' }),
    "no value for partition key 'day' of events",
  ],
  [
    'a key too many',
    () => partitionPath(dt, { dt: '2026-06-15', hour: '01' }),
    "dataset events has no partition key 'hour', its keys are dt",
  ],
  ['an inherited key', () => partitionPath(dt, Object.create({ dt: '2026-06-15' })), "no value for partition key 'dt'"],
  [
    'a missing leading key',
    () => partitionForTime(leading, new Date('2026-01-01')),
    "no value for partition key 'tenant'",
  ],
  ['an invalid time', () => partitionForTime(day, new Date('x')), 'invalid event time for dataset events'],
  [
    'a time after the range',
    () => partitionForTime(day, new Date('2027-01-01T00:00:00Z')),
    'event time 2027-01-01T00:00:00.000Z is outside the range of dataset events, 2024-02-10 to 2026-12-31',
  ],
  [
    'a time before the range',
    () => partitionForTime(dt, new Date('2024-02-09T23:59:59.999Z')),
    'event time 2024-02-09T23:59:59.999Z is outside the range of dataset events, 2024-02-10 to 2026-12-31',
  ],
  ['a year of six digits', () => partitionForTime(day, new Date(8.64e15)), 'event time +275760-09-13T00:00:00.000Z'],
])('makes no path of %s', (_, run, message) => {
  expect(run).toThrow(PartitionError);
  expect(run).toThrow(message);
});

test('writes a predicate that names every key', () => {
  expect(partitionPredicate(leading, 'tenant=acme/device=d-1/year=2026/month=06/day=05')).toBe(
    "tenant = 'acme' AND device = 'd-1' AND year = 2026 AND month = 6 AND day = 5",
  );
  expect(partitionPredicate(dt, 'dt=2026-06-05')).toBe("dt = '2026-06-05'");
  expect(partitionPredicate(hour, 'year=2026/month=06/day=05/hour=00')).toBe(
    'year = 2026 AND month = 6 AND day = 5 AND hour = 0',
  );
});
