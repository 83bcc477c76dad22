import { CopyObjectCommand, type CopyObjectCommandInput, HeadObjectCommand } from '@aws-sdk/client-s3';
import { failure, type Target } from './target';

export function copyContract(target: Target): void {
  const copy = (from: string, to: string, input: Partial<CopyObjectCommandInput> = {}) =>
    target.client.send(
      new CopyObjectCommand({
        ...target.at(to),
        CopySource: `${target.bucket}/${encodeURIComponent(target.key(from))}`,
        ...input,
      }),
    );

  describe('CopyObject', () => {
    test('copies content and metadata', async () => {
      const { ETag } = await target.put('from ü+%', 'content', { ContentType: 'text/plain', Metadata: { a: 'b' } });
      const { CopyObjectResult } = await copy('from ü+%', 'to');
      expect(CopyObjectResult?.ETag).toBe(ETag);
      expect(await target.text('to')).toBe('content');
      const head = await target.client.send(new HeadObjectCommand(target.at('to')));
      expect(head).toMatchObject({ ContentType: 'text/plain', Metadata: { a: 'b' } });
    });

    test('replaces metadata on demand', async () => {
      await target.put('self', 'content', { Metadata: { a: 'b' } });
      expect(await failure(copy('self', 'self'))).toEqual({ status: 400, code: 'InvalidRequest' });
      await copy('self', 'self', { MetadataDirective: 'REPLACE', ContentType: 'text/csv', Metadata: { c: 'd' } });
      const head = await target.client.send(new HeadObjectCommand(target.at('self')));
      expect(head).toMatchObject({ ContentType: 'text/csv', Metadata: { c: 'd' }, ContentLength: 7 });
    });

    test('obeys conditions on the source', async () => {
      const { ETag } = await target.put('source', 'content');
      const failed = { status: 412, code: 'PreconditionFailed' };
      expect(await failure(copy('source', 'copied', { CopySourceIfMatch: '"other"' }))).toEqual(failed);
      expect(await failure(copy('source', 'copied', { CopySourceIfNoneMatch: ETag }))).toEqual(failed);
      await copy('source', 'copied', { CopySourceIfMatch: ETag });
      expect(await target.text('copied')).toBe('content');
    });

    test('obeys conditions on the destination', async () => {
      await target.put('source', 'content');
      const { ETag } = await target.put('taken', 'other');
      const failed = { status: 412, code: 'PreconditionFailed' };
      expect(await failure(copy('source', 'taken', { IfNoneMatch: '*' }))).toEqual(failed);
      expect(await failure(copy('source', 'taken', { IfMatch: '"x"' }))).toEqual(failed);
      await copy('source', 'taken', { IfMatch: ETag });
      expect(await target.text('taken')).toBe('content');
    });

    test('names what is absent', async () => {
      expect(await failure(copy('absent', 'copied'))).toEqual({ status: 404, code: 'NoSuchKey' });
    });
  });
}
