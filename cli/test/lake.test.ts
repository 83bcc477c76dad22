import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { UsageError } from '../command-line';
import { tellFailure } from '../failure';
import { BUCKETS, openLake } from '../lake';
import { folderWith } from './support/folder';

let temp: string;
let before: NodeJS.ProcessEnv;

beforeEach(() => {
  temp = folderWith();
  before = { ...process.env, TMPDIR: temp };
  process.env.TMPDIR = temp;
});

test('serves all zones, whatever AWS settings the machine has, and leaves no trace', async () => {
  Object.assign(process.env, {
    AWS_PROFILE: 'somebody',
    AWS_ENDPOINT_URL: 'https://elsewhere.example',
    AWS_ENDPOINT_URL_S3: 'https://elsewhere.example',
    AWS_USE_FIPS_ENDPOINT: 'true',
    AWS_USE_DUALSTACK_ENDPOINT: 'true',
    AWS_CONFIG_FILE: join(temp, 'no-such-file'),
  });
  before = { ...process.env };
  const lake = await openLake();
  try {
    expect(process.env).toEqual(before);
    expect(lake.settings).toMatchObject({ buckets: BUCKETS, s3: { endpoint: lake.endpoint, region: 'us-east-1' } });
    expect(dirname(lake.settings.compactor.directory ?? '')).toBe(dirname(lake.scratch));
    for (const bucket of Object.values(BUCKETS)) {
      await lake.store.put(bucket, 'a/b c.txt', Buffer.from('x'));
      expect(existsSync(join(lake.root, bucket, 'a', 'b c.txt'))).toBe(true);
    }
  } finally {
    await lake.close();
  }
  await lake.close();
  expect(process.env).toEqual(before);
  expect(readdirSync(temp)).toEqual([]);
});

test('a kept lake stays and opens again; a second run at the same time is refused', async () => {
  const keep = join(folderWith(), 'new', 'lake');
  const lake = await openLake(keep);
  await lake.store.put(BUCKETS.raw, 'x', Buffer.from('kept'));
  await expect(openLake(keep)).rejects.toThrow(UsageError);
  expect((await lake.store.get(BUCKETS.raw, 'x'))?.body.toString()).toBe('kept');
  await lake.close();
  const again = await openLake(keep);
  expect((await again.store.get(BUCKETS.raw, 'x'))?.body.toString()).toBe('kept');
  await again.close();
  expect(readdirSync(temp)).toEqual([]);
});

test('of a folder that the system refuses no other run is said to be at work', async () => {
  const keep = folderWith();
  mkdirSync(join(keep, '.lake'));
  mkdirSync(join(keep, '.s3', 'lock', 'x'), { recursive: true });
  writeFileSync(join(keep, '.s3', 'tmp'), '');
  const error = await openLake(keep).catch(String);
  expect(error).toContain('fix: write a folder that this user may write to');
});

test('what the system refuses the server is told with its file, and without a stack', async () => {
  const lake = await openLake();
  let text = '';
  try {
    const folder = join(lake.root, '.s3', 'tmp');
    rmSync(folder, { recursive: true, force: true });
    writeFileSync(folder, 'a file in the place of a folder');
    const error = await lake.store.put(BUCKETS.curated, 'a/b', Buffer.from('x')).catch((thrown: unknown) => thrown);
    expect(tellFailure(error, 'npm run lake', { write: (more) => (text += more) })).toBe(1);
    expect(text).toContain('/lake-curated/a/b of the local lake: E');
    expect(text).toContain(folder);
    expect(text).not.toMatch(/\n +at /);
  } finally {
    await lake.close();
  }
});

test.each([
  ['a file', () => join(folderWith({ f: '' }), 'f'), 'is a file'],
  ['a folder of other things', () => folderWith({ 'thesis.doc': '' }), 'holds other files'],
])('%s is not taken for a lake', async (_, make, message) => {
  const folder = make();
  await expect(openLake(folder)).rejects.toThrow(message);
  await expect(openLake(folder)).rejects.toThrow(UsageError);
  expect(process.env).toEqual(before);
  expect(readdirSync(temp)).toEqual([]);
});
