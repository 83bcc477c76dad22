import { existsSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ListObjectVersionsCommand, type ListObjectVersionsCommandOutput, type S3Client } from '@aws-sdk/client-s3';
import { createS3Client, openLake as lakeOf } from '../../../lambda/compaction/runtime/lake';
import { readSettings } from '../../../lambda/compaction/runtime/settings';
import { S3ObjectStore } from '../../../lambda/compaction/store/s3-object-store';
import { type RequestHook, startS3Server } from '../../../packages/s3-loopback/src';
import { datasets } from '../../../test/fixtures/datasets';
import { ExpectedError } from '../../command-line';
import { BUCKETS } from '../../lake';
import { importObjects } from '../../verbs/import/verb';
import type { OperatedLake } from '../../verbs/lake';
import { parseSelection } from '../../verbs/selection';
import type { VerbContext } from '../../verbs/verb';
import { folderWith } from '../support/folder';
import { asJson, ask, contentOf, DAY, inLake, keptLake, runUntil } from './support';

jest.setTimeout(120_000);

const DATASET = ['--dataset', 'access_logs'] as const;
const NEXT_DAY = 'year=2026/month=06/day=17';

const numbered = (count: number, day = DAY): Record<string, string> =>
  Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`${day}/${index}.json`, `{"request_id":"${index}"}\n`]),
  );

/** Each object that ever was in the inbox, with the number of its versions. */
async function arrivals(client: S3Client, bucket: string = BUCKETS.raw): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  let marker: { KeyMarker?: string; VersionIdMarker?: string } | undefined = {};
  while (marker !== undefined) {
    const page: ListObjectVersionsCommandOutput = await client.send(
      new ListObjectVersionsCommand({ Bucket: bucket, Prefix: 'raw/access_logs/', ...marker }),
    );
    for (const { Key = '' } of page.Versions ?? []) {
      if (Key.includes('/import-')) found.set(Key, (found.get(Key) ?? 0) + 1);
    }
    marker =
      page.NextKeyMarker === undefined
        ? undefined
        : {
            KeyMarker: page.NextKeyMarker,
            ...(page.NextVersionIdMarker === undefined ? {} : { VersionIdMarker: page.NextVersionIdMarker }),
          };
  }
  return found;
}

const arrivalsOf = (folder: string) =>
  inLake(folder, async ({ settings }) => {
    const client = createS3Client(settings.s3);
    try {
      return await arrivals(client);
    } finally {
      client.destroy();
    }
  });

/** What compaction does to raw objects in the end. */
async function consume(folder: string, share = 1): Promise<void> {
  await inLake(folder, async ({ store }) => {
    const found = [];
    for await (const object of store.list(BUCKETS.raw, 'raw/access_logs/')) found.push(object);
    await store.deleteMatching(BUCKETS.raw, found.slice(0, Math.ceil(found.length * share)));
  });
}

describe('from a folder into a kept lake', () => {
  test('a plan changes nothing; then each object is copied once, with its bytes, and the next run copies what is new', async () => {
    const lake = await keptLake();
    const files = { ...numbered(3), ...numbered(2, NEXT_DAY) };
    const source = folderWith(files);
    const before = contentOf(lake);
    const plan = await asJson('import', '--local', lake, ...DATASET, '--source', source);
    expect(plan).toMatchObject({
      code: 3,
      answer: { objects: 5, done: false, partitions: { first: DAY, last: NEXT_DAY } },
    });
    expect(contentOf(lake)).toEqual(before);

    const done = await ask('import', '--local', lake, ...DATASET, '--source', source, '--yes');
    expect(done).toMatchObject({ code: 0, errors: '' });
    await inLake(lake, async ({ store }) => {
      const bodies: string[] = [];
      for await (const { key } of store.list(BUCKETS.raw, 'raw/access_logs/')) {
        bodies.push(`${(await store.get(BUCKETS.raw, key))?.body}`);
      }
      expect(bodies.sort()).toEqual(Object.values(files).sort());
    });

    await consume(lake);
    writeFileSync(join(source, DAY, 'new.json'), '{}\n');
    const again = await asJson('import', '--local', lake, ...DATASET, '--source', `${source}/`, '--yes');
    expect(again).toMatchObject({ code: 0, answer: { objects: 1, known: 5, importedInAll: { objects: 6 } } });
    expect([...(await arrivalsOf(lake)).values()]).toEqual([1, 1, 1, 1, 1, 1]);
    const nothing = await asJson('import', '--local', lake, ...DATASET, '--source', source);
    expect(nothing).toMatchObject({ code: 0, answer: { objects: 0, known: 6 } });
  });

  test('only what is selected is copied, and the rest by a later run', async () => {
    const lake = await keptLake();
    const source = folderWith({ ...numbered(3), ...numbered(2, NEXT_DAY) });
    const args = ['import', '--local', lake, ...DATASET, '--source', source, '--yes'];
    expect((await asJson(...args, '--from', '2026-06-17')).answer).toMatchObject({ objects: 2, notSelected: 3 });
    expect((await asJson(...args)).answer).toMatchObject({ objects: 3, known: 2 });
  });

  test('what is in no partition is told and not copied, and nothing else waits for it', async () => {
    const lake = await keptLake();
    const source = folderWith({
      ...numbered(2),
      '2026/06/16/other.json': '{}\n',
      [`${DAY}/_SUCCESS`]: '',
      [`${DAY}/${'x'.repeat(240)}/${'y'.repeat(240)}/${'z'.repeat(240)}/${'x'.repeat(240)}/long.json`]: '{}\n',
    });
    const { code, answer } = await asJson('import', '--local', lake, ...DATASET, '--source', source, '--yes');
    expect(code).toBe(1);
    expect(answer).toMatchObject({ objects: 2, ignored: 1, unplaced: { objects: 2 } });
    expect(answer.unplaced.examples[0].path).toBe('2026/06/16/other.json');
    expect(answer.unplaced.examples[1].problem).toContain('longer than 1024 bytes');
    expect((await arrivalsOf(lake)).size).toBe(2);
  });

  test('a symbolic link is not followed, and is told: what it leads to is not in the lake', async () => {
    const lake = await keptLake();
    const source = folderWith(numbered(2));
    symlinkSync(folderWith(numbered(1)), join(source, 'elsewhere'));
    const { code, answer } = await asJson('import', '--local', lake, ...DATASET, '--source', source, '--yes');
    expect([code, answer.objects]).toEqual([1, 2]);
    expect(answer.links).toEqual({ objects: 1, examples: ['elsewhere'] });
    expect((await arrivalsOf(lake)).size).toBe(2);
    const { code: again, output } = await ask('import', '--local', lake, ...DATASET, '--source', source);
    expect([again, output]).toEqual([1, expect.stringMatching(/1 symbolic link not followed.*\n {2}elsewhere\n/)]);
  });

  test('mistakes on the command line are told before anything is done', async () => {
    const lake = await keptLake();
    const source = folderWith(numbered(1));
    const problem = async (...args: string[]): Promise<string> => {
      const { code, errors } = await ask('import', '--local', lake, ...args, '--yes');
      expect(code).toBe(2);
      return errors;
    };
    expect(await problem('--source', source)).toContain('an import is into one dataset');
    expect(await problem(...DATASET)).toContain('--source: it is missing');
    expect(await problem(...DATASET, '--source', join(source, 'none'))).toContain('there is no folder');
    expect(await problem(...DATASET, '--source', `s3://${BUCKETS.raw}/raw/orders/`)).toContain('part of this lake');
    expect(await problem(...DATASET, '--source', `s3://${BUCKETS.curated}`)).toContain('part of this lake');
    expect(await problem(...DATASET, '--source', source, '--rate', '0')).toContain('--rate');
    expect((await arrivalsOf(lake)).size).toBe(0);
  });

  test('killed again and again, with compaction between, every object arrives exactly once', async () => {
    const lake = await keptLake();
    const count = 400;
    const source = folderWith(numbered(count));
    const args = ['import', '--local', lake, ...DATASET, '--source', source, '--rate', '400', '--yes'];
    let kills = 0;
    for (;;) {
      const before = waiting(lake);
      if (kills === 4) {
        const left = count - (await arrivalsOf(lake)).size;
        const { answer } = await asJson(...args);
        expect([answer.objects + answer.resumed, answer.importedInAll.objects]).toEqual([left, count]);
        break;
      }
      const code = await runUntil(args, () => waiting(lake) >= before + 40);
      if (code === 'killed') {
        kills++;
        await consume(lake, 0.5);
        if (!args.includes('--resume')) {
          expect(await ask(...args)).toMatchObject({ code: 2, errors: expect.stringContaining('add --resume') });
          args.push('--resume');
        }
        continue;
      }
      expect(code).toBe(0);
      break;
    }
    expect(kills).toBeGreaterThan(2);
    const found = await arrivalsOf(lake);
    expect(found.size).toBe(count);
    expect([...found.values()].filter((versions) => versions !== 1)).toEqual([]);
  });
});

/** Objects of the inbox, as files: the server of another process holds the lake. */
function waiting(lake: string): number {
  const folder = join(lake, BUCKETS.raw, 'raw', 'access_logs', DAY);
  return existsSync(folder) ? readdirSync(folder).length : 0;
}

describe('from a bucket', () => {
  const SOURCE = 'legacy';

  /** A lake and a bucket beside it on one server. */
  async function withBucket(
    files: Readonly<Record<string, string>>,
    onRequest: RequestHook,
    work: (context: VerbContext, store: S3ObjectStore) => Promise<void>,
  ): Promise<void> {
    const root = folderWith();
    const server = await startS3Server({
      root,
      buckets: {
        raw: { versioned: true },
        curated: { versioned: true },
        quarantine: { versioned: true },
        [SOURCE]: {},
      },
      onRequest,
    });
    const settings = readSettings({
      RAW_BUCKET: 'raw',
      CURATED_BUCKET: 'curated',
      QUARANTINE_BUCKET: 'quarantine',
      AWS_ENDPOINT_URL_S3: server.endpoint,
    });
    const s3Settings = {
      ...settings.s3,
      region: 'us-east-1',
      credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    };
    const s3 = createS3Client(s3Settings);
    const lake: OperatedLake = {
      ...lakeOf(s3, { raw: 'raw', curated: 'curated', quarantine: 'quarantine' }),
      // Waiting is for real networks.
      sleep: async () => {},
      place: { stage: 'test' },
      datasets,
      s3,
      settings: { ...settings, s3: s3Settings },
      aws: undefined,
      close: async () => s3.destroy(),
    };
    const store = new S3ObjectStore(s3);
    try {
      for (const [key, body] of Object.entries(files)) await store.put(SOURCE, key, Buffer.from(body));
      const selection = parseSelection({ dataset: ['access_logs'] }, datasets);
      await work({ lake, selection, mayChange: true, progress: () => {} }, store);
    } finally {
      await lake.close();
      await server.close();
      rmSync(root, { recursive: true, force: true });
    }
  }

  const under = (files: Record<string, string>): Record<string, string> =>
    Object.fromEntries(Object.entries(files).map(([path, body]) => [`old logs/${path}`, body]));
  const values = { source: `s3://${SOURCE}/old logs`, rate: '3000' };

  test('copies inside of S3, however often answers are lost and compaction is faster, each object exactly once', async () => {
    const files = { ...numbered(60), [`${DAY}/ä+%20 &?.json`]: '{}\n' };
    let requests = 0;
    let consumer: S3ObjectStore | undefined;
    const hook: RequestHook = async ({ phase, operation, key, bucket, status }) => {
      if (operation !== 'CopyObject') return undefined;
      requests++;
      if (phase === 'before') return requests % 5 === 0 ? { status: 503, code: 'SlowDown' } : undefined;
      if (requests % 3 !== 0 || status !== 200) return undefined;
      // The copy is there, compaction takes it at once, and its maker never hears of it.
      const found = await consumer?.get(bucket, key);
      if (found !== undefined) await consumer?.deleteMatching(bucket, [found]);
      return 'drop';
    };
    await withBucket(under(files), hook, async (context, store) => {
      consumer = store;
      const { code, json } = await importObjects(context, values);
      expect(code).toBe(0);
      expect(json).toMatchObject({ objects: 61, failedObjects: 0, importedInAll: { objects: 61 } });
      const found = await arrivals(context.lake.s3, 'raw');
      expect(found.size).toBe(61);
      expect([...found.values()].filter((versions) => versions !== 1)).toEqual([]);
    });
  });

  test('an object that S3 refuses is told, kept in mind and copied by the next run; others do not wait for it', async () => {
    let isRefused = true;
    const hook: RequestHook = ({ phase, operation, key }) =>
      isRefused && phase === 'before' && operation === 'CopyObject' && key.endsWith('-7.json')
        ? { status: 403, code: 'InvalidObjectState' }
        : undefined;
    await withBucket(under(numbered(20)), hook, async (context) => {
      const first = await importObjects(context, values);
      expect(first).toMatchObject({ code: 1, json: { objects: 20, failedObjects: 1, importedInAll: { objects: 19 } } });
      isRefused = false;
      const second = await importObjects(context, values);
      expect(second).toMatchObject({ code: 0, json: { objects: 0, failedObjects: 0, importedInAll: { objects: 20 } } });
      expect([...(await arrivals(context.lake.s3, 'raw')).values()]).toEqual(Array(20).fill(1));
    });
  });

  test('an object that is gone before it could be copied is told once, and then forgotten', async () => {
    let lost: string | undefined = '-7.json';
    const hook: RequestHook = ({ phase, operation, key }) =>
      phase === 'before' && operation === 'CopyObject' && (key.endsWith('-7.json') || key.endsWith('-8.json')) && lost
        ? { status: 403, code: 'InvalidObjectState' }
        : undefined;
    await withBucket(under(numbered(20)), hook, async (context, store) => {
      expect(await importObjects(context, values)).toMatchObject({ code: 1, json: { failedObjects: 2 } });
      const remove = async (name: string): Promise<void> => {
        const [object] = (await store.listPage(SOURCE, `old logs/${DAY}/${name}.json`, {})).objects;
        if (object !== undefined) await store.deleteMatching(SOURCE, [object]);
      };
      await remove('7');
      const second = await importObjects(context, values);
      expect(second).toMatchObject({
        code: 1,
        json: { failedObjects: 1, gone: { objects: 1, examples: [`${DAY}/7.json`] }, importedInAll: { objects: 18 } },
      });
      // The copy of the other came to its end after it was told as failed.
      const key = [...(await arrivals(context.lake.s3, 'raw')).keys()][0]?.replace(/-\d+\.json$/, '-8.json') ?? '';
      await store.put('raw', key, Buffer.from('{}\n'));
      await remove('8');
      lost = undefined;
      const third = await importObjects(context, values);
      expect(third).toMatchObject({
        code: 0,
        json: { failedObjects: 0, gone: { objects: 0 }, importedInAll: { objects: 19 } },
      });
    });
  });

  test('when nothing can be copied it stops, and goes on where it was', async () => {
    let isRefused = true;
    const hook: RequestHook = ({ phase, operation }) =>
      isRefused && phase === 'before' && operation === 'CopyObject' ? { status: 403, code: 'AccessDenied' } : undefined;
    await withBucket(under(numbered(20)), hook, async (context) => {
      await expect(importObjects(context, values)).rejects.toThrow(ExpectedError);
      isRefused = false;
      expect(await importObjects(context, values)).toMatchObject({ code: 0, json: { importedInAll: { objects: 20 } } });
      expect([...(await arrivals(context.lake.s3, 'raw')).values()]).toEqual(Array(20).fill(1));
    });
  });

  test('two runs at a time: the second is refused, and the first is not disturbed', async () => {
    let second: Promise<unknown> | undefined;
    let start: (() => Promise<unknown>) | undefined;
    const hook: RequestHook = async ({ phase, operation }) => {
      if (phase === 'before' && operation === 'CopyObject') {
        second ??= start?.().catch((error: unknown) => error);
        await second;
      }
      return undefined;
    };
    await withBucket(under(numbered(5)), hook, async (context) => {
      start = () => importObjects(context, values);
      expect(await importObjects(context, values)).toMatchObject({ code: 0, json: { objects: 5 } });
      expect(await second).toMatchObject({ message: expect.stringContaining('This import is at work') });
    });
  });

  test('an open batch that is older than the versions of raw objects is left to people', async () => {
    let isDown = false;
    const hook: RequestHook = ({ operation, phase }) => {
      if (operation === 'CopyObject' && phase === 'before') isDown = true;
      return isDown ? { status: 403, code: 'AccessDenied' } : undefined;
    };
    await withBucket(under(numbered(3)), hook, async (context) => {
      await expect(importObjects(context, values)).rejects.toThrow();
      isDown = false;
      const later: VerbContext = {
        ...context,
        lake: { ...context.lake, now: () => new Date(Date.now() + 31 * 86_400_000) },
      };
      await expect(importObjects(later, { ...values, resume: true })).rejects.toThrow(
        'Versions of raw objects are kept for 30 days',
      );
    });
  });
});
