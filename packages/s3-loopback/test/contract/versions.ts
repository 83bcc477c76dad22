import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
} from '@aws-sdk/client-s3';
import { each, failure, type Target } from './target';

/** What only holds for a bucket with versioning; without it, that nothing of it shows. */
export function versionContract(target: Target): void {
  const remove = (name: string, VersionId?: string) =>
    target.client.send(new DeleteObjectCommand({ ...target.at(name), ...(VersionId && { VersionId }) }));
  const history = async (prefix: string): Promise<string[]> => {
    const page = await target.client.send(
      new ListObjectVersionsCommand({ Bucket: target.bucket, Prefix: target.key(prefix) }),
    );
    return [
      ...(page.Versions ?? []).map(({ VersionId, IsLatest }) => `${VersionId}${IsLatest ? ' latest' : ''}`),
      ...(page.DeleteMarkers ?? []).map(({ VersionId, IsLatest }) => `marker ${VersionId}${IsLatest ? ' latest' : ''}`),
    ];
  };

  const inVersionedBucket = (name: string, body: () => Promise<void>): void => {
    test(name, async () => {
      if (target.versioned) await body();
      else expect((await target.put('unversioned', 'x')).VersionId).toBeUndefined();
    });
  };

  describe('versions', () => {
    inVersionedBucket('every write makes one, and each can be read', async () => {
      const [a, b] = [await target.put('v', 'one'), await target.put('v', 'two')];
      expect(a.VersionId).not.toBe(b.VersionId);
      expect(await target.text('v')).toBe('two');
      expect(await target.text('v', { VersionId: a.VersionId })).toBe('one');
      const head = await target.client.send(new HeadObjectCommand({ ...target.at('v'), VersionId: a.VersionId }));
      expect(head).toMatchObject({ VersionId: a.VersionId, ETag: a.ETag });
      expect(await history('v')).toEqual([`${b.VersionId} latest`, a.VersionId]);
      const restored = await target.client.send(
        new CopyObjectCommand({
          ...target.at('v'),
          CopySource: `${target.bucket}/${target.key('v')}?versionId=${a.VersionId}`,
        }),
      );
      expect(restored.CopySourceVersionId).toBe(a.VersionId);
      expect(await target.text('v')).toBe('one');
    });

    inVersionedBucket('a delete hides the object under a marker, and can be undone', async () => {
      const { VersionId, ETag } = await target.put('hidden', 'content');
      const marker = await remove('hidden');
      expect(marker).toMatchObject({ DeleteMarker: true });
      expect(await failure(target.text('hidden'))).toEqual({ status: 404, code: 'NoSuchKey' });
      expect(await target.text('hidden', { VersionId })).toBe('content');
      expect(
        await failure(
          target.client.send(new GetObjectCommand({ ...target.at('hidden'), VersionId: marker.VersionId })),
        ),
      ).toMatchObject({ status: 405 });
      const listed = await target.client.send(
        new ListObjectsV2Command({ Bucket: target.bucket, Prefix: target.key('hidden') }),
      );
      expect(listed.KeyCount).toBe(0);
      // For a condition the key is empty: what the marker hides does not count.
      expect(await failure(target.put('hidden', 'x', { IfMatch: ETag }))).toEqual({ status: 404, code: 'NoSuchKey' });
      expect(await remove('hidden', marker.VersionId)).toMatchObject({ DeleteMarker: true });
      expect(await target.text('hidden')).toBe('content');
      await remove('hidden');
      await target.put('hidden', 'new', { IfNoneMatch: '*' });
      expect(await target.text('hidden')).toBe('new');
    });

    inVersionedBucket('a conditional delete looks at the current version only', async () => {
      const { ETag, VersionId } = await target.put('cond', 'content');
      const conditional = () => target.client.send(new DeleteObjectCommand({ ...target.at('cond'), IfMatch: ETag }));
      await conditional();
      expect(await failure(conditional())).toEqual({ status: 404, code: 'NoSuchKey' });
      const named = new DeleteObjectCommand({ ...target.at('cond'), IfMatch: ETag, VersionId });
      expect((await failure(target.client.send(named))).status).toBeGreaterThanOrEqual(400);
      expect(await target.text('cond', { VersionId })).toBe('content');
      expect((await history('cond')).filter((entry) => entry.startsWith('marker'))).toHaveLength(1);
    });

    inVersionedBucket('deleting a version is for good and brings back the one below', async () => {
      const [a, b, c] = [await target.put('p', '1'), await target.put('p', '2'), await target.put('p', '3')];
      await remove('p', c.VersionId);
      expect(await target.text('p')).toBe('2');
      await target.client.send(
        new DeleteObjectsCommand({
          Bucket: target.bucket,
          Delete: { Objects: [{ Key: target.key('p'), VersionId: a.VersionId }] },
        }),
      );
      expect(await history('p')).toEqual([`${b.VersionId} latest`]);
      expect(await failure(target.text('p', { VersionId: c.VersionId }))).toMatchObject({ status: 404 });
      await remove('p', b.VersionId);
      expect(await history('p')).toEqual([]);
    });

    inVersionedBucket('a listing of versions can be paged', async () => {
      await each(['a', 'b', 'c'], 3, async (name) => {
        for (let i = 0; i < 3; i++) await target.put(`paged/${name}`, `${i}`);
      });
      const whole = await history('paged/');
      const paged: string[] = [];
      let markers: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } = {};
      for (let truncated = true; truncated; ) {
        const page = await target.client.send(
          new ListObjectVersionsCommand({
            Bucket: target.bucket,
            Prefix: target.key('paged/'),
            MaxKeys: 2,
            ...markers,
          }),
        );
        for (const { VersionId, IsLatest } of page.Versions ?? [])
          paged.push(`${VersionId}${IsLatest ? ' latest' : ''}`);
        markers = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
        truncated = page.IsTruncated === true;
      }
      expect(paged).toEqual(whole);
      expect(whole).toHaveLength(9);
    });
  });
}
