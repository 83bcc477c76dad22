import { createHash, createHmac } from 'node:crypto';
import { Readable } from 'node:stream';
import { GetObjectCommand, HeadObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { SignatureV4 } from '@smithy/signature-v4';
import type { S3Server } from '../src';
import { failure } from './contract/target';
import { elementText, send } from './support/http';
import { CREDENTIALS, connect, serve } from './support/servers';

const put = (Key: string, Body: string | Readable = 'content', input: object = {}) =>
  new PutObjectCommand({ Bucket: 'bucket', Key, Body, ...input });

class Sha256 {
  readonly #hash: { update(data: Uint8Array | string): unknown; digest(): Buffer };

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytes(secret));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(bytes(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
}

const bytes = (data: string | ArrayBuffer | ArrayBufferView): Buffer => {
  if (typeof data === 'string') return Buffer.from(data);
  return ArrayBuffer.isView(data) ? Buffer.from(data.buffer, data.byteOffset, data.byteLength) : Buffer.from(data);
};

const signer = new SignatureV4({
  credentials: CREDENTIALS,
  region: 'us-east-1',
  service: 's3',
  sha256: Sha256,
  uriEscapePath: false,
});

describe('without credentials of its own, the server', () => {
  test('refuses anonymous requests unless it is told otherwise', async () => {
    const closed = await send((await serve()).port, { path: '/bucket/key' });
    expect([closed.status, elementText(closed.body, 'Code')]).toEqual([403, 'AccessDenied']);
    const open = await send((await serve({ anonymous: true })).port, { path: '/bucket/key' });
    expect(open.status).toBe(404);
  });

  test.each([
    ['Basic abc', 'AuthorizationHeaderMalformed'],
    ['AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/s3/aws4_request', 'AuthorizationHeaderMalformed'],
    [signature('ec2'), 'AuthorizationHeaderMalformed'],
    [`${signature('s3')}0`, 'AuthorizationHeaderMalformed'],
  ])('refuses %s', async (authorization, code) => {
    const { port } = await serve();
    const headers = { authorization, 'x-amz-date': '20260101T000000Z' };
    const answer = await send(port, { path: '/bucket/key', headers });
    expect([answer.status, elementText(answer.body, 'Code')]).toEqual([400, code]);
  });

  test('takes any well-formed signature', async () => {
    const { port } = await serve();
    const headers = { authorization: signature('s3'), 'x-amz-date': '20260101T000000Z' };
    expect((await send(port, { path: '/bucket/key', headers })).status).toBe(404);
    // Also when it has seen the same client before.
    expect((await send(port, { path: '/bucket/key', headers })).status).toBe(404);
    const forged = { ...headers, authorization: `${signature('s3').slice(0, -1)}!` };
    expect((await send(port, { path: '/bucket/key', headers: forged })).status).toBe(400);
  });
});

function signature(service: string): string {
  return `AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`;
}

describe('with credentials, the server', () => {
  let server: S3Server;
  beforeEach(async () => {
    server = await serve({ credentials: CREDENTIALS });
  });

  test('serves who signs with them', async () => {
    const client = connect(server);
    for (const key of ['plain', 'a b+c%20=&?#', 'ü/日本/😀', '(x)*!~\'"']) {
      await client.send(put(key, 'content', { Metadata: { spaced: 'a  b' } }));
      expect((await client.send(new HeadObjectCommand({ Bucket: 'bucket', Key: key }))).ContentLength).toBe(7);
    }
    const { KeyCount } = await client.send(
      new ListObjectsV2Command({ Bucket: 'bucket', Prefix: 'a b+', Delimiter: '&' }),
    );
    expect(KeyCount).toBe(1);
    await client.send(put('streamed', Readable.from(['some ', 'chunks']), { ContentLength: 11 }));
    const { Body } = await client.send(new GetObjectCommand({ Bucket: 'bucket', Key: 'streamed' }));
    expect(await Body?.transformToString()).toBe('some chunks');
  });

  test('refuses other secrets, other keys and stale clocks', async () => {
    const attempt = (config: object) => failure(connect(server, config).send(put('k')));
    expect(await attempt({ credentials: { ...CREDENTIALS, secretAccessKey: 'guess' } })).toEqual({
      status: 403,
      code: 'SignatureDoesNotMatch',
    });
    expect(await attempt({ credentials: { ...CREDENTIALS, accessKeyId: 'other' } })).toEqual({
      status: 403,
      code: 'InvalidAccessKeyId',
    });
    expect(await attempt({ systemClockOffset: -3_600_000 })).toEqual({ status: 403, code: 'RequestTimeTooSkewed' });
    expect(await failure(connect(server).send(new HeadObjectCommand({ Bucket: 'bucket', Key: 'k' })))).toMatchObject({
      status: 404,
    });
  });

  const signed = async (body: string, changes: Record<string, string> = {}) => {
    const request = await signer.sign({
      method: 'PUT',
      protocol: 'http:',
      hostname: '127.0.0.1',
      port: server.port,
      path: '/bucket/k',
      headers: {
        host: `127.0.0.1:${server.port}`,
        'content-length': `${body.length}`,
        'x-amz-content-sha256': sha256(body),
      },
    });
    return { method: 'PUT', path: '/bucket/k', headers: { ...request.headers, ...changes }, body: [body] };
  };

  test('refuses bodies and headers that were changed on the way', async () => {
    expect((await send(server.port, await signed('content'))).status).toBe(200);
    const tampered = await send(server.port, { ...(await signed('content')), body: ['tampers'] });
    expect([tampered.status, elementText(tampered.body, 'Code')]).toEqual([400, 'XAmzContentSHA256Mismatch']);
    const added = await send(server.port, await signed('content', { 'x-amz-meta-evil': 'yes' }));
    expect([added.status, elementText(added.body, 'HeadersNotSigned')]).toEqual([403, 'x-amz-meta-evil']);
    const moved = await send(server.port, { ...(await signed('content')), path: '/bucket/other' });
    expect([moved.status, elementText(moved.body, 'Code')]).toEqual([403, 'SignatureDoesNotMatch']);
  });

  test('verifies presigned URLs and their expiry', async () => {
    await connect(server).send(put('k'));
    const presign = async (age: number): Promise<string> => {
      const request = await signer.presign(
        {
          method: 'GET',
          protocol: 'http:',
          hostname: '127.0.0.1',
          port: server.port,
          path: '/bucket/k',
          headers: { host: `127.0.0.1:${server.port}`, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' },
        },
        { expiresIn: 60, signingDate: new Date(Date.now() - age * 1000) },
      );
      const query = Object.entries(request.query ?? {}).map(
        ([name, value]) => `${name}=${encodeURIComponent(String(value))}`,
      );
      return `/bucket/k?${query.join('&')}`;
    };
    expect(await send(server.port, { path: await presign(0) })).toMatchObject({ status: 200, body: 'content' });
    const expired = await send(server.port, { path: await presign(120) });
    expect([expired.status, elementText(expired.body, 'Message')]).toEqual([403, 'Request has expired']);
    const forged = (await presign(0)).replace(/X-Amz-Expires=60/, 'X-Amz-Expires=6000');
    expect((await send(server.port, { path: forged })).status).toBe(403);
  });

  test('verifies each chunk of a signed stream, and its trailer', async () => {
    const upload = await signedChunks(['first chunk, ', 'second chunk'], 'x-amz-checksum-crc32:R5lxIg==');
    expect((await send(server.port, upload)).status).toBe(200);
    const { Body } = await connect(server).send(new GetObjectCommand({ Bucket: 'bucket', Key: 'k' }));
    expect(await Body?.transformToString()).toBe('first chunk, second chunk');
    for (const [from, to] of [
      ['first', 'FIRST'],
      ['second', 'SECOND'],
      ['crc32:R5lxIg', 'crc32:A5lxIg'],
    ] as const) {
      const body = upload.body.map((piece) => piece.replace(from, to));
      const answer = await send(server.port, { ...upload, body });
      expect([answer.status, elementText(answer.body, 'Code')]).toEqual([403, 'SignatureDoesNotMatch']);
    }
  });

  async function signedChunks(chunks: readonly string[], trailer: string) {
    const { headers } = await signer.sign({
      method: 'PUT',
      protocol: 'http:',
      hostname: '127.0.0.1',
      port: server.port,
      path: '/bucket/k',
      headers: {
        host: `127.0.0.1:${server.port}`,
        'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
        'transfer-encoding': 'chunked',
        'content-encoding': 'aws-chunked',
        'x-amz-decoded-content-length': `${chunks.join('').length}`,
        'x-amz-trailer': 'x-amz-checksum-crc32',
      },
    });
    const authorization = headers.authorization as string;
    const date = headers['x-amz-date'] as string;
    const scope = `${date.slice(0, 8)}/us-east-1/s3/aws4_request`;
    const key = ['us-east-1', 's3', 'aws4_request'].reduce(
      (secret, part) => createHmac('sha256', secret).update(part).digest(),
      createHmac('sha256', `AWS4${CREDENTIALS.secretAccessKey}`).update(date.slice(0, 8)).digest(),
    );
    let previous = authorization.slice(-64);
    const sign = (kind: string, ...hashes: string[]): string => {
      const text = [kind, date, scope, previous, ...hashes].join('\n');
      previous = createHmac('sha256', key).update(text).digest('hex');
      return previous;
    };
    const frames = [...chunks, ''].map((chunk) => {
      const signed = sign('AWS4-HMAC-SHA256-PAYLOAD', sha256(''), sha256(chunk));
      return `${chunk.length.toString(16)};chunk-signature=${signed}\r\n${chunk}${chunk === '' ? '' : '\r\n'}`;
    });
    const end = `${trailer}\r\nx-amz-trailer-signature:${sign('AWS4-HMAC-SHA256-TRAILER', sha256(`${trailer}\n`))}\r\n\r\n`;
    return { method: 'PUT', path: '/bucket/k', headers, body: [...frames, end] };
  }
});

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
