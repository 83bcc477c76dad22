/** Signed GETs: where they go, what they say, and that a server that verifies signatures accepts them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { RequestSigner } from '../../../lambda/compaction/download/request-signer';
import { S3ObjectStore } from '../../../lambda/compaction/store/s3-object-store';
import { type S3Server, startS3Server } from '../../../packages/s3-loopback/src';
import { fastFolder } from '../../support/fast-folder';

const CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'a secret' };
const clientOf = (more: S3ClientConfig = {}): S3Client =>
  new S3Client({ region: 'eu-west-1', credentials: CREDENTIALS, ...more });
const signedHeaders = (authorization: string | undefined): string =>
  /SignedHeaders=([^,]+)/.exec(authorization ?? '')?.[1] ?? '';

test('go to the endpoint of the region, and name bucket, key and conditions', async () => {
  const signer = await RequestSigner.create(clientOf(), 'my-bucket');
  const request = await signer.get("a b/ü'(!*).json", { 'if-match': '"e"' });
  expect(request).toMatchObject({
    origin: 'https://my-bucket.s3.eu-west-1.amazonaws.com',
    path: '/a%20b/%C3%BC%27%28%21%2A%29.json',
    headers: {
      host: 'my-bucket.s3.eu-west-1.amazonaws.com',
      'if-match': '"e"',
      'x-amz-content-sha256': 'UNSIGNED-PAYLOAD',
    },
  });
  expect(request.headers.authorization).toMatch(
    /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-west-1\/s3\/aws4_request, /,
  );
  expect(signedHeaders(request.headers.authorization)).toBe('host;if-match;x-amz-content-sha256;x-amz-date');
});

test('name the version where there is one', async () => {
  const signer = await RequestSigner.create(clientOf(), 'my-bucket');
  expect((await signer.get('k', {}, 'v/1+(2)')).path).toBe('/k?versionId=v%2F1%2B%282%29');
});

test('go to an endpoint of its own, its port and the path of its bucket included', async () => {
  const client = clientOf({ endpoint: 'http://127.0.0.1:4566', forcePathStyle: true });
  const request = await (await RequestSigner.create(client, 'b')).get('k', {});
  expect(request).toMatchObject({ origin: 'http://127.0.0.1:4566', path: '/b/k', headers: { host: '127.0.0.1:4566' } });
});

test('have the token of a session, signed too', async () => {
  const client = clientOf({ credentials: { ...CREDENTIALS, sessionToken: 'of a session' } });
  const { headers } = await (await RequestSigner.create(client, 'b')).get('k', {});
  expect(headers['x-amz-security-token']).toBe('of a session');
  expect(signedHeaders(headers.authorization)).toContain('x-amz-security-token');
});

test('are signed with the credentials of their moment', async () => {
  let made = 0;
  const credentials = async () => ({
    ...CREDENTIALS,
    accessKeyId: `AKID${made++}`,
    expiration: new Date(Date.now() + 1_000),
  });
  const signer = await RequestSigner.create(clientOf({ credentials }), 'b');
  const names = [await signer.get('k', {}), await signer.get('k', {})].map(
    ({ headers }) => /Credential=(\w+)/.exec(headers.authorization ?? '')?.[1],
  );
  expect(new Set(names).size).toBe(2);
});

test('of a client that does not sign with SigV4 are impossible', async () => {
  const client = clientOf({ signer: { sign: async (request) => request } });
  await expect(RequestSigner.create(client, 'b')).rejects.toThrow(
    'The SDK does not sign requests to b with SigV4; the compactor needs that',
  );
});

test('of a client that builds none are impossible', async () => {
  const client = clientOf();
  client.middlewareStack.add(() => async () => ({ response: undefined, output: { $metadata: {} } }), {
    step: 'initialize',
    priority: 'high',
  });
  await expect(RequestSigner.create(client, 'b')).rejects.toThrow('The SDK built no request for bucket b');
});

describe('a server that verifies signatures', () => {
  let server: S3Server;
  let folder: string;
  let client: S3Client;
  beforeAll(async () => {
    folder = mkdtempSync(join(fastFolder(), 'request-signer-'));
    server = await startS3Server({ root: folder, buckets: { bucket: { versioned: true } }, credentials: CREDENTIALS });
    client = clientOf({ endpoint: server.endpoint, forcePathStyle: true });
  });
  afterAll(async () => {
    client.destroy();
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const send = async (signer: RequestSigner, ...of: Parameters<RequestSigner['get']>) => {
    const { origin, path, headers } = await signer.get(...of);
    const answer = await fetch(origin + path, { headers });
    return [answer.status, answer.status === 200 ? await answer.text() : ''];
  };

  test.each(['plain.json', 'a b/ü.json', "'(!*)~$&=+,;:@", 'a%20b', 'dt=2026-06-15/x.json.gz'])(
    'accepts that of %p, as it is and as it was',
    async (key) => {
      const store = new S3ObjectStore(client);
      const first = await store.put('bucket', key, Buffer.from('one'));
      const etag = await store.put('bucket', key, Buffer.from('two'));
      const versionId = await versionOf(store, key, first);
      const signer = await RequestSigner.create(client, 'bucket');
      expect(await send(signer, key, { 'if-match': etag })).toEqual([200, 'two']);
      expect(await send(signer, key, { 'if-match': first })).toEqual([412, '']);
      expect(await send(signer, key, { 'if-match': first }, versionId)).toEqual([200, 'one']);
    },
  );

  const versionOf = async (store: S3ObjectStore, key: string, etag: string): Promise<string> => {
    for await (const version of store.listVersions('bucket', key)) if (version.etag === etag) return version.versionId;
    throw new Error(`no version ${etag} of ${key}`);
  };

  test('refuses that of another secret', async () => {
    const other = clientOf({
      endpoint: server.endpoint,
      forcePathStyle: true,
      credentials: { ...CREDENTIALS, secretAccessKey: 'another' },
    });
    expect(await send(await RequestSigner.create(other, 'bucket'), 'plain.json', {})).toEqual([403, '']);
  });
});
