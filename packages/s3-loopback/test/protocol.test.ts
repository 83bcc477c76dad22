import type { S3Server } from '../src';
import { elementText, type RawRequest, send } from './support/http';
import { serve } from './support/servers';

let server: S3Server;
beforeEach(async () => {
  server = await serve({ anonymous: true, buckets: { bucket: {}, 'dotted.name': {} } });
});
const ask = (request: RawRequest) => send(server.port, request);
const put = (path: string, body: string, headers: Record<string, string> = {}) =>
  ask({ method: 'PUT', path, body: [body], headers: { 'content-length': `${Buffer.byteLength(body)}`, ...headers } });

describe('errors', () => {
  test('are documents that name what they are about', async () => {
    const answer = await ask({ path: '/bucket/a%20%26b' });
    expect(answer.status).toBe(404);
    expect(answer.headers).toMatchObject({ 'content-type': 'application/xml' });
    expect(answer.body).toContain('<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchKey</Code>');
    expect(elementText(answer.body, 'Key')).toBe('a &amp;b');
    expect(elementText(answer.body, 'Resource')).toBe('/bucket/a &amp;b');
    expect(elementText(answer.body, 'RequestId')).toBe(answer.headers['x-amz-request-id']);
    const missing = await ask({ path: '/nowhere/key' });
    expect([missing.status, elementText(missing.body, 'Code')]).toEqual([404, 'NoSuchBucket']);
    expect(elementText(missing.body, 'BucketName')).toBe('nowhere');
  });

  test.each([
    ['GET', '/bucket?acl', 'GetBucketAcl'],
    ['GET', '/bucket', 'ListObjects'],
    ['PUT', '/bucket?lifecycle', 'PutBucketLifecycle'],
    ['GET', '/bucket/key?tagging', 'GetObjectTagging'],
    ['PUT', '/bucket/key?legal-hold', 'PutObjectLegalHold'],
    ['POST', '/bucket/key', 'PostObject'],
    ['PATCH', '/bucket/key', 'PatchObject'],
    ['GET', '/bucket/key?partNumber=1', 'GetObject by partNumber'],
  ])('%s %s is said not to be implemented', async (method, path, name) => {
    await put('/bucket/key', 'x');
    const answer = await ask({ method, path });
    expect([answer.status, elementText(answer.body, 'Code')]).toEqual([501, 'NotImplemented']);
    expect(elementText(answer.body, 'Message')).toContain(name);
  });

  test.each([['x-amz-tagging'], ['x-amz-server-side-encryption-customer-key'], ['x-amz-checksum-xxhash64']])(
    'a write with %s is refused rather than half done',
    async (header) => {
      const answer = await put('/bucket/key', 'x', { [header]: 'x' });
      expect([answer.status, elementText(answer.body, 'Header')]).toEqual([501, header]);
      expect((await ask({ path: '/bucket/key' })).status).toBe(404);
    },
  );

  test.each([
    ['/bucket/%ff', 'InvalidURI'],
    ['/bucket/%', 'InvalidURI'],
    ['/bucket/../up', 'InvalidURI'],
    ['/bucket/a/../../up', 'InvalidURI'],
    ['/bucket/%2e%2e/%2e%2e/etc/passwd', 'InvalidURI'],
  ])('%s is not a key', async (path, code) => {
    const answer = await put(path, 'x');
    expect([answer.status, elementText(answer.body, 'Code')]).toEqual([400, code]);
  });

  test.each(['ab', 'UPPER', '.s3', 'a..b', '192.168.0.1', '-a-b', 'x'.repeat(64)])(
    '%s is not a bucket name',
    async (name) => {
      const answer = await ask({ method: 'PUT', path: `/${name}` });
      expect([answer.status, elementText(answer.body, 'Code')]).toEqual([400, 'InvalidBucketName']);
    },
  );

  test('a bucket is created once', async () => {
    const answer = await ask({ method: 'PUT', path: '/bucket' });
    expect([answer.status, elementText(answer.body, 'Code')]).toEqual([409, 'BucketAlreadyOwnedByYou']);
    expect((await ask({ method: 'HEAD', path: '/bucket' })).status).toBe(200);
    expect((await ask({ method: 'HEAD', path: '/nowhere' })).status).toBe(404);
  });
});

describe('addresses', () => {
  test.each([
    ['bucket.localhost', '/key'],
    ['bucket.s3.localhost:9000', '/key'],
    ['s3.localhost', '/bucket/key'],
    ['localhost:1', '/bucket/key'],
    ['127.0.0.1', '/bucket/key'],
  ])('%s%s', async (host, path) => {
    await put('/bucket/key', 'content');
    expect(await ask({ path, headers: { host } })).toMatchObject({ status: 200, body: 'content' });
  });

  test('a bucket name with dots', async () => {
    await put('/dotted.name/key', 'content');
    expect((await ask({ path: '/key', headers: { host: 'dotted.name.localhost' } })).body).toBe('content');
  });

  test('the server listens on the loopback address only', () => {
    expect(server.endpoint).toBe(`http://127.0.0.1:${server.port}`);
  });
});

describe('bodies', () => {
  test('need a length', async () => {
    const answer = await ask({
      method: 'PUT',
      path: '/bucket/key',
      headers: { 'transfer-encoding': 'chunked' },
      body: ['x'],
    });
    expect([answer.status, elementText(answer.body, 'Code')]).toEqual([411, 'MissingContentLength']);
  });

  test('promise a checksum and must keep it', async () => {
    const answer = await put('/bucket/key', 'x', { 'x-amz-sdk-checksum-algorithm': 'CRC32' });
    expect([answer.status, elementText(answer.body, 'Code')]).toEqual([400, 'InvalidRequest']);
    const twice = await put('/bucket/key', 'x', { 'x-amz-checksum-crc32': 'AAAAAA==', 'x-amz-checksum-sha1': 'x' });
    expect(elementText(twice.body, 'Message')).toContain('Expecting a single x-amz-checksum- header');
  });

  test('a batch of deletes must be signed by a digest', async () => {
    const body = '<Delete><Object><Key>a</Key></Object></Delete>';
    const headers = { 'content-length': `${body.length}` };
    const answer = await ask({ method: 'POST', path: '/bucket?delete', headers, body: [body] });
    expect([answer.status, elementText(answer.body, 'Message')]).toEqual([
      400,
      'Missing required header for this request: Content-MD5',
    ]);
  });

  test('a client that goes away leaves nothing', async () => {
    const half = ask({ method: 'PUT', path: '/bucket/key', headers: { 'content-length': '10' }, body: ['half'] });
    await server.close();
    await expect(half).rejects.toThrow();
  });
});

test('response headers can be overridden, but not split', async () => {
  await put('/bucket/key', 'x', { 'content-type': 'text/plain', 'cache-control': 'no-store' });
  const answer = await ask({
    path: '/bucket/key?response-content-type=text%2Fcsv&response-content-disposition=attachment%3B%20filename%3Dx',
  });
  expect(answer.headers).toMatchObject({
    'content-type': 'text/csv',
    'content-disposition': 'attachment; filename=x',
    'cache-control': 'no-store',
  });
  const split = await ask({ path: '/bucket/key?response-content-type=a%0d%0aSet-Cookie:%20b' });
  expect([split.status, elementText(split.body, 'Code')]).toEqual([400, 'InvalidArgument']);
});
