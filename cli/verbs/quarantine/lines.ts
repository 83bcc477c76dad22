import type { QuarantineEntry } from '../../../lambda/compaction/protocol/quarantine';
import { type Dataset, inputFormat } from '../../../lib/dataset';

/** Before a record, it ends whatever is open before it. https://www.rfc-editor.org/rfc/rfc7464 */
const RECORD_SEPARATOR = '\u001e';

/**
 * Rejected lines of one object as an object of their own, which compaction reads line by line as they came.
 *
 * @param key where the lines are from
 * @returns the bytes, or why lines do not mean the same without the rest of the object
 */
export function linesOf(dataset: Dataset, key: string, entries: readonly QuarantineEntry[]): Buffer | string {
  const isJson = entries.every(({ record }) => record !== null);
  const problem = whyNoLines(dataset, key, entries, isJson);
  if (problem !== undefined) return problem;
  const parts: (Buffer | string)[] = [];
  let isOpen = false;
  for (const raw of entries.map(bytesOf)) {
    // The note that an array or envelope ended too early has no bytes.
    if (raw.length === 0) continue;
    if (isOpen) parts.push(RECORD_SEPARATOR);
    parts.push(raw, '\n');
    isOpen = isJson && !isWhole(raw);
  }
  if (parts.length === 0) return 'it has no bytes: its object ended too early';
  return Buffer.concat(parts.map((part) => Buffer.from(part)));
}

function whyNoLines(
  dataset: Dataset,
  key: string,
  entries: readonly QuarantineEntry[],
  isJson: boolean,
): string | undefined {
  const { input } = dataset;
  const format = inputFormat(dataset, key);
  const isNowJson = format === 'json' || format === 'ndjson';
  if (isJson && isNowJson) return input.json === undefined ? undefined : 'records lack the envelope that they were in';
  if (!isJson && input.formats.includes('parquet') && entries.every((entry) => isWhole(bytesOf(entry)))) {
    return 'rows of Parquet are kept as text, which is not exact';
  }
  if (isJson !== isNowJson) return `lines of another format would be read as ${format} now`;
  if (format === 'lines') return undefined;
  const { header = true } = input.csv;
  return header === false || typeof header === 'object' ? undefined : 'lines lack the header of their object';
}

const bytesOf = ({ raw, raw_base64: coded }: QuarantineEntry): Buffer =>
  raw === null ? Buffer.from(coded ?? '', 'base64') : Buffer.from(raw);

/** Whether bytes are a JSON value from end to end, so that what follows begins anew. */
function isWhole(raw: Buffer): boolean {
  try {
    return typeof JSON.parse(raw.toString('utf8')) === 'object';
  } catch {
    return false;
  }
}
