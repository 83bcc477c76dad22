/** Lines that are passed on: every byte once and in order, in few slices, as it was when it was appended. */
import { Output } from '../../lib/rows/output';
import { Patches } from '../../lib/rows/patches';

const KIB4 = 4096;
const text = (slices: readonly Buffer[]): string => Buffer.concat(slices).toString('latin1');
/** Bytes of which each stretch is another. */
const bytesOf = (length: number, seed = 0): Buffer =>
  Buffer.from(Array.from({ length }, (_, at) => 32 + ((at * 7 + (at >> 8) + seed) % 90)));

test('adjacent runs of one buffer become one slice that shares its memory', () => {
  const output = new Output();
  const source = bytesOf(100);
  output.append(source, 10, 20);
  output.append(source, 20, 40);
  output.append(source, 40, 40);
  const slices = output.take();
  expect(slices.map((slice) => [slice.buffer === source.buffer, slice.toString()])).toEqual([
    [true, source.toString('utf8', 10, 40)],
  ]);
  expect(output.take()).toEqual([]);
});

test('runs that do not adjoin, or of other buffers, follow one another', () => {
  const output = new Output();
  const [one, other] = [bytesOf(100), bytesOf(100, 3)];
  output.append(one, 0, 10);
  output.append(one, 20, 30);
  output.append(other, 30, 40);
  output.append(one, 40, 50);
  const expected = [one.subarray(0, 10), one.subarray(20, 30), other.subarray(30, 40), one.subarray(40, 50)];
  expect(text(output.take())).toBe(text(expected));
});

test.each([
  ['4095', KIB4 - 1, 1],
  ['4096', KIB4, 3],
])('a run of %s bytes amid others is gathered with them, or stays where it is', (_, length, count) => {
  const output = new Output();
  const [small, large] = [bytesOf(50), bytesOf(2 * KIB4, 5)];
  output.append(small, 0, 20);
  output.append(large, 100, 100 + length);
  output.append(small, 30, 45);
  const slices = output.take();
  expect(slices).toHaveLength(count);
  expect(slices.some(({ buffer }) => buffer === large.buffer)).toBe(count === 3);
  expect(text(slices)).toBe(text([small.subarray(0, 20), large.subarray(100, 100 + length), small.subarray(30, 45)]));
});

test('what was gathered is not touched by what comes later, nor by its source', () => {
  const output = new Output();
  const source = bytesOf(64);
  output.append(source, 0, 8);
  output.append(source, 10, 20);
  output.append(source, 30, 40);
  const first = output.take();
  const before = text(first);
  source.fill('!');
  output.append(source, 0, 8);
  output.append(source, 10, 20);
  expect(text(output.take())).toBe('!'.repeat(18));
  expect(text(first)).toBe(before);
});

test('more than the memory that is at hand, short runs and long ones', () => {
  const output = new Output();
  const source = bytesOf(5000);
  const expected: Buffer[] = [];
  for (let n = 0; n < 80; n++) {
    const [from, to] = [(n * 13) % 700, 900 + ((n * 379) % 4000)];
    output.append(source, from, to);
    expected.push(source.subarray(from, to));
  }
  const slices = output.take();
  expect(text(slices)).toBe(text(expected));
  expect(slices.length).toBeLessThan(60);
});

test.each([1, 31, 32, 33, KIB4 - 1, KIB4, 70_000])('a line of %i bytes gets its newline', (length) => {
  const output = new Output();
  const source = bytesOf(length + 3);
  const line = `${source.toString('latin1', 1, length + 1)}\n`;
  output.append(source, 0, 1);
  output.appendLine(source, 1, length + 1);
  output.appendLine(source, 1, length + 1);
  output.append(source, 2, 3);
  const slices = output.take();
  expect(text(slices)).toBe(`${source.toString('latin1', 0, 1)}${line}${line}${source.toString('latin1', 2, 3)}`);
  expect(slices.length === 1).toBe(length < KIB4);
});

test('a line whose newline alone does not fit in the memory at hand', () => {
  for (const length of [3993, 3994, 3995, 3996]) {
    const output = new Output();
    const source = bytesOf(KIB4);
    const lengths = [...Array<number>(15).fill(KIB4 - 1), 100, length];
    for (const one of lengths) output.appendLine(source, 0, one);
    expect(text(output.take())).toBe(lengths.map((one) => `${source.toString('latin1', 0, one)}\n`).join(''));
  }
});

describe('records that are no lines yet', () => {
  const RECORDS = ['{"a":1}', '{}', '{"b":"some text"}', '{"c":[1,2]}', '{"d":{"e":null}}'];
  /** Where records stand in a text with something between them. */
  function placed(between: string, before = '') {
    let at = before.length;
    const starts = new Int32Array(8);
    const ends = new Int32Array(8);
    for (const [index, record] of RECORDS.entries()) {
      starts[index] = at;
      at += record.length;
      ends[index] = at;
      at += between.length;
    }
    return { bytes: Buffer.from(`${before}${RECORDS.join(between)}${between}`), starts, ends };
  }

  test.each([
    ['nothing', ''],
    ['a comma', ','],
    ['a comma and a blank', ', '],
    ['more', ' ,\r\n  '],
  ])('with %s between them', (_, between) => {
    for (const prefix of [undefined, '{', '{"x":1,', '{"a longer":"one, than most records have",']) {
      for (let count = 1; count <= RECORDS.length; count++) {
        const { bytes, starts, ends } = placed(between, 'xxx');
        const output = new Output();
        const other = Buffer.from('before\n');
        output.append(other, 0, other.length);
        output.appendRecords(bytes, starts, ends, count, prefix === undefined ? undefined : Buffer.from(prefix));
        output.append(other, 0, other.length);
        const lines = RECORDS.slice(0, count).map((record) =>
          prefix === undefined ? record : prefix + record.slice(1),
        );
        expect(text(output.take())).toBe(`before\n${lines.join('\n')}\nbefore\n`);
      }
    }
  });

  test('of which only one stands apart', () => {
    const bytes = Buffer.from('{"a":1},{"b":2}, {"c":3}');
    const output = new Output();
    output.appendRecords(bytes, Int32Array.of(0, 8, 17), Int32Array.of(7, 15, 24), 3);
    expect(text(output.take())).toBe('{"a":1}\n{"b":2}\n{"c":3}\n');
  });

  test('many times, beyond the memory that is at hand', () => {
    const output = new Output();
    const { bytes, starts, ends } = placed(',');
    const spread = placed(',  ');
    for (let n = 0; n < 900; n++) {
      output.appendRecords(bytes, starts, ends, 5);
      output.appendRecords(spread.bytes, spread.starts, spread.ends, 5, Buffer.from('{"p":7,'));
    }
    const lines = RECORDS.map((record) => `${record}\n`).join('');
    const withPrefix = RECORDS.map((record) => `{"p":7,${record.slice(1)}\n`).join('');
    expect(text(output.take())).toBe((lines + withPrefix).repeat(900));
  });
});

describe('tokens that are rewritten', () => {
  test('stand in the place of theirs, and the text may be overwritten at once', () => {
    const patches = new Patches();
    const source = Buffer.from('{"a":1,"b":22,"c":333}\n');
    const add = (from: number, to: number, token: string): void => {
      const at = patches.add(from, to, token.length);
      patches.text.write(token, at, 'latin1');
    };
    add(5, 6, '"one"');
    add(11, 13, '');
    add(18, 21, '3');
    expect([patches.count, patches.growth, patches.needed, patches.used]).toEqual([3, 5 - 1 - 2 + 1 - 3, true, 6]);
    expect(
      [0, 1, 2].map((index) => [patches.from(index), patches.to(index), patches.replacement(index).toString()]),
    ).toEqual([
      [5, 6, '"one"'],
      [11, 13, ''],
      [18, 21, '3'],
    ]);
    const output = new Output();
    const run = output.appendPatched(source, 0, patches);
    expect(run).toBe(21);
    output.append(source, run, source.length);
    patches.text.fill('?');
    expect(text(output.take())).toBe('{"a":"one","b":,"c":3}\n');
  });

  test('are forgotten from a number on, or all of them', () => {
    const patches = new Patches();
    for (let n = 0; n < 4; n++) patches.text.write('abcdef', patches.add(10 * n, 10 * n + n, 6), 'latin1');
    expect(patches.growth).toBe(24 - 6);
    patches.rewind(4);
    expect([patches.count, patches.growth, patches.used]).toEqual([4, 18, 24]);
    patches.rewind(2);
    expect([patches.count, patches.growth, patches.used]).toEqual([2, 11, 12]);
    expect(patches.add(50, 60, 3)).toBe(12);
    patches.rewind(0);
    expect([patches.count, patches.growth, patches.used, patches.needed]).toEqual([0, 0, 0, false]);
    patches.add(0, 1, 2);
    patches.clear();
    expect([patches.count, patches.growth, patches.used, patches.overflow]).toEqual([0, 0, 0, false]);
  });

  test('keep what was written as their memory grows', () => {
    const patches = new Patches();
    for (let n = 0; n < 300; n++) {
      const at = patches.add(n, n, 50);
      patches.text.fill(65 + (n % 26), at, at + 50);
    }
    for (const n of [0, 19, 20, 21, 150, 299]) {
      expect(patches.replacement(n).toString()).toBe(String.fromCharCode(65 + (n % 26)).repeat(50));
    }
  });

  test('of more than 16 MiB are refused, and the line with them', () => {
    const patches = new Patches();
    const most = 16 * 1024 * 1024;
    expect([patches.add(0, 1, most - 10), patches.overflow]).toEqual([0, false]);
    expect([patches.add(1, 2, 10), patches.overflow]).toEqual([most - 10, false]);
    const exact = new Patches();
    exact.add(0, 1, most);
    expect([exact.overflow, exact.count]).toEqual([false, 1]);
    const other = new Patches();
    expect([other.add(0, 1, most + 1), other.overflow, other.count, other.needed]).toEqual([0, true, 0, true]);
    other.clear();
    expect([other.overflow, other.needed]).toEqual([false, false]);
  });

  test('any JSON becomes a string that holds it byte for byte', () => {
    const patches = new Patches();
    const json = '{"a\\n":"é\\"",\t"b":[1 ,2]\r}';
    const source = Buffer.from(`{"v":${json}}\n`);
    patches.addText(5, source.length - 2, source);
    const [replacement, growth] = [patches.replacement(0).toString(), patches.growth];
    expect(JSON.parse(replacement)).toBe(json);
    expect(replacement).toBe(JSON.stringify(json));
    expect(growth).toBe(Buffer.byteLength(replacement) - Buffer.byteLength(json));
    const long = Buffer.from('[1,\n2]');
    patches.addText(0, long.length, long);
    expect(patches.replacement(1).toString()).toBe('"[1,\\n2]"');
  });
});
