import { compileLinePattern, LinePatternError } from '../line-pattern';
import { type CsvDialect, type CsvSettings, canHold, commentOf, type LineSettings } from '../text-format';
import { type Cursor, count, show } from './cursor';

const DELIMITER =
  "write one character of ASCII that is not a letter, digit, quote, backslash or line end, for example ';' or '\\t'";
const HEADER =
  "write true, false, the names of the fields in order, or what the line of names begins with, such as '#Fields:'";
const MAX_FIELDS = 2000;
const MAX_NULLS = 20;
const MAX_TEXT = 100;
const MAX_COMMENT = 10;
const THOUSANDS = ['.', ',', ' ', "'", '’', '_', '\u00a0', '\u202f'] as const;

/** Checks `input.csv`. */
export function checkCsv(cursor: Cursor): CsvDialect | undefined {
  const object = cursor.object(
    [
      ...(['delimiter', 'header', 'comment', 'nulls', 'empty', 'quote', 'escape', 'decimal', 'thousands'] as const),
      ...(['trailingDelimiter', 'extraFields', 'missingFields'] as const),
    ],
    "write for example { delimiter: ';' }",
  );
  if (object === undefined) return undefined;
  const delimiter = given(object.delimiter, readDelimiter);
  const dialect: CsvDialect = {
    delimiter: delimiter ?? ',',
    ...defined<CsvSettings>({
      header: given(object.header, readHeader),
      comment: given(object.comment, readMark),
      nulls: given(object.nulls, readNulls),
      empty: given(object.empty, (item) => item.oneOf(['null', 'string'])),
      quote: given(object.quote, readQuote),
      escape: given(object.escape, (item) => item.oneOf(['double', 'backslash'])),
      decimal: given(object.decimal, (item) => item.oneOf(['.', ','])),
      thousands: given(object.thousands, (item) => item.oneOf(THOUSANDS)),
      trailingDelimiter: given(object.trailingDelimiter, (item) => item.boolean('write true or false')),
      extraFields: given(object.extraFields, (item) => item.oneOf(['ignore', 'reject'])),
      missingFields: given(object.missingFields, (item) => item.oneOf(['null', 'reject'])),
    }),
  };
  checkTogether(object, dialect);
  return dialect;
}

/** Checks `input.lines`. */
export function checkLines(cursor: Cursor): LineSettings | undefined {
  const fix = "write for example { pattern: '^(?<client>\\\\S+) (?<rest>.*)$' }";
  const object = cursor.object(['pattern', 'nulls'], fix);
  if (object === undefined) return undefined;
  const pattern = object.pattern.text(fix);
  const nulls = given(object.nulls, readNulls);
  if (pattern === undefined) return undefined;
  try {
    compileLinePattern(pattern);
  } catch (error) {
    if (error instanceof LinePatternError) return object.pattern.problem(error.problem, error.fix);
    throw error;
  }
  return { pattern, ...defined<Pick<LineSettings, 'nulls'>>({ nulls }) };
}

const given = <T>(cursor: Cursor, read: (cursor: Cursor) => T | undefined): T | undefined =>
  cursor.isMissing ? undefined : read(cursor);

/** The object without what is undefined. */
const defined = <T extends object>(values: { readonly [K in keyof T]: T[K] | undefined }): T =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;

function readDelimiter(cursor: Cursor): string | undefined {
  const text = cursor.text(DELIMITER);
  if (text === undefined) return undefined;
  if (text.length !== 1) return cursor.problem(`${show(text)} is not one character`, meantBy(text) ?? severalFix(text));
  if (isDelimiter(text)) return text;
  return cursor.problem(`${JSON.stringify(text)} cannot separate values`, DELIMITER);
}

/** What to do about files with several characters between fields. */
function severalFix(text: string): string {
  if (!/^[^\w\s"'\\]{2,5}$/.test(text)) return DELIMITER;
  const escaped = [...text].map((char) => `\\\\${char}`).join('');
  return `read such files by input.lines, with a pattern such as '^(?<a>[^${escaped.slice(0, 3)}]*)${escaped}(?<b>[^${escaped.slice(0, 3)}]*)$'`;
}

/** What to write for the name or the escape of a character, as other tools take them. */
function meantBy(text: string): string | undefined {
  const [, hex = '', octal = ''] = /^\\(?:x|u00)?(?:([0-9A-Fa-f]{2})|(\d{3}))$/.exec(text) ?? [];
  const char = octal === '' ? hex : Number.parseInt(octal, 8).toString(16);
  if (char !== '') return `write '\\u${char.padStart(4, '0')}', with one backslash, which is that one character`;
  const known = Object.hasOwn(NAMED, text.toLowerCase()) ? NAMED[text.toLowerCase()] : undefined;
  return known === undefined ? undefined : `write ${known}`;
}

const NAMED: Readonly<Record<string, string>> = {
  ...{ '\\t': "'\\t' with one backslash, which is a tab", tab: "'\\t'", '^a': "'\\u0001'", space: "' '", blank: "' '" },
  ...{ comma: "','", semicolon: "';'", pipe: "'|'", '\\|': "'|'", '\\s': "' '", '\\;': "';'" },
};

function isDelimiter(text: string): boolean {
  const code = text.charCodeAt(0);
  return code > 0 && code < 127 && !/[A-Za-z0-9"'\\\n\r]/.test(text);
}

function readHeader(cursor: Cursor): CsvSettings['header'] {
  const { value } = cursor;
  if (typeof value === 'boolean') return value;
  if (value === 'true' || value === 'false') {
    return cursor.problem(`'${value}' is a text, which a line of names would have to begin with`, `write ${value}`);
  }
  if (typeof value === 'string') return readNamesMark(cursor, value);
  const items = cursor.array(HEADER);
  if (items === undefined) return undefined;
  if (items.length === 0) return cursor.problem('is empty', HEADER);
  if (items.length > MAX_FIELDS) {
    return cursor.problem(`has ${count(items.length)} names`, `write at most ${count(MAX_FIELDS)}`);
  }
  const names: string[] = [];
  for (const item of items) {
    const name = item.text('write the name of a field');
    if (name === undefined) return undefined;
    if (names.includes(name)) return item.problem(`the field ${show(name)} occurs twice`, 'give each its own name');
    names.push(name);
  }
  return names;
}

/** What the line of names begins with. Lines that begin with its first character are none of rows, so that it is no letter. */
function readNamesMark(cursor: Cursor, text: string): string | undefined {
  if (!/^[\p{L}\p{N}_]/u.test(text)) return readMark(cursor);
  const [mark = ','] = /[^\p{L}\p{N}_ ]/u.exec(text) ?? [];
  const names = text.split(mark).map((name) => show(name.trim()));
  return cursor.problem(
    `${show(text)} begins as rows do, not as a comment that holds the names`,
    `write [${names.slice(0, 3).join(', ')}${names.length > 3 ? ', ...' : ''}] for the names of the fields in order, or true where the first line has them`,
  );
}

/** What a line begins with. */
function readMark(cursor: Cursor): string | undefined {
  const fix = "write printable ASCII such as '#', not beginning with a quote";
  const text = cursor.text(fix);
  if (text === undefined) return undefined;
  return /^[!#-&(-~][ -~]*$/.test(text) && text.length <= MAX_TEXT
    ? text
    : cursor.problem(`${show(text)} cannot begin a line`, fix);
}

/** Reads texts that mean null. @param mayBeEmpty whether the empty text is one that has to be said */
export function readNulls(cursor: Cursor, mayBeEmpty = false): readonly string[] | undefined {
  const fix = "write texts as they stand in the input, for example ['-', '\\\\N']";
  const items = cursor.array(fix);
  if (items === undefined) return undefined;
  if (items.length === 0 || items.length > MAX_NULLS) {
    return cursor.problem(`has ${items.length} texts`, `write 1 to ${MAX_NULLS}`);
  }
  const texts: string[] = [];
  for (const item of items) {
    const text = item.text(fix);
    if (text === undefined) return undefined;
    if ((text === '' && !mayBeEmpty) || text.length > MAX_TEXT || /[\n\r]/.test(text) || !text.isWellFormed()) {
      return item.problem(
        text === '' ? 'is empty, and says nothing' : 'is not a short text of one line',
        text === '' ? 'remove it: an empty field is null, unless input.csv.empty says otherwise' : fix,
      );
    }
    if (texts.includes(text)) return item.problem(`${show(text)} occurs twice`, 'remove one of them');
    texts.push(text);
  }
  return texts;
}

function readQuote(cursor: Cursor): CsvSettings['quote'] {
  const { value } = cursor;
  if (value === false || value === '"' || value === "'") return value;
  return cursor.problem(`${show(value)} is not known`, `write '"', "'" or false`);
}

/** What makes sense alone, but not beside another setting. */
function checkTogether(object: Record<keyof CsvDialect, Cursor>, dialect: CsvDialect): void {
  const { quote = '"', delimiter, header } = dialect;
  if (quote === false && dialect.escape === 'double') {
    object.escape.problem('doubles quotes where there are none', "write 'backslash', or remove it");
  }
  checkMarks(object, dialect);
  checkNulls(object.nulls, dialect);
  const comment = commentOf(dialect);
  if (comment !== undefined && comment.length > MAX_COMMENT) {
    object.comment.problem(`has ${comment.length} characters`, `write at most ${MAX_COMMENT}`);
  }
  if (typeof header === 'string' && comment !== undefined && !header.startsWith(comment)) {
    object.header.problem(
      `${show(header)} does not begin as comments do`,
      `write a text that begins with ${show(comment)}, or change the comment`,
    );
  }
  if (typeof header === 'string' && header === dialect.comment) {
    object.comment.problem('is what names the fields as well, so that no line is a comment', 'remove it');
  }
  if (comment?.startsWith(delimiter) === true) {
    const at = object.comment.isMissing ? object.header : object.comment;
    at.problem('begins with the delimiter, as does a line whose first field is empty', 'write another');
  }
  if (comment !== undefined && /^[-+]?\d*$/.test(comment)) {
    object.comment.problem(`${show(comment)} begins numbers as well, whose lines would be skipped`, 'write another');
  }
}

/** Separators of numbers and fields: each must be a different character. */
function checkMarks(object: Record<keyof CsvDialect, Cursor>, dialect: CsvDialect): void {
  const { quote = '"', decimal = '.', thousands, delimiter } = dialect;
  if (thousands === decimal) {
    object.thousands.problem(
      `'${thousands}' is the decimal mark as well`,
      decimal === '.' ? "write decimal: ',' beside it" : "write decimal: '.' beside it",
    );
  }
  if (thousands === quote) {
    object.thousands.problem('is the quote as well', 'write quote: false, or another quote');
  }
  if (thousands === delimiter && !canHold(dialect)) {
    object.thousands.problem(
      `${show(thousands)} is the delimiter as well, and nothing encloses fields`,
      'write another delimiter, or the quote that encloses such numbers',
    );
  }
  // Numbers in quotes are told by the quote that is written out: to leave the delimiter out is the likelier mistake.
  if (decimal === delimiter && (dialect.quote === undefined || !canHold(dialect))) {
    const at = object.decimal.isMissing ? object.delimiter : object.decimal;
    at.problem(
      `${show(decimal)} is ${at === object.decimal ? 'the delimiter' : 'the decimal mark'} as well`,
      `write ${decimal === ',' ? "delimiter: ';'" : "decimal: ','"}, or quote: '"' if such numbers stand in quotes`,
    );
  }
}

/** Texts for null that no field can be. */
function checkNulls(cursor: Cursor, dialect: CsvDialect): void {
  const { quote = '"', delimiter, nulls = [] } = dialect;
  const comment = commentOf(dialect);
  for (const text of nulls) {
    const isQuoted = quote !== false && text.length > 1 && text.startsWith(quote) && text.endsWith(quote);
    if (!isQuoted && text.includes(delimiter)) {
      cursor.problem(`${show(text)} holds the delimiter, so that no field is it`, 'remove it, or put it in quotes');
    } else if (quote !== false && text.startsWith(quote) && !isQuoted) {
      cursor.problem(`${show(text)} begins with a quote that nothing closes`, 'close it, or remove it');
    } else if (isQuoted && hasLoneQuote(text.slice(1, -1), quote, dialect.escape)) {
      cursor.problem(`${show(text)} holds a quote that ends the field`, 'write it as input.csv.escape says');
    } else if (comment !== undefined && text.startsWith(comment)) {
      cursor.problem(
        `${show(text)} begins as comments do, so that a line that begins with it is skipped`,
        'write more of what comments begin with, or remove one of the two',
      );
    }
  }
}

function hasLoneQuote(text: string, quote: string, style: CsvSettings['escape']): boolean {
  const plain = style === 'backslash' ? text.replace(/\\./g, '') : text.replaceAll(quote.repeat(2), '');
  return plain.includes(quote);
}
