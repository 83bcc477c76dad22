import { chmodSync, copyFileSync, readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { datasets } from '../../../config/datasets';
import type { Report } from '../../../e2e/tools/report';
import type { Supervisor } from '../../../e2e/tools/supervisor';
import { startS3Server } from '../../../packages/s3-loopback/src';
import { LOCAL_AUDIENCE, LOCAL_ISSUER, localIssuer } from '../../local/issuer';
import { type Events, eventsOf } from './events';
import { PORT, type Running, type Target } from './target';

/** Starts the built gateway with TLS before an S3 server, and lets it take an event, drain, and refuse what it must. */
export async function checkGateway(supervisor: Supervisor, report: Report, target: Target): Promise<void> {
  const files = supervisor.folder('files');
  const store = supervisor.folder('s3');
  const keys = supervisor.folder('keys');
  const { code, stderr } = await supervisor.run('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc', '-days', '1'],
    ...['-subj', '/CN=lake-ingest', '-keyout', join(files, 'tls.key'), '-out', join(files, 'tls.crt')],
  ]);
  if (code !== 0) throw new Error(`openssl ended with ${code}: ${stderr}`);
  const issuer = await localIssuer(keys);
  copyFileSync(issuer.jwksFile, join(files, 'jwks.json'));
  chmodSync(files, 0o755);
  for (const file of readdirSync(files)) chmodSync(join(files, file), 0o444);
  const s3 = await startS3Server({ root: store, buckets: { raw: {} } });
  const variables = {
    RAW_BUCKET: 'raw',
    INGEST_JWKS: '{files}/jwks.json',
    INGEST_JWT_ISSUER: LOCAL_ISSUER,
    INGEST_JWT_AUDIENCE: LOCAL_AUDIENCE,
    INGEST_TLS_CERT_FILE: '{files}/tls.crt',
    INGEST_TLS_KEY_FILE: '{files}/tls.key',
    AWS_ENDPOINT_URL_S3: s3.endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'no-secret',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  const ca = readFileSync(join(files, 'tls.crt'));
  try {
    report.section('Run');
    const running = await target.start({ variables, files });
    await report.check(`it answers /healthz and /readyz over TLS 1.3 on port ${PORT}`, () => ready(running, ca));
    await report.check('it runs as user and group 1001', async () => {
      const owner = await running.owner();
      if (owner !== '1001:1001') throw new Error(`it runs as ${owner}`);
    });
    await report.check('its health check passes', async () => {
      const result = await running.health();
      if (result !== 0) throw new Error(`it ended with ${result}`);
    });
    const events = eventsOf(datasets);
    const token = await issuer.token('proof', [events.dataset], 1);
    await report.check('an event that it acknowledges is in the raw zone', () => post(ca, token, events, store));
    await report.check('SIGTERM ends it with 0, after it has stored what it holds', async () => {
      const posted = call(ca, pathOf(events), token, events.next());
      await sleep(30); // less than the 100 ms that an event waits for others
      const [result, { status }] = await Promise.all([running.stop(), posted]);
      if (result !== 0 || status !== 200) throw new Error(`exit code ${result}, answer ${status}`);
    });
    await report.check('without certificate it refuses to start, and its health check fails', async () => {
      const { INGEST_TLS_CERT_FILE: _cert, INGEST_TLS_KEY_FILE: _key, ...rest } = variables;
      const plain = await target.start({ variables: rest, files });
      await sleep(3_000);
      if ((await plain.health()) === 0) throw new Error('the health check passes');
      const text = await plain.output();
      if (!text.includes('without TLS')) throw new Error(`it says: ${text}`);
    });
  } finally {
    await s3.close();
  }
}

async function ready(running: Running, ca: Buffer): Promise<string> {
  for (const deadline = Date.now() + 30_000; ; await sleep(100)) {
    const answer = await call(ca, '/readyz').catch((error: unknown) => ({ status: 0, protocol: String(error) }));
    if (answer.status === 200) {
      const { status, protocol } = await call(ca, '/healthz');
      if (status !== 200 || protocol !== 'TLSv1.3') throw new Error(`${status} over ${protocol}`);
      return protocol;
    }
    if (Date.now() > deadline) throw new Error(`${answer.protocol}\n${await running.output()}`);
  }
}

async function post(ca: Buffer, token: string, events: Events, store: string): Promise<string> {
  const { status, text } = await call(ca, pathOf(events), token, events.next());
  if (status !== 200) throw new Error(`${status}: ${text}`);
  const objects = readdirSync(join(store, 'raw'), { recursive: true, encoding: 'utf8' });
  const object = objects.find((name) => name.endsWith('.json.gz'));
  if (object === undefined) throw new Error('the raw bucket is empty');
  return object.replace(/ingest-.*/, '...');
}

const pathOf = ({ dataset }: Events): string => `/v1/datasets/${dataset}/events`;

interface Answer {
  readonly status: number;
  readonly protocol: string;
  readonly text: string;
}

function call(ca: Buffer, path: string, token?: string, body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const sent = request(
      {
        ...{ host: '127.0.0.1', port: PORT, path, ca, headers, agent: false, timeout: 10_000 },
        method: body === undefined ? 'GET' : 'POST',
        checkServerIdentity: () => undefined, // an instance's certificate names nobody
      },
      (response) => {
        const socket = response.socket as import('node:tls').TLSSocket;
        const protocol = socket.getProtocol() ?? '';
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, protocol, text }));
        response.on('error', reject);
      },
    );
    sent.on('timeout', () => sent.destroy(new Error('no answer in 10 s')));
    sent.on('error', reject).end(body);
  });
}
