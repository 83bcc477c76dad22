import type { Dataset, InputFormat } from '../dataset/model';
import { CsvValidator } from './csv';
import { LinesValidator } from './lines';
import { NdjsonValidator } from './ndjson';
import type { Rejection, RowValidator } from './validator';
import type { VetoList } from './vetoes';

export { CsvValidator, DELIMITERS, namesIn } from './csv';
export { UnreadableObjectError } from './errors';
export { JsonRecords } from './json-records';
export { type LookAlike, likeness, lookAlikes } from './likeness';
export { MAX_LINE_BYTES } from './limits';
export { LinesValidator } from './lines';
export { NdjsonValidator } from './ndjson';
export { type Content, inflateAll, inflateStream, sniff } from './reader';
export { lookAlikeColumns, memberText, quoteName, shownName } from './reasons';
export type { Place, RecordReader } from './record-reader';
export { type ReadLinesSql, readLinesSql } from './sql';
export { MAX_UNKNOWN_NAMES, type UnknownField } from './unknown';
export type { Rejection, RowValidator } from './validator';
export type { VetoList } from './vetoes';
export { visible, visibleLines } from './visible';

/**
 * The checker of a format that consists of lines.
 *
 * @param vetoes rows that are rejected although they fit. @default none, which is several times as fast
 * @throws RangeError for Parquet, which does not
 */
export function createValidator(
  format: InputFormat,
  dataset: Pick<Dataset, 'columns' | 'input'>,
  onReject: (rejected: Rejection) => void,
  vetoes?: VetoList,
): RowValidator {
  switch (format) {
    case 'ndjson':
    case 'json':
      return new NdjsonValidator(dataset, onReject, vetoes);
    case 'csv':
      return new CsvValidator(dataset, onReject, vetoes);
    case 'lines':
      return new LinesValidator(dataset, onReject, vetoes);
    case 'parquet':
      throw new RangeError('Parquet has no lines to check');
  }
}
