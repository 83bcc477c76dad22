import {
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import type { Fault, RequestEvent } from '../src';
import { failure } from './contract/target';
import { connect, serve } from './support/servers';

const put = (Key: string, input: object = {}) =>
  new PutObjectCommand({ Bucket: 'bucket', Key, Body: 'content', ...input });
const head = (Key: string) => new HeadObjectCommand({ Bucket: 'bucket', Key });

describe('the fault hook', () => {
  test('sees each request before and after its effect', async () => {
    const events: RequestEvent[] = [];
    const server = await serve({
      onRequest: (event) => {
        events.push(event);
        return undefined;
      },
    });
    const client = connect(server);
    await client.send(put('a/b'));
    await failure(client.send(put('a/b', { IfNoneMatch: '*' })));
    await client.send(new DeleteObjectsCommand({ Bucket: 'bucket', Delete: { Objects: [{ Key: 'a/b' }] } }));
    expect(events.map(({ phase, operation, bucket, key, status }) => [phase, operation, bucket, key, status])).toEqual([
      ['before', 'PutObject', 'bucket', 'a/b', 0],
      ['after', 'PutObject', 'bucket', 'a/b', 200],
      ['before', 'PutObject', 'bucket', 'a/b', 0],
      ['after', 'PutObject', 'bucket', 'a/b', 412],
      ['before', 'DeleteObjects', 'bucket', '', 0],
      ['after', 'DeleteObjects', 'bucket', '', 200],
    ]);
    expect(new Set(events.map(({ requestId }) => requestId)).size).toBe(3);
  });

  test.each([
    ['before', { status: 503, code: 'SlowDown' }, 503, false],
    ['after', { status: 500, code: 'InternalError' }, 500, true],
    ['before', 'drop', undefined, false],
    ['after', 'drop', undefined, true],
  ] as const)('%s the effect answers with %j', async (phase, fault, status, exists) => {
    let armed = true;
    const server = await serve({
      onRequest: (event): Fault | undefined => {
        if (!armed || event.phase !== phase) return undefined;
        armed = false;
        return fault;
      },
    });
    const client = connect(server);
    const outcome = await failure(client.send(put('k')));
    expect(outcome.status).toBe(status);
    if (typeof fault === 'object') expect(outcome.code).toBe(fault.code);
    const found = await client.send(head('k')).then(
      () => true,
      () => false,
    );
    expect(found).toBe(exists);
  });

  test('may throw its fault', async () => {
    const server = await serve({
      onRequest: ({ key }) => {
        if (key === 'fault') throw { status: 503, code: 'SlowDown' };
        throw new Error('a bug in the hook');
      },
    });
    const client = connect(server);
    expect(await failure(client.send(put('fault')))).toEqual({ status: 503, code: 'SlowDown' });
    expect(await failure(client.send(put('bug')))).toEqual({ status: 500, code: 'InternalError' });
  });

  test('holds a request back while others go on', async () => {
    let release = (): void => {};
    let arrived = (): void => {};
    const parked = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const server = await serve({
      onRequest: async ({ phase, key, operation }) => {
        if (operation !== 'PutObject' || phase !== 'before' || key !== 'slow') return undefined;
        arrived();
        await new Promise<void>((resolve) => {
          release = resolve;
        });
        return undefined;
      },
    });
    const client = connect(server);
    const slow = client.send(put('slow', { IfNoneMatch: '*' }));
    await parked;
    await client.send(put('quick'));
    const { KeyCount } = await client.send(new ListObjectsV2Command({ Bucket: 'bucket' }));
    expect(KeyCount).toBe(1);
    release();
    await slow;
    expect((await client.send(head('slow'))).ContentLength).toBe(7);
  });

  test('a request held back when the server closes takes no effect', async () => {
    let release = (): void => {};
    let arrived = (): void => {};
    const parked = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const server = await serve({
      onRequest: ({ phase }) => {
        if (phase !== 'before') return undefined;
        arrived();
        return new Promise<undefined>((resolve) => {
          release = () => resolve(undefined);
        });
      },
    });
    const outcome = failure(connect(server).send(put('never')));
    await parked;
    await server.close();
    release();
    expect((await outcome).status).toBeUndefined();
  });
});

test('requests and bytes are counted', async () => {
  const server = await serve();
  const client = connect(server);
  await client.send(put('a'));
  await failure(client.send(new GetObjectCommand({ Bucket: 'bucket', Key: 'absent' })));
  const { Body } = await client.send(new GetObjectCommand({ Bucket: 'bucket', Key: 'a' }));
  await Body?.transformToByteArray();
  const { requests, bytesReceived, bytesSent } = server.stats();
  expect(requests).toEqual({ PutObject: 1, GetObject: 2 });
  expect(bytesReceived).toBe(7);
  expect(bytesSent).toBeGreaterThan(7);
});

test('the clock dates what is written', async () => {
  let now = new Date('2026-06-15T12:00:00Z');
  const client = connect(await serve({ clock: () => now }));
  await client.send(put('k'));
  expect((await client.send(head('k'))).LastModified).toEqual(new Date('2026-06-15T12:00:00Z'));
  now = new Date('2020-01-01T00:00:00Z');
  await client.send(put('k'));
  expect((await client.send(head('k'))).LastModified).toEqual(now);
});
