import type { LambdaArchitecture, StageDefinition } from '../../lib/settings';
import dev from '../../test/fixtures/stages/dev';

/** Any part of a stage's settings, at any depth. */
export type StageChanges = DeepPartial<Omit<StageDefinition, 'name'>> & { readonly name?: string };

type DeepPartial<T> = T extends readonly unknown[] | string | number | boolean
  ? T
  : { readonly [Key in keyof T]?: DeepPartial<T[Key]> };

/** The emulator runs functions on the host's processor, with the native library that is in their asset. */
export const HOST_ARCHITECTURE: LambdaArchitecture = process.arch === 'arm64' ? 'arm64' : 'x86_64';

/**
 * The shipped stage `dev` with some settings changed, and on the host's processor. Objects are merged at every depth,
 * everything else is replaced.
 */
export const changedStage = (changes: StageChanges = {}): StageDefinition =>
  merge(merge(dev, { compaction: { architecture: HOST_ARCHITECTURE } }), changes) as StageDefinition;

function merge(base: unknown, changes: unknown): unknown {
  if (changes === undefined) return base;
  if (!isRecord(base) || !isRecord(changes)) return changes;
  const keys = new Set([...Object.keys(base), ...Object.keys(changes)]);
  return Object.fromEntries([...keys].map((key) => [key, merge(base[key], changes[key])]));
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
