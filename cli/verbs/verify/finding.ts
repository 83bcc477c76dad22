/** What can be wrong, each with its cure in `docs/commands.md`. */
export const KINDS = [
  'manifest-malformed',
  'manifest-missing',
  'extra-manifest',
  'listed-twice',
  'file-missing',
  'file-unreadable',
  'schema',
  'row-count',
  'orphan',
  'duplicate-rows',
  'outside-partition',
  'encryption',
  'unversioned',
  'stray-object',
] as const;
export type Kind = (typeof KINDS)[number];

export interface Finding {
  readonly kind: Kind;
  readonly dataset: string;
  readonly partition: string | undefined;
  /** The object that is meant, in the curated bucket. */
  readonly key: string;
  readonly problem: string;
  readonly cure: string;
  /** Whether `--repair` cures it: no judgement is needed, and no row is lost. */
  readonly repairable: boolean;
}
