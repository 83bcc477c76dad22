import { Readable } from 'node:stream';
import { parse } from 'csv-parse';
import { type Compression, decoded, UnreadableError } from './decode';
import { MAX_LINE_BYTES } from './lines';

export interface CsvRecord {
  /** Line where the record starts, 1-based, blank lines counted; a quoted value can span several. */
  readonly number: number;
  /** The bytes as they came, without the line end. */
  readonly bytes: Buffer;
  readonly values: readonly string[];
}

/**
 * The records of a CSV file (RFC 4180 with any one-character delimiter), the header first, with flat memory. Records
 * with too few or too many values come as they are: compaction is the judge of them.
 *
 * @throws UnreadableError when the file is damaged or a quote is never closed
 */
export async function* csvRecords(
  path: string,
  compression: Compression,
  delimiter: string,
): AsyncGenerator<CsvRecord> {
  // Latin-1 keeps every byte as one character: what is not UTF-8 must reach the lake unchanged.
  const parser = parse({
    delimiter,
    encoding: 'latin1',
    info: true,
    max_record_size: MAX_LINE_BYTES,
    raw: true,
    record_delimiter: ['\r\n', '\n'],
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
  });
  const source = Readable.from(decoded(path, compression));
  source.on('error', (error) => parser.destroy(error));
  try {
    for await (const { record, raw, info } of source.pipe(parser) as AsyncIterable<Parsed>) {
      const text = raw.replace(/^[\r\n]+|[\r\n]+$/g, '');
      const number = info.lines - (text.split('\n').length - 1);
      yield { number, bytes: Buffer.from(text, 'latin1'), values: record.map(utf8) };
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('CSV_')) {
      throw new UnreadableError(`not CSV: ${error.message}`);
    }
    throw error;
  } finally {
    source.destroy();
  }
}

interface Parsed {
  readonly record: readonly string[];
  readonly raw: string;
  readonly info: { readonly lines: number };
}

const utf8 = (latin1: string): string => Buffer.from(latin1, 'latin1').toString('utf8');
