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
