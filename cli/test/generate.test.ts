import { createHash } from 'node:crypto';
import { DAYS, FIRST_DAY, type GeneratedFile as LogFile } from '../generate/files';
import { generateLogs } from '../web-logs/generate-logs';

const HOUR = 3_600_000;
const digest = (files: Iterable<LogFile>): string => {
  const hash = createHash('sha256');
  for (const file of files) hash.update(`${file.name}\n${file.lines.join('\n')}\n`);
  return hash.digest('hex');
};

test('the same seed and size give the same bytes, others give others', () => {
  const first = digest(generateLogs(3000));
  expect(digest(generateLogs(3000))).toBe(first);
  expect(digest(generateLogs(3000, 2))).not.toBe(first);
  expect(digest(generateLogs(3001))).not.toBe(first);
});

test.each([1, 7, 119, 5000])('%d rows are exactly so many lines, in files that are never empty', (rows) => {
  const files = [...generateLogs(rows)];
  expect(files.reduce((sum, { lines }) => sum + lines.length, 0)).toBe(rows);
  expect(files.every(({ lines }) => lines.length > 0)).toBe(true);
  expect(new Set(files.map(({ name }) => name)).size).toBe(files.length);
});

describe('60,000 rows', () => {
  const files = [...generateLogs(60_000)];
  const parsed = files.flatMap((file) => file.lines.map((line) => ({ file, row: parse(line) })));
  const events = parsed.flatMap(({ file, row }) => (row === undefined ? [] : [{ file, row }]));

  test('hold as many broken and repeated lines as the files say', () => {
    const broken = files.reduce((sum, file) => sum + file.broken, 0);
    const duplicates = files.reduce((sum, file) => sum + file.duplicates, 0);
    expect(broken).toBeGreaterThan(0);
    expect(duplicates).toBeGreaterThan(100);
    expect(parsed.length - events.length).toBe(broken);
    expect(new Set(events.map(({ row }) => row.event_id)).size).toBe(60_000 - broken - duplicates);
  });

  test('lie in the span that their file stands for, and copies of a row on its day', () => {
    const hourOf = (time: number): number => Math.floor(time / HOUR);
    const strays = events.filter(({ file, row }) => hourOf(Date.parse(row.event_time)) !== hourOf(file.time.getTime()));
    expect(strays).toEqual([]);
    const days = new Set(events.map(({ row }) => row.event_time.slice(0, 10)));
    expect([...days][0]).toBe(new Date(FIRST_DAY).toISOString().slice(0, 10));
    expect(days.size).toBe(DAYS);
  });

  test('look like web traffic: quiet nights, few popular paths, mostly successes, some bots', () => {
    const count = (test: (row: LogRow) => boolean): number => events.filter(({ row }) => test(row)).length;
    const atHour = (hour: string): number => count((row) => row.event_time.slice(11, 13) === hour);
    expect(atHour('20')).toBeGreaterThan(3 * atHour('03'));
    expect(count(({ path }) => path === '/')).toBeGreaterThan(events.length / 50);
    expect(new Set(events.map(({ row }) => row.path)).size).toBeGreaterThan(1000);
    expect(count(({ status }) => status < 400)).toBeGreaterThan(events.length * 0.9);
    expect(count(({ status }) => status >= 500)).toBeGreaterThan(0);
    expect(count(({ user_agent }) => user_agent?.includes('bot') === true)).toBeGreaterThan(0);
    expect(count(({ bytes }) => bytes === null)).toBeGreaterThan(0);
  });
});

interface LogRow {
  readonly event_id: string;
  readonly event_time: string;
  readonly path: string;
  readonly status: number;
  readonly bytes: number | null;
  readonly user_agent: string | null;
}

/** Undefined for a line that the dataset does not accept. */
function parse(line: string): LogRow | undefined {
  try {
    const row = JSON.parse(line) as LogRow;
    return typeof row.status === 'number' && row.event_time !== null ? row : undefined;
  } catch {
    return undefined;
  }
}
