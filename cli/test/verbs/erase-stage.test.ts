/** What an erase says of a stage: what still has the rows, until when, and why it ends with 1. */
import '../support/iceberg-datasets';

import { gzipSync } from 'node:zlib';
import { rejectedLinesPrefix, rejectedObjectsPrefix } from '../../../lib/dataset';
import { run as erase } from '../../verbs/erase/verb';
import { ask, BUCKETS, withStage } from './stage-support';
import { atTime } from './support';

const NOW = Date.parse('2026-06-20T15:00:00Z');
const KEYS = ['--column', 'id', '--key', 'k'];
const DAY = 'year=2026/month=06/day=16';
const raw = (name: string): string => `${BUCKETS.raw}/raw/not_published/${name}`;
const row = (id: string): string => `${JSON.stringify({ id, at: '2026-06-16T10:00:00Z' })}\n`;

const told = (dataset: string, objects: Readonly<Record<string, string | Buffer>> = {}, ...more: readonly string[]) =>
  atTime(NOW, () =>
    withStage(
      {
        StartExecution: { body: { executionArn: 'arn:run', startDate: 1 } },
        DescribeExecution: { body: { status: 'FAILED', error: 'PlanningFailed', cause: 'no bucket' } },
      },
      () => ask(erase, '--dataset', dataset, ...KEYS, ...more),
      objects,
    ),
  );

// Lifecycle rules act on the day after, at midnight: a version of now is gone at the midnight behind that.
test('old versions and results have the rows for some time: each as long as the stage declares it', async () => {
  expect(await told('not_published')).toEqual({
    code: 0,
    errors: '',
    output: `0 rows and 0 lines in quarantine to erase.
  noncurrent versions of raw objects: until 2026-07-22T00:00:00.000Z, as the stage declares it
  noncurrent versions of curated files: until 2026-07-22T00:00:00.000Z, as the stage declares it
  noncurrent versions of quarantine: until 2026-07-22T00:00:00.000Z, as the stage declares it
  results of earlier queries in Athena: until 2026-06-30T00:00:00.000Z, as the stage declares it
`,
  });
});

test('snapshots of an Iceberg table keep files longer, and so do their versions', async () => {
  const { output } = await told('by_day');
  expect(output.split('\n').slice(1, 5)).toEqual([
    '  noncurrent versions of raw objects: until 2026-07-22T00:00:00.000Z, as the stage declares it',
    '  files of earlier snapshots of the Iceberg table: until 2026-06-24T00:00:00.000Z, as the stage declares it',
    '  noncurrent versions of curated files: until 2026-07-24T00:00:00.000Z, as the stage declares it',
    '  noncurrent versions of quarantine: until 2026-07-22T00:00:00.000Z, as the stage declares it',
  ]);
});

test('what waits is compacted first; what could not be, and what no run takes, is still there', async () => {
  const objects = { [raw(`${DAY}/a.json`)]: row('k'), [raw('wrong.json')]: row('k') };
  const plan = await told('not_published', objects);
  expect(plan.code).toBe(3);
  expect(plan.output).toMatch(
    /^1 object of the inbox to compact first\n[\s\S]*\nNothing was changed\. --yes erases\.\n$/,
  );
  const done = await told('not_published', objects, '--yes');
  expect(done.code).toBe(1);
  expect(done.output.split('\n').slice(0, 5)).toEqual([
    '1 object of the inbox compacted first',
    '0 rows and 0 lines in quarantine erased.',
    '  still there: arn:run of the inbox: it could not be compacted: PlanningFailed: no bucket',
    `  still there: up to 1 object of the inbox in ${DAY}: compact them, and repeat the erase`,
    expect.stringMatching(
      /^ {2}still there: raw\/not_published\/wrong\.json: no run reads it, as .*: move it, or delete it$/,
    ),
  ]);
  expect(done.output).toMatch(/\n {2}A replay leaves them out, as \S+ says\.\n$/);
  // Of one partition, nobody asked about the others.
  const part = ['--from', '2026-06-17'];
  expect(await told('not_published', objects, ...part)).toMatchObject({ code: 0 });
});

test('whole objects in quarantine may have the rows, until they expire', async () => {
  const copy = `${rejectedObjectsPrefix('not_published', DAY)}x`;
  const entry = {
    ...{ dataset: 'not_published', source_bucket: BUCKETS.raw, source_key: `raw/not_published/${DAY}/x.json` },
    ...{ source_etag: '"e"', source_version: null, line: null, reason: 'torn', raw: null, raw_base64: null },
    ...{ object_key: copy, record: null, byte_offset: null },
  };
  const objects = {
    [`${BUCKETS.quarantine}/${rejectedLinesPrefix('not_published', DAY)}x.json.gz`]: gzipSync(
      `${JSON.stringify(entry)}\n`,
    ),
    [`${BUCKETS.quarantine}/${copy}`]: '{"id":"k"',
  };
  const { code, output } = await told('not_published', objects, '--yes');
  expect(code).toBe(1);
  expect(output).toContain(
    `\n  still there until 2026-09-18T15:00:00.000Z: ${copy}: it could not be read, may have such rows, and may have others: ` +
      'delete it, or correct the declaration, retry it, and erase again\n',
  );
  // Its copy is gone: nothing is left to be erased.
  const [first = ''] = Object.keys(objects);
  const { [first]: alone } = objects;
  expect((await told('not_published', { [first]: alone ?? '' }, '--yes')).code).toBe(0);
});
