/** Objects of an inbox that are no data of its dataset. */

import { placeRawObject } from '../../lambda/compaction/planning/pending';
import { isIgnored } from '../../lib/dataset';
import { reports } from './checks/reports';
import { dataset, definition } from './helpers';

const trail = dataset({
  input: {
    formats: ['ndjson'],
    layout: 'AWSLogs/*/CloudTrail/{yyyy}/{MM}/{dd}/',
    ignore: ['AWSLogs/*/CloudTrail-Digest/', 'AWSLogs/*/ELBAccessLogTestFile'],
  },
});

test.each([
  ['AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/06/15/x.json.gz', true],
  ['AWSLogs/111122223333/CloudTrail-Digest', false],
  ['AWSLogs/o-1/111122223333/CloudTrail-Digest/x', false],
  ['AWSLogs/111122223333/CloudTrail-Digests/x', false],
  ['AWSLogs/111122223333/ELBAccessLogTestFile', true],
  ['AWSLogs/111122223333/CloudTrail/2026/06/15/x', false],
  ['x/AWSLogs/1/CloudTrail-Digest/x', false],
  ['', false],
])('%s', (path, expected) => {
  expect(isIgnored(trail, path)).toBe(expected);
  expect(isIgnored(dataset(), path)).toBe(false);
});

test('the planner leaves them alone and reports them not; all else has its place or is reported', () => {
  const kind = (path: string): string => placeRawObject(trail, { key: `raw/events/${path}`, size: 9 }).kind;
  expect(kind('AWSLogs/1/CloudTrail-Digest/x')).toBe('marker');
  expect(kind('AWSLogs/1/CloudTrail/2026/06/15/x')).toBe('pending');
  expect(kind('AWSLogs/1/Other/2026/06/15/x')).toBe('unplaced');
});

const withIgnore = (ignore: unknown) => ({ input: { ...definition().input, ignore } });
reports('what is ignored', [
  [
    'a text',
    withIgnore('x/'),
    "input.ignore: must be an array, but got 'x/'; write for example ['AWSLogs/*/CloudTrail-Digest/']",
  ],
  ['nothing', withIgnore([]), 'input.ignore: has 0 templates; write 1 to 20, or leave it out'],
  [
    'a number',
    withIgnore([5]),
    "input.ignore[0]: must be a string, but got 5; write for example ['AWSLogs/*/CloudTrail-Digest/']",
  ],
  [
    'a name',
    withIgnore(['x/', 'y/{id}/']),
    'input.ignore[1]: has a placeholder, and nothing is read from what is ignored; write * for any text',
  ],
  ['as many as are taken', withIgnore(Array.from({ length: 20 }, (_, index) => `x${index}/`))],
  [
    'one more',
    withIgnore(Array.from({ length: 21 }, (_, index) => `x${index}/`)),
    'input.ignore: has 21 templates; write 1 to 20, or leave it out',
  ],
  [
    'its own objects, beside another mistake, which is told first',
    { ...withIgnore(['year=*/']), sortBy: ['att'] },
    "sortBy[0]: there is no column 'att'; write 'at'",
  ],
  [
    'its own objects, as the layout says',
    { input: { formats: ['ndjson'], layout: 'logs/{yyyy}/{MM}/{dd}/', ignore: ['logs/*/'] } },
    "input.ignore[0]: 'logs/*/' matches objects of the dataset itself, such as 'logs/2024/01/01/x'; name what lies beside them, or remove it",
  ],
  [
    'its own objects, as a column and leading keys in the layout say',
    {
      columns: [...definition().columns, { name: 'account', type: 'int' }],
      partition: {
        ...{ scheme: 'dt', from: '2024-01-01', to: '2026-12-31' },
        leading: [
          { name: 'tenant', kind: 'enum', values: ['acme', 'b'] },
          { name: 'device', kind: 'injected' },
        ],
      },
      input: {
        formats: ['ndjson'],
        layout: '{tenant}/{device}/{account}/{yyyy}-{MM}-{dd}/',
        ignore: ['b/', 'acme/x/1/'],
      },
    },
    "input.ignore[1]: 'acme/x/1/' matches objects of the dataset itself, such as 'acme/x/1/2024-01-01/x'; name what lies beside them, or remove it",
  ],
  [
    'its own objects in Hive folders of leading keys',
    {
      partition: {
        ...{ scheme: 'dt', from: '2024-01-01', to: '2026-12-31' },
        leading: [{ name: 'tenant', kind: 'enum', values: ['acme', 'b'] }],
      },
      ...withIgnore(['tenant=b/', 'tenant=acme/']),
    },
    "input.ignore[1]: 'tenant=acme/' matches objects of the dataset itself, such as 'tenant=acme/dt=2024-01-01/x'; name what lies beside them, or remove it",
  ],
  [
    'a time',
    withIgnore(['{yyyy}/']),
    'input.ignore[0]: has a placeholder, and nothing is read from what is ignored; write * for any text',
  ],
  [
    'its own objects',
    withIgnore(['x/', 'year=*/']),
    "input.ignore[1]: 'year=*/' matches objects of the dataset itself, such as 'year=2024/month=01/day=01/x'; name what lies beside them, or remove it",
  ],
  ['a brace', withIgnore(['{x/']), "input.ignore[0]: '{x' has a brace without its other; write placeholders as {name}"],
]);
