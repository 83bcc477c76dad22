import fc from 'fast-check';
import {
  type ColumnType,
  ConfigError,
  type Dataset,
  type DatasetDefinition,
  type Problem,
  parseDataset,
} from '../../lib/dataset';
import { DML_RESERVED } from '../../lib/dataset/checks/reserved-words';

/** A valid definition with some properties replaced. Values of any type, since mistakes are what tests make. */
export function definition(overrides: Readonly<Record<string, unknown>> = {}): DatasetDefinition {
  return {
    name: 'events',
    description: 'Test events.',
    columns: [
      { name: 'id', type: 'string', notNull: true },
      { name: 'at', type: 'timestamp', notNull: true },
    ],
    partition: { scheme: 'day', from: '2024-01-01', to: '2026-12-31' },
    eventTime: 'at',
    input: { formats: ['ndjson'] },
    ...overrides,
  };
}

export const dataset = (overrides: Readonly<Record<string, unknown>> = {}): Dataset =>
  parseDataset(definition(overrides));

/** Columns of the valid definition and one more for each type, named `c0`, `c1`... */
export function columnsOf(...types: readonly string[]): readonly object[] {
  return [...definition().columns, ...types.map((type, index) => ({ name: `c${index}`, type }))];
}

/** What is reported for a definition. */
export function problemsOf(run: () => unknown): readonly Problem[] {
  try {
    run();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

// One in some thousands is a word such as `on`, which no dataset takes.
const fieldName = fc.stringMatching(/^[a-z_][a-z0-9_]{0,8}$/).filter((name) => !DML_RESERVED.has(name));

const scalar: fc.Arbitrary<ColumnType> = fc.oneof(
  fc
    .constantFrom(
      'boolean' as const,
      'tinyint' as const,
      'smallint' as const,
      'int' as const,
      'bigint' as const,
      'float' as const,
      'double' as const,
    )
    .map((kind) => ({ kind })),
  fc
    .constantFrom('string' as const, 'date' as const, 'timestamp' as const, 'binary' as const)
    .map((kind) => ({ kind })),
  fc
    .tuple(fc.integer({ min: 1, max: 38 }), fc.nat(38))
    .map(([precision, scale]) => ({ kind: 'decimal' as const, precision, scale: Math.min(scale, precision) })),
);

const mapKey: fc.Arbitrary<ColumnType> = fc.oneof(
  fc.constant({ kind: 'string' as const }),
  fc.constantFrom('tinyint' as const, 'smallint' as const, 'int' as const, 'bigint' as const).map((kind) => ({ kind })),
);

/** Any type, nested. */
export const columnType: fc.Arbitrary<ColumnType> = fc.letrec<{ type: ColumnType }>((tie) => ({
  type: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    scalar,
    tie('type').map((element) => ({ kind: 'array' as const, element })),
    fc.tuple(mapKey, tie('type')).map(([key, value]) => ({ kind: 'map' as const, key, value })),
    fc
      .uniqueArray(fc.record({ name: fieldName, type: tie('type') }), {
        minLength: 1,
        maxLength: 4,
        selector: (field) => field.name,
      })
      .map((fields) => ({ kind: 'struct' as const, fields })),
  ),
})).type;

/** A dataset of any partition scheme, with leading keys. */
export const partitionedDataset: fc.Arbitrary<Dataset> = fc
  .record({
    scheme: fc.constantFrom('day', 'hour', 'dt', 'month'),
    from: fc.constantFrom('2024-02-29', '2024-01-01', '2025-12-31'),
    to: fc.constantFrom('2025-12-31', '2026-02-28', '2028-02-29'),
    leading: fc.subarray([
      { name: 'tenant', kind: 'enum', values: ['acme', 'globex-2', 'v1.0_b'] },
      { name: 'device', kind: 'injected' },
    ]),
  })
  .map((partition) =>
    partition.scheme === 'month' ? { ...partition, from: '2024-02-01', to: '2028-02-29' } : partition,
  )
  .map((partition) => dataset({ partition }));
