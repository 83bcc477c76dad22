/** Elements of a schema: what a file says, what it is called, and what the engine is given in its place. */
import {
  CONVERTED,
  type Element,
  PHYSICAL,
  type Physical,
  readElement,
  writeElement,
} from '../../../lambda/compaction/engine/parquet/element';
import { decimalDigits, foundIn, readAs } from '../../../lambda/compaction/engine/parquet/found';
import { ThriftReader, ThriftWriter } from '../../../lambda/compaction/engine/parquet/thrift';
import { encodeStruct, i8, i32, i64, struct, type ThriftStruct } from '../../support/parquet/thrift';

/** Fields of a SchemaElement: https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift */
const read = (fields: ThriftStruct['fields']): Element => {
  const bytes = encodeStruct(struct(fields));
  const reader = new ThriftReader(bytes);
  const element = readElement(reader);
  expect(reader.at).toBe(bytes.length);
  return element;
};

describe('reading', () => {
  test('every field is the one of the specification, and unknown ones are passed over', () => {
    const fields = {
      1: i32(7),
      2: i32(20),
      3: i32(2),
      4: 'é',
      5: i32(3),
      6: i32(5),
      7: i32(4),
      8: i32(30),
      9: i32(99),
    };
    expect(read({ ...fields, 11: 'newer', 40: struct({ 1: 'x' }) })).toEqual({
      physical: 'FIXED_LEN_BYTE_ARRAY',
      length: 20,
      repetition: 2,
      name: 'é',
      children: 3,
      converted: 5,
      scale: 4,
      precision: 30,
      logical: undefined,
    });
    expect(read({})).toEqual({ name: '' });
    // A name or a logical type of another kind is none.
    expect(read({ 4: i64(5), 10: 'STRING' })).toEqual({ name: '' });
    expect(read({ 3: 'x', 4: 'a', 5: struct({ 4: 'b' }) })).toEqual({ name: 'a' });
  });

  test.each(PHYSICAL.map((name, number) => [number, name] as const))('physical type %i is %s', (number, name) => {
    const names = ['BOOLEAN', 'INT32', 'INT64', 'INT96', 'FLOAT', 'DOUBLE', 'BYTE_ARRAY', 'FIXED_LEN_BYTE_ARRAY'];
    expect([read({ 1: i32(number), 4: 'x' }).physical, names[number]]).toEqual([name, name]);
  });

  test('a physical type that is newer is none', () => {
    expect(read({ 1: i32(8), 4: 'x' })).toEqual({ name: 'x' });
  });

  const utc = { 1: true, 2: struct({ 1: struct() }) };
  const local = { 1: false, 2: struct({ 3: struct() }) };
  test.each<[string, number, ThriftStruct['fields'], Element['logical']]>([
    ['STRING', 1, {}, { name: 'STRING' }],
    ['MAP', 2, {}, { name: 'MAP' }],
    ['LIST', 3, {}, { name: 'LIST' }],
    ['ENUM', 4, {}, { name: 'ENUM' }],
    ['DECIMAL', 5, { 1: i32(2), 2: i32(12) }, { name: 'DECIMAL', scale: 2, precision: 12 }],
    ['DECIMAL without a scale', 5, { 2: i32(12) }, { name: 'DECIMAL', scale: 0, precision: 12 }],
    ['DATE', 6, {}, { name: 'DATE' }],
    ['TIME', 7, utc, { name: 'TIME', utc: true, unit: 'MILLIS' }],
    ['TIMESTAMP', 8, utc, { name: 'TIMESTAMP', utc: true, unit: 'MILLIS' }],
    [
      'TIMESTAMP in microseconds',
      8,
      { 1: true, 2: struct({ 2: struct() }) },
      { name: 'TIMESTAMP', utc: true, unit: 'MICROS' },
    ],
    ['TIMESTAMP, local, in nanoseconds', 8, local, { name: 'TIMESTAMP', utc: false, unit: 'NANOS' }],
    [
      'TIMESTAMP of a newer unit',
      8,
      { 1: true, 2: struct({ 4: struct({ 1: 'x' }) }) },
      { name: 'TIMESTAMP', utc: true, unit: undefined },
    ],
    ['TIMESTAMP that says nothing', 8, {}, { name: 'TIMESTAMP', utc: false, unit: undefined }],
    ['INTEGER', 10, { 1: i8(8), 2: true }, { name: 'INTEGER', bits: 8, signed: true }],
    ['INTEGER without a sign', 10, { 1: i8(64), 2: false }, { name: 'INTEGER', bits: 64, signed: false }],
    ['INTEGER that does not say', 10, { 1: i8(16) }, { name: 'INTEGER', bits: 16, signed: false }],
    ['UNKNOWN', 11, {}, { name: 'UNKNOWN' }],
    ['JSON', 12, {}, { name: 'JSON' }],
    ['BSON', 13, {}, { name: 'BSON' }],
    ['UUID', 14, {}, { name: 'UUID' }],
    ['FLOAT16', 15, {}, { name: 'FLOAT16' }],
    ['VARIANT', 16, { 1: i8(1) }, { name: 'VARIANT' }],
    ['GEOMETRY', 17, { 1: 'OGC:CRS84', 3: [i32(1)] }, { name: 'GEOMETRY' }],
    ['GEOGRAPHY', 18, { 1: 'OGC:CRS84', 2: i32(1) }, { name: 'GEOGRAPHY' }],
    ['one that is newer', 25, { 7: 'x' }, { name: 'logical type 25' }],
  ])('logical type %s', (_, id, fields, logical) => {
    const element = read({ 4: 'x', 10: struct({ [id]: struct(fields) }) });
    expect(element).toEqual({ name: 'x', logical });
  });

  test('a logical type that is no struct is none', () => {
    expect(read({ 4: 'x', 10: struct({ 1: i32(5), 2: 'x' }) })).toEqual({ name: 'x' });
  });
});

describe('writing', () => {
  const written = (element: Element): Buffer => {
    const writer = new ThriftWriter();
    writeElement(writer, element);
    return writer.bytes;
  };

  test('an element is as the specification has it, and without what it does not have', () => {
    const leaf: Element = {
      physical: 'BYTE_ARRAY',
      length: 3,
      repetition: 1,
      name: 'é',
      converted: 0,
      scale: 1,
      precision: 9,
    };
    expect(written(leaf)).toEqual(
      encodeStruct(struct({ 1: i32(6), 2: i32(3), 3: i32(1), 4: 'é', 6: i32(0), 7: i32(1), 8: i32(9) })),
    );
    expect(written({ physical: 'BOOLEAN', name: 'b' })).toEqual(encodeStruct(struct({ 1: i32(0), 4: 'b' })));
    expect(written({ name: 'g', children: 2 })).toEqual(encodeStruct(struct({ 4: 'g', 5: i32(2) })));
    expect(written({ name: 'f', logical: { name: 'FLOAT16' } })).toEqual(
      encodeStruct(struct({ 4: 'f', 10: struct({ 15: struct() }) })),
    );
    expect(written({ name: 'n', logical: { name: 'logical type 25' } })).toEqual(encodeStruct(struct({ 4: 'n' })));
  });
});

const of = (
  physical: Physical | undefined,
  converted?: (typeof CONVERTED)[number],
  more: Partial<Element> = {},
): Element => ({
  name: 'x',
  physical,
  ...(converted !== undefined && { converted: CONVERTED.indexOf(converted) }),
  ...more,
});
const logical = (
  physical: Physical,
  name: string,
  more: Partial<NonNullable<Element['logical']>> = {},
  length?: number,
): Element => ({
  name: 'x',
  physical,
  length,
  logical: { name, ...more },
});

test('the numbers of the old annotations', () => {
  expect(CONVERTED.map((name, number) => `${number} ${name}`).join(', ')).toBe(
    '0 UTF8, 1 MAP, 2 MAP_KEY_VALUE, 3 LIST, 4 ENUM, 5 DECIMAL, 6 DATE, 7 TIME_MILLIS, 8 TIME_MICROS, 9 TIMESTAMP_MILLIS, ' +
      '10 TIMESTAMP_MICROS, 11 UINT_8, 12 UINT_16, 13 UINT_32, 14 UINT_64, 15 INT_8, 16 INT_16, 17 INT_32, 18 INT_64, 19 JSON, ' +
      '20 BSON, 21 INTERVAL',
  );
});

test.each<[Element, string, object]>([
  [of('BOOLEAN'), 'BOOLEAN', { kind: 'boolean' }],
  [of('INT32'), 'INT32', { kind: 'integer', bits: 32, signed: true }],
  [of('INT64'), 'INT64', { kind: 'integer', bits: 64, signed: true }],
  [of('INT96'), 'INT96', { kind: 'int96' }],
  [of('FLOAT'), 'FLOAT', { kind: 'float' }],
  [of('DOUBLE'), 'DOUBLE', { kind: 'double' }],
  [of('BYTE_ARRAY'), 'BYTE_ARRAY', { kind: 'bytes' }],
  [of('FIXED_LEN_BYTE_ARRAY', undefined, { length: 7 }), 'FIXED_LEN_BYTE_ARRAY(7)', { kind: 'bytes' }],
  [of('FIXED_LEN_BYTE_ARRAY'), 'FIXED_LEN_BYTE_ARRAY(?)', { kind: 'bytes' }],
  [of(undefined), 'an unknown physical type', { kind: 'other' }],
  [of('BYTE_ARRAY', 'UTF8'), 'BYTE_ARRAY UTF8', { kind: 'text' }],
  [of('INT32', 'UTF8'), 'INT32 UTF8', { kind: 'other' }],
  [logical('BYTE_ARRAY', 'STRING'), 'BYTE_ARRAY STRING', { kind: 'text' }],
  [logical('FIXED_LEN_BYTE_ARRAY', 'STRING', {}, 4), 'FIXED_LEN_BYTE_ARRAY(4) STRING', { kind: 'text' }],
  [logical('INT64', 'STRING'), 'INT64 STRING', { kind: 'other' }],
  [of('BYTE_ARRAY', 'ENUM'), 'BYTE_ARRAY ENUM', { kind: 'enum' }],
  [of('INT32', 'ENUM'), 'INT32 ENUM', { kind: 'other' }],
  [of('BYTE_ARRAY', 'JSON'), 'BYTE_ARRAY JSON', { kind: 'json' }],
  [of('INT32', 'JSON'), 'INT32 JSON', { kind: 'other' }],
  [of('BYTE_ARRAY', 'BSON'), 'BYTE_ARRAY BSON', { kind: 'bson' }],
  [of('INT32', 'BSON'), 'INT32 BSON', { kind: 'other' }],
  [of('INT32', 'DATE'), 'INT32 DATE', { kind: 'date' }],
  [of('INT64', 'DATE'), 'INT64 DATE', { kind: 'other' }],
  [of('INT64', 'TIMESTAMP_MILLIS'), 'INT64 TIMESTAMP_MILLIS', { kind: 'timestamp', unit: 'MILLIS' }],
  [of('INT64', 'TIMESTAMP_MICROS'), 'INT64 TIMESTAMP_MICROS', { kind: 'timestamp', unit: 'MICROS' }],
  [of('INT32', 'TIMESTAMP_MILLIS'), 'INT32 TIMESTAMP_MILLIS', { kind: 'other' }],
  [
    logical('INT64', 'TIMESTAMP', { unit: 'NANOS', utc: true }),
    'INT64 TIMESTAMP(NANOS, UTC)',
    { kind: 'timestamp', unit: 'NANOS' },
  ],
  [
    logical('INT64', 'TIMESTAMP', { unit: 'MILLIS', utc: false }),
    'INT64 TIMESTAMP(MILLIS, local)',
    { kind: 'timestamp', unit: 'MILLIS' },
  ],
  [logical('INT64', 'TIMESTAMP'), 'INT64 TIMESTAMP(?, local)', { kind: 'other' }],
  [logical('INT32', 'TIMESTAMP', { unit: 'MICROS' }), 'INT32 TIMESTAMP(MICROS, local)', { kind: 'other' }],
  [logical('INT32', 'TIME', { unit: 'MILLIS', utc: true }), 'INT32 TIME(MILLIS, UTC)', { kind: 'time' }],
  [of('INT32', 'TIME_MILLIS'), 'INT32 TIME_MILLIS', { kind: 'time' }],
  [of('INT64', 'TIME_MICROS'), 'INT64 TIME_MICROS', { kind: 'time' }],
  [of('FIXED_LEN_BYTE_ARRAY', 'INTERVAL', { length: 12 }), 'FIXED_LEN_BYTE_ARRAY(12) INTERVAL', { kind: 'interval' }],
  [logical('INT32', 'UNKNOWN'), 'INT32 UNKNOWN', { kind: 'null' }],
  [logical('FIXED_LEN_BYTE_ARRAY', 'UUID', {}, 16), 'FIXED_LEN_BYTE_ARRAY(16) UUID', { kind: 'uuid' }],
  [logical('FIXED_LEN_BYTE_ARRAY', 'UUID', {}, 15), 'FIXED_LEN_BYTE_ARRAY(15) UUID', { kind: 'other' }],
  [logical('BYTE_ARRAY', 'UUID', {}, 16), 'BYTE_ARRAY UUID', { kind: 'other' }],
  [logical('FIXED_LEN_BYTE_ARRAY', 'FLOAT16', {}, 2), 'FIXED_LEN_BYTE_ARRAY(2) FLOAT16', { kind: 'float16' }],
  [logical('FIXED_LEN_BYTE_ARRAY', 'FLOAT16', {}, 4), 'FIXED_LEN_BYTE_ARRAY(4) FLOAT16', { kind: 'other' }],
  [logical('BYTE_ARRAY', 'FLOAT16', {}, 2), 'BYTE_ARRAY FLOAT16', { kind: 'other' }],
  [of('INT32', 'INT_8'), 'INT32 INT_8', { kind: 'integer', bits: 8, signed: true }],
  [of('INT32', 'UINT_16'), 'INT32 UINT_16', { kind: 'integer', bits: 16, signed: false }],
  [of('INT64', 'UINT_64'), 'INT64 UINT_64', { kind: 'integer', bits: 64, signed: false }],
  [of('INT64', 'INT_32'), 'INT64 INT_32', { kind: 'other' }],
  [of('INT32', 'INT_64'), 'INT32 INT_64', { kind: 'other' }],
  [of('DOUBLE', 'INT_32'), 'DOUBLE INT_32', { kind: 'other' }],
  [
    logical('INT32', 'INTEGER', { bits: 16, signed: false }),
    'INT32 INTEGER(16, unsigned)',
    { kind: 'integer', bits: 16, signed: false },
  ],
  [
    logical('INT64', 'INTEGER', { bits: 64, signed: true }),
    'INT64 INTEGER(64, signed)',
    { kind: 'integer', bits: 64, signed: true },
  ],
  [logical('INT32', 'INTEGER', { bits: 24, signed: true }), 'INT32 INTEGER(24, signed)', { kind: 'other' }],
  [logical('INT32', 'INTEGER'), 'INT32 INTEGER(?, unsigned)', { kind: 'other' }],
  [logical('INT32', 'VARIANT'), 'INT32 VARIANT', { kind: 'other' }],
  // INT_8 within a longer name is no annotation.
  [logical('INT32', 'XUINT_8'), 'INT32 XUINT_8', { kind: 'other' }],
  [logical('INT32', 'INT_88'), 'INT32 INT_88', { kind: 'other' }],
  [{ name: 'x', physical: 'INT32', converted: 40 }, 'INT32 converted type 40', { kind: 'other' }],
  // Where there are both, the new annotation counts.
  [
    { ...of('INT32', 'DATE'), logical: { name: 'INTEGER', bits: 32, signed: false } },
    'INT32 INTEGER(32, unsigned)',
    { kind: 'integer', bits: 32, signed: false },
  ],
  [
    of('INT32', 'DECIMAL', { precision: 9, scale: 2 }),
    'INT32 DECIMAL(9,2)',
    { kind: 'decimal', precision: 9, scale: 2, bytes: 4 },
  ],
  [
    of('INT64', 'DECIMAL', { precision: 18 }),
    'INT64 DECIMAL(18,0)',
    { kind: 'decimal', precision: 18, scale: 0, bytes: 8 },
  ],
  [
    of('BYTE_ARRAY', 'DECIMAL', { precision: 38, scale: 38 }),
    'BYTE_ARRAY DECIMAL(38,38)',
    { kind: 'decimal', precision: 38, scale: 38, bytes: 16 },
  ],
  [
    of('FIXED_LEN_BYTE_ARRAY', 'DECIMAL', { precision: 1, scale: 1, length: 5 }),
    'FIXED_LEN_BYTE_ARRAY(5) DECIMAL(1,1)',
    { kind: 'decimal', precision: 1, scale: 1, bytes: 5 },
  ],
  [of('FIXED_LEN_BYTE_ARRAY', 'DECIMAL', { precision: 1 }), 'FIXED_LEN_BYTE_ARRAY(?) DECIMAL(1,0)', { kind: 'other' }],
  [of('BYTE_ARRAY', 'DECIMAL', { precision: 39 }), 'BYTE_ARRAY DECIMAL(39,0)', { kind: 'other' }],
  [of('INT32', 'DECIMAL', { precision: 0 }), 'INT32 DECIMAL(0,0)', { kind: 'other' }],
  [of('INT32', 'DECIMAL'), 'INT32 DECIMAL(0,0)', { kind: 'other' }],
  [of('INT32', 'DECIMAL', { precision: 5, scale: -1 }), 'INT32 DECIMAL(5,-1)', { kind: 'other' }],
  [of('INT32', 'DECIMAL', { precision: 5, scale: 6 }), 'INT32 DECIMAL(5,6)', { kind: 'other' }],
  [of('DOUBLE', 'DECIMAL', { precision: 5, scale: 2 }), 'DOUBLE DECIMAL(5,2)', { kind: 'other' }],
  [of(undefined, 'DECIMAL', { precision: 5, scale: 2 }), 'an unknown physical type DECIMAL(5,2)', { kind: 'other' }],
  [
    { ...logical('INT64', 'DECIMAL', { precision: 12, scale: 3 }), precision: 1, scale: 1 },
    'INT64 DECIMAL(12,3)',
    { kind: 'decimal', precision: 12, scale: 3, bytes: 8 },
  ],
])('%j is %s', (element, label, found) => {
  expect(foundIn(element)).toEqual({ ...found, label });
});

describe('what the engine is given in its place', () => {
  const given = (element: Element, text: 'as text' | 'as bytes' = 'as text'): Element =>
    readAs(element, foundIn(element), text);
  const converted = (name: (typeof CONVERTED)[number]) => ({ converted: CONVERTED.indexOf(name) });

  test.each<[string, Element, Partial<Element>]>([
    ['a text is a text', of('BYTE_ARRAY', 'UTF8'), converted('UTF8')],
    ['so is an ENUM', of('BYTE_ARRAY', 'ENUM'), converted('UTF8')],
    ['and JSON', logical('BYTE_ARRAY', 'JSON'), converted('UTF8')],
    ['a text of fixed length is bytes', logical('FIXED_LEN_BYTE_ARRAY', 'STRING', {}, 4), {}],
    ['bytes are bytes', of('BYTE_ARRAY', 'BSON'), {}],
    ['a date is a date', of('INT32', 'DATE'), converted('DATE')],
    ['a time is its number', of('INT64', 'TIMESTAMP_MICROS'), {}],
    ['a signed number is its number', of('INT32', 'INT_16'), {}],
    ['so is a small one without a sign', of('INT32', 'UINT_16'), {}],
    ['a larger one without a sign keeps it', of('INT32', 'UINT_32'), converted('UINT_32')],
    ['with 64 bits too', of('INT64', 'UINT_64'), converted('UINT_64')],
    [
      'a half keeps its annotation',
      logical('FIXED_LEN_BYTE_ARRAY', 'FLOAT16', {}, 2),
      { logical: { name: 'FLOAT16' } },
    ],
    [
      'a decimal has the digits of its bytes',
      of('INT32', 'DECIMAL', { precision: 4, scale: 2 }),
      { ...converted('DECIMAL'), precision: 9, scale: 2 },
    ],
    ['a time of day is its number', of('INT32', 'TIME_MILLIS'), {}],
  ])('%s', (_, element, annotation) => {
    const { name, physical, length } = element;
    const repeated = { ...element, repetition: 1, children: 0 };
    expect(given(repeated)).toEqual({ name, physical, length, repetition: 1, ...annotation });
  });

  test('where a text may hold anything, it is bytes', () => {
    for (const name of ['UTF8', 'ENUM', 'JSON'] as const) {
      expect(given(of('BYTE_ARRAY', name), 'as bytes')).toEqual({ name: 'x', physical: 'BYTE_ARRAY' });
    }
    expect(given(of('INT32', 'DATE'), 'as bytes')).toEqual({ name: 'x', physical: 'INT32', ...converted('DATE') });
  });

  test.each([
    [1, 1, 9],
    [4, 9, 9],
    [4, 10, 10],
    [5, 1, 18],
    [8, 18, 18],
    [9, 1, 38],
    [16, 38, 38],
  ])('a decimal of %i bytes and %i digits is read with %i digits', (bytes, precision, digits) => {
    expect(decimalDigits({ bytes, precision })).toBe(digits);
  });
});
