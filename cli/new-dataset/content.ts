import { isUtf8 } from 'node:buffer';
import { readFooter } from '../../lambda/compaction/engine/parquet/footer';
import { fileSchema } from '../../lambda/compaction/engine/parquet/schema';
import { UnreadableObjectError } from '../../lib/rows';
import { messageOf } from '../failure';
import { contentOf, decoded } from '../input/decode';

/** Inflated bytes of a file that its format is detected from. */
export const HEAD_BYTES = 256 * 1024;

/** Text is delimited, or lines of a pattern. */
export type SampleFormat = 'json' | 'text' | 'parquet';

/** What a file holds, by its content; or why nothing can be read from it. */
export type FileContent =
  | {
      readonly format: SampleFormat;
      readonly head: string;
      /** Of the columns of Parquet. */
      readonly columns: readonly string[];
    }
  | { readonly problem: string };

export async function detectContent(path: string): Promise<FileContent> {
  try {
    const content = await contentOf(path);
    if (content === 'parquet') {
      const { elements } = await readFooter(path);
      return { format: 'parquet', head: '', columns: fileSchema(elements, 'as bytes').columns.map(({ name }) => name) };
    }
    const head = await readHead(path);
    const problem = notText(head);
    if (problem !== undefined) return { problem };
    const text = head.toString('utf8');
    const markup = markupOf(text) ?? (looksLikeJson(text) ? undefined : oldLineEnds(text));
    if (markup !== undefined) return { problem: markup };
    return { format: looksLikeJson(text) ? 'json' : 'text', head: text, columns: [] };
  } catch (error) {
    if (error instanceof UnreadableObjectError) return { problem: error.message };
    const { code } = error as NodeJS.ErrnoException;
    return {
      problem: code === undefined ? messageOf(error) : `cannot be read: ${messageOf(error).replace(/, \w+ '.*$/s, '')}`,
    };
  }
}

async function readHead(path: string): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of decoded(path)) {
    parts.push(chunk);
    bytes += chunk.length;
    if (bytes >= HEAD_BYTES) break;
  }
  return Buffer.concat(parts).subarray(0, HEAD_BYTES);
}

function notText(head: Buffer): string | undefined {
  if (head.toString('latin1').trim() === '') return 'empty: it holds nothing but blanks';
  const zero = head.indexOf(0);
  if (zero !== -1) return `not text, nor Parquet: byte ${zero + 1} is zero`;
  const lines = head.toString('latin1').split('\n');
  const broken = lines.filter((line, index) => !isUtf8(Buffer.from(line, 'latin1')) && index < lines.length - 1);
  // The last line may be cut within a character.
  const isOneLine = lines.length === 1 && head.length < HEAD_BYTES && !isUtf8(head);
  if (isOneLine || broken.length > lines.length / 2) return 'not text in UTF-8, nor Parquet';
  const controls = [...head].filter(
    (byte) => byte < 0x20 && ![0x01, 0x09, 0x0a, 0x0d, 0x1b, 0x1e].includes(byte),
  ).length;
  return controls > head.length / 100 ? 'not text, nor Parquet: it is full of control characters' : undefined;
}

/** Pages and documents: not even their lines are rows. */
function markupOf(text: string): string | undefined {
  if (/^\s*<(?:!doctype html|html)\b/i.test(text))
    return 'HTML: a page, maybe one of an error or to sign in, and no data';
  return /^\s*<\?xml\b/.test(text) ? 'XML, which is not read: let the source write JSON or CSV' : undefined;
}

/** Lines that end as on old Macintosh computers would be one line. */
function oldLineEnds(text: string): string | undefined {
  const plain = text.replace(/"[^"]*"/g, '').trimEnd();
  const alone = plain.match(/\r(?!\n)/g)?.length ?? 0;
  return alone > (plain.match(/\n/g)?.length ?? 0)
    ? "its lines end in a carriage return alone (CR), so that it is one line: convert them, for example: tr '\\r' '\\n' < FILE > NEW"
    : undefined;
}

/** Whether a text begins as JSON does; broken lines among others are no reason against it. */
function looksLikeJson(text: string): boolean {
  // Records of a JSON text sequence (RFC 7464) begin with a separator.
  const plain = text.replaceAll('\x1e', '');
  const lines = plain.split('\n').filter((line) => line.trim() !== '');
  const first = plain.trimStart();
  if (/^(?:\{\s*["}]|\[\s*[[{\]])/.test(first)) return true;
  return lines.filter((line) => /^\s*\{\s*"/.test(line)).length >= lines.length / 2;
}
