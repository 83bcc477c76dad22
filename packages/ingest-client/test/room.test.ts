/** The buffer's room: who enters, who waits, in which order, and what the end means to them. */
import { Room } from '../src/room';

interface Rig {
  readonly room: Room;
  /** Names of those that are in, in the order in which they came in. */
  readonly entered: string[];
  /** How often somebody had to wait. */
  readonly full: () => number;
  readonly enter: (name: string, bytes: number) => Promise<string>;
}

function rig(limit = 10): Rig {
  let full = 0;
  const entered: string[] = [];
  const room = new Room(limit, () => {
    full += 1;
  });
  const enter = (name: string, bytes: number): Promise<string> =>
    room.enter(
      () => ({ bytes }),
      (thing) => {
        entered.push(name);
        return `${name} ${thing.bytes}`;
      },
    );
  return { room, entered, full: () => full, enter };
}

test('whoever fits enters at once, up to the last byte', async () => {
  const { room, entered, full, enter } = rig();
  expect(await enter('a', 6)).toBe('a 6');
  expect(await enter('b', 4)).toBe('b 4');
  expect([room.bytes, entered, full()]).toEqual([10, ['a', 'b'], 0]);
});

test('an empty room takes what is larger than itself', async () => {
  const { room, enter } = rig();
  expect(await enter('a', 11)).toBe('a 11');
  expect(room.bytes).toBe(11);
});

test('whoever does not fit waits, and others behind him, however small', async () => {
  const { room, entered, full, enter } = rig();
  await enter('a', 6);
  const b = enter('b', 5);
  expect(full()).toBe(1);
  const c = enter('c', 1);
  expect([entered, room.bytes, full()]).toEqual([['a'], 6, 2]);
  room.leave(6);
  expect(entered).toEqual(['a', 'b', 'c']);
  expect(await Promise.all([b, c])).toEqual(['b 5', 'c 1']);
  expect([room.bytes, full()]).toEqual([6, 2]);
});

test('those who still wait are told of, as what came in just now must go out too', async () => {
  const { room, entered, full, enter } = rig();
  await enter('a', 10);
  void enter('b', 5);
  void enter('c', 6);
  expect(full()).toBe(2);
  room.leave(10);
  expect([entered, room.bytes, full()]).toEqual([['a', 'b'], 5, 3]);
  room.leave(5);
  expect([entered, room.bytes, full()]).toEqual([['a', 'b', 'c'], 6, 3]);
});

test('nobody is told when nobody came in', async () => {
  const { room, entered, full, enter } = rig();
  await enter('a', 6);
  await enter('b', 3);
  void enter('c', 9);
  room.leave(3);
  expect([entered, full()]).toEqual([['a', 'b'], 1]);
});

test('what enters is made when it is its turn, once', async () => {
  const { room } = rig();
  const made: string[] = [];
  const enter = (name: string, bytes: number): Promise<void> =>
    room.enter(
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
  room.leave(1);
  expect(made).toEqual(['a', 'b']);
  room.leave(9);
  await b;
  expect(made).toEqual(['a', 'b', 'c']);
  room.leave(10);
  await c;
  expect(made).toEqual(['a', 'b', 'c']);
});

test('who cannot be measured is refused and takes no room, and the next enters', async () => {
  const { room, entered, enter } = rig();
  const nonsense = (): Promise<void> =>
    room.enter(
      () => JSON.parse('nonsense') as { bytes: number },
      () => {},
    );
  await expect(nonsense()).rejects.toThrow('nonsense');
  expect(room.bytes).toBe(0);
  await enter('a', 10);
  const waiting = nonsense();
  const b = enter('b', 10);
  room.leave(10);
  await expect(waiting).rejects.toThrow('nonsense');
  expect([await b, entered]).toEqual(['b 10', ['a', 'b']]);
});

test('the end refuses those who wait and those who come, with the first error', async () => {
  const { room, entered, full, enter } = rig();
  await enter('a', 10);
  const b = enter('b', 1);
  room.close(new Error('first'));
  room.close(new Error('second'));
  await expect(b).rejects.toThrow('first');
  await expect(enter('c', 1)).rejects.toThrow('first');
  room.leave(10);
  await expect(enter('d', 1)).rejects.toThrow('first');
  expect([entered, room.bytes, full()]).toEqual([['a'], 0, 1]);
});
