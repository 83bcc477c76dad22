import { compileLinePattern } from '../line-pattern';
import type { Dataset, SourcePath } from '../model';
import { isJoined, partsOf, pathsOf, Sources } from '../sources';
import { type CsvDialect, declaredFields } from '../text-format';
import { formatHiveType } from '../types';
import { closest } from './closest';
import type { CheckedColumn } from './columns';
import { type Cursor, show } from './cursor';

const isPath = (path: SourcePath): boolean => path.length > 1;

/** A name without case and separators, by which a person would take it for another. */
const folded = (name: string): string => name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');

type Named = CheckedColumn & { readonly name: string };

/**
 * Checks that columns can come from the text formats that a dataset takes.
 *
 * @param cursor of `input`
 * @param fromPath columns whose values the layout takes from the path
 */
export function checkFitsText(
  cursor: Cursor,
  columns: readonly CheckedColumn[],
  input: Dataset['input'],
  fromPath: ReadonlySet<string> = new Set(),
): void {
  const read = columns.filter((column): column is Named => column.name !== undefined && !fromPath.has(column.name));
  if (input.formats.includes('csv')) {
    checkTypes(read, "'csv'", 'CSV');
    checkCsvFields(cursor, read, input.csv);
  }
  if (input.formats.includes('lines') && input.lines !== undefined) {
    checkTypes(read, "'lines'", 'lines');
    checkNames(cursor, read, compileLinePattern(input.lines.pattern).groups, 'group', 'input.lines.pattern');
  }
}

/** Text holds scalars only: nested values have no agreed form there, and bytes none at all. */
function checkTypes(columns: readonly Named[], format: string, shown: string): void {
  for (const { type, typeCursor, from, fromCursor } of columns) {
    const paths = from === undefined || from === 'snake' ? [] : isJoined(from) ? from.join : from;
    if (paths.length > 0 && (isJoined(from) ? paths.some(isPath) : paths.every(isPath))) {
      fromCursor.problem(
        `a path cannot be looked up in ${shown}, which does not nest`,
        `remove ${format} from input.formats, or name the column of the header as well with firstOf`,
      );
    }
    if (type?.kind === 'array' || type?.kind === 'map' || type?.kind === 'struct' || type?.kind === 'binary') {
      typeCursor.problem(
        `type '${formatHiveType(type)}' cannot come from ${shown}`,
        `remove ${format} from input.formats, or use a scalar type other than binary`,
      );
    }
  }
}

function checkCsvFields(cursor: Cursor, columns: readonly Named[], csv: CsvDialect): void {
  if (csv.header === false) {
    for (const { name, from, fromCursor } of columns) {
      if (!isJoined(from)) continue;
      fromCursor.problem(
        `column '${name}' is joined from fields, and with input.csv.header: false a field is a column`,
        'write the names of the fields in order as input.csv.header',
      );
    }
    return;
  }
  const names = declaredFields(csv, columns);
  if (names !== undefined) checkNames(cursor, columns, names, 'field', 'input.csv.header');
}

/** Checks that columns find their values under the names that are declared. */
function checkNames(
  { report }: Cursor,
  columns: readonly Named[],
  names: readonly string[],
  kind: 'field' | 'group',
  where: string,
): void {
  const sources = new Sources(columns.map(({ name, from }) => (from === undefined ? { name } : { name, from })));
  const found = names.flatMap((name) => sources.place(name)?.target.name ?? []);
  const twice = found.find((name, index) => found.indexOf(name) < index);
  if (twice !== undefined) {
    report.add(where, `has two ${kind}s for column '${twice}'`, 'keep one of them, and rename the other');
  }
  for (const { name, from, notNull } of columns) {
    const parts = partsOf(from === undefined ? { name } : { name, from }).map(([part = '']) => part);
    const missing = parts.filter((part) => !names.includes(part));
    if (found.includes(name) || (parts.length > 0 && missing.length === 0)) continue;
    const wanted = missing[0] ?? pathsOf(from === undefined ? { name } : { name, from })[0]?.[0] ?? name;
    const others = names.filter((candidate) => sources.place(candidate) === undefined);
    const near = others.find((candidate) => folded(candidate) === folded(wanted)) ?? closest(wanted, others);
    if (!notNull && near === undefined && parts.length === 0) continue;
    report.add(
      where,
      `has no ${kind} ${show(wanted)}${notNull ? `, and column '${name}' must have a value` : ` for column '${name}'`}`,
      near === undefined
        ? `add the ${kind}, or write the from of the column`
        : `write ${show(wanted)} instead of ${show(near)}, or the from of the column`,
    );
  }
}
