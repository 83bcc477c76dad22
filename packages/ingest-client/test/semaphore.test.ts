/** The buffer's semaphore: who enters, who waits, in which order, and what the end means to them. */
import { Semaphore } from '../src/semaphore';

interface Rig {
  readonly semaphore: Semaphore;
  /** Names of those that are in, in the order in which they came in. */
  readonly entered: string[];
  /** How often somebody had to wait. */
  readonly full: () => number;
  readonly enter: (name: string, bytes: number) => Promise<string>;
}

function rig(limit = 10): Rig {
  let full = 0;
  const entered: string[] = [];
  const semaphore = new Semaphore(limit, () => {
    full += 1;
  });
  const enter = (name: string, bytes: number): Promise<string> =>
    semaphore.enter(
      () => ({ bytes }),
      (thing) => {
        entered.push(name);
        return `${name} ${thing.bytes}`;
      },
    );
  return { semaphore, entered, full: () => full, enter };
}

test('whoever fits enters at once, up to the last byte', async () => {
  const { semaphore, entered, full, enter } = rig();
  expect(await enter('a', 6)).toBe('a 6');
  expect(await enter('b', 4)).toBe('b 4');
  expect([semaphore.bytes, entered, full()]).toEqual([10, ['a', 'b'], 0]);
});

test('an empty room takes what is larger than itself', async () => {
  const { semaphore, enter } = rig();
  expect(await enter('a', 11)).toBe('a 11');
  expect(semaphore.bytes).toBe(11);
});

test('whoever does not fit waits, and others behind him, however small', async () => {
  const { semaphore, entered, full, enter } = rig();
  await enter('a', 6);
  const b = enter('b', 5);
  expect(full()).toBe(1);
  const c = enter('c', 1);
  expect([entered, semaphore.bytes, full()]).toEqual([['a'], 6, 2]);
  semaphore.leave(6);
  expect(entered).toEqual(['a', 'b', 'c']);
  expect(await Promise.all([b, c])).toEqual(['b 5', 'c 1']);
  expect([semaphore.bytes, full()]).toEqual([6, 2]);
});

test('those who still wait are told of, as what came in just now must go out too', async () => {
  const { semaphore, entered, full, enter } = rig();
  await enter('a', 10);
  void enter('b', 5);
  void enter('c', 6);
  expect(full()).toBe(2);
  semaphore.leave(10);
  expect([entered, semaphore.bytes, full()]).toEqual([['a', 'b'], 5, 3]);
  semaphore.leave(5);
  expect([entered, semaphore.bytes, full()]).toEqual([['a', 'b', 'c'], 6, 3]);
});

test('nobody is told when nobody came in', async () => {
  const { semaphore, entered, full, enter } = rig();
  await enter('a', 6);
  await enter('b', 3);
  void enter('c', 9);
  semaphore.leave(3);
  expect([entered, full()]).toEqual([['a', 'b'], 1]);
});

test('what enters is made when it is its turn, once', async () => {
  const { semaphore } = rig();
  const made: string[] = [];
  const enter = (name: string, bytes: number): Promise<void> =>
    semaphore.enter(
      () => {
        made.push(name);
        return { bytes };
      },
      () => {},
    );
  await enter('a', 10);
  const b = enter('b', 10);
  const c = enter('c', 5);
  expect(made).toEqual(['a', 'b']);
  semaphore.leave(1);
  expect(made).toEqual(['a', 'b']);
  semaphore.leave(9);
  await b;
  expect(made).toEqual(['a', 'b', 'c']);
  semaphore.leave(10);
  await c;
  expect(made).toEqual(['a', 'b', 'c']);
});

test('who cannot be measured is refused and takes no room, and the next enters', async () => {
  const { semaphore, entered, enter } = rig();
  const nonsense = (): Promise<void> =>
    semaphore.enter(
      () => JSON.parse('nonsense') as { bytes: number },
      () => {},
    );
  await expect(nonsense()).rejects.toThrow('nonsense');
  expect(semaphore.bytes).toBe(0);
  await enter('a', 10);
  const waiting = nonsense();
  const b = enter('b', 10);
  semaphore.leave(10);
  await expect(waiting).rejects.toThrow('nonsense');
  expect([await b, entered]).toEqual(['b 10', ['a', 'b']]);
});

test('the end refuses those who wait and those who come, with the first error', async () => {
  const { semaphore, entered, full, enter } = rig();
  await enter('a', 10);
  const b = enter('b', 1);
  semaphore.close(new Error('first'));
  semaphore.close(new Error('second'));
  await expect(b).rejects.toThrow('first');
  await expect(enter('c', 1)).rejects.toThrow('first');
  semaphore.leave(10);
  await expect(enter('d', 1)).rejects.toThrow('first');
  expect([entered, semaphore.bytes, full()]).toEqual([['a'], 0, 1]);
});
