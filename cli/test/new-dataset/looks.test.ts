import { readFolders } from '../../new-dataset/folders';
import { envelopeOf } from '../../new-dataset/json-envelope';
import { Members, parseJson } from '../../new-dataset/json-value';

const records = (...values: readonly object[]): Members[] =>
  values.map((value) => parseJson(JSON.stringify(value))).filter((value) => value instanceof Members);

const AT = '2026-06-15T10:00:00Z';

test.each<[string, readonly object[], readonly string[] | undefined, readonly (readonly string[])[]]>([
  ['an array', [{ owner: 'a', events: [{ id: 1 }] }], ['events'], [['owner']]],
  [
    'an array within objects, with scalars of each',
    [{ version: '0', detail: { source: 'x', records: [{ at: AT }] } }],
    ['detail', 'records'],
    [['version'], ['detail', 'source']],
  ],
  ['an object, and the schema beside it', [{ schema: { v: 1 }, payload: { at: AT, id: 1 } }], ['payload'], []],
  ['an array of a known name beside a time', [{ time: AT, Records: [{ at: AT }] }], ['Records'], [['time']]],
  ['a time of its own', [{ at: AT, lines: [{ n: 1 }] }], undefined, []],
  ['two arrays', [{ a: [{ n: 1 }], b: [{ n: 1 }] }], undefined, []],
  ['an object without parts that it would lose', [{ meta: { at: AT, n: 1 }, body: { x: 1 } }], undefined, []],
  ['an array that not each has', [{ events: [{ n: 1 }] }, { n: 1 }], undefined, []],
  ['a member of the same name', [{ id: 1, meta: { id: 2, at: AT } }], undefined, []],
  ['nothing', [], undefined, []],
])('envelopes: %s', (_, values, unwrap, carry) => {
  expect(envelopeOf(records(...values))).toEqual(unwrap && { unwrap, carry });
});

test.each<[string, readonly string[], string | undefined]>([
  ['hours', ['2026/06/15/10/a', '2026/06/16/23/a'], '{yyyy}/{MM}/{dd}/{HH}/'],
  [
    'numbers without zeros',
    ['year=2026/month=6/day=15/a', 'year=2026/month=12/day=1/a'],
    'year={yyyy}/month={M}/day={d}/',
  ],
  [
    'other folders before them',
    ['x/eu-west-1/2026/06/15/a', 'x/us-east-1/2026/06/15/a'],
    'x/{region}/{yyyy}/{MM}/{dd}/',
  ],
  ['different depths', ['2026/06/15/a', 'x/a'], undefined],
])('layouts: %s', (_, paths, layout) => {
  expect(readFolders(paths).layout).toBe(layout);
});
