import { PreconditionFailedError } from '../../../lambda/compaction/store/object-store';
import type { Fault, FaultProxy } from './fault-proxy';
import { PART_BYTES, type StoreTarget } from './target';

/** Attempts of the SDK for one call. */
export const MAX_ATTEMPTS = 3;

/** What each failure of S3 means to a caller, and how many requests it costs: for stores that talk to an endpoint. */
export function faultContract(open: () => StoreTarget & { readonly proxy: FaultProxy }): void {
  const at = (name: string): string => open().prefix + name;
  const plan = (...faults: Fault[]): void => open().proxy.plan(...faults);
  const put = (name: string, text: string): Promise<string> =>
    open().store.put(open().bucket, at(name), Buffer.from(text));
  const text = async (name: string): Promise<string | undefined> => {
    plan();
    return (await open().store.get(open().bucket, at(name)))?.body.toString();
  };
  const uploads = (): number => open().proxy.count(/^POST .*uploads/) - open().proxy.count(/^DELETE .*uploadId/);

  beforeEach(() => plan());

  /** Each call, with the request that makes it. */
  const CALLS: readonly [name: string, request: RegExp, call: (key: string, etag: string) => Promise<unknown>][] = [
    ['get', /^GET /, (key) => open().store.get(open().bucket, key)],
    ['getRange', /^GET /, (key, etag) => open().store.getRange(open().bucket, key, etag, { start: 0 })],
    ['getFile', /^GET /, (key, etag) => open().store.getFile(open().bucket, key, etag, open().path())],
    ['put', /^PUT /, (key) => open().store.put(open().bucket, key, Buffer.from('new'))],
    [
      'put with ifMatch',
      /^PUT /,
      (key, etag) => open().store.put(open().bucket, key, Buffer.from('new'), { ifMatch: etag }),
    ],
    [
      'copy',
      /^PUT /,
      (key, etag) =>
        open().store.copy({ bucket: open().bucket, key, etag, size: 3 }, { bucket: open().bucket, key: `${key}-copy` }),
    ],
    ['deleteMatching', /^POST .*delete/, (key, etag) => open().store.deleteMatching(open().bucket, [{ key, etag }])],
    [
      'list',
      /^GET .*list-type/,
      async (key) => {
        for await (const _ of open().store.list(open().bucket, key));
      },
    ],
    ['listFolder', /^GET .*list-type/, (key) => open().store.listFolder(open().bucket, `${key}/`)],
  ];

  describe.each(CALLS)('%s', (name, on, call) => {
    const key = `faults/${name.replaceAll(' ', '-')}`;
    let etag = '';
    beforeEach(async () => {
      etag = await put(key, 'old');
      plan();
    });

    test.each([
      [503, 'SlowDown'],
      [500, 'InternalError'],
    ])('HTTP %i %s is retried', async (status, code) => {
      plan({ on, kind: 'refuse', status, code, times: MAX_ATTEMPTS - 1 });
      await call(at(key), etag);
      expect(open().proxy.count(on)).toBe(MAX_ATTEMPTS);
    });

    test('HTTP 503 at every attempt is an error of its own', async () => {
      plan({ on, kind: 'refuse', times: 100 });
      const failure = call(at(key), etag);
      await expect(failure).rejects.toThrow('by the test');
      await expect(failure).rejects.not.toBeInstanceOf(PreconditionFailedError);
      expect(open().proxy.count(on)).toBe(MAX_ATTEMPTS);
    });

    test('a connection that ends before the request arrived is tried again', async () => {
      plan({ on, kind: 'cut' });
      await call(at(key), etag);
      expect(open().proxy.count(on)).toBe(2);
    });

    test.each([
      [403, 'AccessDenied'],
      [400, 'KMS.DisabledException'],
      [404, 'NoSuchBucket'],
    ])('HTTP %i %s is an error, at once, and means neither "gone" nor "somebody was faster"', async (status, code) => {
      plan({ on, kind: 'refuse', status, code, times: 100 });
      const failure = call(at(key), etag);
      await expect(failure).rejects.toMatchObject({ name: code });
      expect(open().proxy.count(on)).toBe(1);
      expect(await text(key)).toBe('old');
    });
  });

  describe('a conditional write', () => {
    const write = (name: string, etag: string): Promise<string> =>
      open().store.put(open().bucket, at(name), Buffer.from('new'), { ifMatch: etag });

    test.each([
      [409, 'ConditionalRequestConflict'],
      [412, 'PreconditionFailed'],
    ])("that S3 answers with %i %s was somebody else's", async (status, code) => {
      const etag = await put('write/conflict', 'old');
      plan({ on: /^PUT /, kind: 'refuse', status, code, times: 100 });
      await expect(write('write/conflict', etag)).rejects.toThrow(PreconditionFailedError);
      expect(open().proxy.count(/^PUT /)).toBe(1);
      expect(await text('write/conflict')).toBe('old');
    });

    test.each<[string, Fault]>([
      ['cut off', { on: /^PUT /, kind: 'cut-answer' }],
      ['a 503 that comes too late', { on: /^PUT /, kind: 'lose', status: 503 }],
      ['a 500 that comes too late', { on: /^PUT /, kind: 'lose', status: 500, code: 'InternalError' }],
    ])('whose answer is lost (%s) has happened; its retry never makes a second version', async (_, fault) => {
      const etag = await put('write/lost', 'old');
      plan(fault);
      // The retry meets the version that the first attempt wrote: only a reader can tell whose it is.
      await expect(write('write/lost', etag)).rejects.toThrow(PreconditionFailedError);
      expect(open().proxy.count(/^PUT /)).toBe(2);
      expect(await text('write/lost')).toBe('new');
    });

    test('keeps its condition in the retry', async () => {
      const etag = await put('write/retry', 'old');
      plan({ on: /^PUT /, kind: 'refuse', times: 2 });
      await write('write/retry', etag);
      expect(open().proxy.requests.map(({ headers }) => headers['if-match'])).toEqual([etag, etag, etag]);
    });
  });

  describe('a body that ends too early', () => {
    test('of get and getRange is never taken for the object', async () => {
      const etag = await put('cut/body', 'x'.repeat(100_000));
      const { store, bucket, proxy } = open();
      for (const read of [
        () => store.get(bucket, at('cut/body')),
        () => store.getRange(bucket, at('cut/body'), etag, { start: 0 }),
      ]) {
        proxy.plan({ on: /^GET /, kind: 'cut-body', times: 100 });
        await expect(read()).rejects.toThrow();
      }
    });

    test('of getFile is never taken for the object', async () => {
      const etag = await put('cut/file', 'x'.repeat(100_000));
      plan({ on: /^GET /, kind: 'cut-body', times: 100 });
      await expect(open().store.getFile(open().bucket, at('cut/file'), etag, open().path())).rejects.toThrow();
    });
  });

  describe('an upload in parts', () => {
    const upload = async (name: string, condition = {}): Promise<void> => {
      const target = open();
      const local = target.path();
      await target.writeLocal(local, Buffer.alloc(2 * PART_BYTES + 1, name));
      await target.store.putFile(target.bucket, at(name), local, condition);
    };

    test('completes under its condition, and only then is there', async () => {
      await upload('parts/ok', { ifAbsent: true });
      const complete = open().proxy.requests.find(({ method, target }) => method === 'POST' && /uploadId/.test(target));
      expect(complete?.headers['if-none-match']).toBe('*');
      expect(open().proxy.count(/^PUT .*partNumber/)).toBe(3);
      expect(uploads()).toBe(1);
    });

    test.each<[string, Fault]>([
      ['a part is refused', { on: /^PUT .*partNumber=2/, kind: 'refuse', status: 403, code: 'AccessDenied' }],
      ['a part fails for good', { on: /^PUT .*partNumber=3/, kind: 'refuse', times: 100 }],
      ['it may not be completed', { on: /^POST .*uploadId/, kind: 'refuse', status: 403, code: 'AccessDenied' }],
    ])('is aborted when %s, and nothing of it is there', async (_, fault) => {
      plan(fault);
      await expect(upload('parts/failed')).rejects.toThrow('by the test');
      expect(uploads()).toBe(0);
      expect(await text('parts/failed')).toBeUndefined();
    });

    test('is aborted when somebody was faster', async () => {
      await put('parts/taken', 'other');
      plan();
      await expect(upload('parts/taken', { ifAbsent: true })).rejects.toThrow(PreconditionFailedError);
      expect(uploads()).toBe(0);
      expect(await text('parts/taken')).toBe('other');
    });

    test('whose last answer is lost is there, whatever the caller is told', async () => {
      plan({ on: /^POST .*uploadId/, kind: 'cut-answer' });
      await upload('parts/lost', { ifAbsent: true }).catch((error: unknown) =>
        expect(error).toBeInstanceOf(PreconditionFailedError),
      );
      expect((await text('parts/lost'))?.length).toBe(2 * PART_BYTES + 1);
    });

    test('that cannot even be aborted still shows the first error', async () => {
      plan(
        { on: /^PUT .*partNumber=1/, kind: 'refuse', status: 403, code: 'AccessDenied' },
        { on: /^DELETE .*uploadId/, kind: 'refuse', status: 403, code: 'Other' },
      );
      await expect(upload('parts/stuck')).rejects.toMatchObject({ name: 'AccessDenied' });
    });
  });

  describe('a listing in pages', () => {
    test('takes each page again by itself when it fails', async () => {
      const many = Array.from({ length: 1_500 }, (_, index) => `pages/${String(index).padStart(4, '0')}`);
      await open().fill(many);
      plan({ on: /continuation-token/, kind: 'cut-answer' });
      let count = 0;
      for await (const _ of open().store.list(open().bucket, at('pages/'))) count++;
      expect(count).toBe(1_500);
      expect(open().proxy.count(/list-type/)).toBe(3);
    });
  });

  describe('a batch of deletes', () => {
    test('says which keys could not be deleted, and has deleted the others', async () => {
      const objects = await Promise.all(
        ['a', 'b', 'c'].map(async (name) => ({ key: at(`batch/${name}`), etag: await put(`batch/${name}`, name) })),
      );
      const denied = objects[1] as { key: string };
      open().proxy.denyDelete(denied.key);
      await expect(open().store.deleteMatching(open().bucket, objects)).rejects.toThrow(
        new RegExp(`1 of 3 failed, first ${denied.key}: AccessDenied`),
      );
      expect(await text('batch/a')).toBeUndefined();
      expect(await text('batch/b')).toBe('b');
      expect(await text('batch/c')).toBeUndefined();
    });

    test('meets a conflict on one key: that one is tried again, for as long as the object may still be there', async () => {
      const objects = await Promise.all(
        ['d', 'e'].map(async (name) => ({ key: at(`batch/${name}`), etag: await put(`batch/${name}`, name) })),
      );
      const met = objects[0] as { key: string };
      plan();
      open().proxy.denyDelete(met.key, 'ConditionalRequestConflict', 2);
      expect((await open().store.deleteMatching(open().bucket, objects)).sort()).toEqual([
        at('batch/d'),
        at('batch/e'),
      ]);
      expect(open().proxy.count(/^POST .*delete/)).toBe(3);
      expect(await text('batch/d')).toBeUndefined();

      const stuck = { key: at('batch/f'), etag: await put('batch/f', 'f') };
      open().proxy.denyDelete(stuck.key, 'ConditionalRequestConflict');
      await expect(open().store.deleteMatching(open().bucket, [stuck])).rejects.toThrow('ConditionalRequestConflict');
      expect(await text('batch/f')).toBe('f');
    });

    test('whose answer is lost leaves nothing, and claims no key that it cannot know to be its own', async () => {
      const object = { key: at('batch/lost'), etag: await put('batch/lost', 'x') };
      plan({ on: /^POST .*delete/, kind: 'cut-answer' });
      expect(await open().store.deleteMatching(open().bucket, [object])).toEqual([]);
      expect(await text('batch/lost')).toBeUndefined();
    });
  });
}
