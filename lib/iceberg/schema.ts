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
 * @param previous the current schema of the table: what is called the same keeps its id. What is not in it gets an id that no field
 *   ever had, also when it was removed earlier. @default none
 * @param lastColumnId highest id that the table ever used. @default 0
 */
export function tableShape(dataset: Dataset, previous?: IcebergSchema, lastColumnId = 0): TableShape {
  const shaper = new Shaper(knownIds(previous), lastColumnId);
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
    id: shaper.id([name]),
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

/** Ids by full name. */
function knownIds(schema: IcebergSchema | undefined): ReadonlyMap<string, number> {
  const ids = new Map<string, number>();
  const visit = (type: IcebergType, path: readonly string[]): void => {
    if (typeof type === 'string') return;
    if (type.type === 'struct') {
      for (const field of type.fields) {
        ids.set([...path, field.name].join('.'), field.id);
        visit(field.type, [...path, field.name]);
      }
    } else if (type.type === 'list') {
      ids.set([...path, 'element'].join('.'), type['element-id']);
      visit(type.element, [...path, 'element']);
    } else {
      ids.set([...path, 'key'].join('.'), type['key-id']);
      ids.set([...path, 'value'].join('.'), type['value-id']);
      visit(type.value, [...path, 'value']);
    }
  };
  if (schema !== undefined) visit({ type: 'struct', fields: schema.fields }, []);
  return ids;
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
    readonly known: ReadonlyMap<string, number>,
    lastId: number,
  ) {
    this.lastId = lastId;
  }

  id(path: readonly string[]): number {
    return this.known.get(path.join('.')) ?? ++this.lastId;
  }

  /** Ids of one level come before those within it, as in the reference implementation. */
  fields(
    given: readonly NamedType[],
    path: readonly string[],
    file: readonly string[],
    inCollection: boolean,
  ): { readonly fields: readonly IcebergField[]; readonly mapping: readonly NameMapping[] } {
    const ids = given.map(({ name }) => this.id([...path, name]));
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
        const elementId = this.id([...path, 'element']);
        const element = this.type(type.element, elementId, [...path, 'element'], [...file, 'list', 'element'], true);
        return {
          type: { type: 'list', 'element-id': elementId, element: element.type, 'element-required': false },
          mapping: [mappingOf(elementId, 'element', element)],
        };
      }
      case 'map': {
        const keyId = this.id([...path, 'key']);
        const valueId = this.id([...path, 'value']);
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
