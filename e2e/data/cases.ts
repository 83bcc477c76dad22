import { type ColumnType, type Dataset, rawPrefix } from '../../lib/dataset';
import { CASES, type Case, type CaseValue, contentOf, deliveredPath, deliveredRows } from '../../test/fixtures/cases';
import type { LakeFiles } from '../emulator/files';
import { type Logical, LogicalMap, type LogicalRow } from './values';

/** Puts every object into the inbox of its dataset, as its producer lays it out. */
export async function deliverCases(files: LakeFiles): Promise<void> {
  for (const one of CASES)
    await files.put('raw', `${rawPrefix(one.dataset.name)}${deliveredPath(one)}`, contentOf(one));
}

/** The rows that the object of a case has to become. */
export const rowsOf = ({ columns }: Dataset, one: Case): readonly LogicalRow[] =>
  deliveredRows(one).map((row) =>
    Object.fromEntries(columns.map(({ name, type }) => [name, logical(row[name] ?? null, type)])),
  );

/** @throws Error unless exactly the rows that no case expects are in quarantine, each for its reason */
export async function compareRejected(files: LakeFiles, dataset: Dataset, one: Case): Promise<void> {
  const expected = one.rejected ?? [];
  const reasons = (await files.rejectedLines(dataset, one.partition)).map(({ reason }) => reason);
  if (reasons.length === expected.length && expected.every((part, index) => reasons[index]?.includes(part))) return;
  throw new Error(`in quarantine for ${JSON.stringify(reasons)}, not for ${JSON.stringify(expected)}`);
}

function logical(value: CaseValue, type: ColumnType): Logical {
  if (typeof value !== 'object' || value === null) return value;
  if (type.kind === 'map')
    return new LogicalMap(Object.entries(value).map(([key, member]) => [key, logical(member, type.value)]));
  if (type.kind !== 'struct') throw new Error(`a value of type ${type.kind} is no object`);
  return Object.fromEntries(type.fields.map((field) => [field.name, logical(value[field.name] ?? null, field.type)]));
}
