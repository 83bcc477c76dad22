import type { NameMapping } from './schema';

/** A column of a data file, or a part of one: fields of structs; `element` of a list; `key` and `value` of a map. */
export interface FileColumn {
  readonly name: string;
  readonly parts: readonly FileColumn[];
}

/**
 * Adds what a mapping lacks. Readers fail on a file with a column that no name maps, or give NULL in the columns behind it; and
 * files keep a column that was removed from the table.
 *
 * @param mapping what the columns of now are called
 * @param earlier a mapping that names the same columns, and others
 */
export function withEarlier(mapping: readonly NameMapping[], earlier: readonly NameMapping[]): NameMapping[] {
  const known = new Map(earlier.map((own) => [nameOf(own), own]));
  const names = new Set(mapping.map(nameOf));
  return [
    ...mapping.map((own) => withFields(own, withEarlier(own.fields ?? [], known.get(nameOf(own))?.fields ?? []))),
    ...earlier.filter((own) => !names.has(nameOf(own))),
  ];
}

/**
 * The names of a table that has seen its files. A column of files that no name maps gets an id, as if the table had had it once: a
 * dataset may have lost columns before the table was first published.
 */
export class FileNames {
  #mapping: readonly NameMapping[];
  #lastId: number;

  /** @param lastId highest id that the table ever used */
  constructor(mapping: readonly NameMapping[], lastId: number) {
    this.#mapping = mapping;
    this.#lastId = lastId;
  }

  get mapping(): readonly NameMapping[] {
    return this.#mapping;
  }

  get lastId(): number {
    return this.#lastId;
  }

  /** Takes the columns of one file. */
  add(columns: readonly FileColumn[]): void {
    if (!covers(this.#mapping, columns)) this.#mapping = this.#covering(this.#mapping, columns);
  }

  #covering(mapping: readonly NameMapping[], columns: readonly FileColumn[]): NameMapping[] {
    const parts = new Map(columns.map((column) => [column.name, column.parts]));
    const names = new Set(mapping.map(nameOf));
    return [
      ...mapping.map((own) => withFields(own, this.#covering(own.fields ?? [], parts.get(nameOf(own)) ?? []))),
      ...columns
        .filter(({ name }) => !names.has(name))
        .map((column) =>
          withFields({ 'field-id': ++this.#lastId, names: [column.name] }, this.#covering([], column.parts)),
        ),
    ];
  }
}

/** Whether a mapping names every column and part. Nearly all files have the columns of the one before. */
const covers = (mapping: readonly NameMapping[], columns: readonly FileColumn[]): boolean =>
  columns.every(({ name, parts }) => {
    const own = mapping.find((one) => nameOf(one) === name);
    return own !== undefined && covers(own.fields ?? [], parts);
  });

const nameOf = ({ names }: NameMapping): string => names[0] ?? '';

const withFields = (own: NameMapping, fields: readonly NameMapping[]): NameMapping =>
  fields.length === 0 ? own : { ...own, fields };
