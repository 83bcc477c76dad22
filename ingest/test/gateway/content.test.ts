import * as fc from 'fast-check';
import { parseDataset } from '../../../lib/dataset';
import { RowChecker } from '../../../lib/rows/row';
import { anyText } from '../../../test/support/text';
import { ContentMarker } from '../../gateway/events/content';

describe('the content of an event', () => {
  const dataset = parseDataset({
    name: 'contents',
    description: 'All kinds of columns.',
    input: { formats: ['ndjson'] },
    columns: [
      { name: 'id', type: 'string', comment: 'Id.' },
      { name: 'at', type: 'timestamp', notNull: true, comment: 'Time.' },
      { name: 'n', type: 'bigint', comment: 'Whole number.' },
      { name: 'x', type: 'double', comment: 'Number.' },
      { name: 'ok', type: 'boolean', comment: 'Flag.' },
      { name: 'tags', type: 'map<string,string>', comment: 'Map.' },
      { name: 'lines', type: 'array<struct<a:int,b:string>>', comment: 'List.' },
      { name: 'deep', type: 'map<int,struct<constructor:string,s:struct<x:double,y:string>>>', comment: 'Nested.' },
    ],
    eventTime: 'at',
    partition: { scheme: 'day', from: '2024-01-01', to: '2033-12-31' },
  });
  const checker = new RowChecker(
    dataset.columns.map((column) => ({ ...column, notNull: false })),
    { strict: true },
  );
  const marker = new ContentMarker(dataset, checker);
  const mark = (text: string): string => {
    // Behind another event, as in a request of several.
    const bytes = Buffer.from(`{"id":"\\u0041","n":7}\n${text}\n`);
    const start = bytes.indexOf('\n') + 1;
    checker.check(bytes, 0);
    const isTaken = checker.check(bytes, start) === bytes.length - 1;
    if (!isTaken) return checker.reason;
    const own = marker.mark(bytes, true);
    if (!text.includes('\\')) expect(marker.mark(bytes, false)).toBe(own);
    return own;
  };

  test('does not depend on the order of members, white space, escapes, the spelling of numbers, or null', () => {
    const one = mark('{"id":"a/\u007f","x":1.50,"tags":{"k":"v","l":"w"},"lines":[{"a":1,"b":"\\u0041"}]}');
    const other = mark(
      '{ "lines" : [ {"b":"A","a":1} ], "tags":{"l":"w","k":"v"}, "x":15e-1, "at":null, "\\u0069d":"\\u0061\\/\u007f" }',
    );
    expect(other).toBe(one);
    expect(one).toMatch(/^[A-Za-z0-9_-]{12}$/);
  });

  test.each([
    ['{"lines":[{"a":1,"b":null}]}', '{"lines":[{"a":1}]}'],
    ['{"lines":[{"b":null,"a":null}]}', '{"lines":[{}]}'],
    ['{"deep":{"1":{"constructor":null,"s":{"y":null,"x":1.0}},"2":null}}', '{"deep":{"2":null,"1":{"s":{"x":1}}}}'],
    ['{"deep":{"1":{"constructor":"c","s":null}}}', '{"deep":{"1":{"constructor":"\\u0063"}}}'],
  ])('%s is %s: a field that is missing is null', (one, other) => {
    expect(mark(one)).toMatch(/^[A-Za-z0-9_-]{12}$/);
    expect(mark(one)).toBe(mark(other));
  });

  test.each([
    ['0.0000001', '1e-7'],
    ['-0.0000001', '-1E-07'],
    ['0.000001', '1e-6'],
    ['0.00000012300', '1.23e-7'],
    ['1.50', '1.5'],
    ['10', '1e1'],
    ['-0', '0'],
    ['-0.0', '0.000000'],
  ])('%s is %s: numbers are compared by their value', (one, other) => {
    expect(mark(`{"x":${one}}`)).toMatch(/^[A-Za-z0-9_-]{12}$/);
    expect(mark(`{"x":${one}}`)).toBe(mark(`{"x":${other}}`));
  });

  test.each([
    ['{"deep":{"1":null}}', '{"deep":{}}'],
    ['{"deep":{"1":{}}}', '{"deep":{"1":null}}'],
    ['{"deep":{"1":{"s":{}}}}', '{"deep":{"1":{}}}'],
    ['{"deep":{"1":{"s":{"x":1}}}}', '{"deep":{"1":{"s":{"y":"1"}}}}'],
    ['{"tags":{"a":null}}', '{"tags":{}}'],
    ['{"lines":[null]}', '{"lines":[]}'],
    ['{"lines":[null]}', '{"lines":[{}]}'],
    ['{"id":"a","x":1}', '{"id":"a","x":2}'],
    ['{"id":"a","x":1}', '{"id":"a"}'],
    ['{"n":"1"}', '{"n":1}'],
    ['{"at":"2026-01-01T00:00:00Z"}', '{"at":"2026-01-01T00:00:00+00:00"}'],
    ['{"lines":[{"a":1},{"a":2}]}', '{"lines":[{"a":2},{"a":1}]}'],
    ['{"tags":{"a":"b"}}', '{"tags":{"b":"a"}}'],
    ['{"tags":{}}', '{"lines":[]}'],
    ['{"tags":{"__proto__":"a"}}', '{"tags":{}}'],
    ['{"id":"\\"n\\"1"}', '{"id":"","n":1}'],
    ['{"id":"a\\"x\\"1"}', '{"id":"a","x":1}'],
    ['{"id":"null"}', '{"id":null}'],
    ['{"ok":true}', '{"ok":false}'],
    ['{"x":0.1}', '{"x":0.10000000000000002}'],
    ['{"n":9007199254740991}', '{"n":9007199254740990}'],
  ])('%s is not %s', (one, other) => {
    expect(mark(one)).toMatch(/^[A-Za-z0-9_-]{12}$/);
    expect(mark(other)).toMatch(/^[A-Za-z0-9_-]{12}$/);
    expect(mark(one)).not.toBe(mark(other));
  });

  test('holds the longest event', () => {
    const long = 'ä'.repeat(200_000);
    expect(mark(`{"id":"${long}"}`)).toBe(mark(`{"id":"${long.replaceAll('ä', '\\u00e4')}"}`));
    expect(mark(`{"id":"${long}"}`)).not.toBe(mark(`{"id":"${long}ä"}`));
  });

  const plainNumber = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.double({ noNaN: true, min: -1e-5, max: 1e-5 }),
    fc.tuple(fc.integer(), fc.integer({ min: -9, max: 3 })).map(([digits, exponent]) => digits * 10 ** exponent),
    fc.maxSafeInteger(),
    fc.constantFrom(0, -0, 1e-6, 1e-7, 123456789012345680000),
  );
  const value = fc.record(
    {
      id: anyText(),
      n: fc.maxSafeInteger(),
      x: plainNumber,
      ok: fc.boolean(),
      tags: fc.dictionary(fc.string(), fc.string()),
      lines: fc.array(fc.record({ a: fc.nat(), b: fc.string() })),
    },
    { requiredKeys: [] },
  );
  /** Spells a value in another way, by what the random numbers say. */
  const respelled = (v: unknown, next: () => number): string => {
    const blank = () => ' '.repeat(next() % 3);
    if (typeof v === 'string') {
      const units = Array.from({ length: v.length }, (_, i) => v.charCodeAt(i));
      const plain = next() % 2 === 0;
      if (plain) return JSON.stringify(v);
      return `"${units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')}"`;
    }
    if (typeof v === 'number') {
      const text = Object.is(v, -0) ? '-0' : String(v);
      const spellings = [text, text.replace('e', 'E'), v.toExponential()];
      if (!/[.e]/.test(text)) spellings.push(`${text}.0`, `${text}.000000e0`);
      else if (!text.includes('e')) spellings.push(`${text}0`);
      return spellings[next() % spellings.length] as string;
    }
    if (Array.isArray(v)) return `[${blank()}${v.map((inner) => respelled(inner, next)).join(`${blank()},`)}]`;
    if (typeof v !== 'object' || v === null) return JSON.stringify(v);
    const members = Object.entries(v).map(([k, inner]) => `${respelled(k, next)}${blank()}:${respelled(inner, next)}`);
    if (next() % 2 === 0) members.reverse();
    return `{${blank()}${members.join(`,${blank()}`)}}`;
  };
  const integersApart = (v: object, next: () => number): string => {
    // Whole numbers have one spelling only.
    const { n, lines, ...others } = v as { n?: number; lines?: object[] };
    const parts = [
      ...(n === undefined ? [] : [`"n":${Object.is(n, -0) ? '-0' : n}`]),
      ...(lines === undefined ? [] : [`"lines":${JSON.stringify(lines)}`]),
    ];
    const rest = respelled(others, next).trim();
    const inner = rest.slice(1, -1).trim();
    return `{${[...parts, ...(inner === '' ? [] : [inner])].join(',')}}`;
  };
  const canonical = (v: unknown): unknown => {
    if (Array.isArray(v)) return v.map(canonical);
    if (typeof v !== 'object' || v === null) return v;
    return Object.entries(v)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([k, inner]) => [k, canonical(inner)]);
  };

  test('is equal for the same value in any spelling, and different for different values', () => {
    fc.assert(
      fc.property(value, value, fc.array(fc.nat(11), { minLength: 1, maxLength: 20 }), (a, b, choices) => {
        let at = 0;
        const next = () => choices[at++ % choices.length] as number;
        const [textA, textB] = [JSON.stringify(a), JSON.stringify(b)];
        const own = mark(textA);
        expect(own).toMatch(/^[A-Za-z0-9_-]{12}$/);
        expect(mark(integersApart(a, next))).toBe(own);
        const isSame = JSON.stringify(canonical(JSON.parse(textA))) === JSON.stringify(canonical(JSON.parse(textB)));
        expect(own === mark(textB)).toBe(isSame);
      }),
      { numRuns: 500 },
    );
  });
});

test('a mark does not depend on the order in which columns are declared, so that nodes of two versions agree', () => {
  const markOf = (names: readonly string[]): string => {
    const dataset = parseDataset({
      name: 'contents',
      description: 'Columns in some order.',
      input: { formats: ['ndjson'] },
      columns: names.map((name) => ({ name, type: name === 'at' ? 'timestamp' : 'string', notNull: name === 'at' })),
      eventTime: 'at',
      partition: { scheme: 'day', from: '2024-01-01', to: '2033-12-31' },
    });
    const checker = new RowChecker(dataset.columns, { strict: true });
    const marker = new ContentMarker(dataset, checker);
    const bytes = Buffer.from('{"c":"3","at":"2026-01-01T00:00:00Z","b":"2","a":"1"}\n');
    expect(checker.check(bytes, 0)).toBe(bytes.length - 1);
    return marker.mark(bytes, false);
  };
  expect(markOf(['c', 'a', 'at', 'b'])).toBe(markOf(['a', 'at', 'b', 'c']));
  // Another column that an event does not have changes nothing.
  expect(markOf(['z', 'c', 'a', 'aa', 'at', 'b'])).toBe(markOf(['a', 'at', 'b', 'c']));
});
