import { type ObjectVersion, PreconditionFailedError } from '../../../lambda/compaction/store/object-store';
import { collect, PART_BYTES, type StoreTarget } from './target';

const bytes = (text: string): Buffer => Buffer.from(text);

/** What every object store does, S3's or the one that models it: the protocol is proven on the words of this file. */
export function objectStoreContract(open: () => StoreTarget): void {
  const at = (name: string): string => open().prefix + name;
  const put = (name: string, text: string, condition?: { ifMatch?: string; ifAbsent?: boolean }): Promise<string> =>
    open().store.put(open().bucket, at(name), bytes(text), condition);
  const text = async (name: string): Promise<string | undefined> =>
    (await open().store.get(open().bucket, at(name)))?.body.toString();
  const names = async (below: string, range?: { after?: string; through?: string }): Promise<string[]> => {
    const { store, bucket } = open();
    const found = await collect(
      store.list(bucket, at(below), {
        ...(range?.after === undefined ? {} : { after: at(range.after) }),
        ...(range?.through === undefined ? {} : { through: at(range.through) }),
      }),
    );
    return found.map(({ key }) => key.slice(open().prefix.length));
  };

  describe('put', () => {
    test('writes, replaces, and resolves to the ETag that get and list give', async () => {
      const first = await put('put/plain', 'one');
      const second = await put('put/plain', 'two');
      expect(second).not.toBe(first);
      const { store, bucket } = open();
      const found = await store.get(bucket, at('put/plain'));
      expect(found).toMatchObject({ key: at('put/plain'), etag: second, size: 3, body: bytes('two') });
      expect(found?.lastModified).toBeInstanceOf(Date);
      const [listed] = await collect(store.list(bucket, at('put/plain')));
      expect(listed).toMatchObject({ key: at('put/plain'), etag: second, size: 3 });
    });

    test('with ifAbsent writes only where nothing is', async () => {
      await put('put/absent', 'one', { ifAbsent: true });
      await expect(put('put/absent', 'two', { ifAbsent: true })).rejects.toThrow(PreconditionFailedError);
      expect(await text('put/absent')).toBe('one');
    });

    test('with ifMatch writes only over the named version', async () => {
      const first = await put('put/match', 'one');
      const second = await put('put/match', 'two', { ifMatch: first });
      await expect(put('put/match', 'three', { ifMatch: first })).rejects.toThrow(PreconditionFailedError);
      expect(await text('put/match')).toBe('two');
      await open().store.deleteMatching(open().bucket, [{ key: at('put/match'), etag: second }]);
      await expect(put('put/match', 'four', { ifMatch: second })).rejects.toThrow(PreconditionFailedError);
      expect(await text('put/match')).toBeUndefined();
    });

    test('of many writers with one condition exactly one wins', async () => {
      const race = async (round: string, condition: { ifMatch?: string; ifAbsent?: boolean }): Promise<void> => {
        const writers = Array.from({ length: 8 }, (_, writer) => `${round} writer ${writer}`);
        const outcomes = await Promise.allSettled(writers.map((writer) => put('put/race', writer, condition)));
        const won = writers.filter((_, index) => outcomes[index]?.status === 'fulfilled');
        expect(won).toEqual([await text('put/race')]);
        for (const outcome of outcomes) {
          if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(PreconditionFailedError);
        }
      };
      await race('first', { ifAbsent: true });
      const current = await open().store.get(open().bucket, at('put/race'));
      await race('second', { ifMatch: current?.etag as string });
    });
  });

  describe('putFile', () => {
    const SIZES = [
      ['empty', 0],
      ['small', 10],
      ['in parts', 2 * PART_BYTES + 1],
    ] as const;

    test.each(SIZES)('%s: the bytes arrive, under the same conditions as a put', async (name, size) => {
      const target = open();
      const { store, bucket } = target;
      const local = target.path();
      const body = Buffer.alloc(size, 'abcdefghijklmnopqrstuvwxyz0123456789');
      await target.writeLocal(local, body);
      const key = at(`file/${name}`);
      await store.putFile(bucket, key, local, { ifAbsent: true });
      const written = await store.get(bucket, key);
      expect(written?.body.equals(body)).toBe(true);
      await expect(store.putFile(bucket, key, local, { ifAbsent: true })).rejects.toThrow(PreconditionFailedError);
      const etag = written?.etag as string;
      await expect(store.putFile(bucket, key, local, { ifMatch: '"another"' })).rejects.toThrow(
        PreconditionFailedError,
      );
      await store.putFile(bucket, key, local, { ifMatch: etag });
      const copy = target.path();
      await store.getFile(bucket, key, (await store.get(bucket, key))?.etag as string, copy);
      expect((await target.readLocal(copy)).equals(body)).toBe(true);
    });
  });

  describe('get', () => {
    test('is undefined where nothing is, also below a key that exists', async () => {
      await put('get/a', 'x');
      expect(await text('get/none')).toBeUndefined();
      expect(await text('get/a/below')).toBeUndefined();
      expect(await text('get/A')).toBeUndefined();
    });

    test.each(KEYS)('key %j: is written, read, listed, copied and deleted', async (name) => {
      const { store, bucket } = open();
      const key = at(`keys/${name}`);
      const etag = await store.put(bucket, key, bytes(name));
      expect((await store.get(bucket, key))?.body.toString()).toBe(name);
      expect((await store.getRange(bucket, key, etag, { start: 0 })).toString()).toBe(name);
      expect((await collect(store.list(bucket, key))).map((object) => object.key)).toEqual([key]);
      const copy = at(`keys-copy/${name}`);
      await store.copy({ bucket, key, etag, size: name.length }, { bucket, key: copy });
      expect((await store.get(bucket, copy))?.body.toString()).toBe(name);
      expect(await store.deleteMatching(bucket, [{ key, etag }])).toEqual([key]);
      expect(await store.get(bucket, key)).toBeUndefined();
    });
  });

  describe('getRange', () => {
    test('reads from both ends', async () => {
      const { store, bucket } = open();
      const etag = await put('range/a', '0123456789');
      const read = async (start: number, end?: number): Promise<string> => {
        const range = { start, ...(end === undefined ? {} : { end }) };
        return (await store.getRange(bucket, at('range/a'), etag, range)).toString();
      };
      expect(await read(0, 3)).toBe('0123');
      expect(await read(4, 4)).toBe('4');
      expect(await read(7)).toBe('789');
      expect(await read(7, 100)).toBe('789');
      expect(await read(-2)).toBe('89');
      expect(await read(-100)).toBe('0123456789');
    });

    test('refuses another version, and one that is gone', async () => {
      const { store, bucket } = open();
      const first = await put('range/b', 'one');
      const second = await put('range/b', 'two');
      const read = (etag: string): Promise<Buffer> => store.getRange(bucket, at('range/b'), etag, { start: 0 });
      await expect(read(first)).rejects.toThrow(PreconditionFailedError);
      await store.deleteMatching(bucket, [{ key: at('range/b'), etag: second }]);
      await expect(read(second)).rejects.toThrow(PreconditionFailedError);
    });
  });

  test('getFile refuses another version, and one that is gone', async () => {
    const target = open();
    const { store, bucket } = target;
    const first = await put('get-file', 'one');
    const second = await put('get-file', 'two');
    await expect(store.getFile(bucket, at('get-file'), first, target.path())).rejects.toThrow(PreconditionFailedError);
    await store.deleteMatching(bucket, [{ key: at('get-file'), etag: second }]);
    await expect(store.getFile(bucket, at('get-file'), second, target.path())).rejects.toThrow(PreconditionFailedError);
  });

  test('copy refuses another version of its source, and one that is gone', async () => {
    const { store, bucket } = open();
    const first = await put('copy/from', 'one');
    const second = await put('copy/from', 'two');
    const copy = (etag: string): Promise<void> =>
      store.copy({ bucket, key: at('copy/from'), etag, size: 3 }, { bucket, key: at('copy/to') });
    await expect(copy(first)).rejects.toThrow(PreconditionFailedError);
    expect(await text('copy/to')).toBeUndefined();
    await copy(second);
    expect(await text('copy/to')).toBe('two');
    await store.deleteMatching(bucket, [{ key: at('copy/from'), etag: second }]);
    await expect(copy(second)).rejects.toThrow(PreconditionFailedError);
  });

  test('versions of objects stay, are listed newest first, read and copied', async () => {
    const { store, bucket } = open();
    const [first, , last] = [
      await put('versions/b', 'one'),
      await put('versions/a', 'a'),
      await put('versions/b', 'two'),
    ];
    await store.deleteMatching(bucket, [{ key: at('versions/b'), etag: last }]);
    const found = await collect(store.listVersions(bucket, at('versions/')));
    expect(found.map(({ key, isLatest }) => [key.slice(at('versions/').length), isLatest])).toEqual([
      ['a', true],
      ['b', false],
      ['b', false],
    ]);
    const [, newest, oldest] = found as [ObjectVersion, ObjectVersion, ObjectVersion];
    expect([newest.etag, oldest.etag, oldest.size]).toEqual([last, first, 3]);
    expect(String(await store.getVersion(bucket, at('versions/b'), oldest.versionId))).toBe('one');
    await store.copy({ bucket, ...oldest }, { bucket, key: at('versions/copy') });
    expect(await text('versions/copy')).toBe('one');
    expect(await store.getVersion(bucket, at('versions/none'), oldest.versionId)).toBeUndefined();
  });

  describe('list', () => {
    test('goes by the UTF-8 bytes of keys, with the first end open and the second closed', async () => {
      // U+FFFD is one UTF-16 unit above the surrogates of U+1F600, but fewer UTF-8 bytes: the two orders differ.
      const ordered = ['A', 'a', 'a b', 'a/b', 'b', 'é', '\uFFFD', '\u{1F600}'];
      for (const name of [...ordered].reverse()) await put(`order/${name}`, name);
      const all = ordered.map((name) => `order/${name}`);
      expect(await names('order/')).toEqual(all);
      for (const [index, name] of all.entries()) {
        expect(await names('order/', { after: name })).toEqual(all.slice(index + 1));
        expect(await names('order/', { through: name })).toEqual(all.slice(0, index + 1));
        expect(await names('order/', { after: all[1] as string, through: name })).toEqual(all.slice(2, index + 1));
      }
      // Ends need not exist.
      expect(await names('order/', { after: 'order/a c', through: 'order/d' })).toEqual(['order/a/b', 'order/b']);
    });

    test('takes a prefix to the letter, also in the middle of a name', async () => {
      for (const name of ['x=1/a', 'x=10/a', 'x=1']) await put(`prefix/${name}`, '');
      expect(await names('prefix/x=1/')).toEqual(['prefix/x=1/a']);
      expect(await names('prefix/x=1')).toEqual(['prefix/x=1', 'prefix/x=1/a', 'prefix/x=10/a']);
      expect(await names('prefix/none')).toEqual([]);
    });

    test('goes on beyond a thousand keys, and so does a folder', async () => {
      const many = Array.from({ length: 2_050 }, (_, index) => `many/${String(index).padStart(4, '0')}/x`);
      await open().fill(many);
      expect(await names('many/')).toEqual(many);
      const after = many[1_020] as string;
      const through = many[2_040] as string;
      expect(await names('many/', { after, through })).toEqual(many.slice(1_021, 2_041));
      const { folders, objects } = await open().store.listFolder(open().bucket, at('many/'));
      expect(folders).toEqual(many.map((name) => name.split('/')[1]));
      expect(objects).toEqual([]);
    });

    test('page by page comes the same as in one go, with folders and without', async () => {
      const many = Array.from({ length: 1_300 }, (_, index) => `page/${String(index).padStart(4, '0')}`);
      await open().fill([...many.slice(0, 700), ...many.slice(700).map((name) => `${name}/x`)]);
      const { store, bucket } = open();
      const pages = async (request: { after?: string; folders?: boolean }): Promise<string[][]> => {
        const found: string[][] = [];
        let token: string | undefined;
        do {
          const page = await store.listPage(bucket, at('page/'), { ...request, token });
          found.push([...page.objects.map(({ key }) => key), ...page.folders]);
          token = page.token;
        } while (token !== undefined);
        return found;
      };
      const flat = await pages({});
      expect(flat.map(({ length }) => length)).toEqual([1_000, 300]);
      expect(flat.flat()).toEqual(await names('page/').then((all) => all.map(at)));
      const folders = await pages({ folders: true });
      expect(folders.map(({ length }) => length)).toEqual([1_000, 300]);
      expect(folders.flat()).toEqual(many.map((name, index) => at(index < 700 ? name : `${name}/`)));
      expect((await pages({ after: at(many[999] as string) })).flat()).toEqual(
        many.slice(999).map((name) => at(`${name}/x`)),
      );
    });

    test('a folder has the names directly under it and its own objects', async () => {
      for (const name of ['b/1', 'a/1', 'a/2/3', 'z', 'y']) await put(`folder/${name}`, name);
      const { folders, objects } = await open().store.listFolder(open().bucket, at('folder/'));
      expect(folders).toEqual(['a', 'b']);
      expect(objects.map(({ key, size }) => [key, size])).toEqual([
        [at('folder/y'), 1],
        [at('folder/z'), 1],
      ]);
      expect(await open().store.listFolder(open().bucket, at('folder/none/'))).toEqual({ folders: [], objects: [] });
    });
  });

  describe('an upload in parts', () => {
    const upload = (name: string) => open().store.openUpload(open().bucket, at(name));

    test.each([0, 1, 3])('of %i parts is there as a whole once it is closed', async (count) => {
      const parts = Array.from({ length: count }, (_, index) => Buffer.alloc(5 * 1024 ** 2 + index, String(index)));
      const to = upload(`parts/${count}`);
      for (const part of parts) await to.add(part);
      expect(await open().store.get(open().bucket, at(`parts/${count}`))).toBeUndefined();
      await to.close();
      const found = await open().store.get(open().bucket, at(`parts/${count}`));
      expect(found?.body.equals(Buffer.concat(parts))).toBe(true);
    });

    test.each([0, 1, 2])('that is given up after %i parts leaves nothing', async (count) => {
      const to = upload(`given-up/${count}`);
      for (let index = 0; index < count; index++) await to.add(Buffer.alloc(5 * 1024 ** 2));
      await to.abort();
      expect(await names('given-up/')).toEqual([]);
    });
  });

  describe('deleteMatching', () => {
    test('deletes the versions that it is given, and says which', async () => {
      const { store, bucket } = open();
      const kept = await put('delete/rewritten', 'one');
      await put('delete/rewritten', 'two');
      const gone = await put('delete/gone', 'x');
      await store.deleteMatching(bucket, [{ key: at('delete/gone'), etag: gone }]);
      const there = await put('delete/there', 'x');
      const deleted = await store.deleteMatching(bucket, [
        { key: at('delete/rewritten'), etag: kept },
        { key: at('delete/gone'), etag: gone },
        { key: at('delete/there'), etag: there },
      ]);
      expect(deleted).toEqual([at('delete/there')]);
      expect(await text('delete/rewritten')).toBe('two');
      expect(await names('delete/')).toEqual(['delete/rewritten']);
      expect(await store.deleteMatching(bucket, [])).toEqual([]);
    });

    test('takes more than a thousand', async () => {
      const many = Array.from({ length: 1_005 }, (_, index) => `delete-many/${index}`);
      await open().fill(many);
      const { store, bucket } = open();
      const objects = await collect(store.list(bucket, at('delete-many/')));
      expect((await store.deleteMatching(bucket, objects)).sort()).toEqual(many.map(at).sort());
      expect(await names('delete-many/')).toEqual([]);
    });

    test('of two callers one deletes', async () => {
      const { store, bucket } = open();
      const object = { key: at('delete/race'), etag: await put('delete/race', 'x') };
      const both = await Promise.all([1, 2].map(() => store.deleteMatching(bucket, [object])));
      expect(both.flat()).toEqual([object.key]);
    });
  });
}

/** Names as producers make them: each is escaped in one way in a URL, in another in XML, and in a third in a copy source. */
const KEYS = [
  'plain.json',
  'a b+c',
  'a%20b%2Bc',
  'quotes\'and"more',
  '<&>',
  'year=2026/month=06/day=15/x.json.gz',
  'umlaut-ä-漢字-\u{1F600}',
  'combining-e\u0301',
  '~!*()@:,;$',
  'back\\slash',
  'dot/./x',
  'double//slash',
  'tab\there',
  'line\nfeed',
];
