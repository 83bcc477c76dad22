import {
  DeleteObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  type ListObjectsV2CommandOutput,
} from '@aws-sdk/client-s3';
import { each, failure, type Target } from './target';

/** In UTF-8 order; UTF-16 order would put the emoji before U+FF5E. */
const ORDERED = ['A', 'B/1', 'B/2', 'B0', 'a', 'a b', 'a!', 'a/x', 'a/y/z', 'a0', 'b+c', 'ü', '～', '😀'].sort((x, y) =>
  Buffer.compare(Buffer.from(x), Buffer.from(y)),
);
const MANY = 1_003;

/** @param fullPages whether to write the thousand keys that more than one page takes */
export function listingContract(target: Target, fullPages: boolean): void {
  const list = (prefix: string, input: Partial<ListObjectsV2CommandInput> = {}): Promise<ListObjectsV2CommandOutput> =>
    target.client.send(new ListObjectsV2Command({ Bucket: target.bucket, Prefix: target.key(prefix), ...input }));
  const names = (page: ListObjectsV2CommandOutput, prefix: string): string[] =>
    (page.Contents ?? []).map(({ Key }) => (Key ?? '').slice(target.key(prefix).length));
  const pages = async (
    prefix: string,
    input: Partial<ListObjectsV2CommandInput>,
  ): Promise<ListObjectsV2CommandOutput[]> => {
    const found: ListObjectsV2CommandOutput[] = [];
    let token: string | undefined;
    do {
      const page = await list(prefix, { ...input, ...(token === undefined ? {} : { ContinuationToken: token }) });
      found.push(page);
      token = page.NextContinuationToken;
    } while (token !== undefined);
    return found;
  };

  describe('ListObjectsV2', () => {
    beforeAll(async () => {
      await each(ORDERED, 8, (name) => target.put(`list/${name}`, name));
    });

    test('lists keys by their UTF-8 bytes, with what it knows of each', async () => {
      const page = await list('list/');
      expect(names(page, 'list/')).toEqual(ORDERED);
      expect(page).toMatchObject({ KeyCount: ORDERED.length, IsTruncated: false, MaxKeys: 1000 });
      const { ETag } = await target.put('list/A', 'A');
      expect((await list('list/')).Contents?.[0]).toMatchObject({ ETag, Size: 1, StorageClass: 'STANDARD' });
    });

    test('groups keys at the delimiter', async () => {
      const page = await list('list/', { Delimiter: '/' });
      expect(page.CommonPrefixes?.map(({ Prefix }) => Prefix?.slice(target.key('list/').length))).toEqual(['B/', 'a/']);
      expect(names(page, 'list/')).toEqual(ORDERED.filter((name) => !name.includes('/')));
      expect(page.KeyCount).toBe(ORDERED.length - 2);
      const inner = await list('list/a/', { Delimiter: '/' });
      expect(names(inner, 'list/a/')).toEqual(['x']);
      expect(inner.CommonPrefixes?.map(({ Prefix }) => Prefix)).toEqual([target.key('list/a/y/')]);
    });

    test.each([1, 2, 3, 5])('pages of %i, with and without delimiter, give every entry once', async (MaxKeys) => {
      const plain = await pages('list/', { MaxKeys });
      expect(plain.flatMap((page) => names(page, 'list/'))).toEqual(ORDERED);
      const grouped = await pages('list/', { MaxKeys, Delimiter: '/' });
      for (const page of grouped) expect(page.KeyCount).toBeLessThanOrEqual(MaxKeys);
      expect(grouped.flatMap((page) => names(page, 'list/'))).toEqual(ORDERED.filter((name) => !name.includes('/')));
      const prefixes = grouped.flatMap((page) => page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix);
      expect(prefixes).toEqual([target.key('list/B/'), target.key('list/a/')]);
    });

    test('leaves out what was deleted, at the beginning, in the middle and at the end', async () => {
      await each(['1', '2', '3', '4', '5'], 5, (name) => target.put(`gone/${name}`, name));
      await each(['1', '3', '5'], 3, (name) => target.client.send(new DeleteObjectCommand(target.at(`gone/${name}`))));
      for (const MaxKeys of [1, 2, 1_000]) {
        expect((await pages('gone/', { MaxKeys })).flatMap((page) => names(page, 'gone/'))).toEqual(['2', '4']);
      }
    });

    test('starts after a key, whether it exists or not', async () => {
      expect(names(await list('list/', { StartAfter: target.key('list/a b') }), 'list/')).toEqual(
        ORDERED.slice(ORDERED.indexOf('a b') + 1),
      );
      expect(names(await list('list/', { StartAfter: target.key('list/a/zzz') }), 'list/')).toEqual(
        ORDERED.slice(ORDERED.indexOf('a0')),
      );
    });

    test('encodes keys on demand', async () => {
      const page = await list('list/', { EncodingType: 'url' });
      expect(page.EncodingType).toBe('url');
      const decoded = names(page, 'list/').map((name) => decodeURIComponent(name.replaceAll('+', ' ')));
      expect(decoded).toEqual(ORDERED);
      expect(names(page, 'list/')).toEqual(expect.arrayContaining(['b%2Bc', 'a+b', '%C3%BC']));
    });

    test('names owners on demand', async () => {
      expect((await list('list/', { MaxKeys: 1 })).Contents?.[0]?.Owner).toBeUndefined();
      expect((await list('list/', { MaxKeys: 1, FetchOwner: true })).Contents?.[0]?.Owner?.ID).toBeTruthy();
    });

    test('answers nothing where there is nothing', async () => {
      const page = await list('nowhere/');
      expect(page).toMatchObject({ KeyCount: 0, IsTruncated: false });
      expect(page.Contents).toBeUndefined();
      expect(await list('list/', { MaxKeys: 0 })).toMatchObject({ KeyCount: 0, IsTruncated: false });
    });

    test('refuses a token that it did not give', async () => {
      expect(await failure(list('list/', { ContinuationToken: '*nonsense*' }))).toEqual({
        status: 400,
        code: 'InvalidArgument',
      });
    });

    if (!fullPages) return;
    test('gives at most 1,000 keys a page', async () => {
      const all = Array.from({ length: MANY }, (_, i) => `${i}`.padStart(5, '0'));
      await target.fill(all.map((name) => `many/${name}`));
      const [first, second, ...rest] = await pages('many/', { MaxKeys: 5_000 });
      expect(rest).toEqual([]);
      expect(first).toMatchObject({ KeyCount: 1000, IsTruncated: true });
      expect(second).toMatchObject({ KeyCount: MANY - 1000, IsTruncated: false });
      expect([
        ...names(first as ListObjectsV2CommandOutput, 'many/'),
        ...names(second as ListObjectsV2CommandOutput, 'many/'),
      ]).toEqual(all);
    });
  });
}
