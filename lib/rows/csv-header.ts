import type { Column } from '../dataset/model';
import { type Place, partsOf, Sources } from '../dataset/sources';
import { UnreadableObjectError } from './errors';
import { lookAlikes } from './likeness';
import { lookAlikeColumns, quoteName } from './reasons';
import type { WrittenColumn } from './written-column';

/** What the fields of records are for. */
export interface FieldPlan {
  /** Number of names. */
  readonly width: number;
  readonly columns: readonly WrittenColumn[];
  /**
   * Whether each value is written under the name of its column. Otherwise a column can take its value from several fields,
   * which are written under the names of the header.
   */
  readonly isOwn: boolean;
  /** Names that no column takes. */
  readonly unknown: readonly string[];
}

/** Finds what the fields of a header are for. */
export class Header {
  readonly #columns: readonly Column[];
  readonly #sources: Sources<Column>;

  /** @param what the names are, at the beginning of a reason */
  constructor(
    columns: readonly Column[],
    readonly what = 'its header',
  ) {
    this.#columns = columns;
    this.#sources = new Sources(columns);
  }

  /** Whether a name is one of a column. */
  knows(name: string): boolean {
    return this.#sources.uses(name);
  }

  /** Fields that are the columns in their order. */
  inOrder(): FieldPlan {
    const columns = this.#columns.map(({ name, type }, field) => ({ name, kind: type.kind, field }));
    return { width: columns.length, columns, isOwn: true, unknown: [] };
  }

  /**
   * @param advice what else to say of a header that lacks columns
   * @throws UnreadableObjectError for a header under which no row can be read
   */
  read(names: readonly string[], advice: () => string = () => ''): FieldPlan {
    const known = new Set<string>();
    const twice = names.find((name) => known.size === known.add(name).size);
    if (twice !== undefined) throw new UnreadableObjectError(`${this.what} has the column ${quoteName(twice)} twice`);
    const places = names.map((name) => this.#sources.place(name));
    const there = new Set(places.map((place) => place?.target));
    const isThere = (column: Column): boolean => {
      const parts = partsOf(column).map(([name = '']) => name);
      return there.has(column) || (parts.length > 0 && parts.every((part) => known.has(part)));
    };
    const missing = this.#columns.filter((column) => !isThere(column));
    const alike = lookAlikes(this.#columns, names);
    const required = missing.filter(({ name, notNull }) => notNull && !alike.some(({ declared }) => declared === name));
    const lacks = `lacks columns that must have values: ${required.map(({ name }) => name).join(', ')}`;
    if (alike.length > 0) {
      const also = required.length > 0 ? `. It also ${lacks}` : '';
      throw new UnreadableObjectError(`${this.what} has ${lookAlikeColumns(alike)}${also}`);
    }
    if (required.length > 0) throw new UnreadableObjectError(`${this.what} ${lacks}${advice()}`);
    const unknown = names.filter((name) => !this.#sources.uses(name));
    return { width: names.length, ...this.#plan(names, places), unknown };
  }

  /** Columns get their own names at once, unless one of them can take its value from several of the header. */
  #plan(
    names: readonly string[],
    places: readonly (Place<Column> | undefined)[],
  ): Pick<FieldPlan, 'columns' | 'isOwn'> {
    const found = new Map<Column, { readonly name: string; readonly rank: number }[]>();
    for (const [index, place] of places.entries()) {
      if (place === undefined) continue;
      const { target, rank } = place;
      const name = names[index] ?? '';
      const others = found.get(target) ?? [];
      const same = others.find((other) => other.rank === rank);
      if (same !== undefined) {
        throw new UnreadableObjectError(
          `${this.what} has the column ${target.name} twice: as ${quoteName(same.name)} and ${quoteName(name)}`,
        );
      }
      found.set(target, [...others, { name, rank }]);
    }
    const isOwn = [...found.values()].every(({ length }) => length === 1);
    const whole = places.flatMap((place, field): WrittenColumn[] => {
      if (place === undefined || partsOf(place.target).length > 0) return [];
      const { name, type } = place.target;
      return [{ name: isOwn ? name : (names[field] ?? ''), kind: type.kind, field }];
    });
    const joined = this.#columns.flatMap((column): WrittenColumn[] => {
      const parts = partsOf(column).map(([name = '']) => names.indexOf(name));
      const field = names.indexOf(column.name);
      if (parts.length === 0 || (field < 0 && parts.includes(-1))) return [];
      return [{ name: column.name, kind: column.type.kind, field, ...(parts.includes(-1) ? {} : { joined: parts }) }];
    });
    return { columns: [...whole, ...joined], isOwn };
  }
}
