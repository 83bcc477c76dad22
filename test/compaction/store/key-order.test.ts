import * as fc from 'fast-check';
import { compareKeys } from '../../../lambda/compaction/store/key-order';

const bytewise = (a: string, b: string): number => Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b)));

/** Units on both sides of the surrogates, and pairs of them. */
const UNITS = ['a', '/', '\u{7f}', '\u{80}', '\u{d7ff}', '\u{e000}', '\u{ffff}', '\u{10000}', '\u{10ffff}', '😀'];

test.each(UNITS.flatMap((a) => UNITS.map((b) => [a, b] as const)))(
  '%j and %j are in the order of their bytes',
  (a, b) => {
    for (const [x, y] of [
      [a, b],
      [`data/${a}`, `data/${b}z`],
      [`${a}${b}`, b],
      [a, `${a}${b}`],
    ] as const) {
      expect([x, y, Math.sign(compareKeys(x, y))]).toEqual([x, y, bytewise(x, y)]);
    }
  },
);

test('any two keys are in the order of their bytes', () => {
  const key = fc.array(fc.constantFrom(...UNITS), { maxLength: 6 }).map((units) => units.join(''));
  fc.assert(fc.property(key, key, (a, b) => Math.sign(compareKeys(a, b)) === bytewise(a, b)));
});
