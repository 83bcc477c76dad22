import { plainName } from './names';
import { type Resolved, resolve, type TypeNode } from './resolve';
import type { Shape } from './shape';
import type { SampleColumn, SampleTable } from './table';
import { epochUnit, saysTime } from './time-guess';

/** A column of the samples with the type that takes its values. */
export interface ResolvedColumn {
  readonly source: string;
  readonly shape: Shape;
  readonly resolved: Resolved;
  /** Whether the values may be read as times, where the samples say so. */
  readonly canBeTime: boolean;
  /** Whether it has a value in every row. */
  readonly isComplete: boolean;
  /** Columns of the samples whose texts are joined to its values. @default it is one of them itself */
  readonly join?: readonly string[];
  /** Names of members that lead to its values. @default it is a column of the samples itself */
  readonly path?: readonly string[];
}

export interface ResolvedTable {
  readonly columns: readonly ResolvedColumn[];
  /** Columns for whose type the lake has none, with it. */
  readonly withoutType: readonly { readonly source: string; readonly label: string }[];
}

export function resolveColumns(table: SampleTable): ResolvedTable {
  const columns: ResolvedColumn[] = [];
  const withoutType: { source: string; label: string }[] = [];
  for (const column of table.columns.values()) {
    const { source, shape, declared } = column;
    const own = declared === undefined ? resolve(shape, source) : ofParquet(column);
    const others = [...column.otherTypes];
    const resolved =
      own === undefined || others.length === 0
        ? own
        : {
            ...own,
            doubts: [
              ...own.doubts,
              `files differ in its type, and those of ${others.join(', ')} may be refused: declare a string where it is text in all of them`,
            ],
          };
    if (resolved === undefined) {
      withoutType.push({ source, label: declared?.label ?? '' });
      continue;
    }
    const isComplete = shape.values === table.rows && table.rows > 0;
    columns.push({ source, shape, resolved, canBeTime: declared === undefined || isText(declared.node), isComplete });
  }
  return { columns, withoutType };
}

const isText = (node: TypeNode | undefined): boolean =>
  node?.kind === 'scalar' && /^(?:string|bigint)$/.test(node.type);

/** The type of the schema; but texts and numbers that are times are read as such. */
function ofParquet({ source, shape, declared }: SampleColumn): Resolved | undefined {
  const node = declared?.node;
  if (node === undefined) return undefined;
  if (node.kind !== 'scalar') return { node, doubts: [] };
  if (node.type === 'string' && !/JSON|ENUM|UUID/.test(declared?.label ?? '')) {
    const found = resolve(shape, source);
    if (found.times !== undefined && shape.numbers.count === 0) return found;
    return { node, doubts: shape.values === 0 ? found.doubts : [] };
  }
  if (/int$|^double$/.test(node.type) && shape.values > 0 && saysTime(plainName(source))) {
    const { least, largest } = shape.numbers;
    const isMillis = epochUnit(least, largest) === 'ms' && node.type === 'bigint';
    if (
      shape.numbers.count === shape.values &&
      epochUnit(least, largest) !== undefined &&
      (isMillis || node.type !== 'int')
    ) {
      return resolve(shape, source);
    }
  }
  const times = node.type === 'timestamp' || node.type === 'date' ? nativeTimes(shape, node.type) : undefined;
  return { node, doubts: [], ...(times === undefined ? {} : { times }) };
}

function nativeTimes(shape: Shape, kind: 'timestamp' | 'date') {
  const found = shape.times.best.find((time) => time.format === undefined);
  return found === undefined ? undefined : [{ ...found, kind, read: shape.values }];
}
