/** What does not fit is kept, with where it came from; retries write the same object again. */
import { gunzipSync, gzipSync } from 'node:zlib';
import type { LoadedInput } from '../../../lambda/compaction/protocol/converter';
import { inputDigest } from '../../../lambda/compaction/protocol/names';
import { entriesIn, quarantine } from '../../../lambda/compaction/protocol/quarantine';
import { MemoryLake } from '../support/memory-lake';
import { PARTITION, testDataset } from '../support/test-dataset';

const ref = { dataset: testDataset(), partition: PARTITION };
const KEY = `raw/events/${PARTITION}/a.json.gz`;
let lake: MemoryLake;
beforeEach(() => {
  lake = new MemoryLake();
});

/** A raw object as it was loaded. */
function loaded(more: Partial<LoadedInput>, body = 'body', key = KEY): LoadedInput {
  const etag = lake.put('raw', key, body);
  const { versionId } = lake.contents.get('raw', key) as { versionId: string };
  return { key, etag, versionId, size: body.length, accepted: 0, rejected: [], ...more };
}
const linesKey = (input: LoadedInput): string => `lines/events/${PARTITION}/${inputDigest(input)}.json.gz`;
const entries = (input: LoadedInput) => entriesIn(lake.contents.get('quarantine', linesKey(input))?.body as Buffer);

test('a line is kept as it arrived, with its reason and its place', async () => {
  const rejected = [
    { line: 2, reason: 'n: no number', raw: Buffer.from('{"n":"ä"}') },
    { line: 1, reason: 'at the beginning', raw: Buffer.from('{'), record: 1, offset: 0 },
    { line: 9, reason: 'no UTF-8', raw: Buffer.from([0xe4, 0x0a]), record: 3, offset: 40 },
  ];
  const input = loaded({ accepted: 7, rejected });
  expect([...(await quarantine(lake, ref, [input]))]).toEqual([]);
  const source = {
    dataset: 'events',
    source_bucket: 'raw',
    source_key: KEY,
    source_etag: input.etag,
    source_version: input.versionId,
    object_key: null,
  };
  expect(entries(input)).toEqual([
    { ...source, line: 2, reason: 'n: no number', raw: '{"n":"ä"}', raw_base64: null, record: null, byte_offset: null },
    { ...source, line: 1, reason: 'at the beginning', raw: '{', raw_base64: null, record: 1, byte_offset: 0 },
    { ...source, line: 9, reason: 'no UTF-8', raw: null, raw_base64: '5Ao=', record: 3, byte_offset: 40 },
  ]);
  expect(lake.keys('quarantine')).toEqual([linesKey(input)]);
});

test('lines are as many as there were, in their order', async () => {
  const many = Array.from({ length: 1_001 }, (_, line) => ({ line, reason: 'bad', raw: Buffer.from(`x${line}`) }));
  const inputs = [loaded({ rejected: many }), loaded({ rejected: many.slice(0, 500) }, 'other', `${KEY}.2`)];
  await quarantine(lake, ref, inputs);
  expect(inputs.map((input) => entries(input).map(({ line, raw }) => [line, raw]))).toEqual(
    [many, many.slice(0, 500)].map((lines) => lines.map(({ line, raw }) => [line, String(raw)])),
  );
});

test('lines of many MB are kept, too, in as many members of one gzip as it takes', async () => {
  const raw = Buffer.alloc(3 * 2 ** 20, 'x');
  const input = loaded({ rejected: [1, 2, 3, 4, 5].map((line) => ({ line, reason: 'bad', raw })) });
  await quarantine(lake, ref, [input]);
  const body = lake.contents.get('quarantine', linesKey(input))?.body as Buffer;
  expect(body.toString('latin1').split('\x1f\x8b\x08').length - 1).toBe(2);
  expect(entries(input).map(({ line, raw: kept }) => [line, kept?.length])).toEqual(
    [1, 2, 3, 4, 5].map((line) => [line, raw.length]),
  );
});

test('each entry is one line of JSON', async () => {
  const raw = Buffer.from('a\nb');
  const input = loaded({ rejected: [1, 2].map((line) => ({ line, reason: 'bad', raw })) });
  await quarantine(lake, ref, [input]);
  const text = gunzipSync(lake.contents.get('quarantine', linesKey(input))?.body as Buffer).toString();
  expect(text).toMatch(/^\{.*\}\n\{.*\}\n$/);
  expect(
    text
      .split('\n')
      .slice(0, 2)
      .map((line) => JSON.parse(line).raw),
  ).toEqual(['a\nb', 'a\nb']);
});

test('entries are read one by one, whatever their number: together they may be longer than a string can be', async () => {
  const rejected = Array.from({ length: 999 }, (_, line) => ({
    line,
    reason: 'bad',
    raw: Buffer.from('ä'.repeat(line)),
  }));
  const input = loaded({ rejected });
  await quarantine(lake, ref, [input]);
  const texts = jest.spyOn(Buffer.prototype, 'toString');
  expect(entries(input).map(({ raw }) => raw)).toEqual(rejected.map(({ line }) => 'ä'.repeat(line)));
  const longest = Math.max(...texts.mock.results.map(({ value }) => String(value).length));
  texts.mockRestore();
  expect(longest).toBeLessThan(2_000);
  const apart = gzipSync('\n{"line":1}\n\n{"line":2}');
  expect(entriesIn(apart)).toEqual([{ line: 1 }, { line: 2 }]);
});

test('an object that cannot be read is copied byte for byte, under its name, with an entry that says where', async () => {
  const input = loaded({ unreadable: 'no gzip' });
  expect([...(await quarantine(lake, ref, [input]))]).toEqual([]);
  const copy = `objects/events/${PARTITION}/${inputDigest(input)}/a.json.gz`;
  expect(lake.text('quarantine', copy)).toBe('body');
  expect(entries(input)).toEqual([
    {
      dataset: 'events',
      source_bucket: 'raw',
      source_key: KEY,
      source_etag: input.etag,
      source_version: input.versionId,
      line: null,
      reason: 'no gzip',
      raw: null,
      raw_base64: null,
      object_key: copy,
      record: null,
      byte_offset: null,
    },
  ]);
});

test('in a bucket without versions there is none to name', async () => {
  const input = { ...loaded({ unreadable: 'no gzip' }), versionId: undefined };
  await quarantine(lake, ref, [input]);
  expect(entries(input)).toMatchObject([{ source_version: null }]);
});

test('one that was rewritten before it could be copied is told, and nothing of it is kept', async () => {
  const input = loaded({ unreadable: 'no gzip' });
  const other = loaded({ unreadable: 'no gzip' }, 'other', `${KEY}.2`);
  lake.put('raw', KEY, 'rewritten');
  expect([...(await quarantine(lake, ref, [input, other]))]).toEqual([KEY]);
  expect(lake.keys('quarantine', 'lines/')).toEqual([linesKey(other)]);
});

test('a version that is meant is copied, though it is not the current one', async () => {
  const input = loaded({ unreadable: 'no gzip' });
  lake.put('raw', KEY, 'rewritten');
  expect([...(await quarantine(lake, ref, [input], true))]).toEqual([]);
  expect(lake.text('quarantine', `objects/events/${PARTITION}/${inputDigest(input)}/a.json.gz`)).toBe('body');
});

test('compaction names no version: it may read the current one only', async () => {
  const input = loaded({ unreadable: 'no gzip' });
  const copy = jest.spyOn(lake.store, 'copy');
  await quarantine(lake, ref, [input]);
  await quarantine(lake, ref, [input], true);
  const from = copy.mock.calls.map(([one]) => [one.bucket, one.key, one.etag, one.versionId]);
  expect(from).toEqual([
    ['raw', KEY, input.etag, undefined],
    ['raw', KEY, input.etag, input.versionId],
  ]);
});

test('any other error ends it', async () => {
  lake.before = (operation) => {
    if (operation.startsWith('copy')) throw new Error('no connection');
  };
  await expect(quarantine(lake, ref, [loaded({ unreadable: 'no gzip' })])).rejects.toThrow('no connection');
  lake.before = () => undefined;
  expect(lake.keys('quarantine')).toEqual([]);
});

test('objects whose rows all fit leave nothing', async () => {
  expect([...(await quarantine(lake, ref, [loaded({ accepted: 3 })]))]).toEqual([]);
  expect(lake.operations).toEqual([]);
});

test('what is kept twice is kept once', async () => {
  const input = loaded({ rejected: [{ line: 1, reason: 'bad', raw: Buffer.from('x') }] });
  await quarantine(lake, ref, [input]);
  await quarantine(lake, ref, [input]);
  expect(lake.keys('quarantine')).toHaveLength(1);
  expect(entries(input)).toHaveLength(1);
});
