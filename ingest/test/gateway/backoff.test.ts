import { backoffMillis } from '../../gateway/work/backoff';

afterEach(() => {
  jest.restoreAllMocks();
});

test.each([
  [0, 50],
  [1, 100],
  [5, 1_600],
  [6, 2_000],
  [30, 2_000],
  [2_000, 2_000],
])('after attempt %s the wait is up to %s ms, and at least half of that', (attempt, most) => {
  const random = jest.spyOn(Math, 'random');
  for (const [drawn, wait] of [
    [0, most / 2],
    [0.5, (most * 3) / 4],
    [1, most],
  ] as const) {
    random.mockReturnValue(drawn);
    expect(backoffMillis(50, 2_000, attempt)).toBe(wait);
  }
});

test('waits without a bound of their own stay numbers, however many attempts there were', () => {
  jest.spyOn(Math, 'random').mockReturnValue(1);
  expect(backoffMillis(1, Number.POSITIVE_INFINITY, 30)).toBe(2 ** 30);
  expect(backoffMillis(1, Number.POSITIVE_INFINITY, 31)).toBe(2 ** 30);
});
