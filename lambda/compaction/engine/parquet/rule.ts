import type { ColumnType } from '../../../../lib/dataset/model';

/** How single values of a type in the file become values of the declared type. */
export interface Rule {
  /** For docs/input.md: `exact` when the value is the same, otherwise what it becomes, in a few words. */
  readonly how: string;
  /** The value, for rows that fit. */
  readonly value: string;
  /** True for values that do not fit, never null for what is not null. Absent where everything fits. */
  readonly misfit?: string | undefined;
}

export type ScalarType = Exclude<ColumnType, { kind: 'array' | 'map' | 'struct' }>;
