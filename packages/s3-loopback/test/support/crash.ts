import fs from 'node:fs';

export class Crash extends Error {}

const MUTATIONS = [
  'appendFileSync',
  'linkSync',
  'mkdirSync',
  'renameSync',
  'rmdirSync',
  'rmSync',
  'unlinkSync',
  'utimesSync',
  'writeFileSync',
  'writeSync',
] as const;

/**
 * Runs work in a process that "dies" before its nth change to the file system: that change and all later ones do not
 * happen. With `torn`, half of the bytes of a write at that point still do.
 * @returns the change that it died at; undefined when it made fewer
 */
export function runUntil(n: number, torn: boolean, work: () => void): string | undefined {
  let calls = 0;
  let nested = false;
  let diedAt: string | undefined;
  const spies = MUTATIONS.map((name) => {
    const original = fs[name] as (...args: unknown[]) => unknown;
    // Node's own functions call one another; only the outermost call is a change.
    const pass = (args: unknown[]): unknown => {
      nested = true;
      try {
        return original(...args);
      } finally {
        nested = false;
      }
    };
    return jest.spyOn(fs, name).mockImplementation(((...args: unknown[]) => {
      if (nested) return original(...args);
      if (calls++ < n) return pass(args);
      if (torn && calls === n + 1 && isWrite(name)) pass(firstHalf(args));
      diedAt ??= name;
      throw new Crash(name);
    }) as never);
  });
  try {
    work();
  } catch (error) {
    if (diedAt === undefined) throw error;
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return diedAt;
}

/** Whether a change writes bytes, and so can stop half-way. */
export const isWrite = (change: string): boolean => /^(?:write|append)/.test(change);

function firstHalf([target, data, ...rest]: unknown[]): unknown[] {
  const bytes = Buffer.from(data as string | Buffer);
  return [target, bytes.subarray(0, bytes.length >> 1), ...rest];
}
