import { snakeCase } from '../snake-case';
import { type Cursor, count } from './cursor';
import { isReserved } from './reserved-words';

interface NameRule {
  readonly pattern: RegExp;
  readonly maxLength: number;
  readonly words: string;
  /** A name that is not reserved, made of one that is. */
  readonly instead: (name: string) => string;
}

const COLUMN: NameRule = {
  pattern: /^[a-z_][a-z0-9_]*$/,
  maxLength: 255,
  words: 'use lowercase letters, digits and underscores, beginning with a letter or underscore',
  instead: (name) => `event_${name}`,
};

const TABLE: NameRule = {
  pattern: /^[a-z][a-z0-9_]*$/,
  maxLength: 64,
  words: 'use lowercase letters, digits and underscores, beginning with a letter',
  instead: (name) => `${name}_events`,
};

/** DuckDB refuses to number the rows of a Parquet file that has a column of this name, and compaction numbers them. */
const ENGINE_COLUMN = 'file_row_number';

/** Name of a column or partition key. */
export const readColumnName = (cursor: Cursor): string | undefined => readName(cursor, COLUMN);

/** Name of a dataset, which is also that of its tables. */
export const readTableName = (cursor: Cursor): string | undefined => readName(cursor, TABLE);

/** Returns the text even when it breaks a rule, so that references to it are not reported as well. */
function readName(cursor: Cursor, rule: NameRule): string | undefined {
  const name = cursor.text(rule.words);
  if (name === undefined) return undefined;
  if (!rule.pattern.test(name)) {
    const better = snakeCase(name)
      .replace(/[^a-z0-9]+/g, '_')
      .replace(/^_+|_+$/g, '');
    const usable = rule.pattern.test(better) && better.length <= rule.maxLength && !isReserved(better);
    cursor.problem(
      name === '' ? 'is empty' : `'${name}' is not a lowercase name`,
      usable ? `write '${better}'` : rule.words,
    );
  } else if (name.length > rule.maxLength) {
    cursor.problem(`has ${count(name.length)} characters`, `write at most ${rule.maxLength}`);
  } else if (name === ENGINE_COLUMN && rule === COLUMN) {
    cursor.problem(
      `'${name}' is a column of the compaction engine's own`,
      `write another name, for example 'row_number'`,
    );
  } else if (isReserved(name)) {
    cursor.problem(`'${name}' is a reserved word of Athena`, `write another name, for example '${rule.instead(name)}'`);
  }
  return name;
}
