import { keyType, numberKey, pathKey } from '../../../lambda/compaction/protocol/erasures';
import { canonical, plainNumber } from '../../../lambda/compaction/protocol/key-text';
import { type LineValues, lineReader } from '../../../lambda/compaction/protocol/line-values';
import type { QuarantineEntry } from '../../../lambda/compaction/protocol/quarantine';
import { type Column, type ColumnType, type Dataset, snakeCase } from '../../../lib/dataset';
import { KeyText } from './key-text';
import type { ErasedKeys } from './keys';

/** Tells whether what was rejected is of the keys: by the path of its object where that has the key, else by the values in it. */
export class LineKeys {
  readonly #dataset: Dataset;
  readonly #column: string;
  readonly #type: ColumnType | undefined;
  readonly #text: KeyText;
  readonly #values: ReadonlySet<string>;
  readonly #texts: ReadonlySet<string>;
  readonly #numbers: ReadonlySet<string | undefined>;
  readonly #doubt: string | undefined;
  readonly #read: ReturnType<typeof lineReader>;

  constructor(dataset: Dataset, { path, values, texts }: ErasedKeys) {
    this.#dataset = dataset;
    this.#column = path.join('.');
    this.#type = keyType(dataset, this.#column);
    this.#text = new KeyText(values);
    this.#values = new Set(values.map(canonical));
    this.#texts = new Set(texts);
    this.#numbers = new Set(values.map(plainNumber));
    this.#doubt = doubtOf(dataset, path);
    this.#read = lineReader(dataset);
  }

  /** Why a line may be of the keys although none of its values is one, for people. */
  get doubt(): string {
    return this.#doubt ?? 'a key stands in them, and it cannot be told whether it is a value of theirs';
  }

  /** Whether a value of a rejected line is a key. @returns undefined when it cannot be told */
  has({ source_key: rawKey }: QuarantineEntry, line: Buffer): boolean | undefined {
    const given = pathKey(this.#dataset, this.#column, rawKey);
    if (given !== undefined) return this.#values.has(given);
    const read = this.#read(line, rawKey);
    if (read.some(({ values }) => values.some((value) => this.#isKey(value)))) return true;
    const mayBe = ({ values, rest }: LineValues): boolean =>
      this.#text.isIn(rest) || values.some((value) => this.#isAlike(value));
    return this.#doubt !== undefined || read.some(mayBe) ? undefined : false;
  }

  /** Whether an object that could not be read may have a key. */
  mayBeIn({ source_key: rawKey }: QuarantineEntry, text: Buffer): boolean {
    const given = pathKey(this.#dataset, this.#column, rawKey);
    if (given !== undefined) return this.#values.has(given);
    return this.#doubt !== undefined || this.#text.isInBytes(text);
  }

  #isKey(value: string): boolean {
    if (this.#values.has(canonical(value))) return true;
    const number = this.#type === undefined ? undefined : numberKey(this.#type, value);
    return number !== undefined && this.#texts.has(number);
  }

  /** The same number in another form, where keys are texts; or a key within a line of other delimiters than the declared one. */
  #isAlike(value: string): boolean {
    const number = plainNumber(value);
    if (number !== undefined) return this.#numbers.has(number);
    const pieces = value.split(/[;,\t|]/);
    return pieces.length > 1 && pieces.some((piece) => this.#isKey(piece.trim().replace(/^(["'])(.*)\1$/s, '$2')));
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
