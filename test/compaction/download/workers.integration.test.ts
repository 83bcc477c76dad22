/** Worker threads: how a batch is spread over them, and how they end, whatever happens. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { loadObjects } from '../../../lambda/compaction/download/loader';
import { threadWorker } from '../../../lambda/compaction/download/workers';
import type { ObjectInfo } from '../../../lambda/compaction/store/object-store';
import { fastFolder } from '../../support/fast-folder';
import { endsGone, endsWithRow, Held, listed, listedMany, MIB, ROW } from '../support/batches';
import { type Answer, HostileServer } from '../support/hostile-server';
import { testDataset } from '../support/test-dataset';

const dataset = testDataset({ input: { formats: ['ndjson'] } });

let directory: string;
let server: HostileServer;
beforeEach(() => {
  directory = mkdtempSync(join(fastFolder(), 'workers-'));
});
afterEach(async () => {
  await server.close();
  rmSync(directory, { recursive: true, force: true });
});

describe('a batch', () => {
  const load = async (offered: readonly ObjectInfo[], answer: Answer, workers = 1) => {
    server = await HostileServer.open(answer);
    const signer = { get: async (key: string) => ({ origin: server.origin, path: `/${key}`, headers: {} }) };
    const limits = { maxLocalBytes: 256 * MIB, maxObjectBytes: 64 * MIB, maxAttempts: 1 };
    return await loadObjects(signer, offered, { dataset, directory, workers, ...limits });
  };

  test.each<[string, ObjectInfo[], number]>([
    ['201 objects', listedMany(201), 2],
    ['a byte more than 16 MiB', [...listedMany(3, 4 * MIB), listed('3.json', 4 * MIB - 1), listed('4.json', 2)], 1],
  ])('of %s is loaded by workers, as many as there are to be', async (_, given, workers) => {
    const body = (size: number): Buffer =>
      size === 2 ? Buffer.from('\n\n') : Buffer.concat([Buffer.from(ROW), Buffer.alloc(size - ROW.length, '\n')]);
    const loaded = await load(
      given,
      (response, { url = '' }) => void response.end(body(given.find(({ key }) => `/${key}` === url)?.size ?? 0)),
      workers,
    );
    expect(loaded.segments.map(({ path }) => basename(path)).sort()).toEqual(
      Array.from({ length: workers }, (_, index) => `lines-${index}-0.ndjson`),
    );
    const text = loaded.segments.map(({ path }) => readFileSync(path, 'utf8')).join('');
    expect(text).toBe(ROW.repeat(given.filter(({ size }) => size > 2).length));
    expect(loaded.objects.map(({ id }) => id)).toEqual(given.map((_, index) => index));
  });

  test.each([
    ['of 16 MiB: two', [16, 16, 16], [2, 1]],
    ['of more: one, and then those that fit', [17, 16, 16], [1, 2]],
    ['one larger than everything goes alone', [40, 1, 1], [1, 2]],
    ['one larger than everything waits for the others', [1, 40, 1], [1, 1, 1]],
  ])('has no more than 32 MiB on the way to a worker: %s', async (_, sizes, groups) => {
    const held = new Held();
    const loading = load(
      sizes.map((size, index) => listed(`${index}.json`, size * MIB)),
      held.answer,
    );
    for (const count of groups) {
      await held.gather(count);
      held.release(count, endsGone);
    }
    expect((await loading).complete).toBe(true);
    expect(server.requests).toBe(3);
  });

  test('has room again for what has ended, and for no more: none passes one that has to wait', async () => {
    const held = new Held();
    const sizes = [20, 10, 20, 5];
    const loading = load(
      sizes.map((size, index) => listed(`${index}.json`, size * MIB)),
      held.answer,
    );
    const waiting = (): string[] => held.waiting.map(({ url }) => url).sort();
    await held.gather(2);
    expect(waiting()).toEqual(['0.json', '1.json']);
    held.waiting.sort((a, b) => (a.url < b.url ? 1 : -1));
    held.release(1, endsGone);
    await held.gather(1);
    expect(waiting()).toEqual(['0.json']);
    held.release(1, endsGone);
    await held.gather(2);
    expect(waiting()).toEqual(['2.json', '3.json']);
    held.end(endsGone);
    expect((await loading).complete).toBe(true);
  });
});

describe('a worker', () => {
  const settings = (more: object = {}) => ({ dataset, directory, name: 'w', maxObjectBytes: MIB, ...more });
  const job = (id: number) => ({
    id,
    request: { origin: server.origin, path: `/${id}`, headers: {} },
    size: ROW.length,
    format: 'ndjson' as const,
  });

  test('gives each job its own outcome, and its files at the end', async () => {
    const held = new Held();
    server = await HostileServer.open(held.answer);
    const worker = threadWorker(settings());
    const outcomes = [7, 3, 20].map((id) => worker.download(job(id)));
    await held.gather(3);
    held.waiting.reverse();
    held.release(2, endsWithRow);
    held.release(1, endsGone);
    const told = await Promise.all(outcomes);
    expect(told.map(({ id }) => id)).toEqual([7, 3, 20]);
    expect(told.map(({ status }) => status).sort()).toEqual(['changed', 'taken', 'taken']);
    const segments = await worker.finish();
    expect(segments.map(({ path }) => basename(path))).toEqual(['lines-w-0.ndjson']);
    expect(readFileSync(segments[0]?.path ?? '', 'utf8')).toBe(ROW.repeat(2));
    // It has ended.
    await expect(worker.download(job(1))).rejects.toThrow(/^The download worker ended with code \d$/);
  });

  test('that is given up says so to all who wait, and to those who come later', async () => {
    const held = new Held();
    server = await HostileServer.open(held.answer);
    const worker = threadWorker(settings());
    const failures = [1, 2].map((id) =>
      expect(worker.download(job(id))).rejects.toThrow('The downloads were given up'),
    );
    await held.gather(2);
    await worker.abort();
    await Promise.all(failures);
    await expect(worker.download(job(3))).rejects.toThrow('The downloads were given up');
    await expect(worker.finish()).rejects.toThrow('The downloads were given up');
    await server.allClosed();
  });

  test('that cannot begin says why, to all', async () => {
    server = await HostileServer.open(endsWithRow);
    const worker = threadWorker(null as never);
    const reason = "Cannot read properties of null (reading 'stallMillis')";
    await expect(worker.download(job(1))).rejects.toThrow(reason);
    await expect(worker.download(job(2))).rejects.toThrow(reason);
    await expect(worker.finish()).rejects.toThrow(reason);
    await worker.abort();
  });
});
