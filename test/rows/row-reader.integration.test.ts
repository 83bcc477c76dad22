/** Records that are read in place, many at once, are those that are looked at one by one: the same bytes, rejections, places and counts. */
import fc from 'fast-check';
import type { SourcePath } from '../../lib/dataset/model';
import type { Carried } from '../../lib/rows/carried';
import { JsonRecords } from '../../lib/rows/json-records';
import { RowChecker } from '../../lib/rows/row';
import { RowReader } from '../../lib/rows/row-reader';
import { dataset } from '../dataset/helpers';
import { columnsOf, cut } from './helpers';

const plain = columnsOf({
  id: 'int!',
  v: 'string',
  at: 'timestamp',
  list: 'array<int>',
  owner: 'string',
  region: 'string',
});
/** Names of the source, two places of one value, and a value of the envelope that is rewritten. */
const { columns: sourced } = dataset({
  columns: [
    { name: 'id', type: 'int', notNull: true },
    { name: 'at', type: 'timestamp', notNull: true },
    { name: 'v', type: 'string' },
    { name: 'list', type: 'array<int>' },
    { name: 'account', type: 'string', from: { firstOf: ['owner', 'accountId'] } },
    { name: 'zone', type: 'string', from: { firstOf: ['accountZone', 'region'] } },
    { name: 'nested', type: 'string', format: 'json' },
  ],
});
const { columns: snake } = dataset({
  columnNames: 'snake',
  columns: [
    { name: 'id', type: 'int', notNull: true },
    { name: 'at', type: 'timestamp', notNull: true },
    { name: 'account_id', type: 'string' },
    { name: 'region', type: 'string', notNull: true },
  ],
});
const COLUMNS = { plain, sourced, snake } as const;

/** Looks at each record by itself. */
class OneByOne extends RowReader {
  override carry = ({ isEmpty }: Carried): boolean => isEmpty;
  override acceptSpread = undefined as unknown as RowReader['acceptSpread'];

  override acceptRun(buf: Buffer, at: number): number {
    this.to = this.read(buf, at);
    this.records = 0;
    this.lines = 0;
    return at;
  }
}

type Shape = ConstructorParameters<typeof JsonRecords>[1];

function answers(
  Reader: typeof RowReader,
  names: keyof typeof COLUMNS,
  shape: Shape,
  bytes: Buffer,
  cuts: readonly number[],
) {
  const rejected: unknown[] = [];
  const output: Buffer[] = [];
  const reader = new Reader(new RowChecker(COLUMNS[names]), (reason, raw) =>
    rejected.push([records.place, reason, raw.toString('latin1')]),
  );
  const records = new JsonRecords(reader, shape);
  for (const chunk of cut(bytes, cuts)) {
    const lent = Buffer.from(chunk);
    records.push(lent);
    output.push(...reader.output.take().map((slice) => Buffer.from(slice)));
    lent.fill(0x7e);
  }
  records.end();
  output.push(...reader.output.take());
  const { accepted, row } = reader;
  const { otherUnknownFields } = row;
  const unknownFields = [...row.unknownFields].sort((a, b) => (a.name < b.name ? -1 : 1));
  return { lines: Buffer.concat(output).toString('latin1'), rejected, accepted, unknownFields, otherUnknownFields };
}

const AT = '2026-06-15T10:00:00';
const RECORDS = [
  { id: 1, v: 'a', at: `${AT}Z` },
  { id: 2, v: '}{"[],\\ \n', list: [1, 2], at: `${AT}Z`, region: 'own' },
  { id: 3, v: 'é漢\u{1f600}', at: `${AT}+02:00`, owner: 'own', nested: { other: 1 } },
  { id: 4, at: 1_781_500_000_123, region: 'own', accountZone: 'own', accountId: 'own' },
  { id: 5, at: `${AT}Z`, ownerId: 'x', account_id: 'own', undeclared: 1 },
  { id: 'x', at: `${AT}Z` },
  { at: `${AT}Z`, Region: 'R' },
  {},
  { id: 6, at: `${AT}.123456Z`, v: 'a longer text, which is copied by words of four bytes, and more than once' },
];
const STYLES = [0, 0, 2, '\t'] as const;
const SEPARATORS = [',', ',', ',\n', '\n', '', ' ', '\r\n', ', ', '\n,', ' ,\r\n  ', '\n\n', ',,'];
const list = fc
  .array(fc.tuple(fc.nat({ max: RECORDS.length - 1 }), fc.nat({ max: 5 }), fc.nat({ max: 40 })), { maxLength: 12 })
  .chain((parts) =>
    fc
      .tuple(fc.constantFrom(...STYLES), fc.constantFrom(...SEPARATORS), fc.boolean())
      .map(([style, separator, mixed]) =>
        parts
          .map(([which, otherStyle, otherSeparator], index) => {
            const text = JSON.stringify(RECORDS[which], null, (mixed ? STYLES[otherStyle] : style) ?? style);
            return index === 0 ? text : `${(mixed ? SEPARATORS[otherSeparator] : separator) ?? separator}${text}`;
          })
          .join(''),
      ),
  );
const MEMBERS = [
  '"owner":"o\\u00e9"',
  '"owner" :\n"o"',
  '"owner":null',
  '"owner":7',
  '"region":"r"',
  '"region":{"a":[1,\n2]}',
  '"accountId":"o"',
  '"accountZone":"z"',
  '"at":1781500000123',
  '"at":"2026-06-15T12:00:00+02:00"',
  '"more":{"x":1}',
  '"list":[1,2]',
];
const envelope = fc
  .tuple(
    fc.subarray(MEMBERS, { maxLength: 4 }),
    fc.subarray(MEMBERS, { maxLength: 1 }),
    list,
    fc.constantFrom('', ' ', '\n'),
  )
  .map(([before, behind, records, space]) => {
    const members = [...before, `"Records":${space}[${space}${records}${space}]`, ...behind];
    return `{${members.join(`,${space}`)}}`;
  });
const CARRIED = ['owner', 'region', 'accountId', 'accountZone', 'at', 'list'];
const shape: fc.Arbitrary<Shape> = fc.record({
  unwrap: fc.constant<SourcePath>(['Records']),
  carry: fc.subarray(CARRIED, { maxLength: 3 }).map((names) => names.map((name): SourcePath => [name])),
  snake: fc.constant(false),
});
const edits = fc.array(
  fc.tuple(fc.nat({ max: 900 }), fc.constantFrom('', '{', '}', ']', ',', '"', '\n', ' ', '\xff', '\xc3', '\\', 'x')),
  { maxLength: 2 },
);
const cuts = fc.array(fc.nat({ max: 1500 }), { maxLength: 4 });

/** The bytes with some put into them. */
function edited(text: string, changes: readonly (readonly [number, string])[]): Buffer {
  let bytes = Buffer.from(text);
  for (const [where, part] of changes) {
    const at = bytes.length === 0 ? 0 : where % bytes.length;
    bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from(part, 'latin1'), bytes.subarray(at)]);
  }
  return bytes;
}

const names = fc.constantFrom('plain' as const, 'sourced' as const, 'snake' as const);
const seen = { accepted: 0, rejected: 0 };

function compare(which: keyof typeof COLUMNS, given: Shape, bytes: Buffer, at: readonly number[]): void {
  const own = given === undefined ? undefined : { ...given, snake: which === 'snake' };
  const found = answers(RowReader, which, own, bytes, at);
  expect(found).toEqual(answers(OneByOne, which, own, bytes, at));
  seen.accepted += found.accepted;
  seen.rejected += found.rejected.length;
}

const RUNS = { seed: 20_260_615, numRuns: 2500 };

test('records in any arrangement', () => {
  const arrangement = fc.oneof(
    list,
    list.map((records) => `[${records}]`),
    list.map((records) => `[\n  ${records}\n]\n`),
  );
  fc.assert(
    fc.property(names, fc.array(arrangement, { maxLength: 3 }), edits, cuts, (which, parts, changes, at) => {
      compare(which, undefined, edited(parts.join('\n'), changes), at);
    }),
    RUNS,
  );
});

test('records in envelopes, with members of these', () => {
  fc.assert(
    fc.property(names, shape, fc.array(envelope, { maxLength: 3 }), edits, cuts, (which, given, parts, changes, at) => {
      compare(which, given, edited(parts.join('\n'), changes), at);
    }),
    RUNS,
  );
});

test('many records of a chunk', () => {
  for (const style of [undefined, 2]) {
    for (const separator of [',', '', ',\n']) {
      const text = Array.from({ length: 3000 }, (_, id) =>
        JSON.stringify({ id, v: 'x'.repeat(id % 50), at: `${AT}Z` }, null, style),
      );
      compare('plain', undefined, Buffer.from(text.join(separator)), []);
      const inside = Buffer.from(`{"owner":"o","Records":[${text.join(separator === '' ? ',' : separator)}]}`);
      compare('plain', { unwrap: ['Records'], carry: [['owner']], snake: false }, inside, [70_000]);
    }
  }
});

test('chunks that are cut anywhere, also within records that hold others', () => {
  const text = Array.from({ length: 1200 }, (_, id) => {
    const others = Array.from({ length: id % 7 }, (_unused, index) => ({ index, text: '},{' }));
    return JSON.stringify({ id, v: 'y'.repeat(id % 90), at: `${AT}Z`, others });
  });
  const separator = fc.constantFrom(',', ', ', '', ' ', ',\n');
  // As long as what is held before it is looked at.
  const places = fc.array(fc.nat({ max: 200_000 }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(separator, fc.boolean(), edits, places, (between, inEnvelope, changes, at) => {
      const records = text.join(between);
      const carrying: Shape = { unwrap: ['Records'], carry: [['owner']], snake: false };
      const given = inEnvelope ? carrying : undefined;
      const whole = edited(inEnvelope ? `{"owner":"o","Records":[${records}]}` : `[${records}]`, changes);
      expect(answers(RowReader, 'plain', given, whole, at)).toEqual(answers(RowReader, 'plain', given, whole, []));
    }),
    { ...RUNS, numRuns: 60 },
  );
});

afterAll(() => {
  expect(Math.min(seen.accepted, seen.rejected)).toBeGreaterThan(2000);
});
