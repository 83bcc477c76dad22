import { Agent as HttpsAgent } from 'node:https';
import { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import { createS3Client, S3Sink } from '../../gateway/commit/s3-sink';
import { SinkError } from '../../gateway/commit/sink';
import type { CommitSettings } from '../../gateway/settings';

interface Request {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}
/** A status and a code of an error; or what the network does. */
type Answer = readonly [status: number, code?: string] | Error | 'silence';

/** The sink with the SDK as it is, but for the network: each request gets the next answer, and the last one for ever. */
function start(
  answers: readonly Answer[],
  { kmsKeyArn, ...changes }: Partial<CommitSettings & { kmsKeyArn: string }> = {},
) {
  const requests: Request[] = [];
  const observed: (readonly [string, number])[] = [];
  const client: S3Client = createS3Client(
    {
      endpoint: 'http://127.0.0.1:1',
      ...{ region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' }, forcePathStyle: true },
    },
    1,
  );
  client.config.requestHandler = {
    handle: async (request: Request, { abortSignal }: { abortSignal?: AbortSignal } = {}) => {
      const answer = answers[Math.min(requests.length, answers.length - 1)] as Answer;
      requests.push(request);
      if (answer === 'silence') {
        await new Promise((_, reject) => {
          abortSignal?.addEventListener('abort', () =>
            reject(Object.assign(new Error('aborted'), { name: 'AbortError' })),
          );
        });
      }
      if (answer instanceof Error) throw answer;
      const [status, code = ''] = answer as readonly [number, string?];
      const body = status === 200 ? '' : `<Error><Code>${code}</Code><Message>told so</Message></Error>`;
      return { response: { statusCode: status, headers: {}, body: Readable.from([Buffer.from(body)]) } };
    },
  } as unknown as S3Client['config']['requestHandler'];
  const settings: CommitSettings = {
    ...{ latencyClass: 'low', lingerMs: 10, batchBytes: 1_000 },
    ...{ putSeconds: 20, putAttemptSeconds: 5, putsInFlight: 1 },
    ...changes,
  };
  const sink = new S3Sink(client, { bucket: 'raw', kmsKeyArn }, settings, {
    attempted: (...all) => observed.push(all),
  });
  const outcomes: unknown[] = [];
  /** Puts an object, and lets no more than so many milliseconds pass. */
  const put = async (milliseconds = 60_000): Promise<unknown> => {
    sink.put('raw/a/b.json.gz', Buffer.from('body')).then(
      () => outcomes.push('stored'),
      (error: unknown) => outcomes.push(error),
    );
    for (let passed = 0; outcomes.length === 0 && passed < milliseconds; passed += 5)
      await jest.advanceTimersByTimeAsync(5);
    return outcomes[0];
  };
  return { requests, put, outcomes: () => observed.map(([outcome]) => outcome), observed };
}

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
  jest.spyOn(Math, 'random').mockReturnValue(1);
});

afterEach(() => {
  jest.restoreAllMocks();
  jest.useRealTimers();
});

const failed = (text: string, tries: string) => new SinkError(`PutObject s3://raw/raw/a/b.json.gz: ${text} (${tries})`);

test('an object is put under its key, and only if there is none', async () => {
  const { requests, put, outcomes } = start([[200]]);
  expect(await put()).toBe('stored');
  expect(outcomes()).toEqual(['stored']);
  const [{ method, path, headers, body }] = requests as [Request];
  expect([method, path, body.toString()]).toEqual(['PUT', '/raw/raw/a/b.json.gz', 'body']);
  expect(headers).toMatchObject({ 'content-type': 'application/gzip', 'if-none-match': '*' });
  expect(Object.keys(headers).filter((name) => name.includes('encryption'))).toEqual([]);
});

test('with a key of its own it is encrypted with that', async () => {
  const { requests, put } = start([[200]], { kmsKeyArn: 'arn:aws:kms:eu-central-1:111122223333:key/a' });
  await put();
  expect(requests[0]?.headers).toMatchObject({
    'x-amz-server-side-encryption': 'aws:kms',
    'x-amz-server-side-encryption-aws-kms-key-id': 'arn:aws:kms:eu-central-1:111122223333:key/a',
  });
});

test('that there is one already means that an earlier attempt has stored it', async () => {
  const { put, outcomes } = start([
    [500, 'InternalError'],
    [412, 'PreconditionFailed'],
  ]);
  expect(await put()).toBe('stored');
  expect(outcomes()).toEqual(['InternalError', 'stored-before']);
});

test.each<[string, Answer]>([
  ['InternalError', [500, 'InternalError']],
  ['SlowDown', [503, 'SlowDown']],
  ['RequestTimeout', [408, 'RequestTimeout']],
  ['TooManyRequests', [429, 'TooManyRequests']],
  ['ExpiredToken', [400, 'ExpiredToken']],
  ['RequestTimeTooSkewed', [403, 'RequestTimeTooSkewed']],
  ['ConditionalRequestConflict', [409, 'ConditionalRequestConflict']],
  ['NotModified', [399, 'NotModified']],
  ['Error', new Error('socket hang up')],
])('%s is tried again with the same request', async (name, answer) => {
  const { put, outcomes, requests } = start([answer, answer, [200]]);
  expect(await put()).toBe('stored');
  expect(outcomes()).toEqual([name, name, 'stored']);
  expect(new Set(requests.map(({ path, headers }) => `${path} ${headers['if-none-match']}`)).size).toBe(1);
});

test.each<[string, Answer, string]>([
  ['NoSuchBucket', [404, 'NoSuchBucket'], 'NoSuchBucket: told so'],
  ['AccessDenied', [403, 'AccessDenied'], 'AccessDenied: told so'],
  ['InvalidRequest', [400, 'InvalidRequest'], 'InvalidRequest: told so'],
  ['Odd', [499, 'Odd'], 'Odd: told so'],
])('%s would be the same again: it fails at once, with the reason', async (name, answer, text) => {
  const { put, outcomes } = start([answer]);
  expect(await put()).toEqual(failed(text, '1 attempt'));
  expect(outcomes()).toEqual([name]);
});

test('attempts wait for 50 ms, twice as long each time, up to two seconds, within their time', async () => {
  const { put, requests } = start([[503, 'SlowDown']], { putSeconds: 8 });
  const begun: number[] = [];
  const push = requests.push.bind(requests);
  const from = performance.now();
  requests.push = (...all) => {
    begun.push(Math.round((performance.now() - from) / 50) * 50);
    return push(...all);
  };
  expect(await put()).toEqual(failed('SlowDown: told so', '9 attempts'));
  // The next one would begin at 9.15 seconds, of eight.
  expect(begun).toEqual([0, 50, 150, 350, 750, 1_550, 3_150, 5_150, 7_150]);
});

test('a wait is drawn between half of it and all', async () => {
  jest.spyOn(Math, 'random').mockReturnValue(0);
  const { put, observed } = start([[503, 'SlowDown'], [200]]);
  const from = performance.now();
  expect(await put()).toBe('stored');
  expect(performance.now() - from).toBeLessThan(45);
  expect(observed).toHaveLength(2);
});

test('an attempt that is not answered ends after its seconds, is counted with them, and is tried again', async () => {
  const { put, observed } = start(['silence', [200]]);
  expect(await put()).toBe('stored');
  expect(observed.map(([outcome]) => outcome)).toEqual(['Timeout', 'stored']);
  expect(observed[0]?.[1]).toBeGreaterThanOrEqual(5_000);
  expect(observed[0]?.[1]).toBeLessThan(5_050);
  expect(observed[1]?.[1]).toBeLessThan(50);
});

test('the last attempt has no longer than what is left', async () => {
  const { put, observed } = start(['silence'], { putSeconds: 7 });
  const from = performance.now();
  expect(await put()).toEqual(failed('Timeout: Request aborted', '2 attempts'));
  expect(observed.map(([outcome]) => outcome)).toEqual(['Timeout', 'Timeout']);
  expect(performance.now() - from).toBeGreaterThan(6_950);
  expect(performance.now() - from).toBeLessThan(7_100);
});

test('no timer is left behind', async () => {
  const { put } = start([[200]]);
  await put();
  expect(jest.getTimerCount()).toBe(0);
});

test('the client leaves retries to the sink, has a connection for each PUT, and speaks TLS 1.3 alone', async () => {
  const client = createS3Client({ endpoint: undefined, region: 'us-east-1' } as never, 7);
  expect(await client.config.maxAttempts()).toBe(1);
  const handler = client.config.requestHandler as unknown as {
    configProvider: Promise<Record<string, unknown> & { httpAgentProvider: () => Promise<object> }>;
  };
  const { connectionTimeout, httpAgentProvider, httpsAgent } = await handler.configProvider;
  expect(connectionTimeout).toBe(2_000);
  expect(await httpAgentProvider()).toMatchObject({ keepAlive: true, maxSockets: 7 });
  expect(httpsAgent).toBeInstanceOf(HttpsAgent);
  expect(httpsAgent).toMatchObject({ keepAlive: true, maxSockets: 7, options: { minVersion: 'TLSv1.3' } });
});
