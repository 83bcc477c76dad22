/** A client that offers one version of TLS, before a server that takes them as S3 and the bucket policies do. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { runChecks } from '../../smoke/check';
import { tlsFloor } from '../../smoke/checks/tls-floor';
import { s3Over } from '../../smoke/tls';
import { folderWith } from '../support/folder';
import { standIn } from './stand-in';

const open: Server[] = [];
let pair: { readonly key: string; readonly cert: string };

beforeAll(() => {
  const folder = folderWith();
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const parameters = ['-nodes', '-days', '1', '-keyout', key, '-out', cert, ...names];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', ...parameters], { stdio: 'ignore' });
  pair = { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
});

afterAll(async () => {
  for (const server of open) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

interface Policies {
  /** The oldest version with which there is a connection. */
  readonly floor: 'TLSv1.1' | 'TLSv1.2';
  /** Whether a bucket's policy denies a version. */
  readonly denies: (bucket: string, version: string) => boolean;
}

async function resultWith({ floor, denies }: Policies) {
  const options = { ...pair, minVersion: floor, ciphers: 'DEFAULT@SECLEVEL=0' } as const;
  const server = createServer(options, (request, response) => {
    const version = (request.socket as TLSSocket).getProtocol() ?? '';
    const [, bucket = ''] = (request.url ?? '').split(/[/?]/);
    const [status, body] = denies(bucket, version)
      ? [403, '<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>']
      : [200, '<ListBucketResult><KeyCount>0</KeyCount></ListBucketResult>'];
    response.writeHead(status, { 'content-type': 'application/xml' }).end(body);
  });
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  process.env.AWS_ACCESS_KEY_ID = 'any';
  process.env.AWS_SECRET_ACCESS_KEY = 'any';
  const context = {
    ...standIn({}),
    s3Over: (version: never) => s3Over('eu-central-1', version, { endpoint, ca: pair.cert }),
  };
  const [outcome] = await runChecks([tlsFloor], context);
  return { result: outcome?.result, detail: outcome?.detail };
}

const needs13 = (bucket: string): boolean => bucket !== 'quarantine-bucket';

test('passes where each policy denies what it should', async () => {
  const policies: Policies = {
    floor: 'TLSv1.2',
    denies: (bucket, version) => needs13(bucket) && version === 'TLSv1.2',
  };
  expect(await resultWith(policies)).toEqual({
    result: 'passed',
    detail: 'as declared with TLSv1.3, TLSv1.2, TLSv1.1',
  });
});

test('passes where the policy denies 1.1, and the endpoint does not', async () => {
  const policies: Policies = {
    floor: 'TLSv1.1',
    denies: (bucket, version) => version === 'TLSv1.1' || (needs13(bucket) && version === 'TLSv1.2'),
  };
  expect((await resultWith(policies)).result).toBe('passed');
});

test.each<[string, Policies, RegExp]>([
  [
    'a bucket that needs 1.3 takes 1.2',
    { floor: 'TLSv1.2', denies: () => false },
    /raw-bucket with TLSv1\.2: accepted/,
  ],
  [
    'one of two does',
    { floor: 'TLSv1.2', denies: (bucket, version) => bucket === 'raw-bucket' && version === 'TLSv1.2' },
    /curated-bucket with TLSv1\.2: accepted/,
  ],
  [
    'a bucket takes 1.1',
    { floor: 'TLSv1.1', denies: (bucket, version) => needs13(bucket) && version !== 'TLSv1.3' },
    /quarantine-bucket with TLSv1\.1: accepted/,
  ],
  ['a bucket takes nobody', { floor: 'TLSv1.2', denies: () => true }, /raw-bucket with TLSv1\.3: denied/],
  [
    'a bucket for 1.2 needs 1.3',
    { floor: 'TLSv1.2', denies: (_, version) => version === 'TLSv1.2' },
    /quarantine-bucket with TLSv1\.2: denied/,
  ],
])('fails where %s', async (_, policies, message) => {
  expect(await resultWith(policies)).toEqual({ result: 'failed', detail: expect.stringMatching(message) });
});
