import * as fc from 'fast-check';
import { anyText } from '../../../test/support/text';
import { BodySyntaxError, splitDocument, splitLines, TooManyEventsError } from '../../gateway/events/split';
import { atOnce, type Steps } from '../../gateway/work/turns';

/** The texts of the events, each of which a newline follows. */
function eventsOf({ bytes, ranges }: { bytes: Buffer; ranges: readonly number[] }): readonly string[] {
  return Array.from({ length: ranges.length / 2 }, (_, i) => {
    const [start, end] = [ranges[2 * i] as number, ranges[2 * i + 1] as number];
    expect(bytes[end]).toBe(0x0a);
    return bytes.toString('utf8', start, end);
  });
}
const documents = (body: string, eventBytes = 1_000_000, maxEvents = 1_000) =>
  eventsOf(atOnce(splitDocument(Buffer.from(`${body}\n`), maxEvents, eventBytes)));
const lines = (body: string, maxEvents = 1_000) => atOnce(splitLines(Buffer.from(`${body}\n`), maxEvents));

/** Events with all that could be taken for the end of one, in keys and in values. */
const event = fc.dictionary(
  fc.oneof(anyText({ maxLength: 5 }), fc.constantFrom('{', '}', '],[', '"', '\\', '\\"', '\n', '')),
  fc.oneof(
    anyText({ maxLength: 20 }),
    fc.constantFrom('},{', '"', '\\', '\\\\"', '\n\n', '],', ','),
    fc.jsonValue({ maxDepth: 3 }),
  ),
  { maxKeys: 5 },
);
const events = fc.array(event, { maxLength: 8 });
/** What stands between the tokens of JSON. */
const indent = fc.constantFrom<string | number | undefined>(undefined, 1, 4, '\t', '\r');

test('an array of any events in any layout is split into its events, however long one may be', () => {
  fc.assert(
    fc.property(events, indent, fc.integer({ min: 1, max: 200 }), fc.boolean(), (given, space, limit, isMarked) => {
      const body = JSON.stringify(given, undefined, space);
      const found = documents(`${isMarked ? '\ufeff' : ''}\n ${body}\r\n\t`, limit);
      expect(found.map((text) => JSON.parse(text))).toEqual(given.map((one) => JSON.parse(JSON.stringify(one))));
      for (const text of found) expect(text).not.toMatch(/\n/);
    }),
    { numRuns: 500 },
  );
});

test('one event in any layout is one', () => {
  fc.assert(
    fc.property(event, indent, fc.integer({ min: 1, max: 200 }), (given, space, limit) => {
      const found = documents(JSON.stringify(given, undefined, space), limit);
      expect(found.map((text) => JSON.parse(text))).toEqual([JSON.parse(JSON.stringify(given))]);
    }),
  );
});

test('lines of any events are split, blank ones left out, with the number of each', () => {
  fc.assert(
    fc.property(fc.array(fc.option(event), { maxLength: 8 }), fc.constantFrom('\n', '\r\n', ' \t\n'), (given, end) => {
      const body = given.map((one) => (one === null ? ' ' : ` ${JSON.stringify(one)}`)).join(end);
      const split = lines(body);
      const wanted = given.flatMap((one, i) => (one === null ? [] : [[i + 1, JSON.stringify(one)]]));
      expect(eventsOf(split).map((text, i) => [split.lines?.[i], text])).toEqual(wanted);
    }),
  );
});

test.each([
  ['', /ends too early/],
  ['[', /ends too early/],
  ['[{"a":1}', /ends too early/],
  ['[{"a":1},', /ends too early/],
  ['[{"a":1},]', /byte 10 is unexpected/],
  ['[,{"a":1}]', /byte 2 is unexpected/],
  ['[{"a":1} {"b":1}]', /byte 10 is unexpected/],
  ['[{"a":1}]]', /byte 10 is unexpected/],
  ['{"a":1} x', /byte 9 is unexpected/],
  ['{"a":1} {"b":1}', /more than one JSON document: at byte 9/],
  ['{"a":"b', /ends too early/],
  ['[{"a":"\n"}]', /byte 8 is unexpected/],
])('%s is no body, and its error says where it breaks', (body, message) => {
  expect(() => documents(body)).toThrow(BodySyntaxError);
  expect(() => documents(body)).toThrow(message);
});

test('as many events as allowed are taken, one more is not', () => {
  expect(documents('[{},{},{}]', 100, 3)).toHaveLength(3);
  expect(() => documents('[{},{},{},{}]', 100, 3)).toThrow(TooManyEventsError);
  expect(eventsOf(lines('{}\n\n{}\n{}', 3))).toHaveLength(3);
  expect(() => lines('{}\n{}\n{}\n{}', 3)).toThrow(TooManyEventsError);
});

test('a value that is too long for an event ends where it ends, be it text, a number or a list', () => {
  const long = 'x'.repeat(300);
  const given = [`"${long}\\\\"`, '1'.repeat(300), `["]",${JSON.stringify(long)}]`, `{"a":"}${long}"}`, '{"b":1}'];
  expect(documents(`[${given.join(' , ')}]`, 20)).toEqual(given.map((text) => (/^1/.test(text) ? `${text} ` : text)));
});

describe('a pause comes after 64 KiB', () => {
  const pausesOf = (steps: Steps<unknown>): number => {
    let pauses = 0;
    while (steps.next().done !== true) pauses += 1;
    return pauses;
  };
  const ofLines = (body: string) => pausesOf(splitLines(Buffer.from(`${body}\n`), 1_000_000));
  const ofDocument = (body: string, eventBytes = 1_000_000) =>
    pausesOf(splitDocument(Buffer.from(`${body}\n`), 1_000_000, eventBytes));
  const STEP = 65_536;

  test('of lines, each of which counts as 64 bytes more', () => {
    // 66 bytes each, and 64 behind the last.
    expect(ofLines('{}\n'.repeat(991))).toBe(0);
    expect(ofLines('{}\n'.repeat(992))).toBe(1);
    expect(ofLines('{}\n'.repeat(1_984))).toBe(1);
    expect(ofLines('{}\n'.repeat(1_985))).toBe(2);
  });

  test('of the white space around a line', () => {
    expect(ofLines(' '.repeat(STEP - 64))).toBe(1);
    expect(ofLines(' '.repeat(STEP - 65))).toBe(0);
    expect(ofLines(' '.repeat(STEP))).toBe(1);
    expect(ofLines(' '.repeat(STEP + 1))).toBe(2);
    expect(ofLines(`${' '.repeat(3 * STEP)}{}`)).toBe(3);
    expect(ofLines(`${' '.repeat(3 * STEP + 1)}{}`)).toBe(4);
    expect(ofLines(`{}${' '.repeat(3 * STEP)}`)).toBe(3);
    expect(ofLines(`{}${' '.repeat(3 * STEP + 1)}`)).toBe(4);
    expect(ofLines(`{"a":"${'x'.repeat(3 * STEP)}"}`)).toBe(1);
  });

  test('of an array', () => {
    expect(ofDocument(`[${'{},'.repeat(20_000)}{}]`)).toBe(0);
    expect(ofDocument(`[${'{},'.repeat(22_000)}{}]`)).toBe(1);
    expect(ofDocument(`[${'{},'.repeat(44_000)}{}]`)).toBe(2);
  });

  test('of white space around events, and around the document', () => {
    const blanks = ' '.repeat(STEP + 10);
    for (const body of [`${blanks}{}`, `{}${blanks}`, `${blanks}[]`, `[]${blanks}`]) expect(ofDocument(body)).toBe(1);
    // An array has its own pause besides, where it goes on after the white space.
    expect(ofDocument(`[${blanks}{}]`)).toBe(1);
    expect(ofDocument(`[{}${blanks},{}]`)).toBe(2);
    expect(ofDocument(`[{},${blanks}{}]`)).toBe(2);
    expect(ofDocument(`[{}${blanks}]`)).toBe(1);
  });

  test('of a document whose newlines are replaced', () => {
    const text = 'x'.repeat(3 * STEP);
    expect(ofDocument(`{"a":"${text}"}`)).toBe(0);
    expect(ofDocument(`{\n"a":"${text}"}`)).toBe(3);
    expect(ofDocument(`[${'\n'.repeat(STEP + 10)}]`)).toBe(2);
  });

  test('of a value that is too long for an event', () => {
    const text = 'x'.repeat(3 * STEP);
    expect(ofDocument(`{"a":"${text}"}`, 100)).toBe(3);
    expect(ofDocument(`["${text}"]`, 100)).toBe(3);
    expect(ofDocument(`["${text}",{}]`, 100)).toBe(4);
  });
});

test.each([
  [100, '{"a":1}', true],
  [7, '{"a":1}', true],
  [6, '{"a":1}', true],
])('with a limit of %s bytes, %s is found whole: %s', (limit, text) => {
  expect(documents(text, limit)).toEqual([text]);
  expect(documents(`[${text},${text}]`, limit)).toEqual([text, text]);
});

test('a mark of the byte order is one only where it begins the body', () => {
  expect(documents('\ufeff{}')).toEqual(['{}']);
  expect(() => documents('{}\ufeff')).toThrow(/byte 3 is unexpected/);
  expect(() => documents(' \ufeff{}')).toThrow(/byte 2 is unexpected/);
  expect(eventsOf(lines('\ufeff\ufeff{}'))).toEqual(['\ufeff{}']);
});

test('errors have their names', () => {
  const thrown = (act: () => unknown): unknown => {
    try {
      return act();
    } catch (error) {
      return (error as Error).name;
    }
  };
  expect(thrown(() => documents('x'))).toBe('BodySyntaxError');
  expect(thrown(() => lines('{}\n{}', 1))).toBe('TooManyEventsError');
});
