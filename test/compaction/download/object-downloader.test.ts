/** One object: what becomes of it by what comes, and what is left on the disk. */
import fs, { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { DownloadJob, DownloadOutcome } from '../../../lambda/compaction/download/job';
import { ObjectDownloader } from '../../../lambda/compaction/download/object-downloader';
import type { InputFormat } from '../../../lib/dataset/model';
import { fastFolder } from '../../support/fast-folder';
import { type Answer, HostileServer } from '../support/hostile-server';
import { COLUMNS, line, testDataset } from '../support/test-dataset';

const MIB = 1024 * 1024;
/** What is larger comes in a stream. */
const WHOLE_BYTES = 4 * MIB;
const dataset = testDataset({ input: { formats: ['ndjson', 'csv'] } });
const inPaths = testDataset({
  columns: [...COLUMNS, { name: 'region', type: 'string' }],
  input: { formats: ['ndjson'] },
});

let directory: string;
let server: HostileServer;
beforeEach(() => {
  directory = mkdtempSync(join(fastFolder(), 'object-'));
});
afterEach(async () => {
  jest.restoreAllMocks();
  await server.close();
  rmSync(directory, { recursive: true, force: true });
});

const segmentsOf = async (downloader: ObjectDownloader) =>
  (await downloader.finish()).map(({ path, ...rest }) => ({
    name: basename(path),
    text: readFileSync(path, 'utf8'),
    ...rest,
  }));

/** Downloads one object, and ends the downloader. */
async function download(
  answer: Answer,
  job: Partial<DownloadJob> = {},
  of = { dataset, directory, maxObjectBytes: 256 * MIB },
) {
  server = await HostileServer.open(answer);
  const downloader = new ObjectDownloader({ ...of, name: 'test' });
  const request = { origin: server.origin, path: '/x', headers: {} };
  const outcome = await downloader.download({ id: 3, request, size: 0, format: 'ndjson', ...job });
  return { outcome, segments: await segmentsOf(downloader) };
}
const sends =
  (body: Buffer, version = 'v1'): Answer =>
  (response) =>
    response.writeHead(200, { 'content-length': body.length, 'x-amz-version-id': version }).end(body);
const refuses =
  (status: number, text: string): Answer =>
  (response) =>
    void response.writeHead(status).end(text);
/** As large as it takes for a stream: blank lines are no rows. */
const padded = (body: Buffer): Buffer => Buffer.concat([body, Buffer.alloc(WHOLE_BYTES + 1, '\n')]);

describe.each([
  ['small', 10],
  ['large', WHOLE_BYTES + 1],
])('a refusal of a %s object', (_, size) => {
  const CALLER = [
    'AccountProblem',
    'AuthorizationHeaderMalformed',
    'InvalidAccessKeyId',
    'InvalidSecurity',
    'InvalidToken',
    'NotSignedUp',
    'SignatureDoesNotMatch',
  ];
  const PASSING = [
    'RequestTimeout',
    'RequestTimeTooSkewed',
    'ExpiredToken',
    'TokenRefreshRequired',
    'SlowDown',
    'ThrottlingException',
    'KMS.ThrottlingException',
  ];
  const changed = { status: 'changed', id: 3 };
  const refused = (error: string) => ({ status: 'refused', id: 3, error });
  const failed = (error: string, retryable: boolean) => ({ status: 'failed', id: 3, error, retryable });

  test.each<[number, string, object]>([
    [404, 'NoSuchKey', changed],
    [404, 'NoSuchVersion', changed],
    [412, 'PreconditionFailed', changed],
    [403, 'AccessDenied', refused('HTTP 403 AccessDenied')],
    [400, 'InvalidRequest', refused('HTTP 400 InvalidRequest')],
    [405, 'MethodNotAllowed', failed('HTTP 405 MethodNotAllowed', false)],
    [301, 'PermanentRedirect', failed('HTTP 301 PermanentRedirect', false)],
    [499, 'Other', failed('HTTP 499 Other', false)],
    [408, 'Other', failed('HTTP 408 Other', true)],
    [429, 'Other', failed('HTTP 429 Other', true)],
    [500, 'InternalError', failed('HTTP 500 InternalError', true)],
    [503, 'Other', failed('HTTP 503 Other', true)],
    ...CALLER.flatMap((code): [number, string, object][] =>
      [400, 403].map((status) => [status, code, failed(`HTTP ${status} ${code}`, false)]),
    ),
    ...PASSING.flatMap((code): [number, string, object][] =>
      [400, 403].map((status) => [status, code, failed(`HTTP ${status} ${code}`, true)]),
    ),
  ])('%i %s', async (status, code, wanted) => {
    const text = `<?xml version="1.0"?>\n<Error><Code>${code}</Code><Message>M</Message></Error>`;
    const { outcome, segments } = await download(refuses(status, text), { size });
    expect([outcome, segments]).toEqual([wanted, []]);
  });

  test.each(['', '<Error><Message>SlowDown</Message></Error>', '<Code></Code>'])('without a code: %p', async (text) => {
    expect((await download(refuses(403, text), { size })).outcome).toEqual(refused('HTTP 403 no error code'));
  });
});

test.each([
  [9, '9 of 10 bytes came'],
  [0, '0 of 10 bytes came'],
  [11, 'more than the 10 bytes of the object came'],
])('of 10 bytes, %i are told: %s', async (bytes, error) => {
  const answer: Answer = (response) => void response.writeHead(200).end(Buffer.alloc(bytes, '\n'));
  expect((await download(answer, { size: 10 })).outcome).toEqual({ status: 'failed', id: 3, error, retryable: true });
});

test.each([
  [WHOLE_BYTES, `${WHOLE_BYTES} of ${WHOLE_BYTES + 1} bytes came`],
  [WHOLE_BYTES + 2, `more than the ${WHOLE_BYTES + 1} bytes of the object came`],
])('of a byte more than 4 MiB, %i bytes are told: %s', async (bytes, error) => {
  const answer: Answer = (response) => void response.writeHead(200).end(Buffer.alloc(bytes, '\n'));
  const { outcome } = await download(answer, { size: WHOLE_BYTES + 1 });
  expect(outcome).toEqual({ status: 'failed', id: 3, error, retryable: true });
  expect(readdirSync(directory)).toEqual([]);
});

const ROWS = Buffer.from(`${line('a')}{"id":1}\n${line('b')}x\n${line('c')}`);
const TAKEN = {
  status: 'taken',
  id: 3,
  versionId: 'v1',
  accepted: 3,
  localBytes: 3 * line('a').length,
  unknownFields: [],
  otherUnknownFields: 0,
};

test.each<[string, Buffer, string]>([
  ['small', ROWS, 'lines-test-0.ndjson'],
  ['large', padded(ROWS), 'object-test-3-0.ndjson'],
])('rows of a %s object are on the disk, what is no row is told, with its line', async (_, body, name) => {
  const { outcome, segments } = await download(sends(body), { size: body.length });
  expect(outcome).toMatchObject(TAKEN);
  const { rejected } = outcome as Extract<DownloadOutcome, { status: 'taken' }>;
  expect(rejected.map((one) => [one.line, String(one.raw)])).toEqual([
    [2, '{"id":1}'],
    [4, 'x'],
  ]);
  expect(rejected[0]?.reason).toMatch(/^id: /);
  expect(segments.map((own) => [own.name, own.text])).toEqual([[name, line('a') + line('b') + line('c')]]);
  expect(segments[0]?.runs.reduce((sum, { lines }) => sum + lines, 0)).toBe(3);
  expect(new Set(segments[0]?.runs.map(({ object }) => object))).toEqual(new Set([3]));
});

test.each<[string, (body: Buffer) => Buffer]>([
  ['small', (body) => body],
  ['large', padded],
])('what the path of a %s object gives is not among its rows, and its lines are apart', async (_, grow) => {
  const columns = { region: 'eu' } as never;
  const body = grow(Buffer.from(line('a')));
  const job = { size: body.length, columns };
  const { outcome, segments } = await download(sends(body), job, {
    dataset: inPaths,
    directory,
    maxObjectBytes: 256 * MIB,
  });
  expect(outcome).toMatchObject({ status: 'taken', accepted: 1 });
  expect(segments).toMatchObject([{ text: line('a'), columns }]);
});

test.each<[string, (body: Buffer) => Buffer]>([
  ['small', (body) => body],
  ['large', padded],
])('of a second look at a %s object only what is rejected counts', async (_, grow) => {
  const body = grow(ROWS);
  const { outcome, segments } = await download(sends(body), {
    size: body.length,
    vetoes: new Map([[1, 'b is not wanted']]),
  });
  expect(outcome).toMatchObject({ status: 'taken', accepted: 2 });
  const { rejected } = outcome as Extract<DownloadOutcome, { status: 'taken' }>;
  expect(rejected.map((own) => [own.line, own.reason])).toEqual([
    [2, expect.any(String)],
    [3, 'b is not wanted'],
    [4, expect.any(String)],
  ]);
  expect(segments.flatMap(({ text, runs }) => [text, ...runs])).toEqual(segments.length === 0 ? [] : ['']);
});

describe('Parquet', () => {
  const parquet = testDataset({ input: { formats: ['parquet'] } });
  const small = Buffer.from('PAR1, which the engine reads');
  const large = Buffer.concat([small, Buffer.alloc(WHOLE_BYTES, 'x')]);

  test.each([
    ['small', small],
    ['large', large],
  ])('that is declared is kept as it is: a %s object', async (_, body) => {
    // Its name says otherwise; its bytes count.
    const job = { size: body.length, format: 'parquet' as InputFormat };
    const { outcome, segments } = await download(sends(body), job, {
      dataset: parquet,
      directory,
      maxObjectBytes: 1,
    });
    const path = join(directory, 'input-test-3.parquet');
    expect(outcome).toEqual({
      status: 'taken',
      id: 3,
      versionId: 'v1',
      accepted: 0,
      rejected: [],
      localBytes: body.length,
      parquet: path,
      unknownFields: [],
      otherUnknownFields: 0,
    });
    expect(readFileSync(path).equals(body)).toBe(true);
    expect(segments).toEqual([]);
  });

  test.each([
    ['small', small],
    ['large', large],
  ])('that is not declared is unreadable: a %s object', async (_, body) => {
    const { outcome } = await download(sends(body, 'v2'), { size: body.length });
    expect(outcome).toEqual({
      status: 'unreadable',
      id: 3,
      versionId: 'v2',
      reason: 'it is parquet, but dataset events declares ndjson, csv',
    });
    expect(readdirSync(directory)).toEqual([]);
  });
});

test.each<[string, (body: Buffer) => Buffer]>([
  ['small', (body) => body],
  ['large', padded],
])('a format that is not declared is unreadable: a %s object', async (_, grow) => {
  const body = grow(Buffer.from('id,at,n\n'));
  const ndjson = testDataset({ input: { formats: ['ndjson'] } });
  const { outcome } = await download(
    sends(body),
    { size: body.length, format: 'csv' },
    { dataset: ndjson, directory, maxObjectBytes: 256 * MIB },
  );
  expect(outcome).toMatchObject({
    status: 'unreadable',
    versionId: 'v1',
    reason: 'it is csv, but dataset events declares ndjson',
  });
});

describe('rejected text', () => {
  const bad = (bytes: number): Buffer => {
    const lines: Buffer[] = [];
    for (let left = bytes; left > 0; left -= MIB) {
      lines.push(Buffer.alloc(Math.min(left, MIB), 'x'), Buffer.from('\n'));
    }
    return gzipSync(Buffer.concat(lines), { level: 1 });
  };

  test.each([
    [64 * MIB, 'taken'],
    [64 * MIB + 1, 'unreadable'],
  ])('of %i bytes: the object is %s', async (bytes, status) => {
    const body = bad(bytes);
    const { outcome } = await download(sends(body), { size: body.length });
    expect(outcome).toMatchObject({ status });
    if (outcome.status !== 'unreadable') return;
    expect(outcome.reason).toMatch(
      /^more than 67108864 bytes of its lines were rejected; the first was line 1: [^;]+$/,
    );
    expect(outcome.reason).not.toContain('undefined');
  });

  test.each([
    [100_000, 'taken'],
    [100_001, 'unreadable'],
  ])('of %i short lines: the object is %s', async (lines, status) => {
    const body = gzipSync(Buffer.from('1\n'.repeat(lines)));
    const { outcome } = await download(sends(body), { size: body.length });
    expect(outcome).toMatchObject({ status });
    if (outcome.status !== 'unreadable') return;
    expect(outcome.reason).toMatch(
      /^more than 100000 of its lines were rejected; the first was line 1: expected an object, found 1$/,
    );
  });

  test('is a copy: the bytes of the object may go', async () => {
    const body = gzipSync(Buffer.from(`x\n${' '.repeat(MIB)}\n`));
    const { outcome } = await download(sends(body), { size: body.length });
    const [first] = (outcome as Extract<DownloadOutcome, { status: 'taken' }>).rejected;
    expect(String(first?.raw)).toBe('x');
    expect(first?.raw.buffer.byteLength).toBeLessThan(MIB);
  });
});

describe('a disk that fails', () => {
  const body = Buffer.from(line('a'));

  test.each([
    ['ENOSPC', false],
    ['EDQUOT', false],
    ['EMFILE', false],
    ['EACCES', false],
    ['EROFS', false],
    ['EIO', true],
  ])('with %s: another attempt may help: %p', async (code, retryable) => {
    jest.spyOn(fs, 'openSync').mockImplementation(() => {
      throw Object.assign(new Error(`${code}: told so`), { code });
    });
    expect((await download(sends(body), { size: body.length })).outcome).toEqual({
      status: 'failed',
      id: 3,
      error: `${code}: told so`,
      retryable,
    });
  });

  test('in the middle of an object leaves nothing of it', async () => {
    const { writeSync } = fs;
    let writes = 0;
    jest.spyOn(fs, 'writeSync').mockImplementation(((...args: Parameters<typeof writeSync>) => {
      if (++writes === 2) throw Object.assign(new Error('ENOSPC: told so'), { code: 'ENOSPC' });
      return writeSync(...args);
    }) as never);
    const rows = Buffer.from(line('a').repeat(100_000));
    const { outcome } = await download(sends(rows), { size: rows.length });
    expect(outcome).toMatchObject({ status: 'failed', retryable: false });
    expect(readdirSync(directory)).toEqual([]);
  });
});

test('a downloader that is given up ends its requests, writes nothing more, and closes its files', async () => {
  const opened = jest.spyOn(fs, 'openSync');
  const closed = jest.spyOn(fs, 'closeSync');
  server = await HostileServer.open((response, { url }) => {
    if (url === '/whole') response.end(line('a'));
    else response.writeHead(200, { 'content-length': 100 }).write('{');
  });
  const downloader = new ObjectDownloader({ dataset, directory, maxObjectBytes: MIB, name: 'test' });
  const of = (path: string, size: number) =>
    downloader.download({
      id: 1,
      request: { origin: server.origin, path, headers: {} },
      size,
      format: 'ndjson',
    });
  await of('/whole', line('a').length);
  const stuck = of('/stuck', 100);
  while (server.requests < 2) await new Promise((resolve) => setImmediate(resolve));
  await downloader.abort();
  expect(await stuck).toMatchObject({ status: 'failed', id: 1, retryable: true });
  await server.allClosed();
  const files = opened.mock.results.map(({ value }) => value);
  expect(files).toHaveLength(1);
  expect(closed.mock.calls.flat()).toEqual(files);
  expect(readFileSync(join(directory, 'lines-test-0.ndjson'), 'utf8')).toBe('');
});
