import { type Cursor, count } from './cursor';

/** Limits of the Glue API, in bytes of UTF-8: https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-catalog-tables.html */
const MAX_COMMENT_BYTES = 255;
const MAX_DESCRIPTION_BYTES = 2048;

export function readComment(cursor: Cursor): string | undefined {
  return readLine(cursor, MAX_COMMENT_BYTES, 'write what the column means');
}

export function readDescription(cursor: Cursor): string | undefined {
  const fix = 'write what a row is and where it comes from';
  const text = readLine(cursor, MAX_DESCRIPTION_BYTES, fix);
  return text?.trim() === '' ? cursor.problem('is empty', fix) : text;
}

function readLine(cursor: Cursor, maxBytes: number, fix: string): string | undefined {
  const text = cursor.text(fix);
  if (text === undefined) return undefined;
  const bytes = new TextEncoder().encode(text).length;
  if (bytes > maxBytes) return cursor.problem(`has ${count(bytes)} bytes`, `write at most ${count(maxBytes)}`);
  if (/\p{Cc}/u.test(text)) return cursor.problem('holds a line break or control character', 'write it as one line');
  return text;
}
