import fc from 'fast-check';
import { RecentMap } from '../../gateway/commit/recent';

const CAPACITY = 10;

test('holds what was stored last, and nothing that was not, however much keys are alike', () => {
  // Ids differ at their end, at their beginning, or in their length.
  const number = fc.integer({ min: 0, max: 60 });
  const key = fc.oneof(
    number.map((n) => `year=2026/month=11/day=28/event-${n}`),
    number.map((n) => `${n}-the-end-of-all-these-keys-is-the-same`),
    number.map((n) => 'x'.repeat(n)),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(key, fc.string({ maxLength: 3 })), { maxLength: 100 }), (entries) => {
      const recent = new RecentMap(CAPACITY);
      const stored = new Map<string, string>();
      for (const [name, value] of entries) {
        if (recent.get(name) === undefined) stored.delete(name);
        expect(recent.get(name)).toBe(stored.get(name));
        recent.set(name, value);
        stored.set(name, value);
        expect(recent.get(name)).toBe(value);
      }
      const last = new Set(entries.slice(-CAPACITY / 2).map(([name]) => name));
      for (const name of last) expect(recent.get(name)).toBe(stored.get(name));
      expect([...stored.keys()].filter((name) => recent.get(name) !== undefined).length).toBeLessThanOrEqual(CAPACITY);
    }),
    { numRuns: 500 },
  );
});

test('holds no more than its capacity, and always the last half of it', () => {
  const recent = new RecentMap(CAPACITY);
  for (let stored = 1; stored <= 40; stored += 1) {
    recent.set(`${stored}`, 'x');
    const held = Array.from({ length: stored }, (_, i) => `${i + 1}`).filter((key) => recent.get(key) !== undefined);
    expect(held.length).toBeLessThanOrEqual(CAPACITY);
    expect(held.length).toBeGreaterThanOrEqual(Math.min(stored, CAPACITY / 2));
  }
});

test('finds each of many keys, and none that is not there', () => {
  const recent = new RecentMap(50_000);
  for (let i = 0; i < 25_000; i += 1) recent.set(`key-${i}`, `${i}`);
  for (let i = 0; i < 25_000; i += 1) if (recent.get(`key-${i}`) !== `${i}`) throw new Error(`key-${i} is lost`);
  for (let i = 25_000; i < 50_000; i += 1) expect(recent.get(`key-${i}`)).toBeUndefined();
});

test('remembers nothing if it may hold nothing', () => {
  const recent = new RecentMap(0);
  recent.set('a', '1');
  expect(recent.get('a')).toBeUndefined();
});
