import fc from 'fast-check';
import { Admission, NoRoomError, type Reservation } from '../../gateway/http/admission';

const LIMIT = 1_000_000;
const OVERHEAD = 2_048;

/** Bytes that a subject can get by requests of a size, until it is refused. */
function takeAll(admission: Admission, subject: string, bytes: number): { held: Reservation[]; reason: string } {
  const held: Reservation[] = [];
  for (;;) {
    try {
      const reservation = admission.open(subject, bytes);
      held.push(reservation);
      reservation.resize(bytes);
    } catch (error) {
      expect(error).toBeInstanceOf(NoRoomError);
      return { held, reason: (error as NoRoomError).reason };
    }
  }
}

test('who takes all that it can leaves half of the room, however it takes it', () => {
  for (const bytes of [0, 1_000, 50_000, 200_000]) {
    const admission = new Admission(LIMIT);
    const { reason } = takeAll(admission, 'greedy', bytes);
    expect(admission.bytes).toBeLessThanOrEqual(LIMIT / 2 + OVERHEAD);
    expect(reason).toBe('share');
    expect(() => admission.open('other', 100_000)).not.toThrow();
  }
});

test('ten that take all they can leave room for the eleventh', () => {
  const admission = new Admission(LIMIT);
  for (let i = 0; i < 10; i += 1) takeAll(admission, `greedy-${i}`, 50_000);
  expect(admission.bytes).toBeLessThanOrEqual((LIMIT * 7) / 8);
  for (let i = 0; i < 8; i += 1) admission.open(`small-${i}`, 10_000).resize(10_000);
  expect(admission.bytes).toBeLessThan(LIMIT);
});

test('ten with one large request each leave an eighth', () => {
  const admission = new Admission(LIMIT);
  for (let i = 0; i < 10; i += 1) {
    try {
      admission.open(`large-${i}`, 300_000).resize(300_000);
    } catch {}
  }
  expect(admission.bytes).toBeGreaterThan(LIMIT / 2);
  expect(admission.bytes).toBeLessThanOrEqual((LIMIT * 7) / 8);
  expect(() => admission.open('small', 10_000).resize(10_000)).not.toThrow();
});

test('an idle process takes any request; the only one of its subject may be larger than a share', () => {
  const admission = new Admission(LIMIT);
  const idle = admission.open('a', 2 * LIMIT);
  idle.resize(2 * LIMIT);
  idle.release();
  admission.open('other', 10_000).resize(10_000);
  expect(() => admission.open('a', 700_000).resize(700_000)).not.toThrow();
});

test('what is announced is asked for, but not taken', () => {
  const admission = new Admission(LIMIT);
  admission.open('slow', 400_000);
  expect(admission.bytes).toBe(OVERHEAD);
});

test('nothing is kept of a subject that was turned away, or has its answers', () => {
  const admission = new Admission(LIMIT);
  const all = takeAll(admission, 'greedy', 50_000).held;
  for (let i = 0; i < 100; i += 1) expect(() => admission.open(`refused-${i}`, LIMIT)).toThrow(NoRoomError);
  expect(admission.subjects).toBe(1);
  for (const reservation of all) reservation.release();
  expect(admission.subjects).toBe(0);
});

test('property: never above the limit but for one request alone, never a byte kept, whatever is admitted and released', () => {
  const step = fc.record({
    subject: fc.constantFrom('a', 'b', 'c'),
    action: fc.constantFrom('open', 'resize', 'keep', 'release', 'release twice'),
    bytes: fc.integer({ min: 0, max: LIMIT }),
    which: fc.nat(20),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const admission = new Admission(LIMIT);
      const open: Reservation[] = [];
      for (const { subject, action, bytes, which } of steps) {
        const reservation = open[which % Math.max(1, open.length)];
        try {
          if (action === 'open') open.push(admission.open(subject, bytes));
          else if (reservation === undefined) continue;
          else if (action === 'resize') reservation.resize(bytes);
          // An answer is never larger than what was held for it.
          else if (action === 'keep') reservation.keep(0);
          else {
            open.splice(open.indexOf(reservation), 1);
            reservation.release();
            if (action === 'release twice') reservation.release();
          }
        } catch (error) {
          expect(error).toBeInstanceOf(NoRoomError);
        }
        // One that came alone may be as large as it likes; what comes beside it is small, or waits.
        if (open.length > 1) expect(admission.bytes).toBeLessThanOrEqual(LIMIT + OVERHEAD);
        expect(admission.bytes).toBeGreaterThanOrEqual(open.length * OVERHEAD);
      }
      for (const reservation of open) reservation.release();
      expect([admission.bytes, admission.subjects]).toEqual([0, 0]);
    }),
    { numRuns: 300 },
  );
});

describe('to the byte', () => {
  /** A 64th of it is what a request costs without its body. */
  const ROOM = 64 * OVERHEAD;
  const reasonOf = (act: () => unknown): string => {
    try {
      act();
    } catch (error) {
      expect(error).toMatchObject({ name: 'NoRoomError', message: (error as NoRoomError).reason });
      return (error as NoRoomError).reason;
    }
    return 'taken';
  };
  /** A room of which one request of somebody else's holds so much, its overhead included. */
  const filled = (bytes: number): Admission => {
    const admission = new Admission(ROOM);
    admission.open('other', 0).keep(bytes - OVERHEAD);
    expect(admission.bytes).toBe(bytes);
    return admission;
  };

  test('a request holds its overhead, then what it asks for or keeps, then nothing, whatever happens afterwards', () => {
    const admission = new Admission(ROOM);
    const held: number[] = [];
    const request = admission.open('a', 500);
    const acts = [
      () => {},
      () => request.resize(100),
      () => request.keep(50),
      () => request.release(),
      () => request.resize(100),
      () => request.keep(50),
      () => request.release(),
    ];
    for (const act of acts) {
      act();
      held.push(admission.bytes);
    }
    expect(held).toEqual([2_048, 2_148, 2_098, 0, 0, 0, 0]);
    expect(admission.subjects).toBe(0);
  });

  test('a request that is refused more holds what it held', () => {
    const admission = filled(ROOM - 2 * OVERHEAD);
    const request = admission.open('a', 0);
    request.keep(10);
    expect(reasonOf(() => request.resize(ROOM))).toBe('memory');
    expect(admission.bytes).toBe(ROOM - OVERHEAD + 10);
    request.release();
    expect([admission.bytes, admission.subjects]).toEqual([ROOM - 2 * OVERHEAD, 1]);
  });

  test('a request may always hold less than it does, or as much', () => {
    const admission = filled(ROOM - OVERHEAD);
    const request = admission.open('a', 0);
    request.keep(ROOM);
    request.resize(ROOM);
    request.resize(ROOM - 1);
    expect(admission.bytes).toBe(2 * ROOM - 1);
  });

  test.each<[string, number, number, string]>([
    ['who holds a 64th gets the last byte', ROOM - OVERHEAD, 0, 'taken'],
    ['but none beyond it', ROOM - OVERHEAD + 1, 0, 'memory'],
    ['who holds more gets what leaves an eighth', (ROOM * 7) / 8 - OVERHEAD - 1, 1, 'taken'],
    ['but nothing of the eighth', (ROOM * 7) / 8 - OVERHEAD, 1, 'memory'],
  ])('%s', (_, bytes, announced, outcome) => {
    expect(reasonOf(() => filled(bytes).open('a', announced))).toBe(outcome);
  });

  test('an idle process accepts a request larger than the limit, and is idle only as long as nothing else is held', () => {
    expect(reasonOf(() => new Admission(ROOM).open('a', 2 * ROOM))).toBe('taken');
    expect(reasonOf(() => filled(OVERHEAD).open('a', 2 * ROOM))).toBe('memory');
  });

  const more = (held: number, announced = 0): string => {
    const admission = new Admission(ROOM);
    admission.open('a', 0).keep(held - OVERHEAD);
    return reasonOf(() => admission.open('a', announced));
  };

  test('what a subject holds with a further request is at most what stays free', () => {
    expect(more(ROOM / 2 - OVERHEAD)).toBe('taken');
    expect(more(ROOM / 2 - OVERHEAD + 1)).toBe('share');
  });

  test('a further request that would not even fit alone is refused for want of memory', () => {
    const admission = filled(ROOM / 2);
    admission.open('a', 0);
    expect(reasonOf(() => admission.open('a', ROOM / 2))).toBe('memory');
    expect(reasonOf(() => admission.open('a', ROOM / 4))).toBe('share');
  });

  test('others count with what they hold, in the shares too', () => {
    const admission = filled(ROOM / 4);
    admission.open('a', 0).keep((ROOM * 3) / 8 - 2 * OVERHEAD);
    // With a quarter held by another, and three eighths by itself, three eighths are free.
    expect(reasonOf(() => admission.open('a', 0))).toBe('taken');
    expect(reasonOf(() => admission.open('a', 0))).toBe('share');
  });
});
