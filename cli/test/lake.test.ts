import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BUCKETS, openLake } from '../lake';
import { UsageError } from '../options';
import { folderWith } from './support/folder';

let temp: string;
let before: NodeJS.ProcessEnv;

beforeEach(() => {
  temp = folderWith();
  before = { ...process.env, TMPDIR: temp };
  process.env.TMPDIR = temp;
});

test('sets what the handlers read, serves all zones, and leaves no trace', async () => {
  process.env.AWS_PROFILE = 'somebody';
  process.env.AWS_ENDPOINT_URL = 'https://elsewhere.example';
  before = { ...process.env };
  const lake = await openLake();
  try {
    expect(process.env.AWS_PROFILE).toBeUndefined();
    expect(process.env.AWS_ENDPOINT_URL).toBeUndefined();
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
  delete process.env.AWS_PROFILE;
  delete process.env.AWS_ENDPOINT_URL;
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
