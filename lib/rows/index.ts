import type { Dataset, InputFormat } from '../dataset/model';
import type { LineChecker, RejectedLine } from './checker';
import { CsvChecker } from './csv';
import { NdjsonChecker } from './ndjson';

export type { LineChecker, RejectedLine } from './checker';
export { CsvChecker, DELIMITERS } from './csv';
export { UnreadableObjectError } from './errors';
export { type LookAlike, likeness, lookAlikes } from './likeness';
export { MAX_LINE_BYTES } from './limits';
export { NdjsonChecker } from './ndjson';
export { type Content, inflateAll, inflateStream, sniff } from './reader';
export { lookAlikeColumns, memberText, quoteName, shownName } from './reasons';
export { SpanningRecords } from './spanning';
export { type ReadLinesSql, readLinesSql } from './sql';
export type { UnknownField } from './unknown';
export { visible, visibleLines } from './visible';

/**
 * The checker of a format that consists of lines.
 *
 * @throws RangeError for Parquet, which does not
 */
export function createChecker(
  format: InputFormat,
  dataset: Pick<Dataset, 'columns' | 'input'>,
  onReject: (rejected: RejectedLine) => void,
): LineChecker {
  switch (format) {
    case 'ndjson':
      return new NdjsonChecker(dataset, onReject);
    case 'csv':
      return new CsvChecker(dataset, onReject);
    case 'parquet':
      throw new RangeError('Parquet has no lines to check');
  }
}
