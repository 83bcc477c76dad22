/** Options: what is taken, what each is without a word, and what is refused. */
import { IngestOptionsError } from '../src/errors';
import { type IngestClientOptions, readOptions } from '../src/options';

const token = (): string => 'token';
const GIVEN: IngestClientOptions = { url: 'https://ingest.example.com', dataset: 'access_logs', token };

const refusal = (options: Partial<Record<keyof IngestClientOptions, unknown>>): string => {
  try {
    readOptions({ ...GIVEN, ...options } as IngestClientOptions);
  } catch (error) {
    expect(error).toBeInstanceOf(IngestOptionsError);
    return (error as Error).message;
  }
  throw new Error('was taken');
};

test('what is not given is as documented', () => {
  expect(readOptions(GIVEN)).toEqual({
    endpoint: 'https://ingest.example.com/v1/datasets/access_logs/events',
    token,
    idField: 'event_id',
    batchEvents: 500,
    batchBytes: 1_048_576,
    lingerMs: 50,
    concurrency: 4,
    bufferedBytes: 8_388_608,
    requestMs: 30_000,
    deliveryMs: 300_000,
    backoffMs: 100,
    longestBackoffMs: 20_000,
    gzip: true,
    headers: {},
    signal: undefined,
    onResult: undefined,
    fetch,
    random: Math.random,
  });
});

test('what is given is taken', () => {
  const given = {
    idField: 'id',
    batchEvents: 7,
    batchBytes: 2_048,
    lingerMs: 0,
    concurrency: 9,
    bufferedBytes: 4_096,
    requestMs: 11,
    deliveryMs: 12,
    backoffMs: 13,
    longestBackoffMs: 14,
    gzip: false,
    headers: { 'lake-partition-site': 'a' },
    signal: new AbortController().signal,
    onResult: () => {},
    fetch: async () => new Response(),
    random: () => 0,
  };
  expect(readOptions({ ...GIVEN, ...given })).toEqual({
    ...given,
    token,
    endpoint: 'https://ingest.example.com/v1/datasets/access_logs/events',
  });
});

test.each<[keyof IngestClientOptions, number, number]>([
  ['batchEvents', 1, 10_000],
  ['batchBytes', 1_024, 16_777_216],
  ['lingerMs', 0, 60_000],
  ['concurrency', 1, 256],
  ['bufferedBytes', 1_024, 4_294_967_296],
  ['requestMs', 1, 600_000],
  ['deliveryMs', 1, 86_400_000],
  ['backoffMs', 1, 60_000],
  ['longestBackoffMs', 1, 600_000],
])('%s is a whole number from %i to %i', (name, least, most) => {
  // The buffer holds a whole batch.
  const others = name === 'bufferedBytes' ? { batchBytes: 1_024 } : { bufferedBytes: 16_777_216 };
  for (const value of [least, most])
    expect(readOptions({ ...GIVEN, ...others, [name]: value })[name as 'requestMs']).toBe(value);
  for (const value of [least - 1, most + 1, least + 0.5, Number.NaN, `${least}`]) {
    expect(refusal({ ...others, [name]: value })).toContain(
      `${name} must be a whole number from ${least} to ${most}, but is ${value}`,
    );
  }
});

test('the buffer holds at least one batch', () => {
  expect(readOptions({ ...GIVEN, batchBytes: 2_048, bufferedBytes: 2_048 }).bufferedBytes).toBe(2_048);
  expect(refusal({ batchBytes: 2_049, bufferedBytes: 2_048 })).toBe(
    'ingest client: bufferedBytes (2048) must be at least batchBytes (2049)',
  );
});

test.each([
  ['https://ingest.example.com', 'https://ingest.example.com'],
  ['https://ingest.example.com/', 'https://ingest.example.com'],
  ['https://ingest.example.com//', 'https://ingest.example.com'],
  ['https://example.com/in/gest/', 'https://example.com/in/gest'],
  ['http://127.0.0.1:5001', 'http://127.0.0.1:5001'],
  ['http://127.1.2.3', 'http://127.1.2.3'],
  ['http://localhost:5001', 'http://localhost:5001'],
  ['http://[::1]:5001', 'http://[::1]:5001'],
])('the address %s is taken', (url, base) => {
  expect(readOptions({ ...GIVEN, url }).endpoint).toBe(`${base}/v1/datasets/access_logs/events`);
});

test.each([
  'http://ingest.example.com',
  'http://10.0.0.1',
  'http://localhost.example.com',
  'http://my-localhost',
  'http://127.0.0.1.example.com',
  'http://a127.0.0.1',
  'ftp://127.0.0.1',
  'ftp://ingest.example.com',
  'ingest.example.com',
  'https://ingest.example.com?dataset=a',
  'https://ingest.example.com#a',
  'https://user@ingest.example.com',
  '',
])('the address %j is refused', (url) => {
  expect(refusal({ url })).toBe(
    `ingest client: url must begin with https:// (http:// on this machine only), but is ${JSON.stringify(url)}`,
  );
});

test.each(['a', 'a1', 'a_1'])('the dataset %s is taken', (dataset) => {
  expect(readOptions({ ...GIVEN, dataset }).endpoint).toBe(`https://ingest.example.com/v1/datasets/${dataset}/events`);
});

test.each(['', 'A', '1a', '_a', 'a-b', 'a/b', '../a', 'a b', 'aB'])('the dataset %j is refused', (dataset) => {
  expect(refusal({ dataset })).toBe(
    `ingest client: dataset must be the name of a dataset, but is ${JSON.stringify(dataset)}`,
  );
});

test('all mistakes are reported together', () => {
  expect(refusal({ url: '', dataset: '', batchEvents: 0 }).split('; ')).toHaveLength(3);
});
