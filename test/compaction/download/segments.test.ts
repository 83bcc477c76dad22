/** Local files of accepted lines: every byte once, in the order in which it came, in files that are closed. */
import fs, { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { SegmentWriter } from '../../../lambda/compaction/download/segment-writer';
import { Segments } from '../../../lambda/compaction/download/segments';
import { fastFolder } from '../../support/fast-folder';

const KIB = 1024;
const MIB = 1024 * KIB;

let folder: string;
let opened: number;
beforeEach(() => {
  folder = mkdtempSync(join(fastFolder(), 'segments-'));
  opened = 0;
  const { openSync, closeSync } = fs;
  jest.spyOn(fs, 'openSync').mockImplementation((...args) => {
    opened++;
    return openSync(...args);
  });
  jest.spyOn(fs, 'closeSync').mockImplementation((file) => {
    opened--;
    closeSync(file);
  });
});
afterEach(() => {
  expect(opened).toBe(0);
  jest.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

const run = (object: number, lines = 1) => ({ object, lines });
const text = (letter: string, bytes: number): Buffer => Buffer.alloc(bytes, letter);
const onDisk = (name: string): number => statSync(join(folder, name)).size;

describe('a writer', () => {
  test('opens nothing for nothing', () => {
    const writer = new SegmentWriter(folder, 'p');
    writer.append([], run(1, 0));
    writer.append([text('x', 9)], run(2, 0));
    expect(writer.finish()).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('keeps the lines of objects in their order, and says whose they are', () => {
    const writer = new SegmentWriter(folder, 'p');
    writer.append([Buffer.from('a\n'), Buffer.from('b\n')], run(7, 2));
    writer.append([Buffer.from('c\n')], run(3));
    const path = join(folder, 'p-0.ndjson');
    expect(writer.finish()).toEqual([{ path, runs: [run(7, 2), run(3)] }]);
    expect(readFileSync(path, 'utf8')).toBe('a\nb\nc\n');
  });

  test('writes when its buffer is full, and what fits into it stays', () => {
    const writer = new SegmentWriter(folder, 'p', 10);
    writer.append([text('a', 6), text('b', 4)], run(1));
    expect(onDisk('p-0.ndjson')).toBe(0);
    writer.append([text('c', 1)], run(2));
    expect(onDisk('p-0.ndjson')).toBe(10);
    writer.append([text('d', 10)], run(3));
    expect(onDisk('p-0.ndjson')).toBe(11);
    writer.finish();
    expect(readFileSync(join(folder, 'p-0.ndjson'), 'utf8')).toBe(`${'a'.repeat(6)}bbbbc${'d'.repeat(10)}`);
  });

  test.each([
    [32 * KIB - 1, 0],
    [32 * KIB, 32 * KIB + 1],
  ])('of a piece of %i bytes behind one byte, %i bytes are written at once', (bytes, written) => {
    const writer = new SegmentWriter(folder, 'p');
    writer.append([text('a', 1), text('b', bytes)], run(1));
    expect(onDisk('p-0.ndjson')).toBe(written);
    writer.append([text('c', 1)], run(2));
    writer.finish();
    expect(readFileSync(join(folder, 'p-0.ndjson'), 'utf8')).toBe(`a${'b'.repeat(bytes)}c`);
  });

  test('has a buffer of a MiB', () => {
    const writer = new SegmentWriter(folder, 'p');
    const pieces = Array.from({ length: 64 }, () => text('x', 16 * KIB));
    writer.append(pieces, run(1));
    expect(onDisk('p-0.ndjson')).toBe(0);
    writer.append([text('y', 1)], run(1));
    expect(onDisk('p-0.ndjson')).toBe(MIB);
    writer.finish();
    expect(onDisk('p-0.ndjson')).toBe(MIB + 1);
  });

  test('a write that the system takes in part is continued', () => {
    const { writeSync } = fs;
    jest
      .spyOn(fs, 'writeSync')
      .mockImplementation(((file: number, bytes: Buffer, at: number) => writeSync(file, bytes, at, 1)) as never);
    const writer = new SegmentWriter(folder, 'p', 10);
    writer.append([Buffer.from('0123456789')], run(1));
    writer.finish();
    expect(readFileSync(join(folder, 'p-0.ndjson'), 'utf8')).toBe('0123456789');
  });

  test('begins another file at 64 MiB, buffered bytes included', () => {
    const writer = new SegmentWriter(folder, 'p');
    const piece = text('x', 16 * MIB);
    for (let index = 0; index < 3; index++) writer.append([piece], run(index));
    writer.append([piece.subarray(2)], run(3));
    writer.append([text('y', 1)], run(4));
    expect(readdirSync(folder)).toEqual(['p-0.ndjson']);
    writer.append([text('z', 1)], run(5));
    // Closed: a reader may begin.
    expect(onDisk('p-0.ndjson')).toBe(64 * MIB);
    writer.append([text('n', 1)], run(6));
    expect(writer.finish().map(({ path, runs }) => [basename(path), runs.map(({ object }) => object)])).toEqual([
      ['p-0.ndjson', [0, 1, 2, 3, 4, 5]],
      ['p-1.ndjson', [6]],
    ]);
    expect(onDisk('p-1.ndjson')).toBe(1);
  });

  test('never writes into a file that is there', () => {
    writeFileSync(join(folder, 'p-0.ndjson'), 'other');
    const writer = new SegmentWriter(folder, 'p');
    expect(() => writer.append([text('x', 1)], run(1))).toThrow('EEXIST');
    opened--;
    expect(readFileSync(join(folder, 'p-0.ndjson'), 'utf8')).toBe('other');
  });

  test('takes over files of another one, behind its own', () => {
    const [own, other] = [new SegmentWriter(folder, 'p'), new SegmentWriter(folder, 'q')];
    other.append([text('q', 1)], run(2));
    own.adopt(other.finish());
    own.append([text('p', 1)], run(1));
    expect(own.finish().map(({ path, runs }) => [basename(path), runs])).toEqual([
      ['p-0.ndjson', [run(1)]],
      ['q-0.ndjson', [run(2)]],
    ]);
  });

  test('that is given up closes its file, writes no more, and names all files', () => {
    const [own, other] = [new SegmentWriter(folder, 'p'), new SegmentWriter(folder, 'q')];
    other.append([text('q', 1)], run(2));
    own.adopt(other.finish());
    own.append([text('p', 5)], run(1));
    expect(own.discard().map((path) => basename(path))).toEqual(['p-0.ndjson', 'q-0.ndjson']);
    expect(onDisk('p-0.ndjson')).toBe(0);
  });
});

describe('segments', () => {
  const key = (value: number) => ({ hour: String(value) }) as never;
  const fill = (segments: Segments, value: number): void =>
    segments.of(key(value)).append([Buffer.from(`${value}\n`)], run(value));
  const named = (segments: Segments) =>
    segments.finish().map(({ path, runs, columns }) => [basename(path), runs.map(({ object }) => object), columns]);

  test('of objects whose paths give nothing are in common files, the others by what their paths give', () => {
    const segments = new Segments(folder, 'lines');
    fill(segments, 1);
    fill(segments, 2);
    segments.of(undefined).append([Buffer.from('x\n')], run(9));
    fill(segments, 1);
    expect(segments.of(key(1))).toBe(segments.of(key(1)));
    expect(segments.of(undefined)).toBe(segments.of(undefined));
    expect(named(segments)).toEqual([
      ['lines-0.ndjson', [9], undefined],
      ['lines-path1-0.ndjson', [2], key(2)],
      ['lines-path0-0.ndjson', [1, 1], key(1)],
    ]);
    expect(readFileSync(join(folder, 'lines-path0-0.ndjson'), 'utf8')).toBe('1\n1\n');
  });

  test('are open for 64 paths at a time: the one that was not used for longest is closed first', () => {
    const segments = new Segments(folder, 'lines');
    for (let value = 0; value < 64; value++) fill(segments, value);
    expect(opened).toBe(64);
    fill(segments, 0);
    fill(segments, 64);
    expect(opened).toBe(64);
    const written = readdirSync(folder).filter((name) => onDisk(name) > 0);
    expect(written).toEqual(['lines-path1-0.ndjson']);
    fill(segments, 1);
    const files = named(segments);
    expect(files).toHaveLength(66);
    expect(files).toContainEqual(['lines-path0-0.ndjson', [0, 0], key(0)]);
    expect(files).toContainEqual(['lines-path1-0.ndjson', [1], key(1)]);
    expect(files).toContainEqual(['lines-path65-0.ndjson', [1], key(1)]);
  });

  test('have small buffers where there may be many', () => {
    const segments = new Segments(folder, 'lines');
    const writer = segments.of(key(1));
    writer.append(
      Array.from({ length: 4 }, () => text('x', 16 * KIB)),
      run(1),
    );
    expect(onDisk('lines-path0-0.ndjson')).toBe(0);
    writer.append([text('x', 1)], run(1));
    expect(onDisk('lines-path0-0.ndjson')).toBe(64 * KIB);
    segments.discard();
  });

  test('that are given up are closed, all of them', () => {
    const segments = new Segments(folder, 'lines');
    segments.of(undefined).append([text('x', 1)], run(1));
    fill(segments, 1);
    fill(segments, 2);
    expect(opened).toBe(3);
    segments.discard();
    expect(opened).toBe(0);
    expect(readdirSync(folder).map((name) => onDisk(name))).toEqual([0, 0, 0]);
    expect(segments.finish().map(({ path }) => basename(path))).toEqual(['lines-0.ndjson']);
  });
});
