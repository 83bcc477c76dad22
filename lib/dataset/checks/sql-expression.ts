import { type Cursor, count } from './cursor';

const MOST_CHARACTERS = 4000;
const FIX = "write a boolean expression over the columns of a row, such as 'shipped_at >= ordered_at'";
/** Texts and quoted names; comments; and what stands alone. */
const PIECE = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--|\/\*|\$\$|\w+|[^\w\s]/g;
const OPENS: ReadonlyMap<string, string> = new Map([
  ['(', ')'],
  ['[', ']'],
  ['{', '}'],
]);
const CLOSES: ReadonlySet<string> = new Set(OPENS.values());

/**
 * Reads an expression, as far as it can be judged without the engine: `npm test`, preflight and each task check the rest.
 *
 * @returns the expression in brackets, in lines of its own
 */
export function readExpression(cursor: Cursor): string | undefined {
  const text = cursor.text(FIX);
  if (text === undefined) return undefined;
  const problem = problemOf(text);
  return problem === undefined ? `(\n${text.trim()}\n)` : cursor.problem(problem, FIX);
}

function problemOf(text: string): string | undefined {
  if (text.trim() === '') return 'is empty';
  if (text.length > MOST_CHARACTERS) return `has ${count(text.length)} characters, more than ${count(MOST_CHARACTERS)}`;
  if (!text.isWellFormed() || text.includes('\0')) return 'holds a character that no text has';
  const open: string[] = [];
  for (const [piece] of text.matchAll(PIECE)) {
    if (piece === "'" || piece === '"') return `${piece} is never closed`;
    if (piece === ';') return 'is more than one statement';
    if (piece === '--' || piece === '/*') return 'holds a comment';
    if (piece === '$$') return 'holds $$';
    if (/^select$/i.test(piece)) return 'holds a query';
    const closing = OPENS.get(piece);
    if (closing !== undefined) open.push(closing);
    else if (CLOSES.has(piece) && open.pop() !== piece) return `'${piece}' closes nothing`;
  }
  return open.length === 0 ? undefined : `'${open.at(-1)}' is missing`;
}
