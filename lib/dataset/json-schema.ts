import type { ColumnType, Dataset } from './model';
import { pathColumns } from './placement';
import { describeEnvelope, describeSource } from './sources';

/** A JSON Schema (draft 07) or a part of one, for ajv in strict mode with its default settings. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/**
 * The JSON Schema of one event as a producer sends it to the ingest gateway: one object, its members named as the columns. Where
 * rows of files are otherwise, `$comment` says so: of the whole, how they stand in an envelope; of a member, what it is called
 * there. It is narrower than
 * what the tables could hold, so that nothing is converted silently. It judges parsed values: store an event as
 * `JSON.stringify` writes it, then compaction takes what passed here (save decimals sent as numbers, see below).
 *
 * - members that are no column are refused, at every level, because they would vanish;
 * - columns that are `notNull` are required; all others may be absent or null, and so may nested values;
 * - integers are in range and never `"1"`, `1.5` or `true`; a `bigint` beyond ±(2^53-1), which JSON numbers do not hold
 *   exactly, is a string of digits;
 * - a `decimal` is a string in plain notation with at most its digits, or a number, whose digits after the point no
 *   schema can count: compaction rejects a number with too many of them;
 * - a `timestamp` is ISO-8601 with seconds and an offset or `Z`, or, without a `format`, epoch milliseconds; a `date` is
 *   `yyyy-MM-dd`;
 * - `binary` is base64 with padding.
 */
export function jsonSchema(dataset: Dataset): JsonSchema {
  const { json } = dataset.input;
  const envelope = json && `Rows of files stand ${describeEnvelope(json)}, and the gateway takes none.`;
  const given = new Set(pathColumns(dataset).map(({ name }) => name));
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: dataset.name,
    description: dataset.description,
    ...(envelope === undefined ? {} : { $comment: envelope }),
    type: 'object',
    properties: Object.fromEntries(
      dataset.columns.map((column) => {
        const schema = column.notNull ? valueSchema(column.type) : nullable(column.type);
        const source = given.has(column.name) ? 'the path' : describeSource(column);
        return [
          column.name,
          {
            ...schema,
            ...(column.comment === undefined ? {} : { description: column.comment }),
            ...(source === undefined ? {} : { $comment: `In files: ${source}` }),
          },
        ];
      }),
    ),
    required: dataset.columns.filter((column) => column.notNull).map((column) => column.name),
    additionalProperties: false,
  };
}

const INTEGER_BITS = { tinyint: 8, smallint: 16, int: 32, bigint: 64 } as const;
const MAX_FLOAT = 3.4028234663852886e38;

const BASE64 = '[A-Za-z0-9+/]';

const DATE =
  '(?!0000)(?:\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|' +
  '02-(?:0[1-9]|1\\d|2[0-8]))|(?:\\d\\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)-02-29)';
const TIME = '(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d{1,9})?';
const OFFSET = '(?:Z|[+-](?:(?:0\\d|1[0-3]):[0-5]\\d|14:00))';
/** Converting to UTC must not leave the years 0001 to 9999. */
const UTC_IN_RANGE = '(?!9999-12-31T[^-]*-|0001-01-01T[^+]*\\+)';

/** 0001-01-01 to 9999-12-31T23:59:59.999Z, the years that four digits can write. */
const MIN_EPOCH_MS = -62_135_596_800_000;
const MAX_EPOCH_MS = 253_402_300_799_999;

function nullable(type: ColumnType): JsonSchema {
  const schema = valueSchema(type);
  const { anyOf, type: own, ...rest } = schema;
  return Array.isArray(anyOf) ? { anyOf: [...anyOf, { type: 'null' }] } : { type: [own, 'null'], ...rest };
}

function valueSchema(type: ColumnType): JsonSchema {
  switch (type.kind) {
    case 'boolean':
    case 'string':
      return { type: type.kind };
    case 'tinyint':
    case 'smallint':
    case 'int': {
      const limit = 2 ** (INTEGER_BITS[type.kind] - 1);
      return { type: 'integer', minimum: -limit, maximum: limit - 1 };
    }
    case 'bigint':
      return {
        anyOf: [
          { type: 'integer', minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER },
          { type: 'string', pattern: integerPattern(INTEGER_BITS.bigint) },
        ],
      };
    case 'float':
      return { type: 'number', minimum: -MAX_FLOAT, maximum: MAX_FLOAT };
    case 'double':
      return { type: 'number' };
    case 'decimal':
      return decimalSchema(type.precision, type.scale);
    case 'date':
      return { type: 'string', pattern: `^${DATE}$` };
    case 'timestamp': {
      const text = { type: 'string', pattern: `^${UTC_IN_RANGE}${DATE}T${TIME}${OFFSET}$` };
      // Where files have a format of their own, a number of an event would be taken for one of theirs.
      if (type.format !== undefined) return text;
      return { anyOf: [text, { type: 'integer', minimum: MIN_EPOCH_MS, maximum: MAX_EPOCH_MS }] };
    }
    case 'binary':
      // The last digit before padding holds bits of no byte; encoders write them as zero. A digit is written four times, because
      // V8 takes such a loop without a stack; with {4} it keeps 16 bytes for each digit, and gives up above 4 MB of text.
      return {
        type: 'string',
        pattern: `^(?:${BASE64.repeat(4)})*(?:${BASE64}[AQgw]==|${BASE64}{2}[AEIMQUYcgkosw048]=)?$`,
      };
    case 'array':
      return { type: 'array', items: nullable(type.element) };
    case 'map':
      return {
        type: 'object',
        ...(type.key.kind in INTEGER_BITS
          ? { propertyNames: { pattern: integerPattern(INTEGER_BITS[type.key.kind as keyof typeof INTEGER_BITS]) } }
          : {}),
        additionalProperties: nullable(type.value),
      };
    case 'struct':
      return {
        type: 'object',
        properties: Object.fromEntries(type.fields.map((field) => [field.name, nullable(field.type)])),
        additionalProperties: false,
      };
  }
}

function decimalSchema(precision: number, scale: number): JsonSchema {
  const whole = precision - scale;
  const integerPart = whole === 0 ? '0' : `(?:0|[1-9]\\d{0,${whole - 1}})`;
  const fraction = scale === 0 ? '' : `(?:\\.\\d{1,${scale}})?`;
  // A number has no more than 15 exact digits, and its digits after the point cannot be counted in binary.
  const limit = Math.min(10 ** whole, Number.MAX_SAFE_INTEGER);
  return {
    anyOf: [
      { type: scale === 0 ? 'integer' : 'number', exclusiveMinimum: -limit, exclusiveMaximum: limit },
      { type: 'string', pattern: `^-?${integerPart}${fraction}$` },
    ],
  };
}

/** Matches the canonical decimal spelling of every signed integer of so many bits, and nothing else. */
function integerPattern(bits: number): string {
  const limit = 2n ** BigInt(bits - 1);
  return `^(?:0|-?(?:${positivePattern(String(limit - 1n))})|-${limit})$`;
}

/** Matches 1 to `max`, which has two digits or more: fewer digits; or, digit by digit, the same beginning and then a smaller digit; or `max` itself. */
function positivePattern(max: string): string {
  const alternatives = [`[1-9]\\d{0,${max.length - 2}}`];
  for (const [index, digit] of [...max].entries()) {
    const least = index === 0 ? 1 : 0;
    const rest = max.length - 1 - index;
    if (Number(digit) > least) {
      alternatives.push(`${max.slice(0, index)}[${least}-${Number(digit) - 1}]${rest > 0 ? `\\d{${rest}}` : ''}`);
    }
  }
  return [...alternatives, max].join('|');
}
