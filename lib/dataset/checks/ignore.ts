import { LayoutSyntaxError, parseLayout } from '../layout-template';
import type { Cursor } from './cursor';

const EXAMPLE = "write for example ['AWSLogs/*/CloudTrail-Digest/']";
const MOST = 20;

/** The templates of `input.ignore`, checked. */
export function readIgnore(cursor: Cursor): readonly string[] | undefined {
  const items = cursor.array(EXAMPLE);
  if (items === undefined) return undefined;
  if (items.length === 0 || items.length > MOST) {
    return cursor.problem(`has ${items.length} templates`, `write 1 to ${MOST}, or leave it out`);
  }
  const templates = items.map(readTemplate);
  return templates.every((template) => template !== undefined) ? templates : undefined;
}

function readTemplate(cursor: Cursor): string | undefined {
  const text = cursor.text(EXAMPLE);
  if (text === undefined) return undefined;
  try {
    const { segments } = parseLayout(text);
    const named = segments.flat().find(({ kind }) => kind === 'name' || kind === 'time');
    if (named === undefined) return text;
    return cursor.problem('has a placeholder, and nothing is read from what is ignored', 'write * for any text');
  } catch (error) {
    if (!(error instanceof LayoutSyntaxError)) throw error;
    return cursor.problem(error.problem, error.fix);
  }
}
