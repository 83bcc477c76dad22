import { pathKey } from '../../../lambda/compaction/protocol/erasures';
import { canonical, KeyText } from '../../../lambda/compaction/protocol/key-text';
import type { QuarantineEntry } from '../../../lambda/compaction/protocol/quarantine';
import { type Column, type ColumnType, type Dataset, snakeCase } from '../../../lib/dataset';
import type { ErasedKeys } from './keys';

/** Tells whether what was rejected is of the keys: by the path of its object where that has the key, else by its text. */
export class LineKeys {
  readonly #dataset: Dataset;
  readonly #column: string;
  readonly #text: KeyText;
  readonly #values: ReadonlySet<string>;
  /** Why a line may be of the keys although they do not stand in it, for people. Undefined: it is not. */
  readonly doubt: string | undefined;

  constructor(dataset: Dataset, { path, values }: ErasedKeys) {
    this.#dataset = dataset;
    this.#column = path.join('.');
    this.#text = KeyText.of(values);
    this.#values = new Set(values.map(canonical));
    this.doubt = doubtOf(dataset, path);
  }

  /** @returns undefined when it cannot be told */
  has({ source_key: rawKey }: QuarantineEntry, bytes: Buffer): boolean | undefined {
    const given = pathKey(this.#dataset, this.#column, rawKey);
    if (given !== undefined) return this.#values.has(given);
    if (this.#text.isInBytes(bytes)) return true;
    return this.doubt === undefined ? false : undefined;
  }
}

function doubtOf({ columns, input }: Dataset, [first = '', ...fields]: readonly string[]): string | undefined {
  const column = columns.find(({ name }) => name === first);
  if (column === undefined) return undefined;
  const carried = (input.json?.carry ?? []).map((names) => names.at(-1) ?? '');
  if (carried.some((name) => reads(column, name))) return 'the envelope, which has the key, is not kept with them';
  let found: Pick<Column, 'type' | 'from'> = column;
  for (const name of fields) {
    const field = found.type.kind === 'struct' ? found.type.fields.find((one) => one.name === name) : undefined;
    if (field === undefined) return undefined;
    found = field;
  }
  const { type, from } = found;
  // Arrays have a `join` as well.
  if (typeof from === 'object' && !('some' in from)) return 'a key is made of several of their fields';
  return isWrittenInOneWay(type, input) ? undefined : `a ${type.kind} can be written in several ways`;
}

function isWrittenInOneWay(type: ColumnType, { formats, csv }: Dataset['input']): boolean {
  switch (type.kind) {
    case 'decimal':
    case 'timestamp':
      return false;
    case 'date':
      return type.format === undefined;
    case 'string':
      return true;
    default:
      return !formats.includes('csv') || csv.thousands === undefined;
  }
}

/** Whether a member of that name is a value of the column. */
function reads({ name, from }: Column, member: string): boolean {
  if (name === member) return true;
  if (from === 'snake') return snakeCase(member) === name;
  return from !== undefined && 'some' in from && from.some(([one]) => one === member);
}
