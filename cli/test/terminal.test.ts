import { bytes, dollars, improvement, plural, seconds } from '../format';
import { type Output, Terminal } from '../terminal';

function capture(options: Omit<Output, 'write'> = {}): { out: Output; text: () => string } {
  let text = '';
  return { out: { ...options, write: (more) => (text += more) }, text: () => text };
}

describe('progress', () => {
  const work = (out: Output, env: NodeJS.ProcessEnv): void => {
    const progress = new Terminal(out, env).progress('Compact');
    progress.update(0.5);
    progress.done('5 files');
  };

  test('a bar on a terminal, then the finished line in its place', () => {
    const { out, text } = capture({ isTTY: true, columns: 80 });
    work(out, {});
    expect(text()).toContain('█░');
    expect(text()).toContain(' 50%');
    expect(text().endsWith('\r\u001b[2K\u001b[32m✓\u001b[0m Compact   5 files\n')).toBe(true);
  });

  test('only the finished line when the output is not a terminal', () => {
    const { out, text } = capture();
    work(out, {});
    expect(text()).toBe('✓ Compact   5 files\n');
  });

  test.each([
    [{ NO_COLOR: '1' }, /█/],
    [{ TERM: 'dumb' }, /^✓ Compact/],
  ])('no colours with %j', (env, expected) => {
    const { out, text } = capture({ isTTY: true });
    work(out, env);
    expect(text()).toMatch(expected);
    expect(text()).not.toContain('\u001b[32m');
  });

  test('a bar fits the width of the terminal', () => {
    const { out, text } = capture({ isTTY: true, columns: 20 });
    work(out, {});
    expect(text().split('\r\u001b[2K')[1]?.length).toBeLessThan(20);
  });
});

test('a table is aligned whatever its colours', () => {
  const { out, text } = capture({ isTTY: true });
  const terminal = new Terminal(out, {});
  terminal.table({
    head: ['', 'raw'],
    align: ['left', 'right'],
    rows: [['Files', '4,000'], 'rule', [terminal.good('B'), '1']],
  });
  const plain = text()
    .replaceAll(/\p{Cc}\[\d+m/gu, '')
    .split('\n');
  expect(plain).toEqual(['         raw', '────────────', 'Files  4,000', '────────────', 'B          1', '']);
});

test.each([
  [bytes(0), '0 B'],
  [bytes(999), '999 B'],
  [bytes(1000), '1 kB'],
  [bytes(999_960), '1 MB'],
  [bytes(38_240_000), '38.2 MB'],
  [bytes(512_000_000), '512 MB'],
  [seconds(0.00042), '0.4 ms'],
  [seconds(0.0421), '42 ms'],
  [seconds(1.284), '1.28 s'],
  [seconds(59.96), '1 min 0 s'],
  [seconds(125), '2 min 5 s'],
  [seconds(3_599.4), '59 min 59 s'],
  [seconds(3_599.6), '1 h 0 min'],
  [seconds(11_100), '3 h 5 min'],
  [seconds(86_369), '23 h 59 min'],
  [seconds(86_371), '1 day 0 h'],
  [seconds(108_000), '1 day 6 h'],
  [seconds(863_000), '10 days'],
  [seconds(4_000_000), '46 days'],
  [dollars(0), '$0'],
  [dollars(0.00005), '$0.000050'],
  [dollars(1.256), '$1.26'],
  [plural(1, 'file'), '1 file'],
  [plural(4000, 'file'), '4,000 files'],
  [plural(2, 'query', 'queries'), '2 queries'],
  [improvement(4000, 5, 'fewer'), '800x fewer'],
  [improvement(10, 4), '2.5x less'],
  [improvement(4, 10), '2.5x more'],
  [improvement(100, 99), 'about the same'],
  [improvement(5, 5), 'same'],
  [improvement(5, 0), 'none left'],
])('%s', (written, expected) => {
  expect(written).toBe(expected);
});
