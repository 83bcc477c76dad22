import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import { type ConnectionOptions, connect as connectTls, type SecureVersion } from 'node:tls';
import { Validator } from '@seriousme/openapi-schema-validator';
import { PROBLEM_TYPE } from '../../gateway/http/problems';
import { folder, logEvent, startRig } from './support/rig';

test('a refusal is a problem document with the id of the request', async () => {
  const rig = await startRig();
  const answer = await rig.get('/v2/anything', { 'x-request-id': 'mine-1' });
  expect(answer.headers.get('content-type')).toContain(PROBLEM_TYPE);
  expect(answer.headers.get('x-request-id')).toBe('mine-1');
  expect(answer.body).toEqual({
    type: 'urn:lake:ingest:no-route',
    title: 'Not Found',
    status: 404,
    detail: 'there is nothing here; events go to POST /v1/datasets/{dataset}/events',
    requestId: 'mine-1',
  });
});

test.each(['a b', 'x'.repeat(65), '"},{"', '\u001b[31m'.slice(1)])('an odd request id is replaced: %j', async (id) => {
  const rig = await startRig();
  const answer = await rig.get('/healthz', { 'x-request-id': id });
  expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f]{8}-1$/);
});

describe('the OpenAPI document', () => {
  test('is valid, and describes the datasets of the token', async () => {
    const rig = await startRig();
    const authorization = `Bearer ${await rig.issuer.token({ scope: 'ingest:orders ingest:access_logs' })}`;
    const { status, body } = await rig.get('/openapi.json', { authorization });
    expect(status).toBe(200);
    expect(await new Validator().validate(structuredClone(body))).toMatchObject({ valid: true });
    expect(Object.keys(body.paths)).toEqual(['/v1/datasets/access_logs/events', '/v1/datasets/orders/events']);
    expect(body.components.schemas.orders.properties.tenant.enum).toEqual(['acme', 'globex', 'initech']);
    const names = body.paths['/v1/datasets/orders/events'].post.parameters.map(({ name }: { name: string }) => name);
    expect(names).toContain('lake-partition-tenant');
  });

  test('is not for everyone', async () => {
    const rig = await startRig();
    expect((await rig.get('/openapi.json')).status).toBe(401);
  });
});

describe('metrics', () => {
  test('for Prometheus count events, requests, PUTs and what was turned away', async () => {
    const rig = await startRig({
      settings: { INGEST_RATE_PER_SECOND: '1', INGEST_RATE_BURST: '3', INGEST_MAX_EVENTS: '3' },
    });
    const event = logEvent();
    await rig.post([event, { ...event, event_id: 7 }]);
    await rig.post([event]);
    await rig.post([event]);
    const { body, headers } = await rig.get('/metrics');
    expect(headers.get('content-type')).toContain('text/plain; version=0.0.4');
    for (const line of [
      'ingest_events_total{dataset="access_logs",result="stored"} 1',
      'ingest_events_total{dataset="access_logs",result="duplicate"} 1',
      'ingest_events_total{dataset="access_logs",result="rejected"} 1',
      'ingest_requests_total{status="207"} 1',
      'ingest_requests_total{status="429"} 1',
      'ingest_shed_total{reason="rate"} 1',
      'ingest_put_attempts_total{outcome="stored"} 1',
      'ingest_batches_total{dataset="access_logs",outcome="stored"} 1',
      'ingest_ack_seconds_count 2',
      'ingest_buffered_bytes 0',
    ]) {
      expect(body).toContain(`${line}\n`);
    }
  });

  test('are refused to callers through a load balancer', async () => {
    const rig = await startRig();
    expect((await rig.get('/metrics', { 'x-forwarded-for': '203.0.113.9' })).status).toBe(404);
  });

  test('for CloudWatch are lines of the embedded format, since the last line', async () => {
    const rig = await startRig();
    await rig.post([logEvent(), logEvent()]);
    const lines = rig.gateway.metrics.emf('Lake', 5, 1_700_000_000_000).map((line) => JSON.parse(line));
    expect(lines[0]).toMatchObject({
      _aws: { Timestamp: 1_700_000_000_000, CloudWatchMetrics: [{ Namespace: 'Lake', Dimensions: [['Dataset']] }] },
      Dataset: 'access_logs',
      EventsStored: 2,
      Puts: 1,
    });
    expect(lines[1]).toMatchObject({
      _aws: { CloudWatchMetrics: [{ Dimensions: [[]] }] },
      BufferedBytes: 5,
      StoreDown: 0,
    });
    for (const line of lines) {
      for (const { Name } of line._aws.CloudWatchMetrics[0].Metrics) expect(typeof line[Name]).toBe('number');
    }
    expect(rig.gateway.metrics.emf('Lake', 0)).toHaveLength(1);
  });
});

describe('logs', () => {
  const HOSTILE = 'a\r\nb\u001b[31mred\u0085\u2028\u202e"}';

  test('no CRLF and no ANSI sequence of a caller gets into them', async () => {
    const rig = await startRig({ settings: { INGEST_LOG_LEVEL: 'debug' } });
    const token = await rig.issuer.token({ sub: HOSTILE });
    await rig.post([logEvent()], { token, headers: { 'user-agent': 'x\u001b[2J'.replace('\u001b', '\u009b') } });
    const encodedPath = encodeURIComponent(HOSTILE);
    await rig.get(`/${encodedPath}`);
    expect(rig.rawLogs.length).toBeGreaterThanOrEqual(3);
    for (const line of rig.rawLogs) {
      expect(line.match(/\n/g)).toHaveLength(1);
      expect(line.slice(0, -1)).toMatch(/^[ -~\u00a1-\uffff]*$/);
      expect(line).not.toMatch(/[\u2028\u2029\u202a-\u202e]/);
    }
    const entry = rig.logs.find(({ subject }) => subject !== undefined);
    expect(entry).toMatchObject({ subject: HOSTILE, status: 200, level: 'debug', message: 'answered' });
    expect(JSON.stringify(rig.logs)).not.toContain(token);
  });

  test('a request that failed is found by its id', async () => {
    const rig = await startRig({ onRequest: () => ({ status: 403, code: 'AccessDenied' }) });
    const answer = await rig.post([logEvent()], { headers: { 'x-request-id': 'find-me' } });
    expect([answer.status, answer.body.failed, answer.headers.get('retry-after')]).toEqual([503, 1, '1']);
    expect(rig.logs).toContainEqual(expect.objectContaining({ level: 'warn', requestId: 'find-me', status: 503 }));
    expect(rig.logs).toContainEqual(
      expect.objectContaining({ level: 'error', reason: expect.stringContaining('AccessDenied') }),
    );
  });

  test('a line has an end', async () => {
    const rig = await startRig({ settings: { INGEST_LOG_LEVEL: 'debug' } });
    await rig.get(`/${'x'.repeat(10_000)}`);
    for (const line of rig.rawLogs) expect(line.length).toBeLessThan(2_000);
  });
});

describe.each([
  ['an ECDSA', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'], 'ECDSA'],
  ['an RSA', ['-newkey', 'rsa:2048'], 'RSA'],
])('HTTPS with %s certificate', (_, kind, name) => {
  let cert = '';
  let url: URL;

  beforeEach(async () => {
    const files = folder();
    const key = join(files, 'key.pem');
    cert = join(files, 'cert.pem');
    const parameters = ['-nodes', '-days', '1', '-subj', '/CN=localhost', '-keyout', key, '-out', cert];
    execFileSync('openssl', ['req', '-x509', ...kind, ...parameters], { stdio: 'ignore' });
    url = new URL((await startRig({ settings: { INGEST_TLS_CERT_FILE: cert, INGEST_TLS_KEY_FILE: key } })).url);
    expect(url.protocol).toBe('https:');
  });

  /** Version and cipher of a handshake, with a client that would take anything. */
  const shake = (options: ConnectionOptions): Promise<readonly (string | null)[]> =>
    new Promise((resolve, reject) => {
      const socket = connectTls(
        { host: '127.0.0.1', port: Number(url.port), servername: 'localhost', ca: readFileSync(cert), ...options },
        () => {
          resolve([socket.getProtocol(), socket.getCipher().name]);
          socket.destroy();
        },
      );
      socket.on('error', reject);
    });
  const only = (version: SecureVersion, ciphers: string): ConnectionOptions => ({
    minVersion: version,
    maxVersion: version,
    // Without it OpenSSL itself refuses to offer what is old.
    ciphers: `${ciphers}@SECLEVEL=0`,
  });

  test('speaks TLS 1.3 with whoever can', async () => {
    expect((await shake({}))[0]).toBe('TLSv1.3');
  });

  test.each(['AES128-GCM-SHA256', 'AES256-GCM-SHA384'])(
    'takes ECDHE with %s of TLS 1.2, as a load balancer may',
    async (suite) => {
      const cipher = `ECDHE-${name}-${suite}`;
      expect(await shake(only('TLSv1.2', cipher))).toEqual(['TLSv1.2', cipher]);
    },
  );

  test.each([
    ['CBC', `ECDHE-${name}-AES128-SHA256:ECDHE-${name}-AES256-SHA384:ECDHE-${name}-AES128-SHA`],
    ['no forward secrecy', 'AES128-GCM-SHA256:AES256-GCM-SHA384:AES128-SHA'],
    ['finite-field Diffie-Hellman', 'DHE-RSA-AES128-GCM-SHA256'],
  ])('refuses TLS 1.2 with %s', async (_, ciphers) => {
    await expect(shake(only('TLSv1.2', ciphers))).rejects.toThrow(/alert handshake failure/i);
  });

  test.each(['TLSv1.1', 'TLSv1'] as const)('refuses %s', async (version) => {
    await expect(shake(only(version, 'ALL'))).rejects.toThrow(/alert protocol version/i);
  });

  test('answers over both versions', async () => {
    const ask = (version: SecureVersion) =>
      new Promise<number | undefined>((resolve, reject) => {
        const call = request(
          `https://localhost:${url.port}/healthz`,
          { ca: readFileSync(cert), minVersion: version, maxVersion: version },
          (answer) => {
            answer.resume();
            resolve(answer.statusCode);
          },
        );
        call.on('error', reject).end();
      });
    expect(await ask('TLSv1.3')).toBe(200);
    expect(await ask('TLSv1.2')).toBe(200);
  });
});

test('what is not HTTP is answered, and the gateway keeps running', async () => {
  const rig = await startRig();
  const heard = await new Promise<string>((resolve) => {
    const socket = connect(Number(new URL(rig.url).port), '127.0.0.1', () =>
      socket.write('\u0016\u0003\u0001 hello\r\n\r\n'),
    );
    let text = '';
    socket.on('data', (chunk) => (text += chunk)).on('close', () => resolve(text));
  });
  expect(heard).toContain('400 Bad Request');
  expect((await rig.get('/healthz')).status).toBe(200);
});

test('headers without end are refused', async () => {
  const rig = await startRig();
  const answer = await rig.get('/healthz', { 'x-long': 'x'.repeat(20_000) }).catch(() => undefined);
  expect(answer === undefined || answer.status === 431).toBe(true);
  expect((await rig.get('/healthz')).status).toBe(200);
});
