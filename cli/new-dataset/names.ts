import { DML_RESERVED, isReserved } from '../../lib/dataset/checks/reserved-words';
import { isSpelling, snakeCase } from '../../lib/dataset/snake-case';

const COLUMN_NAME = /^[a-z_][a-z0-9_]{0,254}$/;
const FIELD_NAME = /^[a-z_][a-z0-9_]*$/;
const MAX_LENGTH = 240;

/** A name in the input, and the one that it gets in the lake. */
export interface Naming {
  readonly source: string;
  readonly name: string;
}

export type NamingLevel = readonly Naming[];

/**
 * Names of columns, or of the fields of a struct, for names of the input: the same where they may be names of the lake,
 * else in snake case, without characters that a name cannot have, and each another.
 *
 * @param taken names that none of them may have
 */
export function nameAll(
  sources: readonly string[],
  kind: 'column' | 'field',
  taken: readonly string[] = [],
): NamingLevel {
  const isFree = (name: string): boolean => isUsable(name, kind) && !taken.includes(name);
  // What need not change keeps its name, whatever comes before it.
  const names = new Set([...taken, ...sources.filter(isFree)]);
  return sources.map((source) => {
    if (isFree(source)) return { source, name: source };
    const plain = plainName(source);
    const base = isFree(plain) ? plain : `event_${plain}`.replace(/_+/g, '_').replace(/_$/, '');
    let name = base;
    for (let next = 2; names.has(name); next += 1) name = `${base}_${next}`;
    names.add(name);
    return { source, name };
  });
}

function isUsable(name: string, kind: 'column' | 'field'): boolean {
  if (kind === 'field') return FIELD_NAME.test(name) && name.length <= 255 && !DML_RESERVED.has(name);
  return COLUMN_NAME.test(name) && !isReserved(name) && name !== 'file_row_number';
}

/** A name of lowercase letters, digits and underscores; it may be a reserved word. */
export function plainName(source: string): string {
  const text = snakeCase(source.replaceAll('ß', 'ss').normalize('NFKD').replace(/\p{M}/gu, ''))
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, MAX_LENGTH);
  return text === '' ? 'unnamed' : /^\d/.test(text) ? `_${text}` : text;
}

/**
 * Whether `columnNames: 'snake'` says what the names stand for: at least one is another in the input, all of those are
 * spellings of their names, and no two of a level are spellings of one.
 */
export function isSnakeEnough(levels: readonly NamingLevel[]): boolean {
  const changed = levels.flatMap((level) => level.filter(({ source, name }) => source !== name));
  return (
    changed.some(isSpelled) && levels.every((level) => level.every((naming) => !isSpelledByAnother(naming, level)))
  );
}

/** Whether a naming needs no `from` where `columnNames` is 'snake'. */
export const isSpelled = ({ source, name }: Naming): boolean => isSpelling(source, name);

const isSpelledByAnother = (naming: Naming, level: NamingLevel): boolean =>
  level.some((other) => other !== naming && (isSpelling(other.source, naming.name) || likeAs(other, naming)));

/** Names that differ by their case or marks alone are told apart by exact names only. */
const likeAs = (a: Naming, b: Naming): boolean => snakeCase(a.source) === snakeCase(b.source);
