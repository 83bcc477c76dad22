/** What status tells people of datasets with freshness, of many partitions, and of what waits for somebody. */
import '../support/watched-datasets';

import { createHash } from 'node:crypto';
import { inputDigest } from '../../../lambda/compaction/protocol/names';
import { noteNewest } from '../../../lambda/compaction/protocol/newest';
import { HOUR_MS, manifestKey, setAsidePrefix } from '../../../lib/dataset';
import { progressKey } from '../../../lib/dataset/layout';
import { run as compact } from '../../verbs/compact/verb';
import type { OperatedLake } from '../../verbs/lake';
import { run as plan } from '../../verbs/plan/verb';
import { run as status } from '../../verbs/status/verb';
import { datasets, refusing } from '../support/watched-datasets';
import { ask, BUCKETS, inStage, withStage } from './stage-support';
import { later } from './support';

const day = (number: number): string => `dt=2026-06-${String(number).padStart(2, '0')}`;
const WATCHED = ['--dataset', 'watched'];
const ROW = '{"id":"a","at":"2026-06-01T10:00:00Z","value":1}\n';

/** The first lines of a dataset. */
async function lineOf(hours: number, prepare: (lake: OperatedLake) => Promise<unknown>): Promise<string | undefined> {
  return await withStage(
    {},
    async () => {
      await inStage(prepare);
      const { output } = await later(hours, () => ask(status, ...WATCHED));
      return output.split('\n')[1]?.replace(/\d{4}-\S+Z/, 'TIME');
    },
    {},
  );
}

const watchedSince = (time: number) => (lake: OperatedLake) =>
  lake.store.put(
    lake.buckets.curated,
    progressKey('compact'),
    Buffer.from(JSON.stringify({ watched: { watched: time } })),
  );

test.each([
  [1, 'newest event TIME, 1 h 0 min ago'],
  [3, 'newest event TIME, 3 h 0 min ago: older than freshness.warnAfter'],
  [7, 'newest event TIME, 7 h 0 min ago: older than freshness.errorAfter'],
])('%i hours after the newest event', async (hours, expected) => {
  expect(await lineOf(hours, (lake) => noteNewest(lake, 'watched', Date.now()))).toBe(expected);
});

test('without any event, a dataset ages from the first run that watched it', async () => {
  expect(await lineOf(5, async () => undefined)).toBe('no event yet, watched for 0.0 ms');
  expect(await lineOf(5, watchedSince(Date.now()))).toBe(
    'no event yet, watched for 5 h 0 min: older than freshness.warnAfter',
  );
});

test('of many partitions the last are shown, and those with which something is wrong or waits', async () => {
  const manifests = Array.from({ length: 25 }, (_, index) => [
    `${BUCKETS.curated}/${manifestKey('watched', day(index + 1))}`,
    index === 0 ? 'not a uri\n' : '',
  ]);
  const waiting = `${BUCKETS.raw}/raw/watched/${day(3)}/a.json`;
  await withStage(
    {},
    async () => {
      const shown = async (...more: readonly string[]): Promise<readonly string[]> => {
        const { output } = await ask(status, ...WATCHED, ...more);
        return output.split('\n').flatMap((line) => /^dt=2026-06-(\d\d) {2}/.exec(line)?.[1] ?? []);
      };
      const numbers = (from: number, to: number) =>
        Array.from({ length: to - from + 1 }, (_, index) => day(from + index).slice(-2));
      expect(await shown()).toEqual(['01', '03', ...numbers(6, 25)]);
      expect((await ask(status, ...WATCHED)).output).toContain('\n3 earlier partitions not shown: --all shows them\n');
      expect(await shown('--all')).toEqual(numbers(1, 25));
      expect((await ask(status, ...WATCHED, '--all')).output).not.toContain('not shown');
    },
    { ...Object.fromEntries(manifests), [waiting]: ROW },
  );
});

test('objects that S3 refuses are named, and do not make the dataset late', async () => {
  const key = `raw/watched/${day(1)}/a.json`;
  const etag = `"${createHash('md5').update(ROW).digest('hex')}"`;
  const mark = (run: string) =>
    `${BUCKETS.curated}/${setAsidePrefix('watched', day(1))}${inputDigest({ key, etag })}-${run.repeat(8)}.json`;
  await withStage(
    {},
    async () => {
      const { output } = await ask(status, ...WATCHED);
      expect(output).toMatch(/^watched: 1 object \(\d+ B\) wait, the oldest for 0\.0 ms; /);
      expect(output).toContain(`\n1 raw object set aside, because S3 refuses to return them:\n  ${key}\n`);
    },
    { [`${BUCKETS.raw}/${key}`]: ROW, [mark('a')]: '{}', [mark('b')]: '{}' },
  );
});

test('a partition that waits for its checks is no work for a run, and is told by every verb', async () => {
  const key = `raw/refusing/${day(1)}/a.json`;
  const digest = createHash('sha256').update(JSON.stringify(refusing.checks)).digest('hex').slice(0, 32);
  const hold = (at: number): string =>
    JSON.stringify({ at: new Date(at).toISOString(), problem: '1 row fails x', rows: 1, checks: digest });
  const started = { calls: 0, body: () => ({ executionArn: 'arn', startDate: 1 + started.calls++ }) };
  await withStage(
    { StartExecution: started },
    async () => {
      const waits = `${day(1)} waits since `;
      expect((await ask(status, '--dataset', 'refusing')).output).toContain(`\n${waits}`);
      expect((await ask(plan, '--dataset', 'refusing')).output).toContain('; its rows fail a check\n');
      for (const more of [[], ['--yes']]) {
        const { code, output } = await ask(compact, '--dataset', 'refusing', ...more);
        expect(code).toBe(1);
        expect(output).toContain(waits);
        expect(output).not.toContain('Nothing was changed');
      }
      expect(started.calls).toBe(0);
    },
    {
      [`${BUCKETS.raw}/${key}`]: ROW,
      [`${BUCKETS.curated}/${setAsidePrefix('refusing', day(1))}checks.json`]: hold(Date.now() - HOUR_MS),
    },
  );
  expect(datasets).toContain(refusing);
});
