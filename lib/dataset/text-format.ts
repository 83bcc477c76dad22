/** How the lines of delimited text are written. What is left out is as in RFC 4180, with a header. */
export interface CsvSettings {
  /**
   * One character of ASCII that is not a letter, digit, quote, backslash or line end: `' '`, `'\t'`, `'|'`, `'\u0001'` (Hive's
   * own). @default ','
   */
  readonly delimiter?: string;
  /**
   * Where the names of the fields stand.
   *
   * - `true`: in the first line.
   * - `false`: no header; the fields are the columns in order.
   * - `['type', 'time']`: here, in the order of the fields. Those that no column takes are left out.
   * - `'#Fields:'`: in the line that begins so, separated as the fields or by blanks. Another such line names those after it.
   *
   * @default true
   */
  readonly header?: boolean | readonly string[] | string;
  /** What lines begin with that are skipped, one to ten characters. @default none; for `header: '#Fields:'` its first character */
  readonly comment?: string;
  /**
   * Texts that mean null, as they stand in the line: `'-'` and `'\\N'` are fields without quotes, `'"-"'` is one in quotes. An
   * empty field without quotes is null as well, see `empty`. @default none
   */
  readonly nulls?: readonly string[];
  /** What an empty field without quotes is in a column of strings: null, or the empty string. @default 'null' */
  readonly empty?: 'null' | 'string';
  /** What may enclose a field, so that it can hold delimiters and line ends. `false`: nothing. @default '"' */
  readonly quote?: '"' | "'" | false;
  /**
   * How a field holds quotes. `double`: twice. `backslash`: a backslash before any character takes away its meaning, within
   * quotes and without; `\n`, `\r`, `\t`, `\b`, `\f`, `\v`, `\0`, `\Z` and `\xHH` are the characters that they are in MySQL, PostgreSQL and
   * nginx. @default 'double'
   */
  readonly escape?: 'double' | 'backslash';
  /** Decimal mark of numbers. @default '.' */
  readonly decimal?: '.' | ',';
  /** What stands between groups of three digits of numbers, if anything does. @default nothing */
  readonly thousands?: '.' | ',' | ' ' | "'" | '’' | '_' | '\u00a0' | '\u202f';
  /** Whether lines end with a delimiter after the last field. @default false */
  readonly trailingDelimiter?: boolean;
  /** What becomes of a line with more fields than there are names: services add fields at the end. @default 'reject' */
  readonly extraFields?: 'ignore' | 'reject';
  /** What becomes of a line with fewer fields than there are names, as of older versions of a log. @default 'reject' */
  readonly missingFields?: 'null' | 'reject';
}

/** How the fields of a line are found by a regular expression. */
export interface LineSettings {
  /**
   * A regular expression for the whole line, whose named groups are the fields: `'^(?<client>\\S+) (?<user>\\S+) (?<rest>.*)$'`.
   * A line may match in one way only, so that reading takes linear time: see docs/input.md#line-patterns.
   */
  readonly pattern: string;
  /** Texts of groups that mean null. An empty one and one that took no part are null as well. @default none */
  readonly nulls?: readonly string[];
}

/** Settings of delimited text, checked; what is absent is the default. */
export type CsvDialect = CsvSettings & { readonly delimiter: string };

/** Whether text is as in RFC 4180 but for its delimiter, with a header. */
export const isPlainCsv = (csv: CsvSettings): boolean => Object.keys(csv).every((name) => name === 'delimiter');

/** Whether a field can hold a delimiter or a line end: in quotes, or after a backslash. */
export const canHold = (csv: CsvSettings): boolean => csv.quote !== false || csv.escape === 'backslash';

/** Names of the fields where the declaration has them; undefined where the file does. */
export function declaredFields(
  csv: CsvSettings,
  columns: readonly { readonly name: string }[],
): readonly string[] | undefined {
  const { header = true } = csv;
  if (header === false) return columns.map(({ name }) => name);
  return typeof header === 'object' ? header : undefined;
}

/** What lines begin with that are not rows; undefined where there are none. */
export function commentOf({ comment, header }: CsvSettings): string | undefined {
  return comment ?? (typeof header === 'string' ? header.slice(0, 1) : undefined);
}

/** How the text that a dataset takes looks, in words, by what it is about. */
export function describeText({
  formats,
  csv,
  lines,
}: {
  readonly formats: readonly string[];
  readonly csv: CsvDialect;
  readonly lines?: LineSettings;
}): readonly (readonly [string, string])[] {
  const facts: (readonly [string, string])[] = [];
  if (formats.includes('csv')) facts.push(['Delimited text', describeCsv(csv)]);
  if (formats.includes('lines') && lines !== undefined) {
    facts.push(['Lines', `matched with ${lines.pattern}${nullsOf(lines.nulls)}`]);
  }
  return facts;
}

function describeCsv(csv: CsvDialect): string {
  const { delimiter, header = true, quote = '"', decimal, thousands } = csv;
  const comment = commentOf(csv);
  const names =
    header === true
      ? 'names in the first line'
      : header === false
        ? 'no names, fields as the columns'
        : typeof header === 'string'
          ? `names in the line that begins with ${header}`
          : `no names, fields: ${header.join(', ')}`;
  const parts = [
    `fields between ${JSON.stringify(delimiter)}`,
    names,
    ...(quote === false ? ['no quotes'] : quote === "'" ? ["quotes '"] : []),
    ...(csv.escape === 'backslash' ? ['backslash escapes'] : []),
    ...(comment === undefined ? [] : [`lines that begin with ${comment} are comments`]),
    ...(csv.empty === 'string' ? ['empty fields are empty strings'] : []),
    ...(decimal === undefined ? [] : [`decimal mark ${decimal}`]),
    ...(thousands === undefined ? [] : [`thousands marked by ${JSON.stringify(thousands)}`]),
    ...(csv.trailingDelimiter === true ? ['a delimiter at the end of each line'] : []),
    ...(csv.missingFields === 'null' ? ['missing fields are null'] : []),
    ...(csv.extraFields === 'ignore' ? ['more fields are ignored'] : []),
  ];
  return `${parts.join('; ')}${nullsOf(csv.nulls)}`;
}

const nullsOf = (nulls: readonly string[] | undefined): string =>
  nulls === undefined ? '' : `; null is ${nulls.join(' or ')}`;
