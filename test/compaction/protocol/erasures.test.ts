/** What is kept of an erase, and which rows it is about: it finds what was erased, and gives no key away. */
import {
  digestOf,
  type Erasure,
  erasedLines,
  isAbout,
  isWholePartition,
  type KeptErasure,
  keepErasure,
  keyType,
  newErasure,
  numberKey,
  pathKey,
  readErasures,
  readErasuresOf,
  sameErasures,
  whyNotErased,
} from '../../../lambda/compaction/protocol/erasures';
import { type DatasetDefinition, parseType } from '../../../lib/dataset';
import { MemoryLake } from '../support/memory-lake';
import { COLUMNS, PARTITION, testDataset } from '../support/test-dataset';

const ABOUT = { column: 'id', partition: null, from: null, to: null, began: '2026-06-20T12:00:00.000Z' };
const DAY = Date.parse('2026-06-15T00:00:00Z');
const DAY_MS = 86_400_000;
const UUID = 'A1B2C3D4-0000-4000-8000-00000000000F';
const dataset = testDataset();
const ref = { dataset, partition: PARTITION };
const keyed = testDataset({
  partition: {
    scheme: 'day',
    from: '2026-01-01',
    to: '2026-12-31',
    leading: [
      { name: 'shop', kind: 'enum', values: ['de', 'fr'] },
      { name: 'till', kind: 'injected' },
    ],
  },
});

describe('what is kept', () => {
  test('has digests of keys and of their forms, each once, in an order that tells nothing', () => {
    const texts = ['b', 'a', 'c', 'd', 'e', 'a'];
    const erasure = newErasure(texts, [UUID, 'x', UUID.toLowerCase()], ABOUT);
    const { salt } = erasure;
    expect(salt).toMatch(/^[0-9a-f]{64}$/);
    const digests = (all: readonly string[]) => all.map((text) => digestOf(salt, text)).sort();
    expect(erasure).toEqual({
      ...ABOUT,
      keys: 6,
      salt,
      values: digests(['a', 'b', 'c', 'd', 'e']),
      forms: digests([UUID.toLowerCase(), 'x']),
      erased: null,
    });
  });

  test('has a salt of its own', () => {
    expect(newErasure(['a'], ['a'], ABOUT).values).not.toEqual(newErasure(['a'], ['a'], ABOUT).values);
  });

  test('digests are SHA-256 of salt and text', () => {
    expect(digestOf('a', 'bc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });
});

describe('kept erasures', () => {
  let lake: MemoryLake;
  beforeEach(() => {
    lake = new MemoryLake();
  });

  test('are read in the order of their keys, with what the store says of them', async () => {
    const [one, two] = [newErasure(['a'], ['a'], ABOUT), newErasure(['b'], ['b'], ABOUT)];
    expect(await keepErasure(lake, 'events', '2', two)).toBe('erasures/events/2.json');
    lake.time += 5_000;
    const ended = { ...one, erased: { rows: 1, lines: 2, left: 0 } };
    await keepErasure(lake, 'events', '1', ended);
    await keepErasure(lake, 'others', '1', one);
    expect(await readErasuresOf(lake, dataset)).toEqual([
      {
        ...ended,
        key: 'erasures/events/1.json',
        etag: lake.contents.get('curated', 'erasures/events/1.json')?.etag,
        at: lake.now(),
      },
      {
        ...two,
        key: 'erasures/events/2.json',
        etag: lake.contents.get('curated', 'erasures/events/2.json')?.etag,
        at: new Date(lake.time - 5_000),
      },
    ]);
  });

  test('one that expires while they are read is left out', async () => {
    for (const id of ['1', '2']) await keepErasure(lake, 'events', id, newErasure(['a'], ['a'], ABOUT));
    lake.before = (operation) => {
      if (operation.startsWith('get')) lake.contents.objects.delete('curated/erasures/events/1.json');
    };
    expect((await readErasuresOf(lake, dataset)).map(({ key }) => key)).toEqual(['erasures/events/2.json']);
  });

  test('of a partition are those that are about it', async () => {
    const own = newErasure(['a'], ['a'], { ...ABOUT, partition: PARTITION });
    await keepErasure(lake, 'events', '1', { ...own, partition: 'year=2026/month=06/day=16' });
    await keepErasure(lake, 'events', '2', own);
    expect((await readErasures(lake, ref)).map(({ key }) => key)).toEqual(['erasures/events/2.json']);
  });

  const kept = (key: string, etag = '"1"'): KeptErasure => ({
    ...newErasure(['a'], ['a'], ABOUT),
    key,
    etag,
    at: new Date(0),
  });

  test.each<[string, KeptErasure[], KeptErasure[], boolean]>([
    ['none and none', [], [], true],
    ['the same', [kept('1'), kept('2')], [kept('1'), kept('2')], true],
    ['one more', [kept('1')], [kept('1'), kept('2')], false],
    ['one less', [kept('1'), kept('2')], [kept('1')], false],
    ['another one', [kept('1'), kept('2')], [kept('1'), kept('3')], false],
    ['one that was written again', [kept('1'), kept('2')], [kept('1'), kept('2', '"2"')], false],
    ['all others', [kept('1')], [kept('2')], false],
  ])('%s: whether they are the same', (_, a, b, wanted) => {
    expect(sameErasures(a, b)).toBe(wanted);
  });
});

describe('an erase is about a partition', () => {
  test.each<[string, Partial<Erasure>, boolean]>([
    ['of all', {}, true],
    ['that is named', { partition: PARTITION }, true],
    ['and no other than the named one, whatever the time', { partition: `${PARTITION}0`, from: DAY }, false],
    ['and none that begins in the same way', { partition: PARTITION.slice(0, -1) }, false],
    ['that begins before the end of its time', { to: DAY + 1 }, true],
    ['not if it begins with the end', { to: DAY }, false],
    ['that ends after the begin of its time', { from: DAY + DAY_MS - 1 }, true],
    ['not if it ends with the begin', { from: DAY + DAY_MS }, false],
    ['within both', { from: DAY, to: DAY + DAY_MS }, true],
    ['not before both', { from: DAY + DAY_MS, to: DAY + 2 * DAY_MS }, false],
    ['not after both', { from: DAY - DAY_MS, to: DAY }, false],
    ['from 1970 on', { from: 0 }, true],
    ['not up to 1970', { to: 0 }, false],
  ])('%s', (_, about, wanted) => {
    expect(isAbout({ ...newErasure(['a'], ['a'], ABOUT), ...about }, ref)).toBe(wanted);
  });

  test('not if it is none of the dataset any more', () => {
    expect(isAbout(newErasure(['a'], ['a'], ABOUT), { dataset, partition: 'year=2026/month=06' })).toBe(false);
  });
});

describe('all rows of a partition were erased', () => {
  const own = { dataset: keyed, partition: `shop=de/till=t1/${PARTITION}` };
  const erasure = (column: string, ...keys: string[]) => newErasure(keys, keys, { ...ABOUT, column });

  test.each<[string, Erasure, boolean | undefined]>([
    ['when one of its keys was', erasure('shop', 'fr', 'de'), true],
    ['when its other key was', erasure('till', 't1'), true],
    ['not when it has another value', erasure('till', 'de'), false],
    ['or not: that is not known of a column', erasure('id', 'de'), undefined],
  ])('%s', (_, given, wanted) => {
    expect(isWholePartition(own, given)).toBe(wanted);
  });

  test('not when it is none of the dataset any more', () => {
    expect(isWholePartition({ ...own, partition: PARTITION }, erasure('shop', 'de'))).toBe(false);
    expect(isWholePartition({ ...own, partition: PARTITION }, erasure('shop', 'undefined'))).toBe(false);
  });

  test('then each of its lines was', () => {
    const lines = (...given: Erasure[]) => erasedLines(own, given)(Buffer.from('no JSON'), 'raw/events/x');
    expect(lines(erasure('shop', 'de'))).toBe(true);
    expect(lines(erasure('shop', 'fr'))).toBe(false);
    expect(lines(erasure('shop', 'fr'), erasure('till', 't1'))).toBe(true);
    expect(lines()).toBe(false);
  });

  test('no line was when only its text has the value of another partition', () => {
    expect(erasedLines(own, [erasure('shop', 'fr')])(Buffer.from('{"shop":"fr"}'), 'raw/events/x')).toBe(false);
  });
});

describe('lines that were erased', () => {
  const columns: DatasetDefinition['columns'] = [
    ...COLUMNS,
    { name: 'price', type: 'decimal(9,2)' },
    { name: 'big', type: 'bigint' },
    { name: 'tiny', type: 'tinyint' },
    { name: 'small', type: 'smallint' },
  ];
  const own = testDataset({ columns, input: { formats: ['ndjson'] } });
  const isErased = (column: string, keys: readonly string[], line: string, given = keys) =>
    erasedLines({ dataset: own, partition: PARTITION }, [newErasure(keys, given, { ...ABOUT, column })])(
      Buffer.from(line),
      `raw/events/${PARTITION}/x.json`,
    );

  test.each(['n', 'price', 'big', 'tiny', 'small'])('a number of %s is the same in any form', (column) => {
    expect(isErased(column, ['42'], `{"${column}":"4.20e1"}`)).toBe(true);
    expect(isErased(column, ['42'], `{"${column}":"43"}`)).toBe(false);
    expect(isErased(column, ['42'], `{"${column}":"none"}`)).toBe(false);
  });

  test('a text that looks like a number is a text', () => {
    expect(isErased('id', ['42'], '{"id":"42.0"}')).toBe(false);
    expect(isErased('id', ['42'], '{"id":"42"}')).toBe(true);
  });

  test('a key is found as it was given, too', () => {
    expect(isErased('n', ['42'], '{"n":"forty-two"}', ['forty-two'])).toBe(true);
    expect(isErased('id', [UUID.toLowerCase()], `{"id":"${UUID}"}`)).toBe(true);
  });

  test('a key is not found in the texts of values as they are compared, where these are no numbers', () => {
    expect(isErased('id', ['x'], '{"id":"x"}', ['y'])).toBe(false);
  });

  test('of a column that is gone only forms of keys are found', () => {
    expect(isErased('gone', ['7'], '{"gone":"7.0"}')).toBe(false);
    expect(isErased('gone', ['7'], '{"gone":"7"}')).toBe(true);
  });

  test('a key that reads as nothing is a key like any other', () => {
    expect(isErased('id', ['undefined'], '{"id":"x"}', ['y'])).toBe(false);
    expect(isErased('n', ['undefined'], '{"n":"x"}', ['y'])).toBe(false);
  });

  test('one of several erasures is enough, and so is one of several values', () => {
    const [a, b] = ['a', 'b'].map((key) => newErasure([key], [key], ABOUT)) as [Erasure, Erasure];
    const find = erasedLines({ dataset: own, partition: PARTITION }, [a, b]);
    const lines = ['{"id":"a"}', '{"n":"c","id":"b"}', '{"id":"c"}'].map((text) => find(Buffer.from(text), 'x.json'));
    expect(lines).toEqual([true, true, false]);
  });
});

describe('where the path of an object gives a column', () => {
  const own = testDataset({ input: { formats: ['ndjson'], layout: '{id}/{yyyy}/{MM}/{dd}/' } });
  const at = (id: string): string => `raw/events/${id}/2026/06/15/x.json`;

  test('its value is the key, whatever the lines say', () => {
    expect(pathKey(own, 'id', at('ann'))).toBe('ann');
    expect(pathKey(own, 'id', at(UUID))).toBe(UUID.toLowerCase());
    const find = erasedLines({ dataset: own, partition: PARTITION }, [newErasure(['ann'], ['ann'], ABOUT)]);
    expect(find(Buffer.from('{"n":"x"}'), at('ann'))).toBe(true);
    expect(find(Buffer.from('{"n":"ann"}'), at('bob'))).toBe(false);
  });

  test('a column that it does not give is in the rows', () => {
    expect(pathKey(own, 'n', at('ann'))).toBeUndefined();
    const find = erasedLines({ dataset: own, partition: PARTITION }, [
      newErasure(['7'], ['7'], { ...ABOUT, column: 'n' }),
    ]);
    expect(find(Buffer.from('{"n":"7","x":'), at('ann'))).toBe(true);
  });

  test('an object that lies elsewhere, or a layout without columns, gives none', () => {
    expect(pathKey(own, 'id', 'raw/events/ann/x.json')).toBeUndefined();
    expect(pathKey(dataset, 'id', at('ann'))).toBeUndefined();
  });
});

describe('keys', () => {
  const columns: DatasetDefinition['columns'] = [
    ...COLUMNS,
    { name: 'who', type: 'struct<id:string,place:struct<zip:int>,tags:array<string>>' },
    { name: 'ratio', type: 'double' },
    { name: 'flag', type: 'boolean' },
    { name: 'list', type: 'array<string>' },
    { name: 'born', type: 'date' },
    { name: 'price', type: 'decimal(9,2)' },
    { name: 'tiny', type: 'tinyint' },
    { name: 'small', type: 'smallint' },
    { name: 'big', type: 'bigint' },
  ];
  const own = testDataset({ columns, input: { formats: ['ndjson'] } });

  test.each([
    ['id', 'string'],
    ['at', 'timestamp'],
    ['n', 'int'],
    ['born', 'date'],
    ['price', 'decimal'],
    ['tiny', 'tinyint'],
    ['small', 'smallint'],
    ['big', 'bigint'],
    ['who.id', 'string'],
    ['who.place.zip', 'int'],
    ['who', undefined],
    ['who.place', undefined],
    ['who.tags', undefined],
    ['who.other', undefined],
    ['who.id.more', undefined],
    ['who.other.more', undefined],
    ['other', undefined],
    ['other.id', undefined],
    ['id.id', undefined],
    ['ratio', undefined],
    ['flag', undefined],
    ['list', undefined],
  ])('%s can be one of kind %s', (column, wanted) => {
    expect(keyType(own, column)?.kind).toBe(wanted);
  });

  test.each([
    ['tinyint', '42'],
    ['smallint', '42'],
    ['int', '42'],
    ['bigint', '42'],
    ['decimal(9,2)', '42'],
    ['string', undefined],
    ['date', undefined],
    ['timestamp', undefined],
  ])('of type %s, 42.0 is compared as the number %s', (type, wanted) => {
    expect(numberKey(parseType(type), '42.0')).toBe(wanted);
  });
});

describe('rows of an erasure cannot be told from others any more', () => {
  const kept = (column: string): KeptErasure => ({
    ...newErasure(['a', 'b'], ['a', 'b'], { ...ABOUT, column }),
    key: 'erasures/events/1.json',
    etag: '"1"',
    at: new Date(0),
  });
  const own = { dataset: keyed, partition: `shop=de/till=t1/${PARTITION}` };

  test('when its column is gone: the reason says which, and what to do', () => {
    expect(whyNotErased(own, [kept('id'), kept('gone')])).toBe(
      'rows of 2 keys of "gone" were erased, and the dataset no longer declares it as a column of keys, so that they would ' +
        'come back: declare it again for the replay. It is needed as long as erasures/events/1.json is kept',
    );
  });

  test('not when it is a column, or a key of the partition', () => {
    expect(whyNotErased(own, [])).toBeUndefined();
    expect(whyNotErased(own, [kept('id'), kept('shop'), kept('till')])).toBeUndefined();
  });
});
