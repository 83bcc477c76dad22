import { visibleLines } from '../lambda/compaction/lines';

export { visible, visibleLines } from '../lambda/compaction/lines';

/** A value as JSON that can be shown anywhere; it parses to the same value. */
export const visibleJson = (value: unknown, indent?: number): string =>
  visibleLines(JSON.stringify(value, null, indent));
