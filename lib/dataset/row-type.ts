import type { ColumnType, Dataset } from './model';
import { pascalCase } from './pascal-case';
import { describeEnvelope } from './sources';

/**
 * TypeScript source of an interface for the events of a dataset as a producer sends them to the ingest gateway, for example
 * `export interface AccessLogsRow { ... }`. It admits what `jsonSchema` admits, as far as types can say.
 */
export function rowTypeScript(dataset: Dataset): string {
  const lines = dataset.columns.flatMap((column) => {
    const type = `${typeText(column.type, '  ')}${column.notNull ? '' : ' | null'}`;
    const notes = [column.comment, note(column.type)].filter((text) => text !== undefined && text !== '');
    return [
      ...(notes.length === 0 ? [] : [`  ${docComment(notes.join('. '))}`]),
      `  readonly ${column.name}${column.notNull ? '' : '?'}: ${type};`,
    ];
  });
  const { json } = dataset.input;
  const envelope = json === undefined ? '' : ` Rows of files stand ${describeEnvelope(json)}.`;
  return [
    docComment(`${dataset.description}${envelope}`),
    `export interface ${pascalCase(dataset.name)}Row {`,
    ...lines,
    '}',
    '',
  ].join('\n');
}

function typeText(type: ColumnType, indent: string): string {
  switch (type.kind) {
    case 'boolean':
      return 'boolean';
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'float':
    case 'double':
      return 'number';
    case 'timestamp':
      return type.format === undefined ? 'number | string' : 'string';
    case 'bigint':
    case 'decimal':
      return 'number | string';
    case 'string':
    case 'date':
    case 'binary':
      return 'string';
    case 'array':
      return `readonly (${typeText(type.element, indent)} | null)[]`;
    case 'map':
      return `Readonly<Record<string, ${typeText(type.value, indent)} | null>>`;
    case 'struct': {
      const inner = `${indent}  `;
      const fields = type.fields.map(
        (field) => `${inner}readonly ${field.name}?: ${typeText(field.type, inner)} | null;`,
      );
      return ['{', ...fields, `${indent}}`].join('\n');
    }
  }
}

/** What the TypeScript type does not say. */
function note(type: ColumnType): string | undefined {
  switch (type.kind) {
    case 'bigint':
      return 'A string of digits beyond 2^53';
    case 'decimal':
      return `At most ${type.precision - type.scale} digits before the point and ${type.scale} after it`;
    case 'timestamp':
      return `ISO-8601 with offset or Z${type.format === undefined ? ', or epoch milliseconds' : ''}`;
    case 'date':
      return 'yyyy-MM-dd';
    case 'binary':
      return 'Base64';
    default:
      return undefined;
  }
}

function docComment(text: string): string {
  return `/** ${text.replaceAll('*/', '*\\/')} */`;
}
