import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  ListPartsCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { failure } from './contract/target';
import { temporaryFolder } from './support/folder';
import { connect, serve } from './support/servers';

const put = (client: S3Client, Key: string, Body: string, input: object = {}) =>
  client.send(new PutObjectCommand({ Bucket: 'bucket', Key, Body, ...input }));
const text = async (client: S3Client, Key: string): Promise<string | undefined> =>
  (await client.send(new GetObjectCommand({ Bucket: 'bucket', Key }))).Body?.transformToString();
const keys = async (client: S3Client): Promise<(string | undefined)[]> =>
  ((await client.send(new ListObjectsV2Command({ Bucket: 'bucket' }))).Contents ?? []).map(({ Key }) => Key);

describe('over a restart', () => {
  test('objects, metadata, times and checksums stay', async () => {
    const root = temporaryFolder();
    const clock = () => new Date('2026-06-15T12:00:00.250Z');
    const first = await serve({ root, clock });
    const before = connect(first);
    const { ETag } = await put(before, 'a/b', 'content', { Metadata: { x: 'y' }, ContentType: 'text/csv' });
    for (const key of ['a', '../up'.slice(1), 'a//b', 'dir/']) await put(before, key, key);
    await first.close();

    const after = connect(await serve({ root, clock: () => new Date('2027-01-01') }));
    const head = await after.send(new HeadObjectCommand({ Bucket: 'bucket', Key: 'a/b', ChecksumMode: 'ENABLED' }));
    expect(head).toMatchObject({ ETag, Metadata: { x: 'y' }, ContentType: 'text/csv', ChecksumType: 'FULL_OBJECT' });
    expect(head.LastModified).toEqual(new Date('2026-06-15T12:00:00Z'));
    expect(await keys(after)).toEqual(['./up', 'a', 'a//b', 'a/b', 'dir/']);
    for (const key of ['a', './up', 'a//b', 'dir/']) expect(await text(after, key)).toBe(key);
  });

  test('what is overwritten without versioning leaves nothing on the disk', async () => {
    const root = temporaryFolder();
    const client = connect(await serve({ root }));
    const bodies = ['first body', 'second body', 'third body'];
    for (const body of bodies) await put(client, 'k', body);
    const held = readdirSync(root, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
      .filter((content) => bodies.includes(content));
    expect(held).toEqual(['third body']);
  });

  test('versions and delete markers stay in their order', async () => {
    const root = temporaryFolder();
    const options = { root, buckets: { bucket: { versioned: true } } };
    const first = await serve(options);
    const before = connect(first);
    await put(before, 'k', 'one');
    await put(before, 'k', 'two');
    await before.send(new DeleteObjectCommand({ Bucket: 'bucket', Key: 'k' }));
    await put(before, 'k', 'three');
    const list = (client: S3Client) => client.send(new ListObjectVersionsCommand({ Bucket: 'bucket' }));
    const { Versions, DeleteMarkers } = await list(before);
    await first.close();

    const after = connect(await serve(options));
    expect(await list(after)).toMatchObject({ Versions, DeleteMarkers });
    expect(await text(after, 'k')).toBe('three');
  });

  test('a multipart upload continues', async () => {
    const root = temporaryFolder();
    const first = await serve({ root });
    const before = connect(first);
    const address = { Bucket: 'bucket', Key: 'mp' };
    const { UploadId } = await before.send(new CreateMultipartUploadCommand({ ...address, Metadata: { a: 'b' } }));
    const upload = { ...address, UploadId };
    const part = await before.send(new UploadPartCommand({ ...upload, PartNumber: 1, Body: 'content' }));
    await first.close();
    writeFileSync(join(root, '.s3/bucket/uploads', UploadId as string, '2-cutshort'), 'half a par');

    const after = connect(await serve({ root }));
    const { Parts } = await after.send(new ListPartsCommand(upload));
    expect(Parts?.map(({ PartNumber, ETag }) => [PartNumber, ETag])).toEqual([[1, part.ETag]]);
    const { $metadata, ...completed } = part;
    await after.send(
      new CompleteMultipartUploadCommand({
        ...upload,
        MultipartUpload: { Parts: [{ PartNumber: 1, ...completed }] },
      }),
    );
    expect(await text(after, 'mp')).toBe('content');
    expect(readdirSync(join(root, '.s3/bucket/uploads'))).toEqual([]);
  });
});

describe('on disk', () => {
  test('an object is a plain file, and empty folders do not stay', async () => {
    const root = temporaryFolder();
    const client = connect(await serve({ root }));
    await put(client, 'raw/year=2026/part-0.json', '{}');
    expect(readFileSync(join(root, 'bucket/raw/year=2026/part-0.json'), 'utf8')).toBe('{}');
    await client.send(new DeleteObjectCommand({ Bucket: 'bucket', Key: 'raw/year=2026/part-0.json' }));
    expect(readdirSync(join(root, 'bucket'))).toEqual([]);
  });

  test('a bucket holds only objects, and no temporary file stays', async () => {
    const root = temporaryFolder();
    const client = connect(await serve({ root }));
    await put(client, 'large', 'x'.repeat(3 << 20));
    expect(await failure(put(client, 'large', 'y'.repeat(3 << 20), { IfNoneMatch: '*' }))).toMatchObject({
      status: 412,
    });
    expect(readdirSync(join(root, 'bucket'))).toEqual(['large']);
    expect(readdirSync(join(root, '.s3/tmp'))).toEqual([]);
  });

  test('folders copied there by hand are buckets', async () => {
    const root = temporaryFolder();
    mkdirSync(join(root, 'bucket/nested/deep'), { recursive: true });
    writeFileSync(join(root, 'bucket/nested/deep/hello world'), 'hello world');
    writeFileSync(join(root, 'bucket/.DS_Store'), 'litter');
    mkdirSync(join(root, 'Not A Bucket'));
    const first = await serve({ root });
    const client = connect(first);
    const { Contents } = await client.send(new ListObjectsV2Command({ Bucket: 'bucket' }));
    const ETag = '"5eb63bbbe01eeed093cb22bb8f5acdc3"';
    expect(Contents).toMatchObject([{ Key: 'nested/deep/hello world', ETag, Size: 11 }]);
    await put(client, 'nested/deep/hello world', 'changed', { IfMatch: ETag });
    expect(await failure(text(client, '.DS_Store'))).toMatchObject({ status: 404 });
    await first.close();
    expect(readdirSync(root).sort()).toEqual(['.s3', 'Not A Bucket', 'bucket']);
  });

  test('a file changed by hand between two runs is a new object', async () => {
    const root = temporaryFolder();
    const first = await serve({ root, buckets: { bucket: { versioned: true } } });
    await put(connect(first), 'k', 'before', { Metadata: { of: 'before' } });
    await first.close();
    writeFileSync(join(root, 'bucket/k'), 'hello world');
    const client = connect(await serve({ root }));
    const head = await client.send(new HeadObjectCommand({ Bucket: 'bucket', Key: 'k' }));
    expect(head).toMatchObject({ ETag: '"5eb63bbbe01eeed093cb22bb8f5acdc3"', Metadata: {}, VersionId: 'null' });
    await put(client, 'k', 'after');
    const { Versions } = await client.send(new ListObjectVersionsCommand({ Bucket: 'bucket' }));
    expect(Versions?.map(({ IsLatest, Size }) => [IsLatest, Size])).toEqual([
      [true, 5],
      [false, 11],
    ]);
  });

  test('a file removed by hand is gone, also while the server runs', async () => {
    const root = temporaryFolder();
    const client = connect(await serve({ root }));
    await put(client, 'k', 'content');
    unlinkSync(join(root, 'bucket/k'));
    expect(await failure(text(client, 'k'))).toEqual({ status: 404, code: 'NoSuchKey' });
    expect(await keys(client)).toEqual([]);
    await put(client, 'k', 'again', { IfNoneMatch: '*' });
    expect(await text(client, 'k')).toBe('again');
  });

  test('what was placed by hand in the way of a key does not stop it', async () => {
    const root = temporaryFolder();
    const client = connect(await serve({ root }));
    mkdirSync(join(root, 'bucket/folder/inside'), { recursive: true });
    writeFileSync(join(root, 'bucket/file'), 'by hand');
    await put(client, 'folder', 'one');
    await put(client, 'file/below', 'two');
    expect([await text(client, 'folder'), await text(client, 'file/below')]).toEqual(['one', 'two']);
    expect(readFileSync(join(root, 'bucket/file'), 'utf8')).toBe('by hand');
  });

  test('symbolic links are neither objects nor ways out of the folder', async () => {
    const [root, outside] = [temporaryFolder(), temporaryFolder()];
    mkdirSync(join(root, 'bucket'));
    writeFileSync(join(outside, 'secret'), 'secret');
    symlinkSync(outside, join(root, 'bucket/link'));
    symlinkSync(join(outside, 'secret'), join(root, 'bucket/secret'));
    const client = connect(await serve({ root }));
    expect(await keys(client)).toEqual([]);
    await put(client, 'link/new', 'inside');
    await put(client, 'secret', 'overwritten');
    expect(readdirSync(outside)).toEqual(['secret']);
    expect(readFileSync(join(outside, 'secret'), 'utf8')).toBe('secret');
    expect([await text(client, 'link/new'), await text(client, 'secret')]).toEqual(['inside', 'overwritten']);
  });

  test('deleting a bucket leaves no trace, unless something lies in it', async () => {
    const root = temporaryFolder();
    const client = connect(await serve({ root }));
    const deleteBucket = () => client.send(new DeleteBucketCommand({ Bucket: 'bucket' }));
    await put(client, 'a/b', 'x');
    expect(await failure(deleteBucket())).toEqual({ status: 409, code: 'BucketNotEmpty' });
    await client.send(new DeleteObjectCommand({ Bucket: 'bucket', Key: 'a/b' }));
    writeFileSync(join(root, 'bucket/by hand'), 'x');
    expect(await failure(deleteBucket())).toEqual({ status: 409, code: 'BucketNotEmpty' });
    rmSync(join(root, 'bucket/by hand'));
    await deleteBucket();
    expect(existsSync(join(root, 'bucket')) || existsSync(join(root, '.s3/bucket'))).toBe(false);
  });

  test('a folder is served once at a time, and the lock of a dead process does not count', async () => {
    const root = temporaryFolder();
    const first = await serve({ root });
    await expect(serve({ root })).rejects.toThrow(`served by process ${process.pid}`);
    await first.close();
    const dead = 2 ** 22 + 1;
    writeFileSync(join(root, '.s3/lock'), `${dead}`);
    await serve({ root });
    expect(readFileSync(join(root, '.s3/lock'), 'utf8')).toBe(`${process.pid}`);
  });
});
