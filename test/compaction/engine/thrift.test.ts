/** The compact protocol of Thrift, against the encoder of the tests, which shares no code with it. */
import {
  copyList,
  copyStruct,
  type Field,
  ThriftReader,
  ThriftWriter,
  TYPE,
} from '../../../lambda/compaction/engine/parquet/thrift';
import { UnreadableObjectError } from '../../../lib/rows';
import { encodeStruct, i8, i32, i64, struct, type ThriftStruct, type ThriftValue } from '../../support/parquet/thrift';

/** What a reader makes of the fields of a struct. */
function fieldsOf(bytes: Buffer, read: (reader: ThriftReader, field: Field) => unknown): readonly unknown[] {
  const reader = new ThriftReader(bytes);
  const found: unknown[] = [];
  reader.struct((field) => found.push(read(reader, field)));
  expect(reader.at).toBe(bytes.length);
  return found;
}

const broken = (at: number): UnreadableObjectError =>
  new UnreadableObjectError(`not a readable Parquet file: its footer is broken at byte ${at}`);

const problemOf = (act: () => unknown): unknown => {
  try {
    return act();
  } catch (error) {
    return error;
  }
};

const NUMBERS = [0, 1, -1, 63, 64, -64, -65, 8191, 8192, 2 ** 31 - 1, -(2 ** 31), 2 ** 40, -(2 ** 40), 2 ** 53 - 1];

describe('reading', () => {
  test('numbers keep their sign, whatever their length', () => {
    const fields = Object.fromEntries(NUMBERS.map((value, index) => [index + 1, i64(value)]));
    expect(fieldsOf(encodeStruct(struct(fields)), (reader) => reader.integer())).toEqual(NUMBERS);
    const bytes = [0, 1, -1, 127, -128];
    const small = Object.fromEntries(bytes.map((value, index) => [index + 1, i8(value)]));
    expect(fieldsOf(encodeStruct(struct(small)), (reader) => reader.i8())).toEqual(bytes);
  });

  test('fields have the numbers and types that they were written with, also after a gap', () => {
    const bytes = encodeStruct(
      struct({ 1: true, 2: false, 3: i8(1), 18: i32(1), 34: i64(1), 300: 'x', 301: [i32(1)], 302: struct() }),
    );
    const found = fieldsOf(bytes, (reader, field) => {
      reader.skip(field);
      return [field.id, field.type];
    });
    expect(found).toEqual([
      [1, TYPE.TRUE],
      [2, TYPE.FALSE],
      [3, TYPE.I8],
      [18, TYPE.I32],
      [34, TYPE.I64],
      [300, TYPE.BINARY],
      [301, TYPE.LIST],
      [302, TYPE.STRUCT],
    ]);
  });

  test('texts are UTF-8, and end where they end', () => {
    const texts = ['', 'a', 'é€😀', 'x'.repeat(127), 'x'.repeat(128), 'x'.repeat(20_000)];
    const fields = Object.fromEntries(texts.map((text, index) => [index + 1, text]));
    expect(fieldsOf(encodeStruct(struct(fields)), (reader) => reader.text())).toEqual(texts);
  });

  test.each([0, 1, 14, 15, 16, 200])('a list of %i says its length and type', (length) => {
    const items = Array.from({ length }, (_, index) => i32(index));
    const [found] = fieldsOf(encodeStruct(struct({ 1: items })), (reader) => {
      const list = reader.list();
      return { ...list, items: Array.from({ length: list.length }, () => reader.integer()) };
    });
    // The encoder gives a list of nothing the type of structs.
    const type = length === 0 ? TYPE.STRUCT : TYPE.I32;
    expect(found).toEqual({ type, length, items: items.map(({ i32: value }) => value) });
  });

  const VALUES: readonly (readonly [string, ThriftValue])[] = [
    ['true', true],
    ['false', false],
    ['a byte', i8(-1)],
    ['a number of one byte', i32(5)],
    ['the greatest number of one byte', i32(-64)],
    ['a number of many bytes', i64(2 ** 50)],
    ['a text', 'text'],
    ['a long text', 'x'.repeat(300)],
    ['a list of numbers', [i32(1), i32(1000), i32(-5)]],
    ['a list of booleans', [true, true, false, false, true]],
    ['a list of texts', ['a', 'bc']],
    ['a list of lists', [[i32(1)], [i32(2), i32(3)]]],
    ['a list of structs', [struct({ 1: true, 2: i32(1) }), struct()]],
    ['a struct', struct({ 1: true, 5: 'a', 40: struct({ 2: [i8(1)] }) })],
  ];

  test.each(VALUES)('what follows a value that is skipped is read as it is: %s', (_, value) => {
    const found = fieldsOf(encodeStruct(struct({ 1: value, 2: i32(77) })), (reader, field) => {
      if (field.id === 2) return reader.integer();
      reader.skip(field);
      return field.id;
    });
    expect(found).toEqual([1, 77]);
  });

  test('i16, doubles and sets, which the encoder does not write, are skipped too', () => {
    const bytes = Buffer.concat([
      Buffer.of(0x14, 0x80, 0x02), // field 1: i16
      Buffer.of(0x17),
      Buffer.alloc(8, 0xff), // field 2: double
      Buffer.of(0x1a, 0x25, 2, 4), // field 3: a set of two i32
      Buffer.of(0x15, 0x0e, 0), // field 4: 7
    ]);
    const found = fieldsOf(bytes, (reader, field) => {
      if (field.id === 4) return reader.integer();
      reader.skip(field);
      return field.type;
    });
    expect(found).toEqual([TYPE.I16, TYPE.DOUBLE, TYPE.SET, 7]);
  });

  test.each(VALUES)('a footer that ends early is broken, wherever it ends: %s', (_, value) => {
    const bytes = encodeStruct(struct({ 1: value, 2: i32(77) }));
    for (let length = 0; length < bytes.length; length++) {
      const reader = new ThriftReader(bytes.subarray(0, length));
      expect(problemOf(() => reader.struct((field) => reader.skip(field)))).toBeInstanceOf(UnreadableObjectError);
    }
  });

  test('the error says where', () => {
    const reading = (bytes: readonly number[], read: (reader: ThriftReader) => unknown): unknown =>
      problemOf(() => read(new ThriftReader(Buffer.from(bytes))));
    expect(reading([], (reader) => reader.i8())).toEqual(broken(1));
    expect(reading([2, 65], (reader) => reader.text())).toEqual(new UnreadableObjectError(broken(1).message));
    expect(reading([1, 65], (reader) => reader.text())).toBe('A');
    // Every item takes a byte at least.
    expect(reading([0x25, 1], (reader) => reader.list())).toEqual(broken(1));
    expect(reading([0x25, 1, 1], (reader) => reader.list())).toEqual({ type: TYPE.I32, length: 2 });
    expect(reading([0xf5, 0x81, 0x01], (reader) => reader.list())).toEqual(broken(3));
  });

  test('a number has ten bytes at most', () => {
    const long = (length: number): Buffer => Buffer.from([...Array<number>(length - 1).fill(0x80), 0]);
    expect(new ThriftReader(long(10)).integer()).toBe(0);
    const reader = new ThriftReader(long(11));
    expect(problemOf(() => reader.integer())).toEqual(broken(10));
  });

  test.each([0, 11, 13, 15])('there is no type %i in a footer', (type) => {
    const reader = new ThriftReader(Buffer.alloc(20, 1));
    expect(problemOf(() => reader.skip({ type }))).toEqual(broken(0));
  });

  const nested = (levels: number): ThriftStruct => (levels === 1 ? struct() : struct({ 1: nested(levels - 1) }));
  const nestedList = (levels: number): ThriftValue => (levels === 1 ? [] : [nestedList(levels - 1)]);

  test('structs and lists nest 33 levels, and no more', () => {
    const skip = (bytes: Buffer, type: number): unknown =>
      problemOf(() => {
        const reader = new ThriftReader(bytes);
        reader.skip({ type });
        return reader.at === bytes.length;
      });
    expect(skip(encodeStruct(nested(33)), TYPE.STRUCT)).toBe(true);
    expect(skip(encodeStruct(nested(34)), TYPE.STRUCT)).toBeInstanceOf(UnreadableObjectError);
    const list = (levels: number): Buffer => encodeStruct(struct({ 1: nestedList(levels) })).subarray(1, -1);
    expect(skip(list(33), TYPE.LIST)).toBe(true);
    expect(skip(list(34), TYPE.LIST)).toBeInstanceOf(UnreadableObjectError);
    // A struct that is read, not skipped, counts like any other.
    const deep = new ThriftReader(encodeStruct(struct()));
    expect(problemOf(() => deep.struct(() => undefined, 33))).toEqual(broken(0));
    deep.struct(() => undefined, 32);
    expect(deep.at).toBe(1);
  });
});

describe('writing', () => {
  const written = (write: (writer: ThriftWriter) => void): Buffer => {
    const writer = new ThriftWriter();
    write(writer);
    return writer.bytes;
  };

  test('a struct is as the encoder writes it, with numbers of any length and gaps between fields', () => {
    const ids = [1, 2, 17, 33, 34, 300];
    const bytes = written((writer) =>
      writer.struct((field) => {
        for (const [index, id] of ids.entries()) {
          field(id, TYPE.I64);
          writer.integer(NUMBERS[index] as number);
        }
      }),
    );
    expect(bytes).toEqual(
      encodeStruct(struct(Object.fromEntries(ids.map((id, index) => [id, i64(NUMBERS[index] as number)])))),
    );
    for (const value of NUMBERS) {
      expect(new ThriftReader(written((writer) => writer.integer(value))).integer()).toBe(value);
    }
  });

  test('a field whose number is less than the last one is found again', () => {
    const bytes = written((writer) =>
      writer.struct((field) => {
        for (const id of [20, 3, 3, 19]) {
          field(id, TYPE.I32);
          writer.integer(id);
        }
      }),
    );
    expect(fieldsOf(bytes, (reader, { id }) => [id, reader.integer()])).toEqual([
      [20, 20],
      [3, 3],
      [3, 3],
      [19, 19],
    ]);
  });

  test.each([0, 14, 15, 127, 128, 2_000])('a list of %i, and a text as long', (length) => {
    const text = 'é'.repeat(length);
    const bytes = written((writer) =>
      writer.struct((field) => {
        field(1, TYPE.LIST);
        writer.list(TYPE.STRUCT, length);
        for (let i = 0; i < length; i++) writer.struct(() => {});
        field(2, TYPE.BINARY);
        writer.text(text);
      }),
    );
    expect(bytes).toEqual(encodeStruct(struct({ 1: Array.from({ length }, () => struct()), 2: text })));
  });
});

describe('copying', () => {
  const original = struct({
    1: i32(1),
    2: 'two',
    3: [struct({ 1: i8(1), 2: true }), struct({ 2: false })],
    20: struct({ 1: i64(5) }),
  });

  function copied(change: Parameters<typeof copyStruct>[2]): Buffer {
    const reader = new ThriftReader(encodeStruct(original));
    const writer = new ThriftWriter();
    copyStruct(reader, writer, change);
    expect(reader.at).toBe(reader.bytes.length);
    return writer.bytes;
  }

  test('changes nothing by itself', () => {
    expect(copied(() => undefined)).toEqual(encodeStruct(original));
  });

  test('leaves out what is dropped, and nothing else', () => {
    for (const id of [1, 2, 3, 20]) {
      const rest = struct({ ...original.fields, [id]: undefined });
      expect(copied((field) => (field === id ? 'drop' : undefined))).toEqual(encodeStruct(rest));
    }
    expect(copied(() => 'drop')).toEqual(Buffer.of(0));
  });

  test('copies by a function what it says, item by item in a list', () => {
    const bytes = copied((id) =>
      id === 3
        ? (from, to) =>
            copyList(from, to, (item, out) => copyStruct(item, out, (field) => (field === 1 ? 'drop' : undefined)))
        : undefined,
    );
    expect(bytes).toEqual(encodeStruct(struct({ ...original.fields, 3: [struct({ 2: true }), struct({ 2: false })] })));
  });
});
