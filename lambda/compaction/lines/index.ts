export { UnreadableObjectError } from './errors';
export { type LineChecker, MAX_LINE_BYTES, NdjsonChecker, type RejectedLine } from './ndjson';
export { type ReadLinesSql, readLinesSql } from './sql';
export type { UnknownField } from './unknown';
