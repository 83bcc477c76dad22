import { LOG_LEVELS, type LogLevel } from '../../gateway/settings';
import { Log, safeJson } from '../../gateway/telemetry/log';

const open = (level: LogLevel, fixed?: Record<string, unknown>) => {
  const lines: string[] = [];
  return { lines, log: new Log(level, (line) => void lines.push(line), fixed) };
};

test.each<[LogLevel, readonly LogLevel[]]>([
  ['debug', ['debug', 'info', 'warn', 'error']],
  ['info', ['info', 'warn', 'error']],
  ['warn', ['warn', 'error']],
  ['error', ['error']],
])('at %s, these are written: %j', (level, written) => {
  const { log, lines } = open(level);
  for (const each of LOG_LEVELS) log[each]('said');
  expect(lines.map((line) => JSON.parse(line).level)).toEqual(written);
  expect(LOG_LEVELS.filter((each) => log.isOn(each))).toEqual(written);
});

test('a line has the time, the level, the message, what is fixed, and then its own fields', () => {
  const { log, lines } = open('debug', { node: 'n', a: 1 });
  const before = Date.now();
  for (const level of LOG_LEVELS) log[level]('said', { a: 2, b: [3] });
  for (const [index, level] of LOG_LEVELS.entries()) {
    const line = lines[index] as string;
    expect(line.endsWith('}\n')).toBe(true);
    const { time, ...rest } = JSON.parse(line);
    expect(Object.keys(JSON.parse(line))).toEqual(['time', 'level', 'message', 'node', 'a', 'b']);
    expect(new Date(time).toISOString()).toBe(time);
    expect(Date.parse(time)).toBeGreaterThanOrEqual(before);
    expect(rest).toEqual({ level, message: 'said', node: 'n', a: 2, b: [3] });
  }
});

test('a text of 500 characters is whole, a longer one is cut, wherever it is', () => {
  const [whole, long] = ['x'.repeat(500), 'y'.repeat(501)];
  expect(JSON.parse(safeJson({ whole, deep: [{ long }] }))).toEqual({
    whole,
    deep: [{ long: `${'y'.repeat(500)}...` }],
  });
});

test('what a terminal or a reader of lines could interpret is written as an escape of four digits, and read as what it was', () => {
  const risky = '\u0000\n\u001b\u007f\u0085\u009f\u2028\u2029\u202a\u202e\u2066\u2069\ufeff';
  const text = safeJson({ risky });
  expect(text).toBe(
    '{"risky":"\\u0000\\n\\u001b\\u007f\\u0085\\u009f\\u2028\\u2029\\u202a\\u202e\\u2066\\u2069\\ufeff"}',
  );
  expect(JSON.parse(text)).toEqual({ risky });
  const harmless = '~\u00a0ä\u2027\u202f\u2065\u206a\ufefe\u{1f600}';
  expect(safeJson(harmless)).toBe(`"${harmless}"`);
});
