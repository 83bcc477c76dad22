/** Any mix of records, whole and broken, cut anywhere; and memory, which stays bounded. */
import fc from 'fast-check';
import type { JsonInput } from '../../lib/dataset/json-input';
import { NdjsonValidator, UnreadableObjectError } from '../../lib/rows';
import { check, columns, OWNED, pretty, RECORDS, rows, texts } from './json-arrangements';

const RUNS = { seed: 20_260_615 };

/** What arranges records: any mix of it gives the same rows. */
const arrangement = fc.array(fc.tuple(fc.nat({ max: 2 }), fc.nat({ max: 7 })), { maxLength: 8 }).map((parts) => {
  const expected: unknown[] = [];
  const written = parts.map(([which, style]) => {
    const row = rows[which];
    const text = texts[which] ?? '';
    expected.push(row);
    switch (style) {
      case 0:
        return `${text}\n`;
      case 1:
        return text;
      case 2:
        return `[${text}]`;
      case 3:
        return pretty(row, 2);
      case 4:
        expected.push(row);
        return `[ ${text} ,\n${text} ]\r\n`;
      case 5:
        return `\u001e${text}\n`;
      case 6:
        expected.push(row, row);
        return pretty([row, row, row], '\t');
      default:
        return `${text} , `;
    }
  });
  return { expected, text: written.join('') };
});
const cuts = fc.array(fc.nat({ max: 600 }), { maxLength: 10 });

test('any mix of arrangements, cut anywhere, gives the same rows', () => {
  fc.assert(
    fc.property(arrangement, cuts, ({ expected, text }, at) => {
      expect(check(text, undefined, at)).toMatchObject({ rows: expected, rejected: [] });
    }),
    { ...RUNS, numRuns: 400 },
  );
});

const PARTS = [
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"',
  '\\',
  '\n',
  ' ',
  '\u001e',
  'null',
  '1',
  'é',
  '"id"',
  '{"id":1}',
  '{"id":"x"}',
  '\n{',
  '"Records":[',
  '\ufeff',
  '\\u00',
];
const noise = fc.oneof(
  fc.array(fc.constantFrom(...PARTS), { maxLength: 40 }).map((parts) => Buffer.from(parts.join(''))),
  fc.uint8Array({ maxLength: 120 }).map((bytes) => Buffer.from(bytes)),
  fc
    .tuple(arrangement, fc.array(fc.tuple(fc.nat({ max: 500 }), fc.constantFrom(...PARTS)), { maxLength: 4 }))
    .map(([{ text }, edits]) => {
      let bytes = Buffer.from(text);
      for (const [where, part] of edits) {
        const at = bytes.length === 0 ? 0 : where % bytes.length;
        bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from(part), bytes.subarray(at + (where % 3))]);
      }
      return bytes;
    }),
);

test.each([undefined, RECORDS, OWNED])(
  'every byte is in a row or in a rejection, or separates them, whatever the bytes (%j)',
  (json) => {
    fc.assert(
      fc.property(noise, cuts, (bytes, at) => {
        const whole = check(bytes, json);
        expect(check(bytes, json, at)).toEqual(whole);
        if (json !== undefined) return;
        const left = Buffer.from(bytes);
        for (const { offset = 0, raw } of whole.rejected) {
          expect(bytes.toString('latin1', offset, offset + raw.length)).toBe(raw);
          left.fill(' ', offset, offset + raw.length);
        }
        let from = 0;
        for (const line of whole.lines) {
          const text = left.map((byte) => (byte === 0x0a ? 0x09 : byte));
          const at = Buffer.from(text).indexOf(line.trim(), from);
          expect(at).toBeGreaterThanOrEqual(from);
          from = at + Buffer.byteLength(line.trim());
          left.fill(' ', at, from);
        }
        const between = left
          .toString()
          .replace(/^\ufeff/, '')
          .replaceAll('\u001e', '');
        expect(between).toMatch(/^[\s,[\]]*$/);
      }),
      { ...RUNS, numRuns: 1500 },
    );
  },
);

describe('memory stays bounded', () => {
  const MIB = 1024 * 1024;

  test.each([
    ['an array', '[', ']', undefined],
    ['an envelope', '{"owner":"o","at":{"region":"r"},"Records":[', '],"z":1}', OWNED],
  ])('%s of 64 MB in one line is passed on record by record', (_, head, tail, json) => {
    const validator = new NdjsonValidator({ columns, input: json && { json } }, () => undefined);
    const record = Buffer.from(`{"id":1,"v":"${'x'.repeat(1000)}"},`.repeat(64));
    const longest = { held: 0 };
    let passed = 0;
    let pushed = head.length;
    validator.push(Buffer.from(head));
    for (let at = 0; at < 64 * MIB; at += record.length) {
      pushed += record.length;
      for (const slice of validator.push(Buffer.from(record))) passed += slice.length;
      longest.held = Math.max(longest.held, pushed - passed);
    }
    validator.push(Buffer.from(`{"id":2}${tail}`));
    validator.end();
    expect([validator.accepted % 64, validator.rejected]).toEqual([1, 0]);
    expect(longest.held).toBeLessThan(MIB);
  });

  test('a record of more than 16 MiB makes the object unreadable, and so does an envelope whose members stand behind', () => {
    const push = (parts: readonly string[], json?: JsonInput) => () => {
      const validator = new NdjsonValidator({ columns, input: json && { json } }, () => undefined);
      for (const part of parts) validator.push(Buffer.from(part));
    };
    const mebibyte = 'x'.repeat(MIB);
    expect(push(['[{"id":1,"v":"', ...new Array<string>(17).fill(mebibyte)])).toThrow(UnreadableObjectError);
    const records = new Array<string>(17).fill(`{"id":1,"v":"${mebibyte}"},`);
    expect(push(['{"Records":[', ...records], OWNED)).toThrow('and not all of owner, region stand before its records');
    expect(push(['{"Records":[', ...records], RECORDS)).not.toThrow();
  });

  test('hostile nesting takes time in proportion to the bytes', () => {
    const started = performance.now();
    for (const text of [
      '['.repeat(MIB),
      '{"a":'.repeat(MIB / 4),
      '{\n'.repeat(MIB / 2),
      '[{"a":[\n'.repeat(MIB / 8),
      '"'.repeat(MIB),
    ]) {
      check(text);
    }
    expect(performance.now() - started).toBeLessThan(60_000);
  });
});

test('a chunk is as it was once it has been read, wherever it ends', () => {
  const text = Buffer.from(`[${Array.from({ length: 20_000 }, () => texts.join(',')).join(',')}]`);
  for (let at = text.length; at > text.length - 12; at--) {
    const chunk = Buffer.from(text.subarray(0, at));
    new NdjsonValidator({ columns }, () => undefined).push(chunk);
    expect([at, chunk.equals(text.subarray(0, at))]).toEqual([at, true]);
  }
});
