import { GetObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import { failure, type Target } from './target';

const PRECONDITION_FAILED = { status: 412, code: 'PreconditionFailed' };

export function preconditionContract(target: Target): void {
  describe('conditional writes', () => {
    test('If-None-Match: * writes only where there is nothing', async () => {
      const put = await target.put('create', 'first', { IfNoneMatch: '*' });
      expect(await failure(target.put('create', 'second', { IfNoneMatch: '*' }))).toEqual(PRECONDITION_FAILED);
      const head = await target.client.send(new HeadObjectCommand(target.at('create')));
      expect(head.ETag).toBe(put.ETag);
    });

    test('If-Match writes only over the named content', async () => {
      const { ETag: first } = await target.put('swap', 'first');
      const { ETag: second } = await target.put('swap', 'second', { IfMatch: first });
      expect(await failure(target.put('swap', 'third', { IfMatch: first }))).toEqual(PRECONDITION_FAILED);
      expect(await target.text('swap')).toBe('second');
      await target.put('swap', 'third', { IfMatch: second });
      expect(await target.text('swap')).toBe('third');
    });

    test('If-Match where there is nothing', async () => {
      expect(await failure(target.put('nothing', 'x', { IfMatch: '"d41d8cd98f00b204e9800998ecf8427e"' }))).toEqual({
        status: 404,
        code: 'NoSuchKey',
      });
      expect(await failure(target.text('nothing'))).toEqual({ status: 404, code: 'NoSuchKey' });
    });

    test('If-None-Match takes nothing but *', async () => {
      expect(await failure(target.put('etag', 'x', { IfNoneMatch: '"abc"' }))).toEqual({
        status: 501,
        code: 'NotImplemented',
      });
    });

    test('of 50 writers that create a key one wins', async () => {
      const attempts = await Promise.allSettled(
        Array.from({ length: 50 }, (_, i) => target.put('race', `writer ${i}`, { IfNoneMatch: '*' })),
      );
      const winners = attempts.flatMap((attempt, i) => (attempt.status === 'fulfilled' ? [i] : []));
      expect(winners).toHaveLength(1);
      for (const attempt of attempts) {
        // 409 tells that the outcome of another writer was not settled yet.
        if (attempt.status === 'rejected') {
          expect(['PreconditionFailed', 'ConditionalRequestConflict']).toContain(attempt.reason.name);
        }
      }
      expect(await target.text('race')).toBe(`writer ${winners[0]}`);
    });

    test('a chain of If-Match increments loses no update', async () => {
      await target.put('counter', '0');
      const increment = async (): Promise<void> => {
        for (;;) {
          const get = await target.client.send(new GetObjectCommand(target.at('counter')));
          const next = `${Number(await get.Body?.transformToString()) + 1}`;
          try {
            await target.put('counter', next, { IfMatch: get.ETag });
            return;
          } catch (error) {
            if (!['PreconditionFailed', 'ConditionalRequestConflict'].includes((error as Error).name)) throw error;
          }
        }
      };
      const worker = async (): Promise<void> => {
        for (let i = 0; i < 5; i++) await increment();
      };
      await Promise.all(Array.from({ length: 4 }, worker));
      expect(await target.text('counter')).toBe('20');
    });
  });

  describe('conditional reads', () => {
    let etag: string | undefined;
    let modified = new Date(0);
    const hour = 3_600_000;

    beforeAll(async () => {
      ({ ETag: etag } = await target.put('read', 'content'));
      const head = await target.client.send(new HeadObjectCommand(target.at('read')));
      modified = head.LastModified ?? modified;
    });

    const read = (input: object): Promise<unknown> =>
      target.client.send(new GetObjectCommand({ ...target.at('read'), ...input }));
    const status = (input: object): Promise<number | undefined> =>
      read(input).then(
        () => 200,
        (error) => error.$metadata.httpStatusCode,
      );

    test('If-Match', async () => {
      expect(await status({ IfMatch: etag })).toBe(200);
      expect(await failure(read({ IfMatch: '"other"' }))).toEqual(PRECONDITION_FAILED);
    });

    test('If-None-Match', async () => {
      expect(await status({ IfNoneMatch: '"other"' })).toBe(200);
      expect(await status({ IfNoneMatch: etag })).toBe(304);
    });

    test('If-Modified-Since', async () => {
      expect(await status({ IfModifiedSince: new Date(modified.getTime() - hour) })).toBe(200);
      expect(await status({ IfModifiedSince: modified })).toBe(304);
    });

    test('If-Unmodified-Since', async () => {
      expect(await status({ IfUnmodifiedSince: modified })).toBe(200);
      expect(await failure(read({ IfUnmodifiedSince: new Date(modified.getTime() - hour) }))).toEqual(
        PRECONDITION_FAILED,
      );
    });

    test('an ETag condition makes the date beside it void', async () => {
      expect(await status({ IfMatch: etag, IfUnmodifiedSince: new Date(modified.getTime() - hour) })).toBe(200);
      expect(await status({ IfNoneMatch: etag, IfModifiedSince: new Date(modified.getTime() - hour) })).toBe(304);
    });

    test('HEAD obeys them too', async () => {
      const head = (input: object): Promise<unknown> =>
        target.client.send(new HeadObjectCommand({ ...target.at('read'), ...input }));
      expect(await failure(head({ IfMatch: '"other"' }))).toMatchObject({ status: 412 });
      expect(await failure(head({ IfNoneMatch: etag }))).toMatchObject({ status: 304 });
    });
  });
}
