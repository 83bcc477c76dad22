import { visibleLines } from '../lib/rows';

export { visible, visibleLines } from '../lib/rows';

/** A value as JSON that can be shown anywhere; it parses to the same value. */
export const visibleJson = (value: unknown, indent?: number): string =>
  visibleLines(JSON.stringify(value, null, indent));
