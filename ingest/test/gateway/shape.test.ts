import fc from 'fast-check';
import { measure, withoutMembers } from '../../gateway/events/shape';

const measured = (text: string) => measure(Buffer.from(`xx${text}yy`), 2, Buffer.byteLength(text) + 2);

test.each([
  ['{}', 0, 1],
  ['{"a":1}', 1, 1],
  ['{"a":{"b":[{"c":[]}]}}', 3, 5],
  ['{"a":[],"b":{},"c":[[]]}', 3, 3],
  ['{"a:{[":"b:}]{","c\\":":"\\\\","d":1}', 3, 1],
  ['[[[]],[[[]]]]', 0, 4],
  ['{"a":"no end: {{{', 1, 1],
  ['"\\', 0, 0],
])('%s has %s members, and %s levels', (text, fields, depth) => {
  expect(measured(text)).toEqual({ fields, depth });
});

test('property: members and levels are those of the value, however it is laid out', () => {
  const fieldsOf = (value: unknown): number =>
    typeof value !== 'object' || value === null
      ? 0
      : Object.values(value).reduce<number>(
          (sum, inner) => sum + fieldsOf(inner),
          Array.isArray(value) ? 0 : Object.keys(value).length,
        );
  const depthOf = (value: unknown): number =>
    typeof value !== 'object' || value === null ? 0 : 1 + Math.max(0, ...Object.values(value).map(depthOf));
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), fc.constantFrom(0, 2), (value, space) => {
      const text = JSON.stringify(value, undefined, space);
      const parsed = JSON.parse(text) as unknown;
      expect(measured(text)).toEqual({ fields: fieldsOf(parsed), depth: depthOf(parsed) });
    }),
    { numRuns: 300 },
  );
});

const without = (text: string, ...names: string[]): string => {
  const bytes = Buffer.from(`[${text}\n]`);
  return withoutMembers(bytes, 1, bytes.length - 2, new Set(names)).toString();
};

test.each([
  ['{"a":1,"b":2,"c":3}', ['a'], '{"b":2,"c":3}'],
  ['{"a":1,"b":2,"c":3}', ['b'], '{"a":1,"c":3}'],
  ['{"a":1,"b":2,"c":3}', ['c'], '{"a":1,"b":2}'],
  ['{"a":1,"b":2,"c":3}', ['a', 'b', 'c'], '{}'],
  ['{"a":1,"b":2,"c":3}', ['x'], '{"a":1,"b":2,"c":3}'],
  ['{}', ['a'], '{}'],
  ['{ }', ['a'], '{}'],
  ['  { "a" : 1 , "b" : [ 2 ] } ', ['a'], '{ "b" : [ 2 ]}'],
  ['{"b": 2 ,"a":1}', ['a'], '{"b": 2 }'],
  ['{"b":2,\t"a":1\r}', ['b'], '{\t"a":1}'],
  ['{"a":{"b":1},"b":{"a":[1,{"a":2}]}}', ['a'], '{"b":{"a":[1,{"a":2}]}}'],
  ['{"x":"}\\",\\"a\\":1","a":"{,[","y":[",","]"]}', ['a'], '{"x":"}\\",\\"a\\":1","y":[",","]"]}'],
  ['{"\\u0061":1,"b":2}', ['a'], '{"b":2}'],
  ['{"a\\"":1,"a":2}', ['a"'], '{"a":2}'],
  ['{"ä":1,"a":2}', ['ä'], '{"a":2}'],
])('%s without %j is %s', (text, names, wanted) => {
  expect(without(text, ...names)).toBe(`${wanted}\n`);
});

test('property: what is left is the value without those members, whatever it holds', () => {
  const name = fc.constantFrom('a', 'b', '"', '\\', ',', '}', 'ä', '');
  fc.assert(
    fc.property(
      fc.dictionary(name, fc.jsonValue({ maxDepth: 3 })),
      fc.uniqueArray(name),
      fc.constantFrom(0, 1, '\t'),
      (value, names, space) => {
        const text = JSON.stringify(value, undefined, space).replaceAll('\n', ' ');
        const rest = Object.entries(JSON.parse(text) as object).filter(([key]) => !new Set<string>(names).has(key));
        expect(JSON.parse(without(text, ...names))).toEqual(Object.fromEntries(rest));
      },
    ),
    { numRuns: 500 },
  );
});
