import fc from 'fast-check';
import { Admission, NoRoomError, type Reservation } from '../../service/ingest/http/admission';

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

test('property: never above the limit but for one request alone, never a byte kept, whatever comes and goes', () => {
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
