/** `npm start -- --through-ingest`, for whatever datasets a fork declares. */

import { execFileSync } from 'node:child_process';
import { oddDatasets } from '../../../cli/test/support/odd-datasets';
import { start } from '../../../cli/test/support/run';
import { HOUR_MS, takesEvents } from '../../../lib/dataset';
import { createValidator } from '../../../lib/rows';
import { S3Sink } from '../../gateway/commit/s3-sink';
import { exampleEvent } from '../../local/example';

/** Its key has fewer values than there are rows. */
const FEW_KEYS = 'few_keys_in_another_century';

afterEach(() => jest.restoreAllMocks());

test('a sound run has no problem, and every question has the same answer in both zones', async () => {
  const { code, result } = await start('--rows', '400', '--through-ingest');
  expect([code, result.problems, result.queries.map(({ equal }) => equal)]).toEqual([0, [], [true, true, true]]);
});

test.each([
  ['acknowledges rows that it did not store', 1],
  ['stores rows twice', -1],
])('a gateway that %s is a problem of the run', async (_, sign) => {
  const { put } = S3Sink.prototype;
  let faults = 0;
  jest.spyOn(S3Sink.prototype, 'put').mockImplementation(async function (this: S3Sink, key, body) {
    const isFaulty = faults++ === 0;
    if (!isFaulty || sign < 0) await put.call(this, key, body);
    if (isFaulty && sign < 0) await put.call(this, key.replace(/([^/]+)$/, 'again-$1'), body);
  });
  const { code, result, output } = await start('--rows', '400', '--through-ingest');
  const [, acknowledged, found] =
    result.problems
      .join('\n')
      .match(/^the gateway acknowledged (\d+) new rows, but (\d+) came into the raw zone$/m)
      ?.map(Number) ?? [];
  expect(acknowledged).toBe(result.input.posted?.stored);
  expect(Math.sign((acknowledged as number) - (found as number))).toBe(sign);
  expect([code, result.ok]).toEqual([1, false]);
  expect(output).toContain('the gateway acknowledged');
});

test('rows go through the gateway where it takes them, with their partition keys', async () => {
  const { code, result, errors } = await start('--dataset', 'for_any_customer', '--rows', '40', '--through-ingest');
  expect([code, errors, result?.problems]).toEqual([0, '', []]);
  expect(new Set(result.partitions.map(({ partition }) => partition.split('/').slice(0, 2).join('/'))).size).toBe(4);
});

test.each(['of_other_names', 'in_camel_case', 'of_other_times'])(
  'rows go through the gateway under the names and in the forms of events: %s',
  async (name) => {
    const { code, result, errors } = await start('--dataset', name, '--rows', '60', '--through-ingest');
    expect([code, errors, result?.problems]).toEqual([0, '', []]);
    expect(result.input.posted?.stored).toBeGreaterThan(50);
    expect(result.queries.map(({ equal }) => equal)).toEqual([true, true, true]);
  },
);

test.each([FEW_KEYS, 'of_long_ago'])(
  'rows of any century go through the gateway, those that share a key, too: %s',
  async (name) => {
    const { code, result, errors } = await start('--dataset', name, '--rows', '100', '--through-ingest');
    expect([code, errors, result?.problems]).toEqual([0, '', []]);
    const { stored = 0, duplicates = 0, conflicts = 0, rejected = 0 } = result.input.posted ?? {};
    expect(stored + duplicates + conflicts + rejected).toBe(100);
    expect(conflicts > 0).toBe(name === FEW_KEYS);
  },
);

test('the gateway is refused where it takes none, with what to do', async () => {
  for (const { name, input } of oddDatasets.filter((dataset) => !takesEvents(dataset))) {
    const { code, errors } = await start('--dataset', name, '--through-ingest');
    const advice = input.json === undefined ? "add 'ndjson' to its input.formats" : 'leave input.json out';
    expect([code, errors]).toEqual([2, expect.stringContaining(advice)]);
  }
});

describe.each(oddDatasets.filter(takesEvents).map((dataset) => [dataset.name, dataset] as const))(
  '%s',
  (_, dataset) => {
    test('the greeting of the gateway has an event that fits', () => {
      const text = execFileSync('/bin/sh', ['-c', `printf '%s' "${exampleEvent(dataset)}"`], { encoding: 'utf8' });
      const event = JSON.parse(text) as Record<string, unknown>;
      expect(Math.abs(Date.now() - Date.parse(`${event[dataset.eventTime]}`))).toBeLessThan(25 * HOUR_MS);
      for (const { name: key } of dataset.partition.leading) delete event[key];
      const reasons: string[] = [];
      const checker = createValidator('ndjson', dataset, ({ reason }) => reasons.push(reason));
      checker.push(Buffer.from(`${JSON.stringify(event)}\n`));
      checker.end();
      expect([checker.accepted, reasons]).toEqual([1, []]);
    });
  },
);
