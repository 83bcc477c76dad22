/** What verbs tell people of a stage in which much is wrong: what is wrong, where, and what to do. */
import { gzipSync } from 'node:zlib';
import { newErasure } from '../../../lambda/compaction/protocol/erasures';
import {
  dataPrefix,
  manifestKey,
  manifestPrefix,
  recordPrefix,
  rejectedLinesPrefix,
  rejectedObjectsPrefix,
} from '../../../lib/dataset';
import { erasurePrefix } from '../../../lib/dataset/layout';
import { run as history } from '../../verbs/history/verb';
import { run as quarantine } from '../../verbs/quarantine/verb';
import { run as restore } from '../../verbs/restore/verb';
import { run as status } from '../../verbs/status/verb';
import { run as vacuum } from '../../verbs/vacuum/verb';
import type { RunVerb } from '../../verbs/verb';
import { run as verify } from '../../verbs/verify/verb';
import { ask, BUCKETS, RAW, withStage } from './stage-support';
import { atTime, DAY, later } from './support';

const OTHER = 'year=2026/month=06/day=17';
const LOGS = ['--dataset', 'access_logs'];
const ONE = [...LOGS, '--partition', DAY];
const file = (letter: string): string => `${dataPrefix('access_logs', DAY)}part-${letter.repeat(32)}-000.parquet`;
const record = `${recordPrefix('access_logs', DAY)}${'c'.repeat(32)}.json`;
const copy = `${rejectedObjectsPrefix('access_logs', DAY)}x`;
const SOURCE = `raw/access_logs/${DAY}/old.json`;

const entry = (line: number | null, reason: string): object => ({
  ...{
    dataset: 'access_logs',
    source_bucket: BUCKETS.raw,
    source_key: SOURCE,
    source_etag: '"e"',
    source_version: null,
  },
  ...{ line, reason, raw: line === null ? null : '{"client_ip":"1.2.3.4"', raw_base64: null },
  ...{ object_key: line === null ? copy : null, record: line === null ? null : 1, byte_offset: null },
});
const lines = (...entries: readonly object[]): Buffer =>
  gzipSync(entries.map((one) => `${JSON.stringify(one)}\n`).join(''));
const rejected = (name: string): string =>
  `${BUCKETS.quarantine}/${rejectedLinesPrefix('access_logs', DAY)}${name}.json.gz`;

const OBJECTS: Readonly<Record<string, string | Buffer>> = {
  [`${BUCKETS.raw}/${RAW}`]: '{}\n',
  [`${BUCKETS.raw}/raw/access_logs/wrong.json`]: '{}\n',
  [`${BUCKETS.raw}/raw/acess_logs/typo.json`]: '{}\n',
  [`${BUCKETS.curated}/${manifestKey('access_logs', DAY)}`]: `s3://${BUCKETS.curated}/${file('a')}\n`,
  [`${BUCKETS.curated}/${manifestPrefix('access_logs', DAY)}manifest.bak`]: `s3://${BUCKETS.curated}/${file('e')}\n`,
  [`${BUCKETS.curated}/${manifestKey('access_logs', OTHER)}`]: 'not a uri\n',
  [`${BUCKETS.curated}/${file('b')}`]: 'x'.repeat(2_000),
  [`${BUCKETS.curated}/${record}`]: JSON.stringify({ files: [file('d')], inputs: [], counts: {}, attempt: 'x' }),
  [rejected('a')]: lines(
    entry(1, 'status: expected an int, found "x"'),
    entry(2, 'status: expected an int, found "y"'),
  ),
  [rejected('b')]: lines(entry(null, 'not gzip')),
  [`${BUCKETS.quarantine}/${copy}`]: 'bytes',
};

/** What a verb prints 30 hours later; times and versions of objects are those of the test. */
async function told(verb: RunVerb, ...args: readonly string[]): Promise<readonly [code: number, text: string]> {
  const { code, output } = await withStage({}, () => later(30, () => ask(verb, ...args)), OBJECTS);
  const text = output
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z/g, 'TIME')
    .replace(/TIME {2}[0-9a-z]{20,}/g, 'TIME  VERSION')
    .replace(/version [0-9a-z]{20,}/g, 'version VERSION');
  return [code, text];
}

/** The same of the first dataset, as a list of lines. */
const linesOf = ([, text]: readonly [number, string]): readonly string[] => text.trimEnd().split('\n');

test('status: what waits, is committed, rejected, missing, and in no place', async () => {
  const found = await told(status);
  expect(found[0]).toBe(0);
  const [first, head, rule, ...others] = linesOf(found);
  expect(first).toBe(
    'access_logs: 1 object (3 B) wait, the oldest for 1 day 6 h; 0 files, 0 B; 2 rows and 1 object in quarantine',
  );
  expect(head?.split(/ {2,}/)).toEqual([
    'partition',
    'pending',
    'bytes',
    'oldest',
    'files',
    'bytes',
    'undersized',
    'last commit',
    'rejected',
  ]);
  expect(rule).toMatch(/^─+$/);
  expect(others.map((line) => line.replace(/ {2,}/g, ' | '))).toEqual([
    `${DAY} | 1 | 3 B | 1 day 6 h | 0 | 0 B | 0 | TIME | 3`,
    `${OTHER} | 0 | 0 B | 0 | 0 B | 0 | TIME | 0`,
    `${DAY}: 1 of 1 files are missing; see verify`,
    `${OTHER}: Manifest line 1 must be a URI under s3://${BUCKETS.curated}/, but is "not a uri"; see verify`,
    '1 raw object in no partition:',
    expect.stringMatching(/^ \| raw\/access_logs\/wrong\.json: partition path 'wrong\.json' .*must have the form/),
    '',
    'orders: nothing waits; 0 files, 0 B; 0 rows and 0 objects in quarantine',
    '',
    'sensor_readings: nothing waits; 0 files, 0 B; 0 rows and 0 objects in quarantine',
    '',
    '1 raw object under a name that no dataset has:',
    ' | raw/acess_logs/typo.json',
    'No alarm rings.',
  ]);
  // What is under no name is of the lake as a whole.
  expect((await told(status, ...LOGS))[1]).not.toContain('raw/acess_logs');
});

test('history: a version without its files, and one that is none', async () => {
  expect(await told(history, ...LOGS)).toEqual([
    0,
    `access_logs ${DAY}
  TIME  VERSION  1 file, 1 missing, current
access_logs ${OTHER}
  TIME  VERSION  0 files, line 1 is "not a uri", not a file under s3://${BUCKETS.curated}/${dataPrefix('access_logs', OTHER)}, current
`,
  ]);
});

test('restore: nothing is changed where files are missing, with --yes and without', async () => {
  for (const more of [[], ['--yes']]) {
    expect(await told(restore, ...ONE, '--at', '2099-01-01T00:00:00Z', ...more)).toEqual([
      1,
      `access_logs ${DAY}, version VERSION of TIME: 1 file
  missing: ${file('a')}
Nothing was changed. Choose a version whose files are there, or replay the raw objects.
`,
    ]);
  }
});

test('restore: nothing goes back to what the next maintenance would empty', async () => {
  const one = ['--dataset', 'sensor_readings', '--partition', 'dt=2026-06-16', '--version', 'x'];
  const ask2032 = atTime(Date.parse('2032-01-01T00:00:00Z'), () => withStage({}, () => ask(restore, ...one), {}));
  await expect(ask2032).rejects.toThrow(
    /--partition: it is older than 1825 days: the next maintenance would empty it again\n\s*fix: raise retention.curatedDays/,
  );
  await expect(told(restore, ...one)).rejects.toThrow('there is no such version any more');
});

test('restore: rows that were erased since do not come back, and that is told', async () => {
  const manifest = `${BUCKETS.curated}/${manifestKey('access_logs', DAY)}`;
  const kept = (column: string) =>
    JSON.stringify(newErasure(['1'], ['1'], { column, partition: null, from: null, to: null, began: '2026-06-17' }));
  const restoring = (column: string) =>
    withStage({}, () => ask(restore, ...ONE, '--at', '2099-01-01T00:00:00Z'), {
      [manifest]: '',
      [`${BUCKETS.curated}/${erasurePrefix('access_logs')}1.json`]: kept(column),
    });
  const { code, output } = await restoring('client_ip');
  expect(code).toBe(3);
  expect(output).toMatch(
    /: 0 files with 0 rows\nRows were erased since, at last on .*Z: the restored version is without them\.\nNothing was changed\. --yes goes back to it\.\n$/,
  );
  // Nobody can tell any more which rows they were.
  await expect(restoring('no_column_of_today')).rejects.toThrow('declare it, or choose a later version');
});

test('vacuum: files and records that go, and those that the grace protects', async () => {
  const goes = `${file('b')}  2 kB, 1 day 6 h old: no manifest lists it
${record}  144 B, 1 day 6 h old: its transaction never committed
`;
  expect(await told(vacuum, ...ONE)).toEqual([3, `${goes}2 objects (2.1 kB) to delete now. --yes deletes.\n`]);
  expect(await told(vacuum, ...ONE, '--dry-run')).toEqual([0, `${goes}2 objects (2.1 kB) to delete now.\n`]);
  expect(await told(vacuum, ...ONE, '--yes')).toEqual([0, `${goes}2 objects deleted.\n`]);
  const { code, output } = await withStage({}, () => ask(vacuum, ...ONE), OBJECTS);
  expect(code).toBe(0);
  expect(output).toMatch(
    /part-b{32}-000\.parquet {2}2 kB, .* old: no manifest lists it; not before \d{4}-.*Z\n0 objects \(0 B\) to delete now\.\n$/,
  );
});

test('quarantine: reasons with counts and examples, and what a retry would do', async () => {
  const reasons = `access_logs
  2 lines in 1 partition: status: expected an int, found "…"
    ${SOURCE}, line 1
      {"client_ip":"1.2.3.4"
    ${SOURCE}, line 2
      {"client_ip":"1.2.3.4"
  1 object in 1 partition: not gzip
    ${SOURCE}
`;
  expect(await told(quarantine, ...LOGS)).toEqual([0, reasons]);
  expect(await told(quarantine, ...LOGS, '--retry')).toEqual([
    3,
    `${reasons}  2 lines and 1 object to put back: add --yes. Nothing was changed.\n`,
  ]);
  expect(await told(quarantine, ...LOGS, '--retry', '--yes')).toEqual([
    0,
    `${reasons}  2 lines and 1 object put back into the inbox\n`,
  ]);
  expect(await told(quarantine, '--dataset', 'orders')).toEqual([0, 'orders: nothing in quarantine\n']);
});

test('verify: each finding with its cure, and what --repair cures', async () => {
  const [code, text] = await told(verify, ...LOGS);
  expect(code).toBe(1);
  expect(text.split('\n').filter((line) => !line.startsWith('  '))).toEqual([
    `extra-manifest ${manifestPrefix('access_logs', DAY)}manifest.bak`,
    `file-missing ${file('a')}`,
    `orphan ${file('b')}`,
    `manifest-malformed ${manifestKey('access_logs', OTHER)}`,
    '2 partitions, 0 files, 0 rows: 4 findings.',
    '',
  ]);
  expect(text).toContain(`file-missing ${file('a')}
  the manifest lists it, but it does not exist: queries fail
  → go back to a version whose files are all there: restore; or rebuild the partition: replay
`);
  const [planned, plan] = await told(verify, ...ONE, '--repair');
  expect(planned).toBe(3);
  expect(plan).toMatch(/: 3 findings\.\nNothing was changed: --repair --yes repairs what needs no judgement\.\n$/);
  const [repaired, after] = await told(verify, ...ONE, '--repair', '--yes');
  expect(repaired).toBe(1);
  expect(after).toContain(`orphan, repaired ${file('b')}\n`);
  expect(after).toMatch(/: 3 findings, 1 repaired\.\n$/);
});
