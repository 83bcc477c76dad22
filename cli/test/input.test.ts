import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { inputFormat } from '../../lib/dataset';
import { UnreadableObjectError } from '../../lib/rows';
import { datasetByName } from '../../test/fixtures/datasets';
import { UsageError } from '../command-line';
import { csvRecords } from '../input/csv';
import { discover } from '../input/discover';
import { parseEventTime } from '../input/event-time';
import { Ledger } from '../input/ledger';
import { lines } from '../input/lines';
import { keySlug } from '../input/loader';
import { partitionFinder } from '../input/place';
import { collect, folderWith } from './support/folder';

const accessLogs = datasetByName('access_logs');
const orders = datasetByName('orders');
const sensors = datasetByName('sensor_readings');
/** "a\n" as zstd, as DuckDB writes it. */
const ZSTD = Buffer.from('KLUv/QBYEQAAYQo=', 'base64');

describe('finding files', () => {
  test('formats by content, then by name, as in compaction; skipped files are listed with the reason', async () => {
    const folder = folderWith({
      'b/deep/er/x.ndjson': '{}',
      'a.JSONL': '{}',
      'access.log': '{}',
      'access.log.1': '{}',
      'access.log.gz': gzipSync('{}'),
      'bare.gz': gzipSync('{}'),
      'c.csv': 'a\n',
      'c.csv.gz': gzipSync('a\n'),
      'notes.txt': '{}',
      'notes.txt.zst': ZSTD,
      'no-extension-says-so.json': gzipSync('{}'),
      'odd näme (1) &.json.gz': gzipSync('{}'),
      'part-00000-7f3c.c000': '{}',
      'part-00001-7f3c.c000.snappy.parquet': 'PAR1....',
      'really-parquet.json': 'PAR1....',
      'stream-1-2026-06-15-10-00-00-uuid': '{}',
      'z.json.zst': ZSTD,
      'README.md': 'x',
      'checksums.md5': 'x',
      data_$folder$: 'x',
      'empty.json': '',
      'export-manifest.csv': 'x',
      manifest: '{}',
      'schema.sql': 'x',
      'Thumbs.db': 'x',
      '.DS_Store': 'x',
      '.part-0.json.crc': 'x',
      'part-0.json.crc': 'x',
      _SUCCESS: '',
      '_temporary/0/part.json': '{}',
    });
    symlinkSync(join(folder, 'a.JSONL'), join(folder, 'link.json'));
    symlinkSync(folder, join(folder, 'loop'));
    symlinkSync(join(folder, 'gone'), join(folder, 'dangling.json'));
    symlinkSync('/dev/null', join(folder, 'device.json'));
    execFileSync('mkfifo', [join(folder, 'pipe.json')]);
    const { files, skipped } = await discover(folder, accessLogs);
    expect(Object.fromEntries(files.map((file) => [file.relative, `${file.format} ${file.compression}`]))).toEqual({
      'a.JSONL': 'ndjson none',
      'access.log': 'ndjson none',
      'access.log.1': 'ndjson none',
      'access.log.gz': 'ndjson gzip',
      'b/deep/er/x.ndjson': 'ndjson none',
      'bare.gz': 'ndjson gzip',
      'c.csv': 'csv none',
      'c.csv.gz': 'csv gzip',
      'link.json': 'ndjson none',
      'no-extension-says-so.json': 'ndjson gzip',
      'notes.txt': 'ndjson none',
      'notes.txt.zst': 'ndjson zstd',
      'odd näme (1) &.json.gz': 'ndjson gzip',
      'part-00000-7f3c.c000': 'ndjson none',
      'part-00001-7f3c.c000.snappy.parquet': 'parquet none',
      'really-parquet.json': 'parquet none',
      'stream-1-2026-06-15-10-00-00-uuid': 'ndjson none',
      'z.json.zst': 'ndjson zstd',
    });
    const hidden = 'hidden: a name begins with "." or "_"';
    expect(Object.fromEntries(skipped.map(({ file, reason }) => [file, reason]))).toEqual({
      '.DS_Store': hidden,
      '.part-0.json.crc': hidden,
      'README.md': 'no data by its name: a document',
      'Thumbs.db': 'no data by its name: tools write it beside data',
      _SUCCESS: hidden,
      '_temporary/0/part.json': hidden,
      'checksums.md5': 'no data by its name: a checksum',
      'dangling.json': 'a link that leads to nothing',
      data_$folder$: 'no data by its name: tools write it beside data',
      'device.json': 'a link to what is not a file',
      'empty.json': 'empty',
      'export-manifest.csv': 'no data by its name: tools write it beside data',
      loop: 'a link to a folder, which is not followed',
      manifest: 'no data by its name: tools write it beside data',
      'part-0.json.crc': 'no data by its name: a checksum',
      'pipe.json': 'neither a file nor a folder',
      'schema.sql': 'no data by its name: a program',
    });
  });

  test('archives and other content that is not read are left out by name, also inside of gzip; damaged data is not', async () => {
    const folder = folderWith({
      'archive.zip': Buffer.from('504b03040a0000000000', 'hex'),
      'hidden-zip.json': Buffer.from('504b03040a0000000000', 'hex'),
      'twice.json.gz': gzipSync(Buffer.from('504b03040a0000000000', 'hex')),
      'cut.json.gz': gzipSync('{}').subarray(0, 12),
      'a.json': '{}',
    });
    const { files, skipped } = await discover(folder, accessLogs);
    expect(files.map(({ relative }) => relative)).toEqual(['a.json', 'cut.json.gz']);
    expect(skipped.map(({ file, reason }) => [file, reason])).toEqual([
      ['archive.zip', expect.stringContaining('a zip archive, which is not read')],
      ['hidden-zip.json', expect.stringContaining('a zip archive, which is not read')],
      ['twice.json.gz', expect.stringContaining('its gzip data is a zip archive')],
    ]);
  });

  test('the format of a name is what compaction takes it for', async () => {
    const names = [
      'x',
      'x.log',
      'x.log.gz',
      'x.txt',
      'x.tsv',
      'x.gz',
      'x.json',
      'x.csv.gz',
      'x.CSV',
      'x.1',
      'x.dat.zst',
    ];
    for (const dataset of [
      accessLogs,
      sensors,
      { ...sensors, input: { ...sensors.input, formats: ['csv'] as const } },
    ]) {
      const { files } = await discover(folderWith(Object.fromEntries(names.map((name) => [name, 'x']))), dataset);
      for (const { relative, format } of files)
        expect([relative, format]).toEqual([relative, inputFormat(dataset, relative)]);
      expect(files.map(({ relative }) => relative)).toEqual(
        names.filter((name) => dataset.input.formats.includes(inputFormat(dataset, name))).sort(),
      );
    }
  });

  test.each([
    ['year=2026/month=06/day=15/x.json', 'year=2026/month=06/day=15'],
    ['logs/year=2026/eu/month=06/day=15/deep/x.json', 'year=2026/month=06/day=15'],
    ['year=2026/month=6/day=15/x.json', undefined],
    ['year=2026/month=02/day=30/x.json', undefined],
    ['year=1999/month=01/day=01/x.json', undefined],
    ['year=2026/month=06/x.json', undefined],
    ['year=2026/month=06/day=15', undefined],
    ['x.json', undefined],
  ])('%s lies in partition %s', async (path, partition) => {
    const { files } = await discover(
      folderWith({ [path.endsWith('.json') ? path : `${path}.json`]: '{}' }),
      accessLogs,
    );
    expect(files.map((file) => file.partition)).toEqual([partition]);
  });

  test.each(['', 'copy/', 'copy/of/bucket/'])(
    'input.ignore leaves files out as in compaction, below "%s"',
    async (below) => {
      const dataset = {
        ...accessLogs,
        input: {
          ...accessLogs.input,
          layout: 'logs/*/{yyyy}/{MM}/{dd}/',
          ignore: ['logs/TestFile', 'logs/*/*/*/*/health_'],
        },
      };
      const kept = ['logs/health_x/2026/06/15/a.json', 'logs/a/2026/06/15/logs/TestFile.json', 'loose/TestFile.json'];
      const left = ['logs/TestFile.json', 'logs/a/2026/06/15/health_1.json'];
      const folder = folderWith(Object.fromEntries([...kept, ...left].map((name) => [`${below}${name}`, '{}'])));
      const { files, skipped } = await discover(folder, dataset);
      expect(files.map(({ relative }) => relative).sort()).toEqual(kept.map((name) => `${below}${name}`).sort());
      expect(skipped.map(({ file, reason }) => [file, reason]).sort()).toEqual(
        left.map((name) => [`${below}${name}`, 'no data of the dataset: its input.ignore says so']),
      );
    },
  );

  test('leading keys come from the path, also when the rows decide the day', async () => {
    const { files } = await discover(
      folderWith({ 'tenant=acme/x.json': '{}', 'tenant=globex/year=2026/month=06/day=15/y.json': '{}' }),
      orders,
    );
    expect(files.map(({ partition, leading }) => [partition, leading])).toEqual([
      [undefined, { tenant: 'acme' }],
      ['tenant=globex/year=2026/month=06/day=15', { tenant: 'globex' }],
    ]);
  });

  test('mistakes name the option and what is wrong', async () => {
    const folder = folderWith({ 'x.json': '{}', 'notes/a.txt': 'x' });
    const refused = async (path: string, dataset = accessLogs): Promise<string> => {
      const error = await discover(path, dataset).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(UsageError);
      return (error as Error).message;
    };
    expect(await refused(join(folder, 'missing'))).toMatch(
      /\n {2}--input: must be a folder, but ".*missing" does not exist\n {4}fix: /,
    );
    expect(await refused(join(folder, 'x.json'))).toContain('is a file');
    expect(await refused(folderWith({ 'README.md': 'x', 'b/_SUCCESS': '' }))).toMatch(
      /holds no file that access_logs accepts:\n {6}README.md: no data by its name: a document\n {6}b\/_SUCCESS: hidden: [^\n]*\n {4}fix: [^\n]*$/,
    );
    expect(await refused(folderWith())).toContain('holds no file that access_logs accepts\n    fix: ');
    expect(await refused(folder, orders)).toContain('outside of a folder such as tenant=...');
    expect(await refused(folderWith({ 'tenant=acme/a.csv': 'a\n' }), orders)).toContain(
      'tenant=acme/a.csv: csv, which dataset orders does not take: its input.formats are ndjson, parquet',
    );
  });
});

describe('lines', () => {
  const linesOf = (content: string | Buffer) =>
    collect(lines(join(folderWith({ f: content }), 'f')), ({ number, bytes }) => `${number}:${bytes}`);

  test.each([
    ['a\nb\n', ['1:a', '2:b']],
    ['a\r\n\r\n \t\nb', ['1:a', '4:b']],
    ['\ufeffa\n', ['1:a']],
    ['', []],
    ['\n\n', []],
    [gzipSync('a\n\nb'), ['1:a', '3:b']],
    [Buffer.concat([gzipSync('a\n'), gzipSync('b\n')]), ['1:a', '2:b']],
    [ZSTD, ['1:a']],
  ])('%j has %j', async (content, expected) => {
    expect(await linesOf(content)).toEqual(expected);
  });

  test('cut by chunk borders anywhere', async () => {
    const text = Array.from({ length: 40_000 }, (_, n) => `line ${n} ${'x'.repeat(n % 37)}`);
    expect(await linesOf(gzipSync(text.join('\n')))).toEqual(text.map((line, n) => `${n + 1}:${line}`));
  });

  test('damage is distinguished from content', async () => {
    await expect(linesOf(gzipSync('a\n'.repeat(1000)).subarray(0, 20))).rejects.toThrow(UnreadableObjectError);
    await expect(linesOf(Buffer.alloc(17 * 1024 * 1024, 'x'))).rejects.toThrow('line 1 is longer than');
  });
});

test('CSV records span lines, keep their bytes, and count lines as an editor does', async () => {
  const folder = folderWith({ f: '\ufeffa;b\r\n1;"x\n""y"""\n\n2;\n3;""' });
  const records = await collect(csvRecords(join(folder, 'f'), { delimiter: ';' }), ({ number, bytes, fields }) => [
    number,
    bytes.toString(),
    fields().map(({ text, quoted }) => `${text}${quoted ? ' (quoted)' : ''}`),
  ]);
  expect(records).toEqual([
    [1, 'a;b', ['a', 'b']],
    [2, '1;"x\n""y"""', ['1', 'x\n"y" (quoted)']],
    [5, '2;', ['2', '']],
    [6, '3;""', ['3', ' (quoted)']],
  ]);
  const open = folderWith({ f: 'a\n"never closed\n' });
  await expect(collect(csvRecords(join(open, 'f'), { delimiter: ',' }))).rejects.toThrow('never closed');
});

test.each([
  ['2026-06-15T10:00:00Z', '2026-06-15T10:00:00.000Z'],
  ['2026-06-15 10:00:00', '2026-06-15T10:00:00.000Z'],
  ['2026-06-15T10:00:00.1239999+02:00', '2026-06-15T08:00:00.123Z'],
  ['2026-06-15T00:30:00-0130', '2026-06-15T02:00:00.000Z'],
  ['2026-06-15 10:00:00.5+02', '2026-06-15T08:00:00.500Z'],
  [1_750_000_000_123, '2025-06-15T15:06:40.123Z'],
  ['2026-02-30T10:00:00Z', undefined],
  ['2026-06-15T24:00:00Z', undefined],
  ['2026-06-15', undefined],
  ['15/Jun/2026:10:00:00 +0000', undefined],
  ['1750000000123', undefined],
  [1.5, undefined],
  [true, undefined],
  [null, undefined],
])('event time %j is %s', (value, expected) => {
  expect(parseEventTime(value, 'timestamp')?.toISOString()).toBe(expected);
});

test('an event date is a day that exists', () => {
  expect(parseEventTime('2026-06-15', 'date')?.toISOString()).toBe('2026-06-15T00:00:00.000Z');
  expect(parseEventTime('2026-06-31', 'date')).toBeUndefined();
  expect(parseEventTime('2026-06-15T00:00:00Z', 'date')).toBeUndefined();
});

test('rows are placed by event time in UTC, or with the reason why not', () => {
  const place = partitionFinder(accessLogs, {});
  expect(place('2026-06-15T23:30:00-01:00')).toEqual({ partition: 'year=2026/month=06/day=16' });
  expect(place(undefined)).toEqual({ problem: 'no partition: event_time is missing' });
  expect(place('soon')).toEqual({ problem: 'no partition: event_time must be a timestamp, but got "soon"' });
  expect(place('1999-01-01T00:00:00Z')).toEqual({ problem: expect.stringContaining('outside the range') });
  expect(partitionFinder(orders, { tenant: 'acme' })('2026-06-15T00:00:00Z')).toEqual({
    partition: 'tenant=acme/year=2026/month=06/day=15',
  });
  expect(partitionFinder(orders, { tenant: 'nobody' })('2026-06-15T00:00:00Z')).toHaveProperty('problem');
  expect(partitionFinder(sensors, {})('2026-06-15T00:00:00Z')).toEqual({ partition: 'dt=2026-06-15' });
});

test.each([
  ['year=2026/month=06/day=15/part-0001.json.gz', 'part-0001'],
  ['logs/eu west/näme (1) &.v2.csv', 'logs-eu-west-na-me-1'],
  ['日本.json', 'file'],
  ['_x/.y.json', 'x'],
  [`${'a'.repeat(200)}.json`, 'a'.repeat(80)],
])('%s is called %s in keys', (path, slug) => {
  expect(keySlug(path)).toBe(slug);
});

describe('the ledger', () => {
  const entry = {
    kind: 'object',
    dataset: 'd',
    partition: 'p',
    format: 'ndjson',
    rows: 1,
    bytes: 2,
    source: 's',
    whole: true,
  } as const;

  test('remembers across runs what was loaded', async () => {
    const path = join(folderWith(), 'state', 'ledger.jsonl');
    const first = await Ledger.open(path);
    first.add({ ...entry, key: 'k' });
    first.add({ kind: 'unplaced', dataset: 'd', key: 'q', rows: 3, bytes: 4, source: 's' });
    first.add({ kind: 'source', dataset: 'd', id: 's' });
    first.close();
    const second = await Ledger.open(path);
    expect(second.has('k')).toBe(true);
    expect(second.objects('d')).toEqual([{ ...entry, key: 'k' }]);
    expect(second.objects('other')).toEqual([]);
    expect(second.unplaced('d')).toHaveLength(1);
    expect(second.isFinished('d', 's')).toBe(true);
    expect(second.isFinished('other', 's')).toBe(false);
    second.close();
  });

  test('survives a line that a crash cut off', async () => {
    const path = join(
      folderWith({ 'ledger.jsonl': `${JSON.stringify({ ...entry, key: 'k' })}\n{"kind":"obj` }),
      'ledger.jsonl',
    );
    const ledger = await Ledger.open(path);
    ledger.add({ ...entry, key: 'l' });
    ledger.close();
    const again = await Ledger.open(path);
    expect(again.objects('d').map(({ key }) => key)).toEqual(['k', 'l']);
    again.close();
  });

  test('says when its folder cannot be used', async () => {
    const folder = folderWith();
    mkdirSync(join(folder, 'ledger.jsonl'));
    await expect(Ledger.open(join(folder, 'ledger.jsonl'))).rejects.toThrow('EISDIR');
  });
});
