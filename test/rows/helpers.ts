import { isDeepStrictEqual } from 'node:util';
import type { Column } from '../../lib/dataset/model';
import { parseType } from '../../lib/dataset/types';
import type { RowValidator } from '../../lib/rows';
import { NdjsonValidator, type Rejection } from '../../lib/rows';

/** Columns from `name: type`; a type that ends in `!` must have a value. */
export function columnsOf(types: Readonly<Record<string, string>>): Column[] {
  return Object.entries(types).map(([name, type]) => ({
    name,
    type: parseType(type.replace('!', '')),
    notNull: type.endsWith('!'),
    comment: undefined,
  }));
}

interface Checked {
  readonly output: Buffer;
  readonly rejected: readonly { line: number; reason: string; raw: string }[];
}

/** Feeds chunks to a checker and copies everything, as bytes are lent for the call only. */
export function feed(checker: RowValidator, chunks: readonly Buffer[]): Buffer {
  const output: Buffer[] = [];
  for (const chunk of chunks) {
    const lent = Buffer.from(chunk);
    output.push(...checker.push(lent).map((slice) => Buffer.from(slice)));
    // Proves that nothing of a chunk is looked at once its slices are consumed.
    lent.fill(0x7e);
  }
  output.push(...checker.end().map((slice) => Buffer.from(slice)));
  const bytes = Buffer.concat(output);
  if ((bytes.at(-1) ?? 0x0a) !== 0x0a) throw new Error('a checker passes on whole lines only');
  return bytes;
}

export function checkNdjson(columns: readonly Column[], chunks: readonly Buffer[]): Checked {
  const rejected: { line: number; reason: string; raw: string }[] = [];
  const checker = new NdjsonValidator({ columns }, keep(rejected));
  const output = feed(checker, chunks);
  expect(checker.rejected).toBe(rejected.length);
  expect(checker.accepted).toBe(output.filter((byte) => byte === 0x0a).length);
  return { output, rejected };
}

export const keep =
  (list: { line: number; reason: string; raw: string }[]) =>
  ({ line, reason, raw }: Rejection): void => {
    list.push({ line, reason, raw: raw.toString('latin1') });
  };

/** Cuts bytes at the positions, which may come in any order and lie outside. */
export function cut(bytes: Buffer, positions: readonly number[]): Buffer[] {
  const sorted = [0, ...positions.map((at) => Math.min(at, bytes.length)).sort((a, b) => a - b), bytes.length];
  return sorted.slice(1).map((to, index) => bytes.subarray(sorted[index], to));
}

/** Places to cut bytes at: none, before each byte, before every third, in the middle. */
export function waysToCut(bytes: Buffer): readonly (readonly number[])[] {
  const everywhere = Array.from(bytes.keys());
  return [[], everywhere, everywhere.filter((at) => at % 3 === 1), [bytes.length / 2]];
}

/** Characters of an answer that are shown where two differ. */
const SHOWN = 200;

/** Two answers of any size are the same. Jest would take half a minute to print the difference of two that are large. */
export function expectSame(found: unknown, expected: unknown): void {
  if (isDeepStrictEqual(found, expected)) return;
  const [one, other] = [textOf(found), textOf(expected)];
  const at = [...one].findIndex((character, index) => character !== other[index]);
  const from = Math.max(0, (at < 0 ? one.length : at) - SHOWN / 2);
  throw new Error(
    `from character ${from}: ${one.slice(from, from + SHOWN)}\ninstead of: ${other.slice(from, from + SHOWN)}`,
  );
}

const textOf = (answer: unknown): string =>
  JSON.stringify(answer, (_, value: unknown) => (isBuffer(value) ? Buffer.from(value.data).toString('latin1') : value));

/** What JSON makes of bytes. */
const isBuffer = (value: unknown): value is { readonly data: readonly number[] } =>
  typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer' && 'data' in value;
