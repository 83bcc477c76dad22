import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Redis } from 'ioredis';
import { LOCAL_S3 } from '../../../cli/lake';
import { datasets } from '../../../test/fixtures/datasets';
import { KeySource } from '../../gateway/auth/keys';
import { type Sink, SinkError } from '../../gateway/commit/sink';
import { startGateway } from '../../gateway/gateway';
import { readSettings } from '../../gateway/settings';
import { later, logEvent, type Rig, startRig } from './support/rig';
import { createIssuer } from './support/tokens';

const said = ({ logs }: Rig, message: string): Record<string, unknown>[] =>
  logs.filter((line) => line.message === message).map(({ time, ...rest }) => rest);

describe('logs of the process', () => {
  test('say where it listens, and that it has drained, with the name of the node on each line', async () => {
    const rig = await startRig({ settings: { INGEST_NODE_ID: 'node-7' } });
    expect(rig.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    // Whoever stops it again waits for the same end.
    expect(await Promise.all([rig.gateway.stop(), rig.gateway.stop()])).toEqual([true, true]);
    const lines = rig.logs.map(({ time, ...rest }) => rest);
    expect(lines).toEqual([
      { level: 'info', message: 'the keys of the issuer are loaded', node: 'node-7', keys: 1 },
      { level: 'info', message: 'listening', node: 'node-7', url: rig.url, latencyClass: 'low', store: false },
      { level: 'info', message: 'draining', node: 'node-7' },
      {
        level: 'info',
        message: 'drained: everything is stored and answered',
        node: 'node-7',
        seconds: expect.any(Number),
      },
    ]);
    expect(lines.at(-1)?.seconds).toBeLessThan(30);
  });

  test('have a name at random where none is set', async () => {
    const [one, other] = [await startRig(), await startRig()];
    const names = [one, other].map(({ logs }) => logs[0]?.node);
    for (const name of names) expect(name).toMatch(/^[0-9a-f]{8}$/);
    expect(names[0]).not.toBe(names[1]);
  });

  test('say that a batch could not be stored, of which dataset, how many events, and why', async () => {
    const sink: Sink = {
      put: async () => {
        throw new SinkError('the bucket is gone');
      },
    };
    const rig = await startRig({ sink });
    await rig.post([logEvent(), logEvent()]);
    expect(said(rig, 'a batch could not be stored; none of its events was acknowledged')).toEqual([
      {
        level: 'error',
        message: expect.any(String),
        node: expect.any(String),
        dataset: 'access_logs',
        events: 2,
        reason: 'the bucket is gone',
      },
    ]);
    expect(await rig.gateway.metrics.text()).toContain(
      'ingest_batches_total{dataset="access_logs",outcome="failed"} 1\n',
    );
  });

  test('say that keys cannot be loaded', async () => {
    const rig = await startRig({ issuer: { ...(await createIssuer()), jwks: '{"keys":[]}' } });
    expect(said(rig, 'the keys of the issuer cannot be loaded')[0]).toEqual({
      level: 'error',
      message: expect.any(String),
      node: expect.any(String),
      reason: expect.stringMatching(/\w/),
      keysInUse: 0,
    });
    expect((await rig.get('/metrics')).body).toContain('ingest_key_loads_total{outcome="failed"} 1\n');
  });

  test('are on the standard output where nothing else is said', async () => {
    const written: string[] = [];
    const write = jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
      written.push(String(text));
      return true;
    });
    try {
      const gateway = await startGateway(
        readSettings({
          RAW_BUCKET: 'raw',
          INGEST_JWKS: '/no/such/file',
          INGEST_JWT_ISSUER: 'me',
          INGEST_JWT_AUDIENCE: 'you',
          INGEST_PORT: '0',
          INGEST_EMF_SECONDS: '0',
        }),
        { datasets },
      );
      await gateway.stop();
    } finally {
      write.mockRestore();
    }
    expect(written.map((line) => JSON.parse(line).message)).toEqual([
      'the keys of the issuer cannot be loaded',
      'listening',
      'draining',
      'drained: everything is stored and answered',
    ]);
  });
});

describe('metrics for CloudWatch', () => {
  const emitted = ({ logs }: Rig): Record<string, unknown>[] => logs.filter(({ _aws }) => _aws !== undefined);

  test('are written every so many seconds, and once more at the end', async () => {
    const intervals = jest.spyOn(globalThis, 'setInterval');
    const cleared = jest.spyOn(globalThis, 'clearInterval');
    const rig = await startRig({ settings: { INGEST_EMF_SECONDS: '61', INGEST_METRICS_NAMESPACE: 'Mine' } });
    const at = intervals.mock.calls.findIndex(([, milliseconds]) => milliseconds === 61_000);
    const [emit] = intervals.mock.calls[at] as [() => void];
    const timer = intervals.mock.results[at]?.value;
    intervals.mockRestore();
    expect(emitted(rig)).toEqual([]);
    await rig.post([logEvent()]);
    emit();
    expect(emitted(rig)).toMatchObject([{ Dataset: 'access_logs', EventsStored: 1, Puts: 1 }, { BufferedBytes: 0 }]);
    expect(emitted(rig)[0]).toMatchObject({ _aws: { CloudWatchMetrics: [{ Namespace: 'Mine' }] } });
    expect(rig.rawLogs.every((line) => line.endsWith('}\n'))).toBe(true);
    await rig.post([logEvent(), logEvent()]);
    await rig.gateway.stop();
    expect(emitted(rig).slice(2)).toMatchObject([{ Dataset: 'access_logs', EventsStored: 2 }, { BufferedBytes: 0 }]);
    expect(emitted(rig)).toHaveLength(4);
    expect(cleared.mock.calls.some(([each]) => each === timer)).toBe(true);
    cleared.mockRestore();
  });

  test('are never written where that is 0', async () => {
    const rig = await startRig({ settings: { INGEST_EMF_SECONDS: '0' } });
    await rig.post([logEvent()]);
    await rig.gateway.stop();
    expect(emitted(rig)).toEqual([]);
  });
});

describe('what works beside the requests', () => {
  const ended = () => [
    jest.spyOn(KeySource.prototype, 'close'),
    jest.spyOn(Redis.prototype, 'disconnect').mockImplementation(function (this: Redis) {
      this.options.retryStrategy = () => null;
    }),
  ];
  const settings = { INGEST_REDIS_URL: 'redis://127.0.0.1:1' };

  afterEach(() => {
    jest.restoreAllMocks();
  });

  test('ends with it', async () => {
    const spies = ended();
    const rig = await startRig({ settings });
    expect(spies.map(({ mock }) => mock.calls.length)).toEqual([0, 0]);
    await rig.gateway.stop();
    expect(spies.map(({ mock }) => mock.calls.length)).toEqual([1, 1]);
  });

  test('ends when it cannot listen', async () => {
    const { port } = new URL((await startRig()).url);
    const spies = ended();
    await expect(startRig({ settings: { ...settings, INGEST_PORT: port } })).rejects.toThrow(/EADDRINUSE/);
    expect(spies.map(({ mock }) => mock.calls.length)).toEqual([1, 1]);
  });

  test('does not even begin without a dataset that takes events', async () => {
    const load = jest.spyOn(KeySource.prototype, 'ready');
    const closed = datasets.map((dataset) => ({ ...dataset, input: { ...dataset.input, formats: ['csv' as const] } }));
    await expect(startRig({ datasets: closed })).rejects.toThrow(
      'no dataset has "ndjson" among its input.formats, so there is nothing to take',
    );
    expect(load).not.toHaveBeenCalled();
  });
});

test('an address of IPv6 is in brackets', async () => {
  const rig = await startRig({ settings: { INGEST_HOST: '::1' } });
  expect(rig.url).toMatch(/^http:\/\/\[::1\]:\d+$/);
  expect((await rig.get('/healthz')).status).toBe(200);
});

describe('a store that is not there', () => {
  test('is reported once, however often the connection is tried, and then that the node is on its own', async () => {
    const rig = await startRig({
      settings: { INGEST_REDIS_URL: 'redis://127.0.0.1:1', INGEST_RATE_PER_SECOND: '10000', INGEST_NODES: '2' },
    });
    expect(said(rig, 'listening')).toMatchObject([{ store: true }]);
    // From an empty bucket: the first requests may be refused.
    for (let i = 0; i < 10; i += 1) await rig.post([logEvent()]);
    const [down] = said(rig, 'the store is down: this node limits and remembers by itself');
    expect(down).toMatchObject({ level: 'error', reason: expect.stringMatching(/\w/) });
    expect(said(rig, 'the store of the rate limits')).toEqual([
      {
        level: 'warn',
        message: expect.any(String),
        node: expect.any(String),
        error: 'connect ECONNREFUSED 127.0.0.1:1',
      },
    ]);
    expect((await rig.get('/metrics')).body).toContain('ingest_store_down 1\n');
    expect(rig.events().length).toBeGreaterThan(0);
  });
});

test('objects go to the bucket of the settings, with their key, and are signed', async () => {
  const heard: { readonly url: string | undefined; readonly headers: IncomingHttpHeaders }[] = [];
  const store = createServer(({ url, headers }, response) => {
    heard.push({ url, headers });
    response.end();
  });
  await new Promise<void>((resolve) => store.listen(0, '127.0.0.1', resolve));
  later(() => store.close());
  const endpoint = `http://127.0.0.1:${(store.address() as AddressInfo).port}`;
  const key = 'arn:aws:kms:eu-central-1:111122223333:key/a';
  const rig = await startRig({
    settings: { RAW_BUCKET: 'inbox', RAW_KMS_KEY_ARN: key },
    s3: { endpoint, ...LOCAL_S3 },
  });
  expect((await rig.post([logEvent()])).status).toBe(200);
  expect(heard).toHaveLength(1);
  const [{ url, headers }] = heard as [(typeof heard)[0]];
  expect(url).toMatch(/^\/inbox\/raw\/access_logs\/year%3D/);
  expect(headers).toMatchObject({
    'x-amz-server-side-encryption': 'aws:kms',
    'x-amz-server-side-encryption-aws-kms-key-id': key,
    'if-none-match': '*',
    authorization: expect.stringMatching(/^AWS4-HMAC-SHA256 /),
  });
});
