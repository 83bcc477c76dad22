import { HEAD_BYTES } from './content';
import {
  type Dialect,
  detectDialect,
  FIELDS_LINE,
  LOOKED_AT_LINES,
  type NoDialect,
  sameDialect,
  wholeLines,
} from './delimited';
import { guessedLines, knownLines, type LineLook, partialTime } from './line-look';

/** How a text is read, or why it cannot be. */
export type TextLook = { readonly dialect: Dialect } | { readonly lines: LineLook } | { readonly problem: string };

/**
 * How texts are read: one form for all of them, where they have one.
 *
 * @param heads what each begins with
 */
export function lookAtTexts(heads: readonly string[]): readonly TextLook[] {
  const texts = heads.map((head) => {
    const isWhole = Buffer.byteLength(head) < HEAD_BYTES;
    return { head, records: wholeLines(head, isWhole), lines: linesOf(head, isWhole) };
  });
  const all = texts.flatMap(({ lines }) => lines);
  const isNamed = all.some((line) => line.startsWith(FIELDS_LINE));
  const known = isNamed ? undefined : knownLines(all);
  if (known !== undefined) return texts.map(() => ({ lines: known }));
  const looked = (mayTrail: boolean): readonly (Dialect | NoDialect)[] =>
    texts.map(({ head, records, lines }) => detectDialect(head, records, lines, mayTrail));
  const first = looked(true);
  const trail = first.filter((dialect) => 'csv' in dialect && dialect.csv.trailingDelimiter === true);
  // Where one file has a value behind the last delimiter, it is empty in the others.
  const dialects = trail.length > 0 && trail.length < first.length ? looked(false) : first;
  const found = dialects.filter((dialect): dialect is Dialect => 'csv' in dialect);
  const guessed = isNamed ? undefined : guessedLines(all);
  const isDelimited = dialects.some((dialect) => 'problem' in dialect && dialect.isDelimited === true);
  if (
    guessed !== undefined &&
    !isDelimited &&
    (found.length < dialects.length || found.some((dialect) => isUnsure(dialect, guessed)))
  ) {
    return texts.map(() => ({ lines: guessed }));
  }
  const partial = isNamed ? undefined : partialTime(all);
  const same = sameDialect(found);
  return dialects.map((dialect) => {
    if (partial !== undefined) return { problem: `lines, but ${partial}` };
    if ('problem' in dialect) return dialect;
    return { dialect: sameForm(dialect, found) && same !== undefined ? same : dialect };
  });
}

/** Blanks without a header may be those of prose, and a delimiter that lines have by chance is none. */
const isUnsure = ({ csv, share, hasTime }: Dialect, { share: matched }: LineLook): boolean =>
  Array.isArray(csv.header) && (csv.delimiter === ' ' || !hasTime || (share < 0.9 && matched > share));

const sameForm = ({ csv }: Dialect, dialects: readonly Dialect[]): boolean =>
  dialects.every(
    ({ csv: other }) =>
      other.delimiter === csv.delimiter && JSON.stringify(other.header) === JSON.stringify(csv.header),
  );

function linesOf(head: string, isWhole: boolean): readonly string[] {
  const lines = head.split('\n');
  if (!isWhole && lines.length > 1) lines.pop();
  return lines
    .map((line) => line.replace(/\r$/, ''))
    .filter((line) => line.trim() !== '')
    .slice(0, LOOKED_AT_LINES);
}
