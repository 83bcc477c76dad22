import { type ColumnType, type Dataset, partitionKeys } from '../dataset';

/** A type as metadata.json spells it: https://iceberg.apache.org/spec/#appendix-c-json-serialization */
export type IcebergType =
  | string
  | { readonly type: 'struct'; readonly fields: readonly IcebergField[] }
  | {
      readonly type: 'list';
      readonly 'element-id': number;
      readonly element: IcebergType;
      readonly 'element-required': false;
    }
  | {
      readonly type: 'map';
      readonly 'key-id': number;
      readonly key: IcebergType;
      readonly 'value-id': number;
      readonly value: IcebergType;
      readonly 'value-required': false;
    };

export interface IcebergField {
  readonly id: number;
  readonly name: string;
  /** Never: a column that was added later is absent from old files. */
  readonly required: false;
  readonly type: IcebergType;
  readonly doc?: string;
}

export interface IcebergSchema {
  readonly type: 'struct';
  readonly 'schema-id': number;
  readonly fields: readonly IcebergField[];
}

export interface PartitionField {
  readonly name: string;
  readonly transform: 'identity';
  readonly 'source-id': number;
  readonly 'field-id': number;
}

/** A name of a Parquet column, and the id of the field that it is. */
export interface NameMapping {
  readonly 'field-id': number;
  readonly names: readonly string[];
  readonly fields?: readonly NameMapping[];
}

/** A value of a file: what metrics are kept about. */
export interface Leaf {
  readonly id: number;
  readonly type: string;
  /** Elements of lists and of maps have no bounds. */
  readonly inCollection: boolean;
}

/** The Iceberg side of a dataset. */
export interface TableShape {
  readonly fields: readonly IcebergField[];
  /** By identity on the keys of the path, outermost first. */
  readonly spec: readonly PartitionField[];
  readonly mapping: readonly NameMapping[];
  /** By the path in the file's schema, joined with dots: `tags.list.element`. */
  readonly leaves: ReadonlyMap<string, Leaf>;
  readonly lastColumnId: number;
}

/** Field ids of partition fields start here: https://iceberg.apache.org/spec/#partition-evolution */
const FIRST_PARTITION_FIELD = 1000;

/**
 * Derives schema, partition spec and name mapping. The keys of the path follow the columns, because readers see them as columns.
 *
 * @param known schemas of the retained snapshots, and the current one last: what is called the same keeps its id, if readers can
 *   take its values for the new type. Everything else gets an id that no field ever had, also when it was removed earlier.
 *   @default none
 * @param lastColumnId highest id that the table ever used. @default 0
 */
export function tableShape(dataset: Dataset, known: readonly IcebergSchema[] = [], lastColumnId = 0): TableShape {
  const shaper = new Shaper(knownFields(known), lastColumnId);
  const keys = partitionKeys(dataset);
  const columns = shaper.fields(
    dataset.columns.map(({ name, type, comment }) => ({
      name,
      type,
      ...(comment === undefined ? {} : { doc: comment }),
    })),
    [],
    [],
    false,
  );
  const keyFields = keys.map(({ name, type, comment }) => ({
    id: shaper.id([name], type),
    name,
    required: false as const,
    type,
    doc: comment,
  }));
  return {
    fields: [...columns.fields, ...keyFields],
    spec: keyFields.map(({ id, name }, index) => ({
      name,
      transform: 'identity',
      'source-id': id,
      'field-id': FIRST_PARTITION_FIELD + index,
    })),
    mapping: [...columns.mapping, ...keyFields.map(({ id, name }) => ({ 'field-id': id, names: [name] }))],
    leaves: shaper.leaves,
    lastColumnId: shaper.lastId,
  };
}

/** A field as an earlier schema had it. */
interface KnownField {
  readonly id: number;
  readonly type: string;
}

/** What a type is, without its parts. */
const kindOf = (type: IcebergType): string => (typeof type === 'string' ? type : type.type);

/** Fields by full name; those of later schemas take the place of earlier ones. */
function knownFields(schemas: readonly IcebergSchema[]): ReadonlyMap<string, KnownField> {
  const fields = new Map<string, KnownField>();
  const visit = (id: number, type: IcebergType, path: readonly string[]): void => {
    fields.set(path.join('.'), { id, type: kindOf(type) });
    if (typeof type === 'string') return;
    if (type.type === 'struct') {
      for (const field of type.fields) visit(field.id, field.type, [...path, field.name]);
    } else if (type.type === 'list') {
      visit(type['element-id'], type.element, [...path, 'element']);
    } else {
      visit(type['key-id'], type.key, [...path, 'key']);
      visit(type['value-id'], type.value, [...path, 'value']);
    }
  };
  for (const schema of schemas) for (const { id, type, name } of schema.fields) visit(id, type, [name]);
  return fields;
}

/** Whether values and bounds of one type are those of another: https://iceberg.apache.org/spec/#schema-evolution */
function isPromotion(from: string, to: string): boolean {
  if (from === to) return true;
  if (from === 'int') return to === 'long';
  if (from === 'float') return to === 'double';
  const [before, after] = [from, to].map((type) => /^decimal\((\d+), (\d+)\)$/.exec(type));
  return before?.[2] !== undefined && before[2] === after?.[2] && Number(before[1]) < Number(after[1]);
}

interface NamedType {
  readonly name: string;
  readonly type: ColumnType;
  readonly doc?: string;
}

interface Shaped {
  readonly type: IcebergType;
  readonly mapping?: readonly NameMapping[];
}

class Shaper {
  readonly leaves = new Map<string, Leaf>();
  lastId: number;

  constructor(
    readonly known: ReadonlyMap<string, KnownField>,
    lastId: number,
  ) {
    this.lastId = lastId;
  }

  /** @param type what a field is, without its parts */
  id(path: readonly string[], type: string): number {
    const known = this.known.get(path.join('.'));
    return known !== undefined && isPromotion(known.type, type) ? known.id : ++this.lastId;
  }

  /** Ids of one level come before those within it, as in the reference implementation. */
  fields(
    given: readonly NamedType[],
    path: readonly string[],
    file: readonly string[],
    inCollection: boolean,
  ): { readonly fields: readonly IcebergField[]; readonly mapping: readonly NameMapping[] } {
    const ids = given.map(({ name, type }) => this.id([...path, name], kindOfColumn(type)));
    const parts = given.map(({ name, type, doc }, index) => {
      const id = ids[index] as number;
      const shaped = this.type(type, id, [...path, name], [...file, name], inCollection);
      return {
        field: { id, name, required: false as const, type: shaped.type, ...(doc === undefined ? {} : { doc }) },
        mapping: mappingOf(id, name, shaped),
      };
    });
    return { fields: parts.map(({ field }) => field), mapping: parts.map(({ mapping }) => mapping) };
  }

  type(type: ColumnType, id: number, path: readonly string[], file: readonly string[], inCollection: boolean): Shaped {
    switch (type.kind) {
      case 'struct': {
        const { fields, mapping } = this.fields(type.fields, path, file, inCollection);
        return { type: { type: 'struct', fields }, mapping };
      }
      case 'array': {
        const elementId = this.id([...path, 'element'], kindOfColumn(type.element));
        const element = this.type(type.element, elementId, [...path, 'element'], [...file, 'list', 'element'], true);
        return {
          type: { type: 'list', 'element-id': elementId, element: element.type, 'element-required': false },
          mapping: [mappingOf(elementId, 'element', element)],
        };
      }
      case 'map': {
        const keyId = this.id([...path, 'key'], kindOfColumn(type.key));
        const valueId = this.id([...path, 'value'], kindOfColumn(type.value));
        const key = this.type(type.key, keyId, [...path, 'key'], [...file, 'key_value', 'key'], true);
        const value = this.type(type.value, valueId, [...path, 'value'], [...file, 'key_value', 'value'], true);
        return {
          type: {
            type: 'map',
            'key-id': keyId,
            key: key.type,
            'value-id': valueId,
            value: value.type,
            'value-required': false,
          },
          mapping: [mappingOf(keyId, 'key', key), mappingOf(valueId, 'value', value)],
        };
      }
      default: {
        const name = scalarType(type);
        this.leaves.set(file.join('.'), { id, type: name, inCollection });
        return { type: name };
      }
    }
  }
}

const mappingOf = (id: number, name: string, { mapping }: Shaped): NameMapping => ({
  'field-id': id,
  names: [name],
  ...(mapping === undefined ? {} : { fields: mapping }),
});

/** {@link kindOf} the type that a column becomes. */
function kindOfColumn(type: ColumnType): string {
  switch (type.kind) {
    case 'struct':
    case 'map':
      return type.kind;
    case 'array':
      return 'list';
    default:
      return scalarType(type);
  }
}

/** Times of the lake are UTC without a zone, and so say the files: `timestamp`, not `timestamptz`. */
function scalarType(type: Exclude<ColumnType, { kind: 'struct' | 'array' | 'map' }>): string {
  switch (type.kind) {
    case 'tinyint':
    case 'smallint':
      return 'int';
    case 'bigint':
      return 'long';
    case 'decimal':
      return `decimal(${type.precision}, ${type.scale})`;
    default:
      return type.kind;
  }
}

/** A type as Hive and Glue spell it. */
export function hiveType(type: IcebergType): string {
  if (typeof type === 'string') return type === 'long' ? 'bigint' : type.replace(', ', ',');
  if (type.type === 'list') return `array<${hiveType(type.element)}>`;
  if (type.type === 'map') return `map<${hiveType(type.key)},${hiveType(type.value)}>`;
  return `struct<${type.fields.map((field) => `${field.name}:${hiveType(field.type)}`).join(',')}>`;
}
