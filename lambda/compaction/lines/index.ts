export { UnreadableObjectError } from './errors';
export { MAX_LINE_BYTES } from './limits';
export { type LineChecker, NdjsonChecker, type RejectedLine } from './ndjson';
export { type ReadLinesSql, readLinesSql } from './sql';
export type { UnknownField } from './unknown';
