/** Which names a person would take for one another, and how they are found by their bytes. */
import { Likenesses, likeness, lookAlikes } from '../../lib/rows/likeness';

test.each([
  ['VendorID', 'vendorid'],
  ['vendor-id', 'vendorid'],
  [' Vendor Id\t', 'vendorid'],
  ['vendor.id', 'vendorid'],
  ['\ufeffvendor_id', 'vendorid'],
  ['vendor\u00adid', 'vendorid'],
  ['vendor\u00a0\u2003id', 'vendorid'],
  ['vendor\u2010\u2011\u2013\u2014id', 'vendorid'],
  ['ｖｅｎｄｏｒＩＤ', 'vendorid'],
  ['ﬁle', 'file'],
  ['ÉTÉ', 'été'],
  ['e\u0301', 'é'],
  ['a/b', 'a/b'],
  ['a:b', 'a:b'],
  ['a1', 'a1'],
  ['', ''],
  ['_', ''],
])('%j is alike %j', (name, form) => {
  expect(likeness(name)).toBe(form);
});

describe('declared names', () => {
  const declared = ['vendor_id', 'vendorid', 'été', 'x'].map((name) => ({ name, bytes: Buffer.from(name) }));
  const likenesses = new Likenesses(declared);
  const find = (name: string): readonly string[] | undefined => {
    const bytes = Buffer.from(`"${name}"`);
    return likenesses.find(bytes, 1, bytes.length - 1)?.map((entry) => entry.name);
  };

  test.each([
    ['VendorID', ['vendor_id', 'vendorid']],
    ['vendor-id', ['vendor_id', 'vendorid']],
    ['ＶｅｎｄｏｒID', ['vendor_id', 'vendorid']],
    ['\ufeffX', ['x']],
    ['X', ['x']],
    ['x', ['x']],
    ['ÉTÉ', ['été']],
    ['vendor', undefined],
    ['vendoridx', undefined],
    ['y', undefined],
    ['', undefined],
    ['étéx', undefined],
    ['\u007fx', undefined],
  ])('%j looks like %j', (name, found) => {
    expect(find(name)).toEqual(found);
  });

  test('give the same list for the same names, by which what looks like them is kept together', () => {
    const [one, other] = ['Vendor_ID', 'vendor-id'].map((name) => Buffer.from(name));
    if (one === undefined || other === undefined) throw new Error('two names');
    expect(likenesses.find(one, 0, one.length)).toBe(likenesses.find(other, 0, other.length));
  });

  test('are not compared with names beyond 4,096 bytes', () => {
    expect(find(`x${'_'.repeat(4095)}`)).toEqual(['x']);
    expect(find(`x${'_'.repeat(4096)}`)).toBeUndefined();
    expect(find(`é${'_'.repeat(4092)}té`)).toBeUndefined();
    expect(find(`é${'_'.repeat(4091)}té`)).toEqual(['été']);
  });

  test('that are none look like nothing', () => {
    expect(new Likenesses([]).find(Buffer.from('x'), 0, 1)).toBeUndefined();
    expect(new Likenesses([]).find(Buffer.from('\u00e9'), 0, 2)).toBeUndefined();
  });
});

describe('columns of a header', () => {
  const from = (name: string, source: object) => ({ name, from: source }) as Parameters<typeof lookAlikes>[0][number];
  const plain = [{ name: 'vendor_id' }, { name: 'fare' }, { name: 'x' }];

  test.each([
    [['vendor_id', 'fare', 'x'], []],
    [['VendorID', 'fare', 'x'], [{ declared: 'vendor_id', undeclared: ['VendorID'] }]],
    [['VendorID', 'vendor_id', 'x'], []],
    [['other'], []],
    [[], []],
    [
      ['X', 'Fare'],
      [
        { declared: 'fare', undeclared: ['Fare'] },
        { declared: 'x', undeclared: ['X'] },
      ],
    ],
    [['X', 'x_', '_x'], [{ declared: 'x', undeclared: ['X', 'x_', '_x'] }]],
  ])('%j', (present, expected) => {
    expect(lookAlikes(plain, present)).toEqual(expected);
  });

  test('with other sources are looked for by the names of these', () => {
    const columns = [
      from('at', [['event_time'], ['ts']]),
      from('label', { join: [['first'], ['last']] }),
      from('deep', [
        ['user', 'id'],
        ['user', 'key'],
      ]),
    ];
    expect(lookAlikes(columns, ['EventTime', 'first', 'Last', 'User'])).toEqual([
      { declared: 'at', undeclared: ['EventTime'] },
      { declared: 'deep', undeclared: ['User'] },
    ]);
    // What is part of another value is no other spelling.
    expect(lookAlikes([from('label', { join: [['x'], ['y']] }), { name: 'X' }], ['x', 'y'])).toEqual([]);
    // One of its places is there.
    expect(lookAlikes(columns, ['EventTime', 'ts', 'user', 'User'])).toEqual([]);
    expect(lookAlikes(columns, ['EventTime', 'TS'])).toEqual([{ declared: 'at', undeclared: ['EventTime', 'TS'] }]);
  });
});
