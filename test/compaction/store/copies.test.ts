import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { S3Client } from '@aws-sdk/client-s3';
import { S3ObjectStore } from '../../../lambda/compaction/store/s3-object-store';

/** Of one request. S3 takes up to 5 GiB: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
const LARGEST = 4 * 2 ** 30;

let server: Server;
let client: S3Client;
let requests: IncomingMessage[];

/** Answers as S3 does, without objects: an object of a terabyte is one by its size alone. */
beforeEach(async () => {
  requests = [];
  server = createServer((request, response) => {
    requests.push(request);
    request.resume().on('end', () => {
      const url = new URL(request.url ?? '', 'http://s3');
      if (url.searchParams.has('uploads')) {
        response.end('<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>');
      } else if (request.method === 'POST') {
        response.end('<CompleteMultipartUploadResult><ETag>"done"</ETag></CompleteMultipartUploadResult>');
      } else if (url.searchParams.has('partNumber')) {
        response.end(`<CopyPartResult><ETag>"part-${url.searchParams.get('partNumber')}"</ETag></CopyPartResult>`);
      } else {
        response.end('<CopyObjectResult><ETag>"copied"</ETag></CopyObjectResult>');
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  client = new S3Client({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
});
afterEach(async () => {
  client.destroy();
  await new Promise((resolve) => server.close(resolve));
});

async function copy(size: number): Promise<readonly IncomingMessage[]> {
  const from = { bucket: 'theirs', key: 'a b/ü.json', etag: '"e"', size, versionId: 'v/1' };
  await new S3ObjectStore(client).copy(from, { bucket: 'ours', key: 'raw/x.json' });
  return requests.filter(({ headers }) => headers['x-amz-copy-source'] !== undefined);
}

test.each([0, 1, LARGEST])('an object of %i bytes is copied by one request, without its tags', async (size) => {
  const copies = await copy(size);
  expect(requests).toHaveLength(1);
  expect(copies[0]?.headers).toMatchObject({
    'x-amz-copy-source': 'theirs/a%20b/%C3%BC.json?versionId=v%2F1',
    'x-amz-copy-source-if-match': '"e"',
    'x-amz-tagging-directive': 'REPLACE',
  });
});

test.each([
  ['a byte more than one request takes', LARGEST + 1, 2],
  ['two parts', 2 * LARGEST, 2],
  ['two parts and a byte', 2 * LARGEST + 1, 3],
  ['a TiB but for a few bytes', 2 ** 40 - 7, 256],
])('an object of %s is copied in parts that hold each byte once, all of one version', async (_, size, parts) => {
  const copies = await copy(size);
  expect(copies).toHaveLength(parts);
  const spans = copies
    .map(({ url = '', headers }) => {
      const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(String(headers['x-amz-copy-source-range'])) ?? [];
      const number = Number(new URL(url, 'http://s3').searchParams.get('partNumber'));
      return { number, from: Number(from), to: Number(to) };
    })
    .sort((a, b) => a.number - b.number);
  let next = 0;
  for (const { from, to } of spans) {
    expect([from, to >= from, to - from < LARGEST]).toEqual([next, true, true]);
    next = to + 1;
  }
  expect(next).toBe(size);
  expect(new Set(copies.map(({ headers }) => headers['x-amz-copy-source-if-match']))).toEqual(new Set(['"e"']));
  expect(new Set(copies.map(({ headers }) => headers['x-amz-copy-source']))).toEqual(
    new Set(['theirs/a%20b/%C3%BC.json?versionId=v%2F1']),
  );
});
