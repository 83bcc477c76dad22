import fc from 'fast-check';
import { CsvValidator, NdjsonValidator } from '../../lib/rows';
import { checkNdjson, columnsOf, feed, keep } from './helpers';
import { sameButForSpelling } from './reference';

const columns = columnsOf({
  vendor_id: 'int',
  v: 'double',
  trip: 'struct<pick_up:string,stops:array<struct<zone_id:int>>,by_zone:map<string,struct<fare_amount:double>>>',
});
const reasons = (text: string): string[] =>
  checkNdjson(columns, [Buffer.from(text)]).rejected.map(({ reason }) => reason);

const fault = (declared: string, ...undeclared: string[]): string =>
  `missing, but the undeclared ${undeclared.length === 1 ? 'member' : 'members'} ${undeclared.join(' and ')} ` +
  `${undeclared.length === 1 ? 'differs' : 'differ'} from it only in case or separators; names match exactly: write "${declared}"`;

describe('a member that looks like a declared one', () => {
  test.each([
    ['in case', '{"VendorID":2,"v":1}', `vendor_id: ${fault('vendor_id', '"VendorID"')}`],
    ['in one letter', '{"vendor_id":2,"V":1}', `v: ${fault('v', '"V"')}`],
    ['in hyphens', '{"vendor-id":2,"v":1}', `vendor_id: ${fault('vendor_id', '"vendor-id"')}`],
    ['in a blank before it', '{" vendor_id":2,"v":1}', `vendor_id: ${fault('vendor_id', '" vendor_id"')}`],
    ['in a byte order mark', '{"\ufeffvendor_id":2,"v":1}', `vendor_id: ${fault('vendor_id', '"\\ufeffvendor_id"')}`],
    ['in dots and escapes', '{"\\u0056endor.Id":2,"v":1}', `vendor_id: ${fault('vendor_id', '"Vendor.Id"')}`],
    ['in width', '{"ｖｅｎｄｏｒ＿ｉｄ":2,"v":1}', `vendor_id: ${fault('vendor_id', '"ｖｅｎｄｏｒ＿ｉｄ"')}`],
    ['and is null', '{"VendorID":null,"v":1}', `vendor_id: ${fault('vendor_id', '"VendorID"')}`],
    ['twice', '{"VendorID":2,"v":1,"vendorId":2}', `vendor_id: ${fault('vendor_id', '"VendorID"', '"vendorId"')}`],
    ['in a struct', '{"vendor_id":1,"v":1,"trip":{"pickUp":"a"}}', `trip.pick_up: ${fault('pick_up', '"pickUp"')}`],
    [
      'in a list',
      '{"vendor_id":1,"v":1,"trip":{"pick_up":"a","stops":[{"zone_id":1},{"ZoneID":1}]}}',
      `trip.stops[1].zone_id: ${fault('zone_id', '"ZoneID"')}`,
    ],
    [
      'in a map',
      '{"vendor_id":1,"v":1,"trip":{"pick_up":"a","by_zone":{"x":{"fareAmount":1}}}}',
      `trip.by_zone["x"].fare_amount: ${fault('fare_amount', '"fareAmount"')}`,
    ],
  ])('%s: the line is refused with both names', (_, line, reason) => {
    expect(reasons(`${line}\n`)).toEqual([reason]);
  });

  test.each([
    ['the declared one is there too', '{"VendorID":1,"vendor_id":2,"v":1}'],
    ['the declared one is there, later and null', '{"VendorID":1,"vendor_id":null,"v":1}'],
    ['it only resembles', '{"vendor_ids":1,"vendor":2,"@v":1}'],
    ['keys of a map are free', '{"vendor_id":1,"v":1,"trip":{"pick_up":"a","by_zone":{"Stops":null,"V":null}}}'],
    ['another line had it', '{"vendor_id":1,"v":1,"VendorID":3}\n{"v":1}'],
  ])('is only an undeclared one when %s', (_, line) => {
    expect(reasons(`${line}\n`)).toEqual([]);
  });

  test('is named instead of a missing value where the column must have one', () => {
    const { rejected } = checkNdjson(columnsOf({ vendor_id: 'int!', n: 'int!' }), [Buffer.from('{"VendorID":1}\n')]);
    expect(rejected.map(({ reason }) => reason)).toEqual([`vendor_id: ${fault('vendor_id', '"VendorID"')}`]);
  });

  test('is found when 100 other names are remembered already, and however long it is', () => {
    const others = Array.from({ length: 150 }, (_, index) => `"x${index}":1`).join(',');
    const spread = `v${'_'.repeat(1000)}`;
    const found = reasons(`{"vendor_id":1,"v":1,${others}}\n{"VendorID":1,"v":1}\n{"vendor_id":1,"${spread}":1}\n`);
    expect(found).toEqual([
      `vendor_id: ${fault('vendor_id', '"VendorID"')}`,
      `v: ${fault('v', `"${spread.slice(0, 40)}..."`)}`,
    ]);
  });

  test('is counted with the declared name when both are there', () => {
    const checker = new NdjsonValidator({ columns: columnsOf({ user: 'struct<name:string>' }) }, () => undefined);
    feed(checker, [Buffer.from('{"user":{"Name":"a","name":"b"},"\\u0055ser":1}')]);
    expect(checker.unknownFields).toEqual([
      { name: 'user.Name', count: 1, similarTo: 'name' },
      { name: 'User', count: 1, similarTo: 'user' },
    ]);
  });

  test('may be given a million times in one line', () => {
    const line = `{${'"V":1,"VENDOR_ID":2,"vendor__id":3,'.repeat(300_000)}"v":1}\n`;
    expect(reasons(line)).toEqual([`vendor_id: ${fault('vendor_id', '"VENDOR_ID"', '"vendor__id"')}`]);
  });
});

/** The declared name as another tool would spell it. */
const spelled = (name: string): fc.Arbitrary<string> =>
  fc
    .array(fc.tuple(fc.boolean(), fc.constantFrom('', '', '', '_', '-', '.', ' ', '\ufeff', '\u00a0')), {
      minLength: name.length,
      maxLength: name.length,
    })
    .map((parts) =>
      parts
        .map(([upper, between], index) => {
          const letter = name[index] as string;
          return `${between}${letter === '_' && upper ? '' : upper ? letter.toUpperCase() : letter}`;
        })
        .join(''),
    );

test('no spelling of a declared name ends as a null without a word: the names, in NDJSON and in CSV', () => {
  const names = ['vendor_id', 'pu_location_id', 'v', 'x2', '_row'];
  const members = fc.uniqueArray(
    fc
      .constantFrom(...names)
      .chain((name) => fc.oneof(fc.constant(name), spelled(name), fc.constantFrom('other', 'y'))),
    { minLength: 1, maxLength: 8 },
  );
  const declared = columnsOf(Object.fromEntries(names.map((name) => [name, 'string'])));
  fc.assert(
    fc.property(members, (present) => {
      const lost = names.filter(
        (name) =>
          !present.includes(name) && present.some((other) => !names.includes(other) && sameButForSpelling(name, other)),
      );
      const line = JSON.stringify(Object.fromEntries(present.map((name) => [name, 'value'])));
      const { rejected } = checkNdjson(declared, [Buffer.from(`${line}\n`)]);
      expect(rejected).toHaveLength(lost.length > 0 ? 1 : 0);
      if (lost.length > 0) expect(lost).toContain(rejected[0]?.reason.split(':')[0]);

      const csv = `${present.map((name) => `"${name}"`).join(',')}\n${present.map(() => 'value').join(',')}\n`;
      const dataset = { columns: declared, input: { formats: ['csv' as const], csv: { delimiter: ',' } } };
      const read = (): Buffer => feed(new CsvValidator(dataset, keep([])), [Buffer.from(csv)]);
      if (lost.length === 0) expect(read().length).toBeGreaterThan(0);
      else expect(read).toThrow(`where ${lost[0]} is missing`);
    }),
    { seed: 20_260_615, numRuns: 500 },
  );
});

describe('a CSV header', () => {
  const taxi = columnsOf({ vendor_id: 'int!', pu_location_id: 'int', fare_amount: 'double!' });
  const read = (text: string): void => {
    const dataset = { columns: taxi, input: { formats: ['csv' as const], csv: { delimiter: ',' } } };
    feed(new CsvValidator(dataset, keep([])), [Buffer.from(text)]);
  };
  const EXACTLY = 'names match exactly, case and separators included: write them as declared';

  test.each([
    [
      'in capitals',
      'VendorID,tip,fare_amount,PULocationID\n2,x,17.7,186\n',
      `its header has "VendorID" where vendor_id is missing, "PULocationID" where pu_location_id is missing; ${EXACTLY}`,
    ],
    [
      'with a blank, and lacking another',
      'vendor_id, PU Location Id\n2,186\n',
      `its header has " PU Location Id" where pu_location_id is missing; ${EXACTLY}. ` +
        'It also lacks columns that must have values: fare_amount',
    ],
    [
      'twice',
      'Vendor-Id,vendorId,fare_amount\n2,2,1\n',
      `its header has "Vendor-Id" and "vendorId" where vendor_id is missing; ${EXACTLY}`,
    ],
    [
      'behind a second byte order mark',
      '\ufeff\ufeffvendor_id,fare_amount\n1,1\n',
      `its header has "\\ufeffvendor_id" where vendor_id is missing; ${EXACTLY}`,
    ],
  ])('that names a declared column %s makes the object unreadable', (_, text, message) => {
    expect(() => read(text)).toThrow(message);
  });

  test('lists five of many columns, and tells how many there are', () => {
    const many = columnsOf(Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`c_${index}`, 'int'])));
    const dataset = { columns: many, input: { formats: ['csv' as const], csv: { delimiter: ',' } } };
    const header = many.map(({ name }) => name.replace('_', '')).join(',');
    const check = (): Buffer => feed(new CsvValidator(dataset, keep([])), [Buffer.from(`${header}\n`)]);
    expect(check).toThrow(/"c4" where c_4 is missing, and 295 more of the kind; names match exactly/);
  });
});
