import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createS3Client } from '../../../lambda/compaction/runtime/lake';
import { S3ObjectStore } from '../../../lambda/compaction/store/s3-object-store';
import { type S3Server, startS3Server } from '../../../packages/s3-loopback/src';
import { LOCAL_S3 } from '../../lake';
import { newDataset } from '../../new-dataset/new-dataset';
import { useDataset } from '../../new-dataset/own-datasets';
import { Terminal } from '../../terminal';
import { folderWith } from '../support/folder';

jest.setTimeout(120_000);

const HOURS = Array.from({ length: 24 }, (_, hour) => `${hour}`.padStart(2, '0'));
let server: S3Server;

beforeAll(async () => {
  expect(useDataset).toBeDefined();
  const root = join(folderWith(), 'buckets');
  mkdirSync(root);
  server = await startS3Server({ root, buckets: { 'my-data': { versioned: false } } });
  const client = createS3Client({ endpoint: server.endpoint, ...LOCAL_S3 });
  const store = new S3ObjectStore(client);
  const row = (hour: string): Buffer => Buffer.from(`{"id":"${hour}","at":"2026-06-15T${hour}:00:00Z"}\n`.repeat(2));
  for (const hour of HOURS) await store.put('my-data', `in/tenant=a/dt=2026-06-15/${hour}.json`, row(hour));
  await store.put('my-data', 'in/tenant=a/dt=2026-06-15/_SUCCESS', Buffer.alloc(0));
  client.destroy();
});

afterAll(() => server.close());

async function propose(place: string, limits: { maxObjects?: number; maxBytes?: number } = {}) {
  const out = join(folderWith(), 'sample.ts');
  let output = '';
  const options = {
    named: [place],
    name: 'sample',
    out,
    force: false,
    maxObjects: 100,
    maxBytes: 1024 * 1024,
    ...limits,
  };
  const terminal = new Terminal({ write: (text) => (output += text) }, {});
  const code = await newDataset(options, terminal, { endpoint: server.endpoint, ...LOCAL_S3 });
  return { code, output, text: readFileSync(out, 'utf8') };
}

test('objects of a bucket are read under their keys, whose folders decide the partitions', async () => {
  const { code, output, text } = await propose('s3://my-data/in/');
  expect(code).toBe(0);
  expect(output).toMatch(/Download {2}24 objects of 24, 1\.9 kB\n/);
  expect(output).toMatch(/in\/tenant=a\/dt=2026-06-15\/_SUCCESS: hidden/);
  expect(output).toMatch(/Accepts +48 of 48 rows/);
  expect(text).toMatch(/scheme: 'dt'[\s\S]*leading: \[\{ name: 'tenant', kind: 'enum', values: \['a'\] \}\]/);
});

test('as many objects and bytes as are allowed, spread over the listing', async () => {
  const { output } = await propose('s3://my-data/in/', { maxObjects: 4 });
  expect(output).toMatch(/Download {2}4 objects of 24,/);
  expect(output).toMatch(/Accepts +8 of 8 rows/);
  const few = await propose('s3://my-data/in/', { maxBytes: 250 });
  expect(few.output).toMatch(/Download {2}3 objects of 24,/);
  expect(few.output).toContain('more than is left of 250 B');
});

test('what cannot be read is said', async () => {
  await expect(propose('s3://my-data/none/')).rejects.toThrow('s3://my-data/none/: holds no object that can be read');
  await expect(propose('s3://other-data/in/')).rejects.toThrow(/s3:\/\/other-data\/in\/: cannot be read: .*bucket/i);
});
