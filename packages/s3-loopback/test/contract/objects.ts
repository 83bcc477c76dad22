import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import {
  ChecksumAlgorithm,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { failure, type Target } from './target';

/** Keys that a naive store mixes up, escapes wrongly or cannot hold. */
const ODD_KEYS = [
  'spaces in a name',
  'plus+sign',
  'percent%20literal',
  'a=b&c=d?e#f',
  `quotes"and'apostrophes`,
  'glob*?[x]{y}',
  'ünïcödé/日本語/😀',
  'semi;colon,comma',
  'back\\slash',
  'trailing/',
  'double//slash',
  './dot',
  'a/../b',
  '.hidden',
  '<xml>&amp;',
  'tab\there',
  'prefix',
  'prefix/inside',
  'UPPER/case',
  'upper/case',
  `long-${'x'.repeat(300)}`,
];

export function objectContract(target: Target): void {
  describe('objects', () => {
    test('a put is read back with its metadata', async () => {
      const body = gzipSync('{"a":1}\n');
      const put = await target.put('meta', body, {
        ContentType: 'application/x-ndjson',
        ContentEncoding: 'gzip',
        CacheControl: 'no-cache',
        Metadata: { origin: 'test', 'with-dash': 'two words' },
      });
      const get = await target.client.send(new GetObjectCommand(target.at('meta')));
      expect(Buffer.from((await get.Body?.transformToByteArray()) ?? [])).toEqual(body);
      expect(get).toMatchObject({
        ETag: put.ETag,
        ContentType: 'application/x-ndjson',
        ContentEncoding: 'gzip',
        CacheControl: 'no-cache',
        ContentLength: body.length,
        Metadata: { origin: 'test', 'with-dash': 'two words' },
        AcceptRanges: 'bytes',
      });
      const head = await target.client.send(new HeadObjectCommand(target.at('meta')));
      expect(head).toMatchObject({ ETag: put.ETag, ContentLength: body.length, Metadata: get.Metadata });
      expect(head.LastModified).toEqual(get.LastModified);
      expect(head.LastModified?.getMilliseconds()).toBe(0);
    });

    test('an overwrite replaces content and metadata at once', async () => {
      const first = await target.put('again', 'one', { Metadata: { old: 'yes' } });
      const second = await target.put('again', 'three');
      expect(second.ETag).not.toBe(first.ETag);
      const head = await target.client.send(new HeadObjectCommand(target.at('again')));
      expect(head).toMatchObject({ ETag: second.ETag, ContentLength: 5, Metadata: {} });
      expect(await target.text('again')).toBe('three');
    });

    test('an empty object is an object', async () => {
      await target.put('empty', new Uint8Array());
      expect(await target.text('empty')).toBe('');
      const head = await target.client.send(new HeadObjectCommand(target.at('empty')));
      expect(head).toMatchObject({ ContentLength: 0, ETag: '"d41d8cd98f00b204e9800998ecf8427e"' });
      expect(await failure(target.text('empty', { Range: 'bytes=0-0' }))).toEqual({
        status: 416,
        code: 'InvalidRange',
      });
    });

    test('every odd key holds its own object', async () => {
      for (const key of ODD_KEYS) await target.put(`odd/${key}`, `content of ${key}`);
      for (const key of ODD_KEYS) expect(await target.text(`odd/${key}`)).toBe(`content of ${key}`);
      for (const key of ODD_KEYS) await target.client.send(new DeleteObjectCommand(target.at(`odd/${key}`)));
      for (const key of ODD_KEYS) {
        expect(await failure(target.text(`odd/${key}`))).toEqual({ status: 404, code: 'NoSuchKey' });
      }
    });

    test('a key may have 1,024 bytes and not one more', async () => {
      const longest = 'ü'.repeat((1024 - target.prefix.length) / 2) + 'x'.repeat(target.prefix.length % 2);
      await target.put(longest, 'fits');
      expect(await target.text(longest)).toBe('fits');
      expect(await failure(target.put(`${longest}x`, 'too long'))).toEqual({ status: 400, code: 'KeyTooLongError' });
    });

    test('what is absent is named', async () => {
      expect(await failure(target.text('absent'))).toEqual({ status: 404, code: 'NoSuchKey' });
      expect(await failure(target.client.send(new HeadObjectCommand(target.at('absent'))))).toMatchObject({
        status: 404,
      });
    });
  });

  describe('ranges', () => {
    test.each([
      ['bytes=0-3', '0123', 'bytes 0-3/10'],
      ['bytes=4-', '456789', 'bytes 4-9/10'],
      ['bytes=-3', '789', 'bytes 7-9/10'],
      ['bytes=-30', '0123456789', 'bytes 0-9/10'],
      ['bytes=8-100', '89', 'bytes 8-9/10'],
    ])('%s', async (Range, text, ContentRange) => {
      await target.put('digits', '0123456789');
      const get = await target.client.send(new GetObjectCommand({ ...target.at('digits'), Range }));
      expect(await get.Body?.transformToString()).toBe(text);
      expect(get).toMatchObject({ ContentRange, ContentLength: text.length, $metadata: { httpStatusCode: 206 } });
    });

    test('a range behind the end is not satisfiable', async () => {
      await target.put('digits', '0123456789');
      expect(await failure(target.text('digits', { Range: 'bytes=10-' }))).toEqual({
        status: 416,
        code: 'InvalidRange',
      });
    });

    test('a range of a large object', async () => {
      const body = Buffer.alloc(3 << 20, 'abcdefghij');
      await target.put('large', body);
      const get = await target.client.send(
        new GetObjectCommand({ ...target.at('large'), Range: `bytes=1000003-${2 << 20}` }),
      );
      const bytes = Buffer.from((await get.Body?.transformToByteArray()) ?? []);
      expect(bytes.equals(body.subarray(1000003, (2 << 20) + 1))).toBe(true);
    });
  });

  describe('checksums', () => {
    const ALGORITHMS = [
      ['CRC32', 'ChecksumCRC32', 'DUoRhQ=='],
      ['CRC32C', 'ChecksumCRC32C', 'yZRlqg=='],
      ['CRC64NVME', 'ChecksumCRC64NVME', 'jSnVw/bqjr4='],
      ['SHA1', 'ChecksumSHA1', 'Kq5sNclPz7QV2+lfQIuc6R7oRu0='],
      ['SHA256', 'ChecksumSHA256', 'uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek='],
    ] as const;

    test.each(ALGORITHMS)('%s is verified, kept and given back', async (algorithm, field, value) => {
      const put = await target.put(`sum-${algorithm}`, 'hello world', { [field]: value });
      expect(put).toMatchObject({ [field]: value, ChecksumType: 'FULL_OBJECT' });
      const input = { ...target.at(`sum-${algorithm}`), ChecksumMode: 'ENABLED' as const };
      expect(await target.client.send(new HeadObjectCommand(input))).toMatchObject({ [field]: value });
      expect(await failure(target.put(`sum-${algorithm}`, 'hello World', { [field]: value }))).toEqual({
        status: 400,
        code: 'BadDigest',
      });
      expect(await target.text(`sum-${algorithm}`)).toBe('hello world');
    });

    test('Content-MD5 is verified', async () => {
      await target.put('md5', 'hello world', { ContentMD5: 'XrY7u+Ae7tCTyyK7j1rNww==' });
      expect(await failure(target.put('md5', 'hello World', { ContentMD5: 'XrY7u+Ae7tCTyyK7j1rNww==' }))).toEqual({
        status: 400,
        code: 'BadDigest',
      });
      expect(await failure(target.put('md5', 'hello', { ContentMD5: 'bm90IGFuIG1kNQ==' }))).toEqual({
        status: 400,
        code: 'InvalidDigest',
      });
      expect(await target.text('md5')).toBe('hello world');
    });

    test('a streamed body is checked by its trailing checksum', async () => {
      const chunks = Array.from({ length: 40 }, (_, i) => Buffer.alloc(70_001, i));
      const body = Buffer.concat(chunks);
      await target.client.send(
        new PutObjectCommand({
          ...target.at('streamed'),
          Body: Readable.from(chunks),
          ContentLength: body.length,
          ContentEncoding: 'gzip',
          ChecksumAlgorithm: ChecksumAlgorithm.SHA256,
        }),
      );
      const get = await target.client.send(new GetObjectCommand({ ...target.at('streamed'), ChecksumMode: 'ENABLED' }));
      expect(Buffer.from((await get.Body?.transformToByteArray()) ?? []).equals(body)).toBe(true);
      expect(get.ContentEncoding).toBe('gzip');
      expect(get.ChecksumSHA256).toHaveLength(44);
    });
  });
}
