import fc from 'fast-check';

const SURROGATES = { first: 0xd800, count: 0x800 } as const;

/** One code point: what `unit: 'binary'` gives. That one first builds a map of all million of them, which takes longer than most properties. */
export const anyCharacter = fc
  .integer({ min: 0, max: 0x10ffff - SURROGATES.count })
  .map((n) => String.fromCodePoint(n < SURROGATES.first ? n : n + SURROGATES.count));

/**
 * Text of any code points, control characters included.
 *
 * @param constraints lengths, in code points
 */
export const anyText = (constraints: { minLength?: number; maxLength?: number } = {}): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 4, arbitrary: fc.array(anyCharacter, constraints).map((characters) => characters.join('')) },
    // ASCII, and now and then a name that JavaScript itself knows.
    { weight: 1, arbitrary: fc.string(constraints) },
  );
