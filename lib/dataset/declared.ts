import type { Column, Dataset } from './model';
import { formatHiveType, parseType } from './types';

/** Name of the parameter of a curated table that holds what its columns and keys do not say of the dataset. */
export const DECLARED = 'lake.declared';

/** Of a column, what its type in the table does not say. */
type DeclaredColumn = Partial<Pick<Column, 'type' | 'from'>> & { readonly notNull?: true };

type Declared = Pick<Dataset, 'dedupe' | 'eventTime' | 'input' | 'sortBy' | 'compaction' | 'retention'> & {
  readonly columns: Readonly<Record<string, DeclaredColumn>>;
  readonly range: readonly [from: string, to: string];
};

/** The declaration of a dataset beside its table, as JSON: `npm run lake -- diff --stage` compares it with today's. */
export function declaredText(dataset: Dataset): string {
  const { dedupe, eventTime, input, sortBy, compaction, retention, partition } = dataset;
  const columns = dataset.columns.flatMap(({ name, type, from, notNull }) => {
    const isPlain = JSON.stringify(parseType(formatHiveType(type))) === JSON.stringify(type);
    const more: DeclaredColumn = {
      ...(isPlain ? {} : { type }),
      ...(from === undefined ? {} : { from }),
      ...(notNull ? { notNull } : {}),
    };
    return Object.keys(more).length === 0 ? [] : [[name, more] as const];
  });
  const range = [partition.from, partition.to] as const;
  const declared: Declared = {
    dedupe,
    eventTime,
    input,
    sortBy,
    compaction,
    retention,
    columns: Object.fromEntries(columns),
    range,
  };
  return JSON.stringify(declared);
}

/** A dataset with what was declared beside its table, and all else as it is today. Undefined: the text is no such declaration. */
export function asDeclared(today: Dataset, text: string | undefined): Dataset | undefined {
  const declared = parsed(text);
  if (declared === undefined) return undefined;
  const { columns, range, ...settings } = declared;
  const completed = today.columns.map((column): Column => {
    const { type, from, notNull = false } = columns[column.name] ?? {};
    const { from: _, ...own } = column;
    // Another type is told by the table.
    const isDeclared = type !== undefined && formatHiveType(type) === formatHiveType(own.type);
    const plain = parseType(formatHiveType(own.type));
    return { ...own, type: isDeclared ? type : plain, notNull, ...(from === undefined ? {} : { from }) };
  });
  return {
    ...today,
    ...settings,
    columns: completed,
    partition: { ...today.partition, from: range[0], to: range[1] },
  };
}

function parsed(text = ''): Declared | undefined {
  try {
    const { dedupe, eventTime, input, sortBy, compaction, retention, columns, range } = JSON.parse(text) as Declared;
    const all = { dedupe, eventTime, input, sortBy, compaction, retention, columns, range };
    return Object.values(all).includes(undefined as never) ? undefined : all;
  } catch {
    return undefined;
  }
}
