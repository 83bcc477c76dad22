import type { Redis } from 'ioredis';
import { RedisEventMemory } from '../../gateway/commit/redis-memory';
import { CircuitBreaker } from '../../gateway/rate/breaker';
import { compileLua } from './support/lua';

/** A store in this process, which runs the scripts that the memory defines. */
class Store {
  readonly values = new Map<string, string>();
  readonly seconds = new Map<string, number>();
  /** Commands as they were called: the name, and how many identities or events and contents it was given. */
  readonly calls: [string, number][] = [];
  isDown = false;

  defineCommand(name: string, { numberOfKeys, lua }: { numberOfKeys: number; lua: string }): void {
    expect(numberOfKeys).toBe(0);
    const script = compileLua(lua);
    Object.assign(this, {
      [name]: async (...args: (string | number)[]) => {
        this.calls.push([name, JSON.parse(args[0] as string).length]);
        if (this.isDown) throw new Error('down');
        return script([], args, (command, key, ...rest) => this.#run(command, String(key), rest));
      },
    });
  }

  #run(command: string, key: string, rest: readonly unknown[]): unknown {
    if (command === 'GET') return this.values.get(key) ?? false;
    expect([command, rest[1]]).toEqual(['SET', 'EX']);
    this.values.set(key, String(rest[0]));
    this.seconds.set(key, Number(rest[2]));
    return 'OK';
  }
}

const start = () => {
  const store = new Store();
  const breaker = new CircuitBreaker(1_000);
  return { store, breaker, memory: new RedisEventMemory(store as unknown as Redis, breaker, 600) };
};
const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('what was remembered is known by every node, with its content, for the seconds of the settings', async () => {
  const { store, memory } = start();
  memory.remember(['a', 'content of a', 'b', 'content of b', 'd"\n\\', 'x']);
  await pause();
  expect([...store.values]).toEqual([
    ['ingest:event:a', 'content of a'],
    ['ingest:event:b', 'content of b'],
    ['ingest:event:d"\n\\', 'x'],
  ]);
  expect([...store.seconds.values()]).toEqual([600, 600, 600]);
  expect(await memory.known(['c', 'a', 'e', 'd"\n\\', 'b'])).toEqual(
    new Map([
      ['a', 'content of a'],
      ['d"\n\\', 'x'],
      ['b', 'content of b'],
    ]),
  );
});

test('an event of a version that had no content is known with an empty one', async () => {
  const { store, memory } = start();
  store.values.set('ingest:event:a', '');
  expect(await memory.known(['a', 'b'])).toEqual(new Map([['a', '']]));
});

test('nothing is asked about no event, and nothing is marked', async () => {
  const { store, memory } = start();
  expect(await memory.known([])).toEqual(new Map());
  memory.remember([]);
  await pause();
  expect(store.calls).toEqual([]);
});

test('a command has a thousand events at most; more are several, and each is found in its own', async () => {
  const { store, memory } = start();
  const ids = Array.from({ length: 2_001 }, (_, i) => `id-${i}`);
  memory.remember(ids.flatMap((id) => [id, `content of ${id}`]));
  await pause();
  expect(store.calls).toEqual([
    ['ingestRemember', 2_000],
    ['ingestRemember', 2_000],
    ['ingestRemember', 2],
  ]);
  store.calls.length = 0;
  expect(await memory.known(ids)).toEqual(new Map(ids.map((id) => [id, `content of ${id}`])));
  expect(store.calls).toEqual([
    ['ingestKnown', 1_000],
    ['ingestKnown', 1_000],
    ['ingestKnown', 1],
  ]);
  store.calls.length = 0;
  await memory.known(ids.slice(0, 1_000));
  expect(store.calls).toEqual([['ingestKnown', 1_000]]);
});

test('while the store is down nothing is known and nothing fails; after three calls it is not asked any more', async () => {
  const { store, memory, breaker } = start();
  memory.remember(['a', 'b']);
  await pause();
  store.isDown = true;
  expect(await memory.known(['a'])).toEqual(new Map());
  memory.remember(['c', 'd']);
  await pause();
  expect(breaker.isOpen).toBe(false);
  expect(await memory.known(['a'])).toEqual(new Map());
  expect(breaker.isOpen).toBe(true);
  const calls = store.calls.length;
  expect(await memory.known(['a'])).toEqual(new Map());
  memory.remember(['e', 'f']);
  await pause();
  expect(store.calls).toHaveLength(calls);
});
