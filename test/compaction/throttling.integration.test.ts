/**
 * A hot prefix: S3 refuses what is above its rate with 503 SlowDown. The rates are a 350th of S3's, so that a busy
 * machine is faster than they are; the server refuses as S3 does, and the clients are those that ship.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { plan } from '../../lambda/compaction/planner';
import { createS3Client } from '../../lambda/compaction/runtime/lake';
import { S3ObjectStore } from '../../lambda/compaction/store/s3-object-store';
import { type RequestEvent, type S3Server, startS3Server } from '../../packages/s3-loopback/src';
import { fastFolder } from '../support/fast-folder';
import { settingsFor } from './support/settings';

jest.setTimeout(60_000);

/** Requests a second and prefix. */
const WRITES = 10;
const READS = 5;

/** Tokens that come back with time, as many as a second has at most. */
class Bucket {
  #tokens: number;
  #at = Date.now();
  constructor(readonly rate: number) {
    this.#tokens = rate;
  }
  take(): boolean {
    const now = Date.now();
    this.#tokens = Math.min(this.rate, this.#tokens + ((now - this.#at) / 1000) * this.rate);
    this.#at = now;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}

let server: S3Server;
let root: string;
let throttles: Map<string, Bucket>;
let counts: { served: number; refused: number };
/** Whether the rates hold; not while a test fills the bucket. */
let isThrottled: boolean;

const throttle = ({ phase, operation, bucket }: RequestEvent) => {
  if (phase === 'after' || !isThrottled) return undefined;
  const isWrite = /^(Put|Delete|Copy|Upload|Create|Complete)/.test(operation);
  const name = `${bucket} ${isWrite}`;
  const own = throttles.get(name) ?? new Bucket(isWrite ? WRITES : READS);
  throttles.set(name, own);
  if (own.take()) {
    counts.served++;
    return undefined;
  }
  counts.refused++;
  return { status: 503, code: 'SlowDown' };
};

beforeEach(async () => {
  root = await mkdtemp(path.join(fastFolder(), 'throttling-'));
  throttles = new Map();
  counts = { served: 0, refused: 0 };
  isThrottled = false;
  server = await startS3Server({
    root,
    buckets: { raw: {}, curated: {}, quarantine: {} },
    onRequest: throttle,
  });
});
afterEach(async () => {
  await server.close();
  await rm(root, { recursive: true, force: true });
});

test('tasks that write to one hot prefix all succeed, at the rate that S3 takes', async () => {
  isThrottled = true;
  const writes = 80;
  const tasks = 4;
  const started = Date.now();
  // Each task has a client of its own, as each Lambda does.
  await Promise.all(
    Array.from({ length: tasks }, async (_, task) => {
      const store = new S3ObjectStore(createS3Client(settingsFor(server.endpoint).s3));
      let next = task;
      const worker = async (): Promise<void> => {
        for (let own = next; own < writes; own = next) {
          next += tasks;
          await store.put('curated', `data/events/hot/${own}`, Buffer.from('x'));
        }
      };
      await Promise.all(Array.from({ length: 8 }, worker));
    }),
  );
  const seconds = (Date.now() - started) / 1000;
  expect(counts.served).toBe(writes);
  // What is refused costs as much as what is taken: more than twice as many would be a client that does not slow down.
  expect(counts.refused).toBeLessThan(2 * writes);
  expect(counts.refused).toBeGreaterThan(0);
  expect(seconds).toBeGreaterThan((writes - WRITES) / WRITES - 1);
});

test('a planner that is refused lists everything all the same', async () => {
  const store = new S3ObjectStore(createS3Client(settingsFor(server.endpoint).s3));
  for (const day of ['14', '15', '16']) {
    await store.put('raw', `raw/sensor_readings/dt=2026-05-${day}/a.csv`, Buffer.from('x'));
  }
  isThrottled = true;
  // One LIST for each dataset, and all at once.
  throttles.set('raw false', new Bucket(2));
  const found = await plan({ mode: 'compact' }, settingsFor(server.endpoint));
  expect(found).toMatchObject({ complete: true, objects: 3, tasks: 3 });
  expect(counts.refused).toBeGreaterThan(0);
});
