import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { failure } from './contract/target';
import { temporaryFolder } from './support/folder';
import { connect, serve } from './support/servers';

const Bucket = 'bucket';
const LARGE = Buffer.alloc(2 ** 21, 'x');

/** A folder outside of the lake, with a file at each of the names, and what it must still hold at the end. */
function outsideWith(...names: readonly string[]): { folder: string; state(): unknown } {
  const folder = temporaryFolder();
  for (const name of names) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), 'secret');
  }
  const state = (): unknown =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .sort()
      .map((name) => [name, lstatSync(join(folder, name)).isFile() ? readFileSync(join(folder, name), 'utf8') : '']);
  return { folder, state };
}

/** Puts a link in the place of a file or folder that may be there. */
function replaceByLink(path: string, target: string): void {
  rmSync(`${path}.away`, { recursive: true, force: true });
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) renameSync(path, `${path}.away`);
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(target, path);
}

async function served(versioned: boolean): Promise<{ root: string; client: S3Client }> {
  const root = temporaryFolder();
  const client = connect(await serve({ root, buckets: { [Bucket]: { versioned } } }));
  for (const Key of ['in/dir/a', 'in/dir/b', 'in/file', 'other']) {
    await client.send(new PutObjectCommand({ Bucket, Key, Body: `inside ${Key}` }));
  }
  return { root, client };
}

const text = async (client: S3Client, Key: string): Promise<string | undefined> =>
  (await client.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString();

async function multipart(client: S3Client, Key: string, Body: Buffer | string): Promise<void> {
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const { ETag } = await client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body }));
  const MultipartUpload = { Parts: [{ ETag, PartNumber: 1 }] };
  await client.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload }));
}

const WRITES: readonly (readonly [string, (client: S3Client, key: string) => Promise<unknown>])[] = [
  ['PutObject', (client, Key) => client.send(new PutObjectCommand({ Bucket, Key, Body: 'new' }))],
  ['PutObject of 2 MiB', (client, Key) => client.send(new PutObjectCommand({ Bucket, Key, Body: LARGE }))],
  ['CopyObject', (client, Key) => client.send(new CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/other` }))],
  ['a multipart upload', (client, Key) => multipart(client, Key, 'new')],
  ['a multipart upload of 2 MiB', (client, Key) => multipart(client, Key, LARGE)],
  ['DeleteObject', (client, Key) => client.send(new DeleteObjectCommand({ Bucket, Key }))],
];

describe.each([true, false])('links put into the bucket while it is served, versioned: %s', (versioned) => {
  describe.each([
    ['in the place of a folder', 'in/dir', ['a', 'new']],
    ['in the place of the folder above', 'in', ['dir/a', 'dir/new', 'file']],
    ['in the place of a file', 'in/dir/a', ['']],
    ['in a new place', 'in/fresh', ['a', 'new']],
  ])('%s', (_, place, names) => {
    const keys = ['in/dir/a', 'in/dir/new', 'in/fresh/a', 'in/fresh/new'];

    test.each(WRITES)('%s never goes through it', async (_name, write) => {
      const { root, client } = await served(versioned);
      const outside = outsideWith(...names.map((name) => (name === '' ? 'target' : name)), 'empty/.keep');
      rmSync(join(outside.folder, 'dir/new'), { force: true });
      rmSync(join(outside.folder, 'new'), { force: true });
      const before = outside.state();
      replaceByLink(join(root, Bucket, place), names[0] === '' ? join(outside.folder, 'target') : outside.folder);
      for (const key of keys) await write(client, key);
      expect(outside.state()).toEqual(before);
      for (const key of keys) {
        const found = await text(client, key).catch((error: Error) => error.name);
        expect([key, found]).not.toEqual([key, 'secret']);
      }
    });

    test('nothing is read, listed or copied through it', async () => {
      const { root, client } = await served(versioned);
      const outside = outsideWith(...names.map((name) => (name === '' ? 'target' : name)), 'listed');
      replaceByLink(join(root, Bucket, place), names[0] === '' ? join(outside.folder, 'target') : outside.folder);
      const before = outside.state();
      for (const Key of [...keys, 'in/file', 'in/listed', 'in/dir/listed']) {
        expect(await text(client, Key).catch(() => 'none')).not.toBe('secret');
        const copy = new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/${Key}` });
        await client.send(copy).catch(() => undefined);
        expect(await text(client, 'copy').catch(() => 'none')).not.toBe('secret');
      }
      const listed = (await client.send(new ListObjectsV2Command({ Bucket }))).Contents ?? [];
      expect(listed.filter(({ Key }) => Key?.endsWith('listed'))).toEqual([]);
      expect(outside.state()).toEqual(before);
    });
  });

  test('what was written beside a link is there, also after a restart', async () => {
    const root = temporaryFolder();
    const options = { root, buckets: { [Bucket]: { versioned } } };
    const server = await serve(options);
    const outside = outsideWith('a');
    const client = connect(server);
    await client.send(new PutObjectCommand({ Bucket, Key: 'in/dir/a', Body: 'one' }));
    replaceByLink(join(root, Bucket, 'in/dir'), outside.folder);
    await client.send(new PutObjectCommand({ Bucket, Key: 'in/dir/a', Body: 'two' }));
    await client.send(new PutObjectCommand({ Bucket, Key: 'in/dir/new', Body: 'three' }));
    expect([await text(client, 'in/dir/a'), await text(client, 'in/dir/new')]).toEqual(['two', 'three']);
    await server.close();
    const again = connect(await serve(options));
    expect([await text(again, 'in/dir/a'), await text(again, 'in/dir/new')]).toEqual(['two', 'three']);
    expect(outside.state()).toEqual([['a', 'secret']]);
  });
});

describe('links in the folders of the server itself', () => {
  test.each(['.s3', `.s3/${Bucket}`, `.s3/${Bucket}/uploads`, `.s3/${Bucket}/versions`, `.s3/${Bucket}/odd`, Bucket])(
    '%s: it does not start, and removes nothing behind them',
    async (place) => {
      const root = temporaryFolder();
      const outside = outsideWith('precious/file', 'tmp/file', `${Bucket}/uploads/x/file`);
      const before = outside.state();
      mkdirSync(dirname(join(root, place)), { recursive: true });
      symlinkSync(outside.folder, join(root, place));
      await expect(serve({ root, buckets: { [Bucket]: {} } })).rejects.toThrow('symbolic link');
      expect(outside.state()).toEqual(before);
    },
  );

  test.each([`.s3/${Bucket}/journal.jsonl`, '.s3/lock'])('%s is not written through', async (place) => {
    const root = temporaryFolder();
    const outside = outsideWith('file');
    mkdirSync(dirname(join(root, place)), { recursive: true });
    symlinkSync(join(outside.folder, 'file'), join(root, place));
    const serving = serve({ root, buckets: { [Bucket]: {} } });
    // A journal that holds no line is written anew, in the place of the link.
    if (place.endsWith('lock')) await expect(serving).rejects.toThrow('symbolic link');
    else await connect(await serving).send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'new' }));
    expect(outside.state()).toEqual([['file', 'secret']]);
  });

  test.each(['tmp', `${Bucket}/uploads`, `${Bucket}/versions`])(
    '.s3/%s replaced while it serves: writes that need it are refused, and nothing lands behind it',
    async (place) => {
      const { root, client } = await served(true);
      const outside = outsideWith('a');
      replaceByLink(join(root, '.s3', place), outside.folder);
      for (const [, write] of WRITES) await write(client, 'in/file').catch(() => undefined);
      expect(outside.state()).toEqual([['a', 'secret']]);
      if (place === 'tmp') {
        const put = new PutObjectCommand({ Bucket, Key: 'in/file', Body: 'new' });
        expect(await failure(client.send(put))).toMatchObject({ code: 'AccessDenied', status: 403 });
      }
    },
  );
});
