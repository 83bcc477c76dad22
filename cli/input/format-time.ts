import type { Column } from '../../lib/dataset';
import { NdjsonValidator } from '../../lib/rows';

/** A time as ISO 8601, or `yyyy-MM-dd` for a date; or the reason why it is none. */
export type ReadTime = { readonly text: string } | { readonly problem: string };

/** Reads the times of a column that has a format, with the code of compaction. Undefined for a column without a format. */
export function timeReader({ name, type }: Column): ((value: unknown) => ReadTime) | undefined {
  if ((type.kind !== 'timestamp' && type.kind !== 'date') || type.format === undefined) return undefined;
  const columns = [{ name, type, notNull: true, comment: undefined }];
  let problem = '';
  const checker = new NdjsonValidator({ columns }, ({ reason }) => {
    problem = reason;
  });
  return (value) => {
    const before = checker.accepted;
    const lines = checker.push(Buffer.from(`${JSON.stringify({ [name]: value })}\n`));
    if (checker.accepted === before) return { problem };
    return { text: (JSON.parse(Buffer.concat(lines).toString()) as Record<string, string>)[name] ?? '' };
  };
}
