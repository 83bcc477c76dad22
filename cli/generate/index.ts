import { type Dataset, type InputFormat, takesEvents } from '../../lib/dataset';
import { fitsWebLogs } from '../web-logs/fits';
import { generateLogs } from '../web-logs/generate-logs';
import type { GeneratedFile } from './files';
import { generateRows } from './rows';
import { csvHeader } from './text-lines';

export interface GeneratedRows {
  readonly format: InputFormat;
  /** First line of every file. @default none */
  readonly header?: string;
  readonly files: Generator<GeneratedFile>;
}

/**
 * Rows of a dataset as producers would write them, in the first format that it takes: web logs for the shipped example, for any
 * other what its declaration says.
 *
 * @param format @default the dataset's first
 */
export function generate(dataset: Dataset, rows: number, format = dataset.input.formats[0]): GeneratedRows {
  if (format === undefined) throw new Error(`the dataset ${dataset.name} takes no format`);
  if (format === 'ndjson' && takesEvents(dataset) && fitsWebLogs(dataset)) return { format, files: generateLogs(rows) };
  const files = generateRows(dataset, rows, format);
  const header = format === 'csv' ? csvHeader(dataset) : undefined;
  return header === undefined ? { format, files } : { format, header, files };
}
