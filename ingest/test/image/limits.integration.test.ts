/** The limits of the gateway, on the bundle that the image runs, started by its command as a process, with its own defaults. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { type S3Server, startS3Server } from '../../../packages/s3-loopback/src';
import { readStages } from '../../e2e/image/dockerfile';
import { bundleImage } from '../../gateway/image/bundle';
import { AUDIENCE, createIssuer, ISSUER, type Issuer } from '../gateway/support/tokens';

const PROJECT = join(__dirname, '..', '..', '..');
const KIB = 1024;
const MIB = 1024 * KIB;
/** Only this limit is shorter than by default. */
const REQUEST_SECONDS = 2;

const folder = mkdtempSync(join(tmpdir(), 'image-limits-'));
let s3: S3Server;
let gateway: ChildProcess;
let url = '';
let issuer: Issuer;
let subjects = 0;
let said = (): string => '';

const image = readStages(readFileSync(join(PROJECT, 'ingest', 'gateway', 'Dockerfile'), 'utf8')).at(-1)?.steps ?? [];

/** What the image sets, but for the home, which only the image has. */
const imageVariables = (): Readonly<Record<string, string>> =>
  Object.fromEntries(
    image
      .filter(({ keyword }) => keyword === 'ENV')
      .flatMap(({ text }) => [...text.matchAll(/(INGEST_\w+)=(\S+)/g)])
      .map(([, name = '', value = '']) => [name, value]),
  );

/** Starts the command of the image. */
function start(variables: Readonly<Record<string, string>>) {
  const [, ...command] = image.find(({ keyword }) => keyword === 'CMD')?.words ?? [];
  const child = spawn(process.execPath, command, {
    cwd: join(folder, 'app'),
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'production',
      RAW_BUCKET: 'raw',
      INGEST_JWKS: join(folder, 'jwks.json'),
      INGEST_JWT_ISSUER: ISSUER,
      INGEST_JWT_AUDIENCE: AUDIENCE,
      INGEST_REQUEST_SECONDS: String(REQUEST_SECONDS),
      AWS_ENDPOINT_URL_S3: s3.endpoint,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_EC2_METADATA_DISABLED: 'true',
      ...variables,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += String(chunk)));
  return { child, output: () => text };
}

beforeAll(async () => {
  bundleImage(join(folder, 'app'));
  issuer = await createIssuer();
  writeFileSync(join(folder, 'jwks.json'), issuer.jwks);
  s3 = await startS3Server({ root: join(folder, 's3'), buckets: { raw: {} } });
  const started = start({ INGEST_HOST: '127.0.0.1', INGEST_PORT: '0' });
  gateway = started.child;
  said = started.output;
  while (!said().includes('"listening"') && gateway.exitCode === null) {
    await once(gateway.stdout as NodeJS.ReadableStream, 'data');
  }
  url = /"url":"([^"]+)"/.exec(said())?.[1] ?? said();
});

afterAll(async () => {
  gateway.kill('SIGKILL');
  await s3.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Of another producer each time, so that none meets the limit of its rate. */
function newToken(): Promise<string> {
  subjects += 1;
  return issuer.token({ sub: `producer-${subjects}` });
}

let made = 0;
let acknowledged = 0;

/** An event of so many bytes. */
function event(bytes = 0): string {
  made += 1;
  const text = (path: string): string =>
    JSON.stringify({ event_id: `event-${made}`, event_time: new Date().toISOString(), status: 200, path });
  return text('/'.repeat(Math.max(1, 1 + bytes - text('/').length)));
}

const lines = (count: number, bytes = 0): string => `${Array.from({ length: count }, () => event(bytes)).join('\n')}\n`;

async function post(body: string | Buffer, headers: Readonly<Record<string, string>> = {}) {
  const response = await fetch(`${url}/v1/datasets/access_logs/events`, {
    method: 'POST',
    body,
    headers: { authorization: `Bearer ${await newToken()}`, 'content-type': 'application/x-ndjson', ...headers },
  });
  const answer = (await response.json()) as { readonly stored?: number; readonly type?: string };
  acknowledged += answer.stored ?? 0;
  return [response.status, answer.stored ?? answer.type];
}

const GZIP = { 'content-encoding': 'gzip' };
const problem = (name: string): string => `urn:lake:ingest:${name}`;

/** So many lines of one size, which add up to so many bytes, and some more in the last one. */
const filled = (count: number, bytes: number, more = 0): string =>
  lines(count - 1, bytes / count - 1) + lines(1, bytes / count - 1 + more);

test.each<[string, () => string | Buffer, Readonly<Record<string, string>>, readonly (number | string)[]]>([
  ['a body of 4 MiB', () => filled(1_024, 4 * MIB), {}, [200, 1_024]],
  ['a byte more', () => filled(1_024, 4 * MIB, 1), {}, [413, problem('too-large')]],
  ['a body that inflates to 16 MiB', () => gzipSync(filled(128, 16 * MIB)), GZIP, [200, 128]],
  ['one to a byte more', () => gzipSync(filled(128, 16 * MIB, 1)), GZIP, [413, problem('too-large')]],
  ['10,000 events', () => gzipSync(lines(10_000)), GZIP, [200, 10_000]],
  ['one event more', () => gzipSync(lines(10_001)), GZIP, [413, problem('too-many-events')]],
  ['an event of 256 KiB', () => lines(1, 256 * KIB), {}, [200, 1]],
  ['an event of a byte more', () => lines(1, 256 * KIB + 1), {}, [422, 0]],
  ['headers of 15 KiB', () => lines(1), { 'x-long': 'x'.repeat(14 * KIB) }, [200, 1]],
  ['headers of 17 KiB', () => lines(1), { 'x-long': 'x'.repeat(17 * KIB) }, [431, problem('headers-too-large')]],
])('%s', async (_, body, headers, expected) => {
  expect(await post(body(), headers)).toEqual(expected);
});

/** What a connection hears until the gateway closes it. */
async function speak(text: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let heard = '';
  socket.on('data', (chunk) => (heard += chunk.toString('latin1'))).on('error', () => {});
  socket.write(text);
  await once(socket, 'close');
  return heard;
}

const HEAD = 'POST /v1/datasets/access_logs/events HTTP/1.1\r\nHost: x\r\n';

test.each([
  ['a head that does not end', async () => HEAD],
  [
    'a body that does not come',
    async () =>
      `${HEAD}Authorization: Bearer ${await newToken()}\r\nContent-Type: application/x-ndjson\r\nContent-Length: 9\r\n\r\n{`,
  ],
])('%s is given up with 408, and the connection is closed', async (_, text) => {
  const started = performance.now();
  expect(await speak(await text())).toMatch(/^HTTP\/1\.1 408 [\s\S]*urn:lake:ingest:timeout/);
  expect(performance.now() - started).toBeLessThan(10_000 * REQUEST_SECONDS);
});

test('SIGTERM ends it with 0, and what it acknowledged is stored, each event once, and nothing that it refused', async () => {
  gateway.kill('SIGTERM');
  expect(await once(gateway, 'exit')).toEqual([0, null]);
  const root = join(folder, 's3', 'raw');
  const objects = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json.gz'));
  const stored = objects.flatMap((name) =>
    gunzipSync(readFileSync(join(root, name)))
      .toString()
      .trimEnd()
      .split('\n'),
  );
  expect([stored.length, new Set(stored).size]).toEqual([acknowledged, acknowledged]);
  expect(said()).not.toContain('"level":"error"');
});

test('with the settings of the image and without a certificate it does not listen: tokens would be in the clear', async () => {
  const { child, output } = start(imageVariables());
  const [code] = (await once(child, 'close')) as [number];
  expect([code, output()]).toEqual([2, expect.stringContaining('without TLS')]);
});
