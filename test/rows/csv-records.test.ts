/** Words of four bytes find what bytes one by one do: fields, how they were written, and texts that JSON takes as they are. */
import fc from 'fast-check';
import type { CsvSettings } from '../../lib/dataset/text-format';
import { CsvRecords, INCOMPLETE, WRITTEN } from '../../lib/rows/csv-records';
import { copyText, copyWords, viewOf } from '../../lib/rows/words';

const RUNS = { seed: 20_260_615, numRuns: 2000 };

interface Found {
  readonly next: number;
  readonly problem: string | undefined;
  readonly fields: readonly (readonly [from: number, to: number, written: number])[];
  readonly lines: number;
  readonly contentEnd: number;
  readonly endsEmpty: boolean;
}

/** A record as a plain reading of the bytes finds it; undefined for one that is not complete. */
function plainly(bytes: Buffer, start: number, dialect: Dialect): Found | undefined {
  const { delimiter, quote = '"', escape: style } = dialect;
  const char = (at: number): string => String.fromCharCode(bytes[at] ?? 0);
  const end = bytes.length;
  const fields: [number, number, number][] = [];
  let lines = 0;
  let i = start;
  const escaped = (): boolean => {
    if (style !== 'backslash' || char(i) !== '\\') return false;
    if (char(i + 1) === '\n') lines++;
    if (char(i + 1) === '\r' && (i + 2 >= end || char(i + 2) === '\n')) {
      lines++;
      i++;
    }
    i += 2;
    return true;
  };
  const broken = (problem: string): Found | undefined => {
    const newline = bytes.indexOf(0x0a, i);
    if (newline < 0) return undefined;
    const contentEnd = char(newline - 1) === '\r' ? newline - 1 : newline;
    return {
      next: newline + 1,
      problem: `not CSV: ${problem}`,
      fields,
      lines: lines + 1,
      contentEnd,
      endsEmpty: false,
    };
  };
  for (;;) {
    let from = i;
    let to: number;
    let written = 0;
    if (i < end && quote !== false && char(i) === quote) {
      written = WRITTEN.QUOTED;
      from = ++i;
      for (;;) {
        if (i + 1 >= end) return undefined;
        if (escaped()) {
          written |= WRITTEN.ESCAPED;
        } else if (char(i) !== quote) {
          if (char(i) === '\n') lines++;
          i++;
        } else if (char(i + 1) === quote) {
          written |= WRITTEN.DOUBLED;
          i += 2;
        } else {
          break;
        }
      }
      to = i++;
      if (char(i) === '\r' && i + 1 >= end) return undefined;
      if (char(i) === '\r' && char(i + 1) === '\n') i++;
      if (char(i) !== '\n' && char(i) !== delimiter) return broken('text after a closing quote');
    } else {
      while (i < end && char(i) !== delimiter && char(i) !== '\n') {
        if (escaped()) written |= WRITTEN.ESCAPED;
        else if (quote !== false && char(i) === quote) return broken('a quote inside a field that is not quoted');
        else i++;
      }
      if (i >= end) return undefined;
      to = char(i) === '\n' && i > from && char(i - 1) === '\r' ? i - 1 : i;
    }
    const text = bytes.subarray(from, to);
    const isPlain = (written & ~WRITTEN.QUOTED) === 0 && standsInJson(text);
    fields.push([from, to, isPlain ? written | WRITTEN.PLAIN : written]);
    if (char(i) === '\n') {
      const contentEnd = i > start && char(i - 1) === '\r' ? i - 1 : i;
      const endsEmpty = from === to && (written & WRITTEN.QUOTED) === 0;
      return { next: i + 1, problem: undefined, fields, lines: lines + 1, contentEnd, endsEmpty };
    }
    i++;
  }
}

const standsInJson = (text: Buffer): boolean => text.every((byte) => byte >= 0x20 && byte !== 0x22 && byte !== 0x5c);

/** The records of a source, from a position on, which are those of a plain reading. */
function compared(source: Buffer, start: number, csv: Dialect): readonly Found[] {
  const records = new CsvRecords(csv.delimiter, csv);
  const all: Found[] = [];
  for (let at = start; at < source.length; ) {
    const next = records.next(source, at, source.length);
    const expected = plainly(source, at, csv);
    if (expected === undefined) {
      expect(next).toBe(INCOMPLETE);
      break;
    }
    const { problem, lines, contentEnd, count } = records;
    const fields = Array.from(
      { length: count },
      (_, field) => [records.from(field), records.to(field), records.written(field)] as const,
    );
    const { endsEmpty, ...others } = expected;
    expect({ next, problem, fields, lines, contentEnd }).toEqual(others);
    if (problem === undefined) expect(records.endsEmpty).toBe(endsEmpty);
    all.push(expected);
    at = next;
  }
  return all;
}

type Dialect = CsvSettings & { readonly delimiter: string };
const dialect: fc.Arbitrary<Dialect> = fc.record({
  delimiter: fc.constantFrom(',', '\t', ' ', '|', '\u0001', ';', '!', '#', '~'),
  quote: fc.constantFrom('"' as const, "'" as const, false as const),
  escape: fc.constantFrom('double' as const, 'backslash' as const),
});
/** Bytes around those that mean something too, as words tell bytes by their differences. */
const byte = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...Buffer.from('abcdefgh,,;|\t "\'\\\n\r#!~')) },
  { weight: 2, arbitrary: fc.constantFrom(0x00, 0x01, 0x02, 0x1f, 0x20, 0x21, 0x22, 0x23, 0x5b, 0x5c, 0x5d, 0x7f) },
  { weight: 1, arbitrary: fc.nat({ max: 255 }) },
);
const bytes = fc.array(byte, { maxLength: 60 }).map((array) => Buffer.from([...array, 0x0a]));

test('records are those of a plain reading, byte by byte', () => {
  const seen = { fields: 0, plain: 0, broken: 0 };
  fc.assert(
    fc.property(dialect, bytes, fc.nat({ max: 3 }), (csv, input, shift) => {
      // Words begin anywhere.
      const source = Buffer.concat([Buffer.alloc(shift, 'x'), input]);
      for (const { problem, fields } of compared(source, shift, csv)) {
        seen.fields += fields.length;
        seen.plain += fields.filter(([, , written = 0]) => (written & WRITTEN.PLAIN) !== 0).length;
        if (problem !== undefined) seen.broken++;
      }
    }),
    RUNS,
  );
  expect(seen.fields).toBeGreaterThan(seen.plain);
  expect(Math.min(seen.plain, seen.broken)).toBeGreaterThan(100);
});

test.each([
  'a,b\n',
  'a,b\r\n',
  '\r\n',
  'a,\r\n',
  ',\n',
  '"a","b"\r\n"c"\n',
  '"a"\r\r\n',
  '"a"\rb\n',
  '"a,b|c;d","e"\n',
  '"a\nb\r\nc"\n',
  '"a""b,c""",""\r\n',
  '"abcdefgh, ijkl","mnop"",qrst"\n',
  'a\rb,c\r\r\n',
  'a"b,c\r\nd,e\n',
  '"a"b,c\r\nd,e\n',
  'a\\,b,"c\\"d"\n',
  'a\\\nb,"c\\\r\nd"\\\r\n',
  'a\\\r,b\\\\\n',
  '\u0001a,b\u001f\n',
  'é,漢\r\n',
  "'a,b''c',d'\n",
])('those of %j are, in each dialect', (text) => {
  const source = Buffer.from(text);
  for (const delimiter of [',', '|', '\t']) {
    for (const quote of ['"', "'", false] as const) {
      for (const style of ['double', 'backslash'] as const) {
        for (let length = 1; length <= source.length; length++)
          compared(source.subarray(0, length), 0, { delimiter, quote, escape: style });
      }
    }
  }
});

test('positions are kept of as many fields as were asked for', () => {
  const records = new CsvRecords(',');
  expect([records.next(Buffer.from('a,b,c\n'), 0, 2), records.count]).toEqual([6, 3]);
  expect([records.from(0), records.from(1), records.from(2)]).toEqual([0, 2, undefined]);
});

test('a record is incomplete wherever it is cut', () => {
  const text = Buffer.from('one,"two, ""2""\r\n",three\\,four,\r\n');
  for (let length = 0; length < text.length; length++) {
    const records = new CsvRecords(',', { escape: 'backslash' });
    expect([length, records.next(text.subarray(0, length), 0, 9)]).toEqual([length, INCOMPLETE]);
  }
});

test('how a field was written is told of each', () => {
  const records = new CsvRecords(',', { escape: 'backslash' });
  const text = Buffer.from('a,"b","c""d","e\\f",g\\h\n');
  records.next(text, 0, 9);
  const told = Array.from({ length: 5 }, (_, field) => [records.isQuoted(field), records.hasDoubledQuotes(field)]);
  expect(told).toEqual([
    [false, false],
    [true, false],
    [true, true],
    [true, false],
    [false, false],
  ]);
});

test('texts are copied byte for byte, and those that JSON writes otherwise are told', () => {
  const place = fc.nat({ max: 9 });
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 40 }), place, place, (array, before, at) => {
      const text = Buffer.from(array);
      const source = Buffer.concat([Buffer.alloc(before, '"'), text, Buffer.alloc(before, '"')]);
      for (const copy of [copyWords, copyText]) {
        const target = Buffer.alloc(at + text.length + 3, '~');
        const end = copy(viewOf(source), before, before + text.length, viewOf(target), at);
        if (copy === copyText && !standsInJson(text)) {
          expect(end).toBe(-1);
        } else {
          expect(end).toBe(at + text.length);
          expect(target).toEqual(Buffer.concat([Buffer.alloc(at, '~'), text, Buffer.alloc(3, '~')]));
        }
      }
    }),
    RUNS,
  );
});
