/** What doctor says is wrong with data, what to do, and when it ends with 1. */
import { gzipSync } from 'node:zlib';
import { HOUR_MS, rejectedLinesPrefix } from '../../../lib/dataset';
import { MemoryBuckets, MemoryStore } from '../../../test/compaction/support/memory-store';
import { PARTITION, testDataset } from '../../../test/compaction/support/test-dataset';
import { Terminal } from '../../terminal';
import { type DataReport, examineData, isSound, printData } from '../../verbs/doctor/data';
import { codeOf } from '../../verbs/doctor/verb';
import type { OperatedLake } from '../../verbs/lake';
import { Selection } from '../../verbs/selection';

const AT = new Date('2026-06-20T12:00:00Z');
const SOUND: DataReport = { stale: [], held: [], failed: [], warned: undefined };

const stale = (level: 1 | 2, newestEvent: Date | undefined): DataReport['stale'] => [
  { dataset: 'orders', newestEvent, ageSeconds: 11_100, level, limitSeconds: 7_200 },
];
const held: DataReport['held'] = [
  { dataset: 'orders', partition: 'dt=2026-06-20', since: AT, problem: '1 row fails x' },
];
const failed = (rows: number): DataReport['failed'] => [
  { dataset: 'orders', check: 'n_range', expects: 'n from 0 on', rows, last: AT },
];
const warned: DataReport['warned'] = [
  { name: 'lake-dev-compaction-orders-rows-warned', since: undefined, reason: '2 rows', runbook: 'docs/x#rows-warned' },
];

function textOf(report: DataReport): string {
  let text = '';
  printData(new Terminal({ write: (more: string) => (text += more) }, {}), report);
  return text;
}

test.each<[string, Partial<DataReport>, string]>([
  ['nothing', {}, ''],
  ['alarms that are quiet', { warned: [] }, ''],
  [
    'a dataset beyond its warning',
    { stale: stale(1, AT) },
    'orders is stale: it has no event after 2026-06-20T12:00:00.000Z, 3 h 5 min ago; warnAfter is 2 h 0 min\n' +
      '  → Ask who delivers it. status shows whether objects wait.\n',
  ],
  [
    'a dataset without any event, beyond its error',
    { stale: stale(2, undefined) },
    'orders is stale: it has had no event since it is watched, 3 h 5 min ago; errorAfter is 2 h 0 min\n' +
      '  → Ask who delivers it. status shows whether objects wait.\n',
  ],
  [
    'a partition that waits',
    { held },
    'orders/dt=2026-06-20 waits since 2026-06-20T12:00:00.000Z: 1 row fails x.\n' +
      '  Put its objects again, move them away, or correct the check; the next run then tries again.\n',
  ],
  [
    'a row that failed',
    { failed: failed(1) },
    'orders: 1 row of the last 24 hours is in quarantine, by check n_range: expected n from 0 on\n' +
      '  → quarantine --dataset orders shows them. The last came at 2026-06-20T12:00:00.000Z.\n',
  ],
  [
    'rows that failed',
    { failed: failed(2) },
    'orders: 2 rows of the last 24 hours are in quarantine, by check n_range: expected n from 0 on\n' +
      '  → quarantine --dataset orders shows them. The last came at 2026-06-20T12:00:00.000Z.\n',
  ],
  [
    'an alarm about rows of the table',
    { warned },
    'lake-dev-compaction-orders-rows-warned rings: 2 rows\n  → docs/x#rows-warned\n',
  ],
])('%s', (_, part, text) => {
  const report = { ...SOUND, ...part };
  expect(textOf(report)).toBe(text);
  expect(isSound(report)).toBe(text === '');
  expect(codeOf(undefined, 0, report)).toBe(text === '' ? 0 : 1);
});

test('what preflight or verify find is wrong, too', () => {
  expect([codeOf(0, 0, SOUND), codeOf(1, 0, SOUND), codeOf(2, 0, SOUND), codeOf(0, 1, SOUND)]).toEqual([0, 1, 1, 1]);
});

test('rows count that failed a check in the last day: of this check, and not of one whose name begins so', async () => {
  const dataset = testDataset({
    checks: [
      { name: 'n', column: 'n', min: 0, onFail: 'quarantine' },
      { name: 'n_more', column: 'n', max: 9, onFail: 'quarantine' },
    ],
  });
  const buckets = new MemoryBuckets();
  const nothing = async (): Promise<void> => {};
  const lake = {
    store: new MemoryStore(buckets, nothing, nothing),
    buckets: { raw: 'raw', curated: 'curated', quarantine: 'quarantine' },
    now: () => AT,
  } as unknown as OperatedLake;
  const reject = (name: string, hoursAgo: number, ...reasons: readonly string[]): void => {
    buckets.now = () => new Date(AT.getTime() - hoursAgo * HOUR_MS);
    const text = reasons.map((reason) => `${JSON.stringify({ line: 1, reason })}\n`).join('');
    const key = `${rejectedLinesPrefix('events', PARTITION)}${name}.json.gz`;
    buckets.put('quarantine', key, gzipSync(text));
  };
  reject('a', 24, 'check n: expected n from 0 on', 'n: expected an int, found "check n"');
  reject('b', 3, 'check n: expected n from 0 on; check n_more: expected n up to 9');
  reject('c', 5, 'check n_more: expected n up to 9');
  reject('d', 24.01, 'check n: expected n from 0 on');
  const { failed: found } = await examineData(lake, new Selection([dataset], undefined, undefined));
  const last = new Date(AT.getTime() - 3 * HOUR_MS);
  expect(found).toEqual([
    { dataset: 'events', check: 'n', expects: 'n from 0 on', rows: 2, last },
    { dataset: 'events', check: 'n_more', expects: 'n up to 9', rows: 2, last },
  ]);
});
