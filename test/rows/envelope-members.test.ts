/** Members of envelopes are told by their names, and those that come again are remembered, within bounds. */
import { EnvelopeLevel, type EnvelopeMember } from '../../lib/rows/envelope-members';

const read = (level: EnvelopeLevel, name: string, previous?: EnvelopeMember): EnvelopeMember => {
  const buf = Buffer.from(`x${name}:`);
  return level.at(buf, 1, buf.length - 1, previous);
};

test('what is known of a member', () => {
  const carry = [['owner'], ['a', 'region'], ['q', 'v'], ['a', 'x', 'y']];
  const [top, below] = [0, 1].map((level) => new EnvelopeLevel(['a', 'b'], carry, level)) as [
    EnvelopeLevel,
    EnvelopeLevel,
  ];
  const told = (level: EnvelopeLevel, name: string) => {
    const { token, next, ...known } = read(level, name);
    expect([token.toString(), next]).toEqual([name, undefined]);
    return known;
  };
  const none = { isOnPath: false, carries: [] };
  expect(told(top, '"owner"')).toEqual({
    name: 'owner',
    path: 'owner',
    isOnPath: false,
    carries: [{ index: 0, rest: [] }],
  });
  expect(told(top, '"\\u0061"')).toEqual({
    name: 'a',
    path: 'a',
    isOnPath: true,
    carries: [
      { index: 1, rest: ['region'] },
      { index: 3, rest: ['x', 'y'] },
    ],
  });
  expect(told(top, '"region"')).toEqual({ name: 'region', path: 'region', ...none });
  expect(told(below, '"b"')).toEqual({ name: 'b', path: 'a.b', isOnPath: true, carries: [] });
  expect(told(below, '"x"')).toEqual({ name: 'x', path: 'a.x', isOnPath: false, carries: [{ index: 3, rest: ['y'] }] });
  expect(told(below, '"v"')).toEqual({ name: 'v', path: 'a.v', ...none });
  expect(told(below, '"a"')).toEqual({ name: 'a', path: 'a.a', ...none });
});

test('one that comes again is the same, whatever came before it', () => {
  const level = new EnvelopeLevel(['r'], [], 0);
  const [a, b] = [read(level, '"a"'), read(level, '"b"')];
  expect([read(level, '"a"'), read(level, '"b"', a), read(level, '"a"', b), read(level, '"b"', b)]).toEqual([
    a,
    b,
    a,
    b,
  ]);
  for (const [name, member] of [
    ['"a"', a],
    ['"b"', b],
  ] as const) {
    for (const previous of [undefined, a, b]) expect(read(level, name, previous)).toBe(member);
  }
});

test('what came after a member last time is told from what begins or ends as it does', () => {
  const level = new EnvelopeLevel(['r'], [], 0);
  const a = read(level, '"a"');
  read(level, '"bc"', a);
  expect(['"bc"', '"bd"', '"b"', '"bcd"', '"xc"', '"bc"'].map((name) => read(level, name, a).name)).toEqual([
    'bc',
    'bd',
    'b',
    'bcd',
    'xc',
    'bc',
  ]);
});

test('a hundred are remembered, of at most 256 bytes with their quotes', () => {
  const level = new EnvelopeLevel(['r'], [], 0);
  const long = (bytes: number): string => `"${'x'.repeat(bytes - 2)}"`;
  const other = read(level, '"other"');
  const isKept = (name: string): boolean => {
    const first = read(level, name);
    // What came first last time is another one then.
    expect(read(level, '"other"')).toBe(other);
    return read(level, name) === first;
  };
  expect([isKept(long(256)), isKept(long(257))]).toEqual([true, false]);
  const kept = Array.from({ length: 101 }, (_, index) => isKept(`"m${index}"`));
  expect(kept).toEqual(kept.map((_, index) => index < 98));
  expect([isKept('"m0"'), isKept('"m97"'), isKept('"m98"')]).toEqual([true, true, false]);
});
