import { DAY_MS, HOUR_MS, parseDay } from '../../lib/dataset/calendar';

test('an hour and a day in milliseconds', () => {
  expect([HOUR_MS, DAY_MS]).toEqual([3_600_000, 86_400_000]);
});

test.each(['2026-06-15', '2024-02-29', '2000-02-29', '0001-01-01', '9999-12-31'])('%s is a day in UTC', (text) => {
  expect(parseDay(text)?.toISOString()).toBe(`${text}T00:00:00.000Z`);
});

test.each([
  '2026-02-29',
  '1900-02-29',
  '2026-06-31',
  '2026-13-01',
  '2026-00-01',
  '2026-01-00',
  '2026-6-15',
  '2026-06-5',
  '20260615',
  '2026-06-15T00:00:00Z',
  ' 2026-06-15',
  '12026-06-15',
  '2026/06/15',
  '',
])('%j is none', (text) => {
  expect(parseDay(text)).toBeUndefined();
});
