import type { Column, ColumnType } from '../dataset/model';
import { describeSource, isJoined } from '../dataset/sources';
import { KeyEntry, type NameBudget, Slot, type ValueType } from './compiled';
import { KeyTable, type TableNames } from './keys';
import { type Declared, type PlaceTree, plant } from './slots';
import { TimeReader } from './time-format';

/** Keys that a map's table remembers across rows; maps with ever new keys fall back to a set for each row. */
const MAP_KEYS_REMEMBERED = 256;

/**
 * A column type, compiled for scanning. One class for all kinds, with every field always present, so that the engine
 * sees objects of one shape.
 */
export class CompiledType implements ValueType {
  readonly expected: string;
  readonly min: number = 0;
  readonly max: number = 0;
  readonly precision: number = 0;
  readonly scale: number = 0;
  readonly element: ValueType | undefined = undefined;
  readonly key: ValueType | undefined = undefined;
  readonly table: KeyTable | undefined = undefined;
  readonly isKey: boolean;
  objects = 0;
  readonly json: boolean = false;
  readonly times: TimeReader | undefined = undefined;
  readonly kind: ColumnType['kind'] | 'row' | 'envelope';

  constructor(
    type: ColumnType | { kind: 'row'; columns: readonly Column[] } | { kind: 'envelope'; places: PlaceTree },
    budget: NameBudget,
    use: 'value' | 'key' = 'value',
  ) {
    this.kind = type.kind;
    this.isKey = use === 'key';
    this.expected = EXPECTED[type.kind];
    switch (type.kind) {
      case 'tinyint':
        this.min = -128;
        this.max = 127;
        break;
      case 'smallint':
        this.min = -32_768;
        this.max = 32_767;
        break;
      case 'int':
        this.min = -2_147_483_648;
        this.max = 2_147_483_647;
        break;
      case 'bigint':
        // Longer integers are compared digit by digit.
        this.min = -999_999_999_999_999;
        this.max = 999_999_999_999_999;
        break;
      case 'decimal':
        this.precision = type.precision;
        this.scale = type.scale;
        this.expected = `a decimal(${type.precision},${type.scale})`;
        break;
      case 'timestamp':
      case 'date':
        if (type.format !== undefined) {
          this.times = new TimeReader(type.format, type.kind);
          this.expected = `a ${type.kind} (${this.times.shown}, or ${EVENT_FORMS[type.kind]})`;
        }
        break;
      case 'string':
        this.json = type.json === true;
        break;
      case 'array':
        this.element = new CompiledType(type.element, budget);
        break;
      case 'map':
        this.key = new CompiledType(type.key, budget, 'key');
        this.element = new CompiledType(type.value, budget);
        this.table = new KeyTable(NO_NAMES, { left: MAP_KEYS_REMEMBERED });
        break;
      case 'struct':
        this.table = new KeyTable(namesOf(type.fields, this, budget), budget);
        break;
      case 'row':
        this.table = new KeyTable(namesOf(type.columns, this, budget), budget);
        break;
      case 'envelope':
        this.table = new KeyTable({ ...NO_NAMES, declared: placesIn(type.places, budget) }, budget);
        break;
    }
  }
}

const NO_NAMES: TableNames = { declared: [], requiredSlots: [], joined: [], snake: new Map() };

function namesOf(declared: readonly Declared[], owner: ValueType, budget: NameBudget): TableNames {
  const entries: KeyEntry[] = [];
  const slots: Slot[] = [];
  const snake = new Map<string, KeyEntry>();
  const tree: PlaceTree = new Map();
  for (const { name, type, notNull: wanted = false, unless, from } of declared) {
    // What a deletion need not have is looked for once the row is known: see `Deletions`.
    const notNull = wanted && unless === undefined;
    const compiled = new CompiledType(type, budget);
    if (from === undefined || from === 'snake') {
      const entry = new KeyEntry(Buffer.from(name), compiled, notNull);
      entries.push(entry);
      if (from === 'snake') snake.set(name, entry);
    } else {
      const places = describeSource({ name, from }) ?? '';
      const partType = isJoined(from) ? new CompiledType({ kind: 'string' }, budget) : compiled;
      const slot = new Slot(name, compiled, notNull, owner, places, partType);
      slots.push(slot);
      plant(tree, slot, { name, from });
    }
  }
  entries.push(...placesIn(tree, budget));
  const requiredSlots = slots.filter(({ notNull }) => notNull);
  return { declared: entries, requiredSlots, joined: slots.filter(({ parts }) => parts.length > 0), snake };
}

function placesIn(tree: PlaceTree, budget: NameBudget): KeyEntry[] {
  return [...tree].map(([name, place]) => {
    const entry = new KeyEntry(Buffer.from(name), undefined, false);
    entry.route =
      place instanceof Map
        ? { kind: 'envelope', type: new CompiledType({ kind: 'envelope', places: place }, budget) }
        : place;
    return entry;
  });
}

/** Forms of events, which are taken beside a declared format. */
const EVENT_FORMS = { timestamp: 'ISO 8601 with T and a zone', date: 'yyyy-MM-dd' } as const;

const EXPECTED: Readonly<Record<ValueType['kind'], string>> = {
  boolean: 'a boolean',
  tinyint: 'a tinyint',
  smallint: 'a smallint',
  int: 'an int',
  bigint: 'a bigint',
  float: 'a float',
  double: 'a double',
  decimal: 'a decimal',
  string: 'a string',
  date: 'a date (yyyy-MM-dd)',
  timestamp: 'a timestamp (yyyy-MM-ddTHH:mm:ss, or milliseconds since 1970)',
  binary: 'a base64 string',
  array: 'an array',
  map: 'an object',
  struct: 'an object',
  row: 'an object',
  envelope: 'an object',
};
