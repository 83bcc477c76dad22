import fc from 'fast-check';
import { formatHiveType, isScalar, parseType, TypeSyntaxError, withTextTimestamps } from '../../lib/dataset/types';
import { columnType } from './helpers';

const KNOWN =
  'write one of boolean, tinyint, smallint, int, bigint, float, double, string, date, timestamp, binary, ' +
  'decimal(p,s), array<T>, map<K,V>, struct<name:T,...>';
const MAP_KEYS = 'map keys are names of JSON object members: write one of string, tinyint, smallint, int, bigint';

function errorOf(text: string): TypeSyntaxError {
  try {
    parseType(text);
  } catch (error) {
    if (error instanceof TypeSyntaxError) return error;
    throw error;
  }
  throw new Error(`'${text}' was accepted`);
}

test.each([
  'boolean',
  'tinyint',
  'smallint',
  'int',
  'bigint',
  'float',
  'double',
  'string',
  'date',
  'timestamp',
  'binary',
])('reads the scalar %s', (kind) => {
  expect(parseType(kind)).toEqual({ kind });
  expect(isScalar(parseType(kind))).toBe(true);
});

test('reads nested types, with blanks between tokens', () => {
  expect(parseType(' struct < a : array<int> , b_2:map<string , decimal ( 12 , 2 )> > ')).toEqual({
    kind: 'struct',
    fields: [
      { name: 'a', type: { kind: 'array', element: { kind: 'int' } } },
      {
        name: 'b_2',
        type: { kind: 'map', key: { kind: 'string' }, value: { kind: 'decimal', precision: 12, scale: 2 } },
      },
    ],
  });
});

test('reads back what it writes', () => {
  fc.assert(
    fc.property(columnType, (type) => {
      const text = formatHiveType(type);
      expect(parseType(text)).toEqual(type);
      expect(parseType(text.replace(/[<>(),:]/g, ' $& '))).toEqual(type);
    }),
  );
});

test('answers any text with a type or a TypeSyntaxError', () => {
  const soup = fc.array(
    fc.constantFrom('struct', 'map', 'array', 'decimal', 'int', 'a', '<', '>', '(', ')', ',', ':', ' ', '3', 'é', '💥'),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(
      fc.oneof(
        soup.map((tokens) => tokens.join('')),
        fc.string(),
      ),
      (text) => {
        try {
          parseType(formatHiveType(parseType(text)));
        } catch (error) {
          expect(error).toBeInstanceOf(TypeSyntaxError);
          const { position } = error as TypeSyntaxError;
          expect(position).toBeGreaterThanOrEqual(1);
          expect(position).toBeLessThanOrEqual(text.length + 1);
        }
      },
    ),
  );
});

test.each<[string, string]>([
  ['strng', `unknown type 'strng' at character 1; ${KNOWN}`],
  ['struct<a:int,b:strng>', `unknown type 'strng' at character 16; ${KNOWN}`],
  ['', `expected a type but found the end at character 1; ${KNOWN}`],
  ['array<>', `expected a type but found '>' at character 7; ${KNOWN}`],
  ['toString', `unknown type 'toString' at character 1; ${KNOWN}`],
  ['constructor', `unknown type 'constructor' at character 1; ${KNOWN}`],
  ['S', `unknown type 'S' at character 1; ${KNOWN}`],
  ['Name', `unknown type 'Name' at character 1; ${KNOWN}`],
  ['Decimal(3,1)', "unknown type 'Decimal' at character 1; write decimal"],
  ['MAP<int,int>', "unknown type 'MAP' at character 1; write map"],
  ['Struct<a:int>', "unknown type 'Struct' at character 1; write struct"],
  ['STRING', "unknown type 'STRING' at character 1; write string"],
  ['Array<int>', "unknown type 'Array' at character 1; write array"],
  ['varchar(20)', "unknown type 'varchar' at character 1; write string"],
  ['char(2)', "unknown type 'char' at character 1; write string"],
  ['CHAR(2)', "unknown type 'CHAR' at character 1; write string"],
  ['integer', "unknown type 'integer' at character 1; write int"],
  ['long', "unknown type 'long' at character 1; write bigint"],
  ['array<uuid>', "unknown type 'uuid' at character 7; write string"],
  ['datetime', "unknown type 'datetime' at character 1; write timestamp"],
  ['numeric(3,1)', "unknown type 'numeric' at character 1; write decimal(p,s)"],
  [
    'uniontype<int,string>',
    "unknown type 'uniontype' at character 1; write struct<name:T,...> with one field for each alternative",
  ],
  ['int(11)', "type 'int' takes no parameter, found '(' at character 4; write int"],
  ['int string', "unexpected 'string' after the type at character 5; remove it"],
  ['array<int>>', "unexpected '>' after the type at character 11; remove it"],
  ['array', "expected '<' but found the end at character 6; write array<T>, for example array<string>"],
  ['array<int', "expected '>' but found the end at character 10; close array< with >"],
  ['map<string>', "expected ',' but found '>' at character 11; write map<K,V>, for example map<string,int>"],
  ['map<string,int', "expected '>' but found the end at character 15; close map< with >"],
  ['map<date,int>', `map key of type 'date' at character 5; ${MAP_KEYS}`],
  ['map<string,map< double,int>>', `map key of type 'double' at character 17; ${MAP_KEYS}`],
  ['map<array<int>,int>', `map key of type 'array<int>' at character 5; ${MAP_KEYS}`],
  ['decimal', 'decimal without precision and scale at character 1; write both, for example decimal(12,2)'],
  ['array<decimal(10)>', 'decimal without precision and scale at character 7; write both, for example decimal(12,2)'],
  ['decimal(-1,0)', 'decimal without precision and scale at character 1; write both, for example decimal(12,2)'],
  ['decimal(0,0)', 'decimal precision 0 at character 1; write a precision from 1 to 38'],
  ['decimal(39,2)', 'decimal precision 39 at character 1; write a precision from 1 to 38'],
  ['decimal(4,5)', 'decimal scale 5 is larger than the precision 4 at character 1; write a scale from 0 to 4'],
  ['struct<>', "expected a field name but found '>' at character 8; write name:T"],
  ['struct<a:int,>', "expected a field name but found '>' at character 14; write name:T"],
  ['struct<a>', "expected ':' but found '>' at character 9; write a:T with the type of the field after the colon"],
  ['struct<a:int', "expected '>' but found the end at character 13; close struct< with >"],
  [
    'struct<a:int,a:string>',
    "struct field 'a' occurs twice (names are compared without case) at character 14; give each field its own name",
  ],
  [
    'struct<a:int,A:string>',
    "struct field 'A' occurs twice (names are compared without case) at character 14; give each field its own name",
  ],
  ['struct<userId:int>', "struct field 'userId' is not a lowercase name at character 8; write userid"],
  [
    'struct<user-id:int>',
    "struct field 'user-id' is not a lowercase name at character 8; use lowercase letters, digits and underscores",
  ],
  [
    `${'array<'.repeat(32)}int${'>'.repeat(32)}`,
    'type nested deeper than 32 levels at character 193; flatten it, or keep the inner part as a string',
  ],
])('refuses %j', (text, message) => {
  expect(errorOf(text).message).toBe(message);
});

test('takes 32 levels', () => {
  const text = `${'array<'.repeat(31)}int${'>'.repeat(31)}`;
  expect(formatHiveType(parseType(text))).toBe(text);
});

test.each([
  ['bool', 'boolean'],
  ['byte', 'tinyint'],
  ['short', 'smallint'],
  ['int32', 'int'],
  ['int64', 'bigint'],
  ['real', 'float'],
  ['number', 'decimal(p,s) or double'],
  ['dec', 'decimal(p,s)'],
  ['text', 'string'],
  ['json', 'string'],
  ['enum', 'string'],
  ['time', 'string'],
  ['interval', 'string'],
  ['timestamptz', 'timestamp'],
  ['bytes', 'binary'],
  ['blob', 'binary'],
  ['varbinary', 'binary'],
  ['list', 'array<T>'],
  ['row', 'struct<name:T,...>'],
  ['object', 'struct<name:T,...>'],
])('%s of other systems is %s here', (name, replacement) => {
  for (const spelled of [name, name.toUpperCase()]) {
    expect(errorOf(spelled).message).toBe(`unknown type '${spelled}' at character 1; write ${replacement}`);
  }
});

test.each(['decimal(1,0)', 'decimal(1,1)', 'decimal(38,0)', 'decimal(38,38)', 'map<tinyint,int>', 'map<smallint,int>'])(
  'takes %s',
  (text) => {
    expect(formatHiveType(parseType(text))).toBe(text);
  },
);

test.each([
  ['decimal ( 12 , 2 )', 'decimal(12,2)'],
  ['decimal(12,2) ', 'decimal(12,2)'],
  ['struct<_a:int,b_1:map<bigint,string>>', 'struct<_a:int,b_1:map<bigint,string>>'],
  ['map<int,array<string>>', 'map<int,array<string>>'],
])('reads %j as %s', (text, canonical) => {
  expect(formatHiveType(parseType(text))).toBe(canonical);
});

test.each<[string, string]>([
  [
    'struct',
    "expected '<' but found the end at character 7; write struct<name:T,...>, for example struct<id:string,age:int>",
  ],
  ['map', "expected '<' but found the end at character 4; write map<K,V>, for example map<string,int>"],
  [
    'struct<1a:int>',
    "struct field '1a' is not a lowercase name at character 8; use lowercase letters, digits and underscores",
  ],
  ['decimal 12,2', 'decimal without precision and scale at character 1; write both, for example decimal(12,2)'],
  ['decimal(12;2)', 'decimal without precision and scale at character 1; write both, for example decimal(12,2)'],
  ['decimal(12,2', 'decimal without precision and scale at character 1; write both, for example decimal(12,2)'],
  ['x decimal(12,2)', `unknown type 'x' at character 1; ${KNOWN}`],
  ['array!int>', "expected '<' but found '!' at character 6; write array<T>, for example array<string>"],
  ['array💥', "expected '<' but found '💥' at character 6; write array<T>, for example array<string>"],
])('refuses %j, and says how it is written', (text, message) => {
  expect(errorOf(text).message).toBe(message);
});

test.each(['map<string,', 'struct<a:'])('counts the levels of %s', (open) => {
  const nested = (levels: number): string => `${open.repeat(levels)}int${'>'.repeat(levels)}`;
  expect(formatHiveType(parseType(nested(31)))).toBe(nested(31));
  expect(errorOf(nested(32)).message).toContain('type nested deeper than 32 levels');
});

test('the error has its parts', () => {
  expect(errorOf('int x')).toMatchObject({
    name: 'TypeSyntaxError',
    problem: "unexpected 'x' after the type at character 5",
    fix: 'remove it',
    position: 5,
  });
});

test('timestamps become texts at any depth, and nothing else changes', () => {
  const text = (type: string): string => formatHiveType(withTextTimestamps(parseType(type)));
  expect(text('timestamp')).toBe('string');
  expect(text('array<timestamp>')).toBe('array<string>');
  expect(text('map<int,timestamp>')).toBe('map<int,string>');
  expect(text('struct<a:timestamp,b:struct<c:array<timestamp>>,d:date>')).toBe(
    'struct<a:string,b:struct<c:array<string>>,d:date>',
  );
  expect(text('decimal(3,1)')).toBe('decimal(3,1)');
});

test('single values are those without parts', () => {
  const single = (type: string): boolean => isScalar(parseType(type));
  expect(['int', 'timestamp', 'decimal(3,1)', 'array<int>', 'map<int,int>', 'struct<a:int>'].map(single)).toEqual([
    ...[true, true, true],
    ...[false, false, false],
  ]);
});
