/** Delimited text as it is read, whichever way. */
import type { CsvSettings } from '../../lib/dataset';
import { CsvValidator, type VetoList } from '../../lib/rows';
import { columnsOf, cut, feed, keep, waysToCut } from './helpers';

export const COLUMNS = { id: 'string!', n: 'int', note: 'string' };

export interface Read {
  readonly rows: readonly unknown[];
  readonly rejected: readonly (readonly [line: number, reason: string, raw: string])[];
  readonly unknown: readonly (readonly [name: string, count: number, similarTo?: string])[];
  readonly others: number;
}

/** The same however the bytes are cut, and whether lines are read one by one or many at once; or why none can be read. */
export function read(
  text: string | Buffer,
  settings: CsvSettings = {},
  types: Readonly<Record<string, string>> = COLUMNS,
): Read | string {
  const bytes = Buffer.from(text);
  const csv = { delimiter: ',', ...settings };
  const once = (cuts: readonly number[], vetoes?: VetoList): Read | string => {
    const rejected: { line: number; reason: string; raw: string }[] = [];
    try {
      const validator = new CsvValidator(
        { columns: columnsOf(types), input: { formats: ['csv'], csv } },
        keep(rejected),
        vetoes,
      );
      const output = feed(validator, cut(bytes, cuts)).toString();
      const rows = output
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as unknown);
      expect([validator.accepted, validator.rejected]).toEqual([rows.length, rejected.length]);
      return {
        rows,
        rejected: rejected.map(({ line, reason, raw }) => [line, reason, raw]),
        unknown: validator.unknownFields.map(({ name, count, similarTo }) =>
          similarTo === undefined ? [name, count] : [name, count, similarTo],
        ),
        others: validator.otherUnknownFields,
      };
    } catch (error) {
      return (error as Error).message;
    }
  };
  const whole = once([]);
  for (const cuts of waysToCut(bytes).slice(1)) expect(once(cuts)).toEqual(whole);
  expect(once([], new Map())).toEqual(whole);
  return whole;
}
export const found = (more: Partial<Read>): Read => ({ rows: [], rejected: [], unknown: [], others: 0, ...more });
export const row = (id: string, n: number | null = null, note: string | null = null) => ({ id, n, note });
export const named = ({ id, n, note }: Readonly<Record<string, unknown>>) => ({ id, n, note });
