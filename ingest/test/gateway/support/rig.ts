import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { LOCAL_S3 } from '../../../../cli/lake';
import type { Dataset } from '../../../../lib/dataset';
import type { S3Settings } from '../../../../lib/dataset/s3-settings';
import { type RequestHook, startS3Server } from '../../../../packages/s3-loopback/src';
import { datasets } from '../../../../test/fixtures/datasets';
import { fastFolder } from '../../../../test/support/fast-folder';
import type { Sink } from '../../../gateway/commit/sink';
import { type Gateway, startGateway } from '../../../gateway/gateway';
import { readSettings } from '../../../gateway/settings';
import { AUDIENCE, createIssuer, ISSUER, type Issuer } from './tokens';

export interface RigOptions {
  readonly settings?: Readonly<Record<string, string>>;
  readonly datasets?: readonly Dataset[];
  /** Faults of S3. */
  readonly onRequest?: RequestHook;
  readonly sink?: Sink;
  /** @default one for the rig, on loopback */
  readonly s3?: S3Settings;
  readonly now?: () => number;
  /** @default one for all rigs of the file */
  readonly issuer?: Issuer;
}

export interface PostOptions {
  readonly dataset?: string;
  readonly query?: string;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked at, not computed with
  readonly body: any;
}

/** A gateway in this process before an S3 server on loopback. */
export interface Rig {
  readonly gateway: Gateway;
  readonly url: string;
  readonly token: string;
  readonly issuer: Issuer;
  /** Parsed log lines and metrics. */
  readonly logs: Record<string, unknown>[];
  readonly rawLogs: string[];
  post(body: string | Buffer | object, options?: PostOptions): Promise<Answered>;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Answered>;
  /** What lies in the raw zone: each line by the key of its object. */
  raw(): Record<string, string[]>;
  /** Every line of the raw zone, parsed. */
  events(): Record<string, unknown>[];
}

const cleanUps: (() => Promise<unknown> | unknown)[] = [];
let commonIssuer: Promise<Issuer> | undefined;

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** A folder that is removed after the test. */
export function folder(): string {
  const path = mkdtempSync(join(fastFolder(), 'ingest-test-'));
  cleanUps.push(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

export const later = (cleanUp: () => Promise<unknown> | unknown): void => void cleanUps.push(cleanUp);

export async function startRig(options: RigOptions = {}): Promise<Rig> {
  commonIssuer ??= createIssuer();
  const issuer = options.issuer ?? (await commonIssuer);
  const root = folder();
  const endpoint = await startStore(root, options.onRequest);
  const jwks = join(root, 'jwks.json');
  writeFileSync(jwks, issuer.jwks);
  const rawLogs: string[] = [];
  const settings = readSettings({
    RAW_BUCKET: 'raw',
    INGEST_JWKS: jwks,
    INGEST_JWT_ISSUER: ISSUER,
    INGEST_JWT_AUDIENCE: AUDIENCE,
    INGEST_PORT: '0',
    INGEST_LATENCY_CLASS: 'low',
    INGEST_DRAIN_SECONDS: '30',
    INGEST_EMF_SECONDS: '0',
    ...options.settings,
  });
  const gateway = await startGateway(
    { ...settings, s3: options.s3 ?? { endpoint, ...LOCAL_S3 } },
    {
      datasets: options.datasets ?? datasets,
      write: (text) => rawLogs.push(text),
      ...(options.sink === undefined ? {} : { sink: options.sink }),
      ...(options.now === undefined ? {} : { now: options.now }),
    },
  );
  cleanUps.push(() => gateway.stop());
  const token = await issuer.token();
  return {
    gateway,
    url: gateway.url,
    token,
    issuer,
    rawLogs,
    get logs() {
      return rawLogs.map((line) => JSON.parse(line) as Record<string, unknown>);
    },
    async post(body, { dataset = 'access_logs', query = '', token: own = token, headers = {} } = {}) {
      const isText = typeof body === 'string' || Buffer.isBuffer(body);
      const response = await fetch(`${gateway.url}/v1/datasets/${dataset}/events${query}`, {
        method: 'POST',
        body: isText ? (body as string | Buffer) : JSON.stringify(body),
        headers: {
          authorization: `Bearer ${own}`,
          'content-type': typeof body === 'string' ? 'application/x-ndjson' : 'application/json',
          ...headers,
        },
      });
      return answered(response);
    },
    get: async (path, headers = {}) => answered(await fetch(`${gateway.url}${path}`, { headers })),
    raw: () => readRaw(root),
    events: () =>
      Object.values(readRaw(root)).flatMap((lines) => lines.map((line) => JSON.parse(line) as Record<string, unknown>)),
  };
}

async function startStore(root: string, onRequest: RequestHook | undefined): Promise<string> {
  const server = await startS3Server({
    root: join(root, 's3'),
    buckets: { raw: {} },
    ...(onRequest === undefined ? {} : { onRequest }),
  });
  cleanUps.push(() => server.close());
  return server.endpoint;
}

async function answered(response: Response): Promise<Answered> {
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  return { status: response.status, headers: response.headers, body: isJson && text !== '' ? JSON.parse(text) : text };
}

function readRaw(root: string): Record<string, string[]> {
  const bucket = join(root, 's3', 'raw');
  const files = readdirSync(bucket, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    files.map((file) => {
      const path = join(file.parentPath, file.name);
      const lines = gunzipSync(readFileSync(path)).toString('utf8').split('\n');
      expect(lines.pop()).toBe('');
      return [relative(bucket, path).split(sep).join('/'), lines];
    }),
  );
}

let made = 0;

/** A valid event of access_logs, just now, with an id of its own. */
export function logEvent(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  made += 1;
  return { event_id: `event-${made}`, event_time: new Date().toISOString(), status: 200, path: '/', ...changes };
}

export const ndjson = (events: readonly object[]): string =>
  events.map((event) => `${JSON.stringify(event)}\n`).join('');

export const today = (): string => {
  const [year, month, day] = new Date().toISOString().slice(0, 10).split('-');
  return `year=${year}/month=${month}/day=${day}`;
};
