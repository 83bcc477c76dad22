import { createHash } from 'node:crypto';
import { cpSync, readFileSync } from 'node:fs';
import type { Bucket, NewObject } from '../src/bucket';
import { Store } from '../src/store';
import { isWrite, runUntil } from './support/crash';
import { temporaryFolder } from './support/folder';

/** Stands still, so that only what the store does itself tells two writes of one millisecond apart. */
const NOW = Date.parse('2026-06-15T12:00:00Z');

const object = (text: string): NewObject => ({
  content: Buffer.from(text),
  size: Buffer.byteLength(text),
  etag: `"${createHash('md5').update(text).digest('hex')}"`,
  headers: { 'content-type': 'text/plain', 'x-amz-meta-text': text },
  checksum: undefined,
});

type Step = (bucket: Bucket, store: Store) => void;

const put =
  (key: string, text: string): Step =>
  (bucket, store) =>
    bucket.put(key, object(text), store.tempFile);
const remove =
  (key: string): Step =>
  (bucket) =>
    bucket.delete(key);
/** Deletes a version for good, counted from the newest. */
const purge =
  (key: string, age: number): Step =>
  (bucket) =>
    bucket.deleteVersion(key, bucket.versions(key).at(-1 - age)?.versionId ?? '');
const versioning =
  (status: 'Enabled' | 'Suspended'): Step =>
  (bucket, store) =>
    store.setVersioning(bucket, status);
const enabled = versioning('Enabled');
const suspended = versioning('Suspended');

/** A state, and the change that is cut short. All texts have one length: only their records tell them apart. */
const SCENARIOS: Readonly<Record<string, readonly [Step[], Step]>> = {
  'a new object': [[], put('a/b/c', 'one')],
  'an overwrite': [[put('a', 'one')], put('a', 'two')],
  'an overwrite after an overwrite': [[put('a', 'one'), put('a', 'two')], put('a', 'six')],
  'an object at an odd key': [[put('a', 'one')], put('a/b', 'two')],
  'an overwrite at an odd key': [[put('a', 'one'), put('a/b', 'two')], put('a/b', 'six')],
  'a delete': [[put('a/b', 'one'), put('c', 'two')], remove('a/b')],
  'a new version': [[enabled, put('a', 'one')], put('a', 'two')],
  'a version over one from before versioning': [[put('a', 'one'), enabled], put('a', 'two')],
  'a version over a delete marker': [[enabled, put('a', 'one'), remove('a')], put('a', 'two')],
  'a delete marker': [[enabled, put('a', 'one'), put('a', 'two')], remove('a')],
  'a delete marker where nothing is': [[enabled], remove('a')],
  'the removal of a delete marker': [[enabled, put('a/b', 'one'), remove('a/b')], purge('a/b', 0)],
  'the removal of one delete marker of two': [[enabled, put('a', 'one'), remove('a'), remove('a')], purge('a', 0)],
  'the removal of a hidden delete marker': [[enabled, remove('a'), put('a', 'one')], purge('a', 1)],
  'the removal of the current version': [[enabled, put('a', 'one'), put('a', 'two')], purge('a', 0)],
  'the removal of the only version': [[enabled, put('a', 'one')], purge('a', 0)],
  'the removal of a version above a marker': [[enabled, put('a', 'one'), remove('a'), put('a', 'two')], purge('a', 0)],
  'the removal of an old version': [[enabled, put('a', 'one'), put('a', 'two')], purge('a', 1)],
  'a write with versioning suspended': [[enabled, put('a', 'one'), suspended], put('a', 'two')],
  'a write over the null version': [[put('a', 'one'), enabled, put('a', 'two'), suspended], put('a', 'six')],
  'a delete with versioning suspended': [[put('a', 'one'), enabled, suspended], remove('a')],
  'a delete above the null version': [[put('a', 'one'), enabled, put('a', 'two'), suspended], remove('a')],
  'the change of versioning': [[put('a', 'one')], enabled],
};

/** What a client could see: every version of every key with its bytes and metadata. */
function snapshot(bucket: Bucket): string {
  const lines: string[] = [`versioning ${bucket.versioning}`];
  for (const key of bucket.keys.sorted()) {
    for (const version of bucket.versions(key)) {
      const text = version.marker ? 'marker' : readFileSync(bucket.path(version), 'utf8');
      lines.push(
        `${key} ${version.versionId === 'null' ? 'null' : 'id'} ${text} ${JSON.stringify(version.headers)} ${version.etag}`,
      );
    }
  }
  return lines.join('\n');
}

function withStore<T>(root: string, work: (bucket: Bucket, store: Store) => T): T {
  const store = new Store(root, () => NOW);
  try {
    return work(store.buckets.get('bucket') ?? store.create('bucket'), store);
  } finally {
    store.close();
  }
}

/** A folder on which these steps were taken, and what is to be seen of them. */
function prepare(steps: readonly Step[]): { root: string; state: string } {
  const root = temporaryFolder();
  const state = withStore(root, (bucket, store) => {
    for (const step of steps) step(bucket, store);
    return snapshot(bucket);
  });
  return { root, state };
}

interface Remains {
  readonly root: string;
  /** The change that did not happen any more. */
  readonly diedAt: string;
}

/** The folder as a process leaves it that dies at its nth change; undefined when it makes fewer. */
function die(base: string, n: number, torn: boolean, change: Step): Remains | undefined {
  const root = temporaryFolder();
  cpSync(base, root, { recursive: true, preserveTimestamps: true });
  const diedAt = withStore(root, (bucket, store) => runUntil(n, torn, () => change(bucket, store)));
  return diedAt === undefined ? undefined : { root, diedAt };
}

/** The folders that a process leaves which dies before, or in the middle of, each of its changes in turn. */
function* everyDeath(base: string, change: Step): Iterable<Remains> {
  for (let n = 0; ; n++) {
    const before = die(base, n, false, change);
    if (before === undefined) return;
    yield before;
    const within = isWrite(before.diedAt) ? die(base, n, true, change) : undefined;
    if (within !== undefined) yield within;
  }
}

/** The first changes of every opening: the lock and folders that exist already. */
const BEFORE_REPAIR = 8;

/** Lets the repair of a folder die as well, a little later each time, until it comes to its end. */
function dieWhileOpening(root: string): void {
  let n = BEFORE_REPAIR;
  while (runUntil(n, false, () => new Store(root, () => NOW).close()) !== undefined) n++;
}

describe('stopped before, or in the middle of, each change to the file system', () => {
  test.each(Object.entries(SCENARIOS))('%s has happened wholly or not at all', (_name, [steps, change]) => {
    const { root: base, state: before } = prepare(steps);
    const { root: done, state: after } = prepare([...steps, change]);
    expect(after).not.toBe(before);
    expect([withStore(base, snapshot), withStore(done, snapshot)]).toEqual([before, after]);
    const seen = new Set<string>();
    for (const { root } of everyDeath(base, change)) {
      dieWhileOpening(root);
      const [found, left] = withStore(root, (bucket, store) => {
        const state = snapshot(bucket);
        // What did not happen can still be made to happen.
        if (state === before) change(bucket, store);
        return [state, snapshot(bucket)];
      });
      expect([before, after]).toContain(found);
      expect(left).toBe(after);
      expect(withStore(root, snapshot)).toBe(after);
      seen.add(found as string);
    }
    expect(seen).toContain(before);
  });
});
