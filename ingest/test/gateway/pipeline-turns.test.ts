import type { IncomingMessage } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Pipelines, type Turn } from '../../gateway/http/pipelines';

/** Requests of one connection, one behind the other. */
function connection(pipelines = new Pipelines()) {
  const socket = {};
  const request = (): IncomingMessage => ({ socket }) as IncomingMessage;
  const started: number[] = [];
  const requests: IncomingMessage[] = [];
  /** The turn of one more request; once it starts, its number is in the list. */
  const enter = (): Turn => {
    const own = request();
    const number = requests.push(own) - 1;
    const turn = pipelines.enter(own);
    if (turn === 'now') started.push(number);
    if (turn instanceof Promise) void turn.then(() => started.push(number));
    return turn;
  };
  const of = (number: number): IncomingMessage => requests[number] as IncomingMessage;
  return {
    started,
    enter,
    request,
    leave: (number: number) => pipelines.leave(of(number)),
    endBehind: (number: number) => pipelines.endBehind(of(number)),
    pipelines,
  };
}

test('one request is in work at a time; the next begins when its answer was sent, in their order', async () => {
  const { enter, leave, started } = connection();
  expect(enter()).toBe('now');
  expect(enter()).toBeInstanceOf(Promise);
  expect(enter()).toBeInstanceOf(Promise);
  await nextTurn();
  expect(started).toEqual([0]);
  leave(0);
  await nextTurn();
  expect(started).toEqual([0, 1]);
  leave(1);
  leave(2);
  await nextTurn();
  expect(started).toEqual([0, 1, 2]);
  expect(enter()).toBe('now');
});

test('an answer of another request than the one in work begins nothing', async () => {
  const { enter, leave, started, request, pipelines } = connection();
  enter();
  enter();
  leave(1);
  pipelines.leave(request());
  await nextTurn();
  expect(started).toEqual([0]);
  pipelines.leave({ socket: {} } as IncomingMessage);
});

test('connections do not wait for one another', () => {
  const pipelines = new Pipelines();
  for (let i = 0; i < 3; i += 1) expect(connection(pipelines).enter()).toBe('now');
});

test('a hundred may wait; the next is one too many, and after it nothing is taken', async () => {
  const { enter, leave, started } = connection();
  expect(enter()).toBe('now');
  for (let i = 0; i < 100; i += 1) expect(enter()).toBeInstanceOf(Promise);
  expect(enter()).toBe('too many');
  expect(enter()).toBe('never');
  // Those that wait are worked off nevertheless.
  for (let i = 0; i <= 100; i += 1) leave(i);
  await nextTurn();
  expect(started).toHaveLength(101);
  expect(enter()).toBe('never');
});

describe('a request that is turned away', () => {
  test('with nothing behind it does not end its connection', async () => {
    const { enter, endBehind, leave } = connection();
    for (let i = 0; i < 3; i += 1) {
      expect(enter()).toBe('now');
      expect(endBehind(i)).toBe(false);
      leave(i);
      await nextTurn();
    }
  });

  test('ends it with what waits behind it, of which nothing is worked off', async () => {
    const { enter, endBehind, leave, started } = connection();
    enter();
    enter();
    expect(endBehind(0)).toBe(true);
    leave(0);
    await nextTurn();
    expect(started).toEqual([0]);
    expect(enter()).toBe('never');
  });

  test('ends it as the second within one turn of the event loop, as both came together', async () => {
    const { enter, endBehind, leave } = connection();
    enter();
    expect(endBehind(0)).toBe(false);
    leave(0);
    expect(enter()).toBe('now');
    expect(endBehind(1)).toBe(true);
    leave(1);
    expect(enter()).toBe('never');
  });

  test('but is not in work ends nothing', () => {
    const { enter, endBehind, request, pipelines } = connection();
    enter();
    enter();
    expect(endBehind(1)).toBe(false);
    expect(pipelines.endBehind(request())).toBe(false);
    expect(pipelines.endBehind({ socket: {} } as IncomingMessage)).toBe(false);
    expect(enter()).toBeInstanceOf(Promise);
  });
});
