import { parseDataset } from '../../../lib/dataset';
import { PartitionFinder, PlacementError } from '../../gateway/events/place';

const NOW = Date.parse('2026-06-15T10:30:00Z');
const HOUR = 3_600_000;

const finder = (type: 'timestamp' | 'date', { leading = [] as readonly object[], now = () => NOW } = {}) =>
  new PartitionFinder(
    parseDataset({
      name: 'clicks',
      description: 'Clicks.',
      input: { formats: ['ndjson'] },
      columns: [{ name: 'at', type, notNull: true }],
      eventTime: 'at',
      partition: { scheme: type === 'date' ? 'day' : 'hour', from: '2024-01-01', to: '2026-12-31', leading } as never,
    }),
    { pastHours: 48, futureMinutes: 15 },
    now,
  );

const message = (act: () => unknown): string => {
  try {
    return String(act());
  } catch (error) {
    expect(error).toBeInstanceOf(PlacementError);
    expect((error as Error).name).toBe('PlacementError');
    return (error as Error).message;
  }
};
const old = (time: string, hint = ''): string => `at: ${time} is older than 48 hours, the oldest that is taken${hint}`;
const early = (time: string): string => `at: ${time} is more than 15 minutes ahead of the clock`;
const SECONDS = '; send milliseconds since 1970, this looks like seconds';

test.each<[unknown, string]>([
  [NOW, 'year=2026/month=06/day=15/hour=10'],
  ['2026-06-15T10:30:00Z', 'year=2026/month=06/day=15/hour=10'],
  ['2026-06-15T10:30:00.123456789+02:00', 'year=2026/month=06/day=15/hour=08'],
  [NOW - 48 * HOUR, 'year=2026/month=06/day=13/hour=10'],
  [NOW - 48 * HOUR - 1, old('2026-06-13T10:29:59.999Z')],
  [NOW + 15 * 60_000, 'year=2026/month=06/day=15/hour=10'],
  [NOW + 15 * 60_000 + 1, early('2026-06-15T10:45:00.001Z')],
  ['soon', 'at: is not a time'],
  [Number.NaN, 'at: is not a time'],
  [NOW / 1_000, old('1970-01-21T14:51:59.400Z', SECONDS)],
  [NOW / 1_000 - 48 * 3_600, old('1970-01-21T14:49:06.600Z', SECONDS)],
  [NOW / 1_000 - 48 * 3_600 - 1, old('1970-01-21T14:49:06.599Z')],
  [NOW / 1_000 + 15 * 60, old('1970-01-21T14:52:00.300Z', SECONDS)],
  [NOW / 1_000 + 15 * 60 + 1, old('1970-01-21T14:52:00.301Z')],
  [0, old('1970-01-01T00:00:00.000Z')],
])('the place of %s is %s', (time, wanted) => {
  expect(message(() => finder('timestamp').find(time, {}))).toBe(wanted);
});

test.each<[unknown, string]>([
  ['2026-06-15', 'year=2026/month=06/day=15'],
  ['2026-06-13', 'year=2026/month=06/day=13'],
  ['2026-06-12', old('2026-06-12T00:00:00.000Z')],
  ['2026-06-16', early('2026-06-16T00:00:00.000Z')],
  ['2026-02-30x', 'at: is not a time'],
])('a date stands for its whole day: the place of %s is %s', (date, wanted) => {
  expect(message(() => finder('date').find(date, {}))).toBe(wanted);
});

test('the last moment of a date counts: a day that ends 48 hours ago is taken', () => {
  const ends = Date.parse('2026-06-13T00:00:00Z') + 48 * HOUR - 1;
  expect(message(() => finder('date', { now: () => ends }).find('2026-06-12', {}))).toBe('year=2026/month=06/day=12');
  expect(message(() => finder('date', { now: () => ends + 1 }).find('2026-06-12', {}))).toBe(
    old('2026-06-12T00:00:00.000Z'),
  );
});

test('a time outside of the partitions of the dataset has no place, and the message of the dataset says so', () => {
  const late = Date.parse('2027-01-01T00:00:00Z');
  expect(message(() => finder('timestamp', { now: () => late }).find(late, {}))).toMatch(/2027-01-01.*2026-12-31/);
});

test('values of leading keys are part of the place, each with its own, again and again', () => {
  const own = finder('timestamp', { leading: [{ name: 'site', kind: 'injected' }] });
  for (let i = 0; i < 2; i += 1) {
    for (const site of ['a', 'b']) {
      expect(own.find(NOW, { site })).toBe(`site=${site}/year=2026/month=06/day=15/hour=10`);
      expect(own.find(NOW - HOUR, { site })).toBe(`site=${site}/year=2026/month=06/day=15/hour=09`);
    }
  }
  expect(message(() => own.find(NOW, { site: '../x' }))).toMatch(/site/);
});

test('of more places than are remembered, each is still right', () => {
  const own = finder('timestamp', { leading: [{ name: 'site', kind: 'injected' }] });
  for (let i = 0; i < 4_200; i += 1) {
    if (!own.find(NOW, { site: `s${i}` }).startsWith(`site=s${i}/`)) throw new Error(`s${i}`);
  }
  expect(own.find(NOW, { site: 's0' })).toBe('site=s0/year=2026/month=06/day=15/hour=10');
});
