import { DeleteObjectCommand, DeleteObjectsCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import { failure, type Target } from './target';

const NO_SUCH_KEY = { status: 404, code: 'NoSuchKey' };

export function deleteContract(target: Target): void {
  const remove = (name: string, input: object = {}): Promise<{ $metadata: { httpStatusCode?: number } }> =>
    target.client.send(new DeleteObjectCommand({ ...target.at(name), ...input }));
  const exists = (name: string): Promise<boolean> =>
    target.client.send(new HeadObjectCommand(target.at(name))).then(
      () => true,
      () => false,
    );

  describe('DeleteObject', () => {
    test('deletes, and is content with what is gone already', async () => {
      await target.put('gone', 'x');
      expect((await remove('gone')).$metadata.httpStatusCode).toBe(204);
      expect(await failure(target.text('gone'))).toEqual(NO_SUCH_KEY);
      expect((await remove('gone')).$metadata.httpStatusCode).toBe(204);
    });

    test('with If-Match deletes only the named content', async () => {
      const { ETag: first } = await target.put('guarded', 'first');
      await target.put('guarded', 'second');
      expect(await failure(remove('guarded', { IfMatch: first }))).toEqual({ status: 412, code: 'PreconditionFailed' });
      expect(await target.text('guarded')).toBe('second');
      const { ETag: third } = await target.put('guarded', 'third');
      await remove('guarded', { IfMatch: third });
      expect(await failure(target.text('guarded'))).toEqual(NO_SUCH_KEY);
    });

    test('with If-Match where there is nothing', async () => {
      const { ETag } = await target.put('twice', 'x');
      await remove('twice', { IfMatch: ETag });
      expect(await failure(remove('twice', { IfMatch: ETag }))).toEqual(NO_SUCH_KEY);
      expect(await failure(remove('never', { IfMatch: '*' }))).toEqual(NO_SUCH_KEY);
    });

    test('with If-Match: * deletes what exists', async () => {
      await target.put('any', 'x');
      expect((await remove('any', { IfMatch: '*' })).$metadata.httpStatusCode).toBe(204);
      expect(await exists('any')).toBe(false);
    });
  });

  describe('DeleteObjects', () => {
    const removeAll = (Objects: { Key: string; ETag?: string | undefined }[], Quiet = false) =>
      target.client.send(new DeleteObjectsCommand({ Bucket: target.bucket, Delete: { Objects, Quiet } }));

    test('reports each key', async () => {
      await target.put('batch/a & b', 'x');
      const { Deleted, Errors } = await removeAll([
        { Key: target.key('batch/a & b') },
        { Key: target.key('batch/none') },
      ]);
      expect(Deleted?.map(({ Key }) => Key)).toEqual([target.key('batch/a & b'), target.key('batch/none')]);
      expect(Errors).toBeUndefined();
      expect(await exists('batch/a & b')).toBe(false);
    });

    test('honours the ETag of each object by itself', async () => {
      const { ETag: kept } = await target.put('batch/kept', 'old');
      await target.put('batch/kept', 'new');
      const { ETag: matching } = await target.put('batch/matching', 'x');
      const { Deleted, Errors } = await removeAll([
        { Key: target.key('batch/kept'), ETag: kept },
        { Key: target.key('batch/matching'), ETag: matching },
        { Key: target.key('batch/absent'), ETag: matching },
      ]);
      expect(Deleted?.map(({ Key }) => Key)).toEqual([target.key('batch/matching')]);
      expect(Errors?.map(({ Key, Code }) => [Key, Code])).toEqual([
        [target.key('batch/kept'), 'PreconditionFailed'],
        [target.key('batch/absent'), 'NoSuchKey'],
      ]);
      expect(await target.text('batch/kept')).toBe('new');
      expect(await exists('batch/matching')).toBe(false);
    });

    test('in quiet mode reports only errors', async () => {
      await target.put('batch/quiet', 'x');
      const { Deleted, Errors } = await removeAll(
        [{ Key: target.key('batch/quiet') }, { Key: target.key('batch/none'), ETag: '"x"' }],
        true,
      );
      expect(Deleted).toBeUndefined();
      expect(Errors?.map(({ Code }) => Code)).toEqual(['NoSuchKey']);
      expect(await exists('batch/quiet')).toBe(false);
    });

    test('takes at most 1,000 keys', async () => {
      const keys = Array.from({ length: 1001 }, (_, i) => ({ Key: target.key(`batch/${i}`) }));
      expect(await failure(removeAll(keys))).toEqual({ status: 400, code: 'MalformedXML' });
      const { Deleted } = await removeAll(keys.slice(1));
      expect(Deleted).toHaveLength(1000);
    });
  });
}
