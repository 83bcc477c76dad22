import { createHash } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  type ChecksumAlgorithm,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  type CompleteMultipartUploadCommandInput,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { failure, type Target } from './target';

const PART_BYTES = 5 << 20;
const FIRST = Buffer.alloc(PART_BYTES, 'first part ');
const LAST = Buffer.from('the rest');

export function multipartContract(target: Target): void {
  const begin = async (name: string, input: Partial<CreateMultipartUploadCommandInput> = {}): Promise<string> => {
    const { UploadId } = await target.client.send(new CreateMultipartUploadCommand({ ...target.at(name), ...input }));
    return UploadId as string;
  };
  const upload = async (
    name: string,
    UploadId: string,
    PartNumber: number,
    Body: Buffer,
    algorithm?: ChecksumAlgorithm,
  ): Promise<CompletedPart> => {
    const { $metadata, ...part } = await target.client.send(
      new UploadPartCommand({
        ...target.at(name),
        UploadId,
        PartNumber,
        Body,
        ...(algorithm && { ChecksumAlgorithm: algorithm }),
      }),
    );
    return { PartNumber, ...part };
  };
  const complete = (
    name: string,
    UploadId: string,
    Parts: CompletedPart[],
    input: Partial<CompleteMultipartUploadCommandInput> = {},
  ) =>
    target.client.send(
      new CompleteMultipartUploadCommand({ ...target.at(name), UploadId, MultipartUpload: { Parts }, ...input }),
    );

  describe('multipart uploads', () => {
    test('become visible when they are completed, as one object', async () => {
      const id = await begin('mp', { ContentType: 'application/parquet', Metadata: { a: 'b' } });
      // In any order, and a part sent twice counts once.
      const last = await upload('mp', id, 7, LAST);
      await upload('mp', id, 2, Buffer.alloc(PART_BYTES));
      const first = await upload('mp', id, 2, FIRST);
      expect(await failure(target.text('mp'))).toEqual({ status: 404, code: 'NoSuchKey' });
      const { ETag } = await complete('mp', id, [first, last]);
      const md5s = [FIRST, LAST].map((part) => createHash('md5').update(part).digest());
      expect(ETag).toBe(`"${createHash('md5').update(Buffer.concat(md5s)).digest('hex')}-2"`);
      const get = await target.client.send(new GetObjectCommand(target.at('mp')));
      const bytes = Buffer.from((await get.Body?.transformToByteArray()) ?? []);
      expect(bytes.equals(Buffer.concat([FIRST, LAST]))).toBe(true);
      expect(get).toMatchObject({ ETag, ContentType: 'application/parquet', Metadata: { a: 'b' } });
      expect(await failure(upload('mp', id, 1, LAST))).toEqual({ status: 404, code: 'NoSuchUpload' });
    });

    test('obey preconditions when they are completed', async () => {
      const first = await begin('mp-cond');
      const racing = await begin('mp-cond');
      const [a, b] = [await upload('mp-cond', first, 1, LAST), await upload('mp-cond', racing, 1, FIRST)];
      const { ETag } = await complete('mp-cond', first, [a], { IfNoneMatch: '*' });
      expect(await failure(complete('mp-cond', racing, [b], { IfNoneMatch: '*' }))).toEqual({
        status: 412,
        code: 'PreconditionFailed',
      });
      expect(await target.text('mp-cond')).toBe(LAST.toString());

      const swap = await begin('mp-cond');
      const c = await upload('mp-cond', swap, 1, Buffer.from('swapped'));
      expect(await failure(complete('mp-cond', swap, [c], { IfMatch: '"other"' }))).toEqual({
        status: 412,
        code: 'PreconditionFailed',
      });
      const again = await begin('mp-cond');
      const d = await upload('mp-cond', again, 1, Buffer.from('swapped'));
      await complete('mp-cond', again, [d], { IfMatch: ETag });
      expect(await target.text('mp-cond')).toBe('swapped');

      const absent = await begin('mp-none');
      const e = await upload('mp-none', absent, 1, LAST);
      expect(await failure(complete('mp-none', absent, [e], { IfMatch: ETag }))).toEqual({
        status: 404,
        code: 'NoSuchKey',
      });
    });

    test('refuse parts that are too small, unknown, changed or out of order', async () => {
      const id = await begin('mp-bad');
      const [one, two] = [await upload('mp-bad', id, 1, LAST), await upload('mp-bad', id, 2, LAST)];
      expect(await failure(complete('mp-bad', id, [one, two]))).toEqual({ status: 400, code: 'EntityTooSmall' });
      expect(await failure(complete('mp-bad', id, [two, one]))).toEqual({ status: 400, code: 'InvalidPartOrder' });
      expect(await failure(complete('mp-bad', id, [one, one]))).toEqual({ status: 400, code: 'InvalidPartOrder' });
      expect(await failure(complete('mp-bad', id, [{ ...one, PartNumber: 3 }]))).toEqual({
        status: 400,
        code: 'InvalidPart',
      });
      expect(await failure(complete('mp-bad', id, [{ ...one, ETag: '"00"' }]))).toEqual({
        status: 400,
        code: 'InvalidPart',
      });
      await target.client.send(new AbortMultipartUploadCommand({ ...target.at('mp-bad'), UploadId: id }));
      expect(await failure(complete('mp-bad', id, [one]))).toEqual({ status: 404, code: 'NoSuchUpload' });
      expect(await failure(target.text('mp-bad'))).toEqual({ status: 404, code: 'NoSuchKey' });
    });

    test('are listed with their parts', async () => {
      const [a, b] = [await begin('mp-list/a'), await begin('mp-list/b')];
      for (const number of [3, 1, 2]) await upload('mp-list/a', a, number, Buffer.alloc(number, 'x'));
      const page = await target.client.send(
        new ListPartsCommand({ ...target.at('mp-list/a'), UploadId: a, MaxParts: 2 }),
      );
      expect(page.Parts?.map(({ PartNumber, Size }) => [PartNumber, Size])).toEqual([
        [1, 1],
        [2, 2],
      ]);
      expect(page.IsTruncated).toBe(true);
      const rest = await target.client.send(
        new ListPartsCommand({ ...target.at('mp-list/a'), UploadId: a, PartNumberMarker: page.NextPartNumberMarker }),
      );
      expect(rest.Parts?.map(({ PartNumber }) => PartNumber)).toEqual([3]);
      const uploads = await target.client.send(
        new ListMultipartUploadsCommand({ Bucket: target.bucket, Prefix: target.key('mp-list/') }),
      );
      expect(uploads.Uploads?.map(({ Key, UploadId }) => [Key, UploadId])).toEqual([
        [target.key('mp-list/a'), a],
        [target.key('mp-list/b'), b],
      ]);
      for (const [name, id] of [
        ['mp-list/a', a],
        ['mp-list/b', b],
      ] as const) {
        await target.client.send(new AbortMultipartUploadCommand({ ...target.at(name), UploadId: id }));
      }
      const none = await target.client.send(
        new ListMultipartUploadsCommand({ Bucket: target.bucket, Prefix: target.key('mp-list/') }),
      );
      expect(none.Uploads).toBeUndefined();
    });

    test('carry checksums of their parts, combined', async () => {
      const id = await begin('mp-sum', { ChecksumAlgorithm: 'SHA256' });
      const one = await upload('mp-sum', id, 1, FIRST, 'SHA256');
      const two = await upload('mp-sum', id, 2, LAST, 'SHA256');
      expect(await failure(complete('mp-sum', id, [one, { PartNumber: 2, ETag: two.ETag }]))).toEqual({
        status: 400,
        code: 'InvalidRequest',
      });
      await complete('mp-sum', id, [one, two]);
      const digests = [FIRST, LAST].map((part) => createHash('sha256').update(part).digest());
      const composite = createHash('sha256').update(Buffer.concat(digests)).digest('base64');
      const head = await target.client.send(new HeadObjectCommand({ ...target.at('mp-sum'), ChecksumMode: 'ENABLED' }));
      expect(head).toMatchObject({ ChecksumSHA256: `${composite}-2`, ChecksumType: 'COMPOSITE' });
    });

    test('carry a checksum of the whole', async () => {
      const id = await begin('mp-whole', { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' });
      const part = await upload('mp-whole', id, 1, Buffer.from('hello world'), 'CRC32');
      await complete('mp-whole', id, [part], { ChecksumType: 'FULL_OBJECT', ChecksumCRC32: 'DUoRhQ==' });
      const head = await target.client.send(
        new HeadObjectCommand({ ...target.at('mp-whole'), ChecksumMode: 'ENABLED' }),
      );
      expect(head).toMatchObject({ ChecksumCRC32: 'DUoRhQ==', ChecksumType: 'FULL_OBJECT' });
    });

    test('take parts from other objects', async () => {
      await target.put('mp-source', FIRST);
      const id = await begin('mp-copy', { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' });
      const { CopyPartResult } = await target.client.send(
        new UploadPartCopyCommand({
          ...target.at('mp-copy'),
          UploadId: id,
          PartNumber: 1,
          CopySource: `${target.bucket}/${target.key('mp-source')}`,
          CopySourceRange: 'bytes=6-10',
        }),
      );
      await complete('mp-copy', id, [{ PartNumber: 1, ETag: CopyPartResult?.ETag }]);
      expect(await target.text('mp-copy')).toBe('part ');
    });
  });
}
