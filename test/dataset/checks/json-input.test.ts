import { parseDataset } from '../../../lib/dataset';
import { definition } from '../helpers';
import { reports } from './reports';

const columns = [...definition().columns, { name: 'owner', type: 'string' }, { name: 'team', type: 'string' }];
const json = (value: unknown) => ({ columns, input: { formats: ['ndjson'], json: value } });
const example = "write for example { unwrap: 'Records' }";

reports('input.json', [
  ['something else than an object', json('Records'), `input.json: must be an object, but got 'Records'; ${example}`],
  [
    'what is carried of no envelope',
    json({ carry: ['owner'] }),
    `input.json.carry: there is no envelope to carry members from; ${example}`,
  ],
  [
    'carried members that are no list',
    json({ unwrap: 'Records', carry: 'owner' }),
    "input.json.carry: must be an array, but got 'owner'; write for example ['owner', 'logGroup']",
  ],
  [
    'more members than are carried',
    json({ unwrap: 'Records', carry: Array.from({ length: 33 }, () => 'owner') }),
    'input.json.carry: has 33 items; write at most 32',
  ],
  [
    'two members of one name in the record',
    json({ unwrap: 'Records', carry: ['owner', { path: ['account', 'owner'] }] }),
    'input.json.carry[1]: "account" / "owner" would have the name of "owner" in the record; remove one of them',
  ],
  [
    'the records themselves, and what is within them',
    json({ unwrap: { path: ['team', 'Records'] }, carry: ['team', { path: ['team', 'Records', 'owner'] }] }),
    'input.json.carry[0]: "team" holds the records, or is within them; carry a member that stands beside them',
    'input.json.carry[1]: "team" / "Records" / "owner" holds the records, or is within them; carry a member that stands beside them',
  ],
  ['a member beside the records', json({ unwrap: { path: ['a', 'Records'] }, carry: [{ path: ['a', 'owner'] }] })],
  [
    'members that one path begins with differently',
    json({ unwrap: { path: ['a', 'b'] }, carry: [{ path: ['owner', 'b', 'team'] }] }),
  ],
  [
    'a member that no column takes',
    json({ unwrap: 'Records', carry: ['owner', 'region'] }),
    'input.json.carry[1]: no column takes "region"; declare a column of that name, or one whose from names it; or remove it here',
  ],
]);

test('members are carried by their paths', () => {
  const parse = (value: unknown) => parseDataset(definition(json(value)) as never).input.json;
  expect(parse(undefined)).toBeUndefined();
  expect(parse({ unwrap: 'Records' })).toEqual({ unwrap: ['Records'], carry: [] });
  expect(parse({ unwrap: 'Records', carry: ['owner', 'team'] })).toEqual({
    unwrap: ['Records'],
    carry: [['owner'], ['team']],
  });
});

test('as many members as may be are carried, each of its own name', () => {
  const names = Array.from({ length: 32 }, (_, index) => `m${index}`);
  const more = names.map((name) => ({ name, type: 'string' }));
  const input = { formats: ['ndjson'], json: { unwrap: 'Records', carry: names } };
  const { json: read } = parseDataset(definition({ columns: [...columns, ...more], input })).input;
  expect(read?.carry).toEqual(names.map((name) => [name]));
});
