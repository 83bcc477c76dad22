import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { WITH_FIXTURES } from '../../test/support/with-fixtures';
import { BUCKETS } from '../lake';
import type { RunResult } from '../result';
import { QueryEngine } from '../tables/engine';
import { folderWith } from './support/folder';
import { type Outcome, start } from './support/run';

const FIXTURES = resolve(__dirname, '../../test/fixtures/access_logs');
const DAY_17 = 'year=2015/month=05/day=17';
const DAY_18 = 'year=2015/month=05/day=18';

/** Every file below a folder with its size and time of change. */
const state = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => `${path} ${statSync(path).size} ${statSync(path).mtimeMs}`)
    .sort();

const byPartition = ({ partitions }: RunResult) =>
  Object.fromEntries(
    partitions.map(({ partition, rowsIn, rowsOut, rowsQuarantined, duplicates }) => [
      partition,
      [rowsIn, rowsOut, rowsQuarantined, duplicates],
    ]),
  );

function expectGood({ code, result, errors }: Outcome): void {
  expect(errors).toBe('');
  expect(result.problems).toEqual([]);
  expect([code, result.ok, result.total.unaccounted]).toEqual([0, true, 0]);
  expect(result.queries.map(({ equal }) => equal)).toEqual([true, true, true]);
}

describe('generated web logs', () => {
  let outcome: Outcome;
  beforeAll(async () => {
    outcome = await start('--rows', '8000');
  }, 60_000);

  test('become a lake of one file a day in which every row is found', () => {
    expectGood(outcome);
    const { total, partitions, queries } = outcome.result;
    expect(total.rowsIn).toBe(8000);
    expect(total.duplicates).toBeGreaterThan(0);
    expect(total.filesBefore).toBeGreaterThan(20 * total.filesAfter);
    expect(partitions.every(({ filesAfter }) => filesAfter === 1)).toBe(true);
    expect(partitions.reduce((sum, { rowsIn }) => sum + rowsIn, 0)).toBe(8000);
    expect(queries.every(({ raw, curated }) => curated.bytes < raw.bytes / 2)).toBe(true);
    expect(queries[0]?.raw.bytes).toBe(Math.max(...partitions.map(({ bytesBefore }) => bytesBefore)));
    expect(queries[1]?.raw.bytes).toBe(total.bytesBefore);
    expect(queries[0]?.sql).toMatch(
      /^SELECT status, count\(\*\) AS requests, .* WHERE year = 2026 AND month = 6 AND day = \d+ GROUP BY/,
    );
    expect(queries[2]?.answer).toHaveLength(1);
  });

  test('are reported in words, in figures and on a page', () => {
    const { output, report, result } = outcome;
    expect(output).toContain('✓ Generate');
    expect(output).toContain('8,000 rows in = ');
    expect(output).toContain('✓ Every row is accounted for, and both zones give the same answers.');
    expect(output).not.toContain('\u001b');
    expect(report).toContain('<!doctype html>');
    expect(report).toContain('8,000 rows of generated data');
    expect(Object.keys(result)).toEqual([
      'formatVersion',
      'dataset',
      'ok',
      'problems',
      'accepted',
      'input',
      'total',
      'partitions',
      'unreadPartitions',
      'quarantine',
      'queries',
      'compaction',
      'iceberg',
      'seconds',
      'peakMemoryBytes',
    ]);
    expect(Object.keys(result.partitions[0] ?? {})).toEqual([
      'partition',
      'rowsIn',
      'rowsOut',
      'rowsQuarantined',
      'duplicates',
      'erased',
      'unaccounted',
      'objectsQuarantined',
      'filesBefore',
      'filesAfter',
      'bytesBefore',
      'bytesAfter',
    ]);
  });

  test('the compactor reports what the account finds', () => {
    const { total, compaction } = outcome.result;
    expect(compaction.reported).toMatchObject({
      rowsIn: total.rowsIn,
      rowsOut: total.rowsOut,
      rowsQuarantined: total.rowsQuarantined,
      duplicates: total.duplicates,
      objectsIn: total.filesBefore,
      bytesIn: total.bytesBefore,
    });
  });
});

describe("the user's own files", () => {
  test('real logs in Hive folders: each row once, and nothing changes when they are taken in again', async () => {
    const keep = join(folderWith(), 'lake');
    const args = ['--input', FIXTURES, '--dataset', 'access_logs', '--keep', keep];
    const first = await start(...args);
    expectGood(first);
    expect(byPartition(first.result)).toEqual({ [DAY_17]: [82, 82, 0, 0], [DAY_18]: [50, 50, 0, 0] });
    expect(first.result.input).toMatchObject({ files: 3, alreadyTaken: 0, objectsLoaded: 3, rowsLoaded: 132 });
    expect(first.result.input.skipped).toEqual([{ file: 'README.md', reason: 'no data by its name: a document' }]);
    expect(
      readdirSync(keep)
        .filter((name) => !name.startsWith('.'))
        .sort(),
    ).toEqual(Object.values(BUCKETS).sort());

    const kept = state(keep);
    const second = await start(...args);
    expectGood(second);
    expect(second.result.input).toMatchObject({ files: 3, alreadyTaken: 3, objectsLoaded: 0, rowsLoaded: 0 });
    expect(second.result.compaction.tasks).toBe(0);
    expect(second.result.partitions).toEqual(first.result.partitions);
    expect(state(keep)).toEqual(kept);
  }, 60_000);

  test('a file with broken lines puts just those lines in quarantine', async () => {
    const input = folderWith();
    cpSync(FIXTURES, input, { recursive: true });
    const path = join(input, DAY_17, 'part-0001.json.gz');
    const lines = gunzipSync(readFileSync(path)).toString().trimEnd().split('\n');
    lines.splice(7, 0, '{"event_id":"cut off', '');
    lines[20] = (lines[20] ?? '').replace(/"status":\d+/, '"status":"many"');
    writeFileSync(path, gzipSync(lines.join('\n')));
    const outcome = await start('--input', input, '--dataset', 'access_logs');
    expectGood(outcome);
    expect(byPartition(outcome.result)).toEqual({ [DAY_17]: [83, 81, 2, 0], [DAY_18]: [50, 50, 0, 0] });
    const place = { partition: DAY_17, source: `${DAY_17}/part-0001.json.gz`, object: null };
    expect(outcome.result.quarantine).toEqual({
      lines: [
        { ...place, line: 8, reason: expect.stringContaining('not JSON') },
        { ...place, line: 21, reason: expect.stringContaining('status: expected an int') },
      ],
      objects: [],
    });
  }, 60_000);

  test('without Hive folders, rows go where their event time says, or to quarantine', async () => {
    const rows = readFileSync(join(FIXTURES, DAY_18, 'part-0000.ndjson'), 'utf8')
      .trimEnd()
      .split('\n');
    const moved = rows.map((row, index) => row.replace('2015-05-18T', index % 2 === 0 ? '2015-05-17T' : '2015-05-18T'));
    const input = folderWith({
      'all in one (ü).ndjson': `${moved.join('\r\n')}\n\nnot JSON\n{"event_id":"x"}\n[1]\n{"event_time":"1999-01-01T00:00:00Z"}\n${moved[0]}`,
      'cut.json.gz': gzipSync(moved.join('\n')).subarray(0, 900),
      'year=2015/month=5/day=9/not canonical.json': `${moved[0]?.replace(/"event_id":"/, '"event_id":"other-')}\n`,
    });
    const keep = join(folderWith(), 'lake');
    const outcome = await start('--input', input, '--dataset', 'access_logs', '--keep', keep);
    expectGood(outcome);
    expect(byPartition(outcome.result)).toEqual({
      [DAY_17]: [27, 26, 0, 1],
      [DAY_18]: [25, 25, 0, 0],
      unplaced: [4, 0, 4, 0],
    });
    const { lines, objects } = outcome.result.quarantine;
    expect(lines.map(({ source, line, reason }) => [source, line, reason.slice(0, 25)])).toEqual([
      ['all in one (ü).ndjson', 52, 'not JSON: unexpected "n" '],
      ['all in one (ü).ndjson', 53, 'no partition: event_time '],
      ['all in one (ü).ndjson', 54, 'expected an object, found'],
      ['all in one (ü).ndjson', 55, 'no partition: event time '],
    ]);
    expect(objects).toEqual([
      { partition: 'unplaced', source: 'cut.json.gz', reason: expect.stringContaining('truncated') },
    ]);

    const kept = state(keep);
    expectGood(await start('--input', input, '--dataset', 'access_logs', '--keep', keep));
    expect(state(keep)).toEqual(kept);

    // A row more makes another file of it: what was there before arrives once more, and is dropped.
    writeFileSync(
      join(input, 'all in one (ü).ndjson'),
      [...moved, rows[0]?.replace(/"event_id":"/, '"event_id":"new-')].join('\n'),
    );
    const third = await start('--input', input, '--dataset', 'access_logs', '--keep', keep);
    expectGood(third);
    expect(third.result.input).toMatchObject({ files: 3, alreadyTaken: 2, rowsLoaded: 51 });
    expect(byPartition(third.result)).toEqual({
      [DAY_17]: [52, 26, 0, 26],
      [DAY_18]: [51, 26, 0, 25],
      unplaced: [4, 0, 4, 0],
    });
  }, 60_000);

  test('keys that arrive with different contents are one row each, and no error', async () => {
    const row = (time: string, status: number, id: number): string =>
      JSON.stringify({ event_id: `e${id}`, event_time: `2026-06-15T${time}Z`, status });
    const ids = Array.from({ length: 50 }, (_, id) => id);
    const input = folderWith({
      'a.json': ids.flatMap((id) => [row('12:00:00', 500, id), row('11:00:00', 200, id)]).join('\n'),
    });
    const { code, result, output, report } = await start('--input', input, '--dataset', 'access_logs');
    expect([code, result.ok, result.problems]).toEqual([0, true, []]);
    expect(byPartition(result)).toEqual({ 'year=2026/month=06/day=15': [100, 50, 0, 50] });
    expect(result.queries[0]).toMatchObject({ equal: false, conflictingKeys: 50 });
    expect(output).toContain('50 keys arrived with different contents');
    expect(output).not.toContain('the same answers');
    expect(report).toContain('50 keys arrived more than once');
  }, 60_000);

  test('CSV in any column order, beside NDJSON', async () => {
    const header = 'firmware,measured_at,sensor_id,battery,other';
    const rows = [
      '"v,1",2026-01-11T10:00:00Z,s-1,50,x',
      ',2026-01-11T10:00:01Z,s-2,,x',
      '"",2026-01-12T00:30:00+01:00,s-3,7,x',
      '"two\nlines",2026-01-12T10:00:00Z,s-1,full,x',
      'v2,2026-01-12T10:00:00Z,s-4,1',
      'v2,someday,s-4,1,x',
    ];
    const declared = 'sensor_id,measured_at,temperature,humidity,battery,firmware,calibrated_on\n';
    const input = folderWith({
      'export.csv': [header, ...rows].join('\r\n'),
      'dt=2026-01-12/declared.csv.gz': gzipSync(`${declared}a,2026-01-12T00:00:00Z,1.5,2.25,3,"",2026-01-01\n`),
      'dt=2026-01-12/no key.csv': 'sensor_id,battery\ns-1,1\ns-2,2\n',
      'more.jsonl': '{"sensor_id":"j","measured_at":1768089600000,"humidity":1.25}\n',
    });
    const outcome = await start('--input', input, '--dataset', 'sensor_readings');
    expectGood(outcome);
    expect(byPartition(outcome.result)).toEqual({
      'dt=2026-01-11': [4, 4, 0, 0],
      'dt=2026-01-12': [5, 1, 4, 0],
      unplaced: [1, 0, 1, 0],
    });
    expect(outcome.result.quarantine.objects).toEqual([
      {
        partition: 'dt=2026-01-12',
        source: 'dt=2026-01-12/no key.csv',
        reason: expect.stringContaining('measured_at'),
      },
    ]);
  }, 60_000);

  test('nested Parquet, split by event time, beside NDJSON', async () => {
    const input = folderWith({ 'tenant=acme/broken.parquet': 'not Parquet', 'tenant=globex/.keep': '' });
    const engine = await QueryEngine.open(folderWith());
    await engine.run(`COPY (SELECT 'o' || range AS order_id, TIMESTAMPTZ '2026-06-14 22:00:00Z' + INTERVAL (range) HOUR AS ordered_at,
      CASE WHEN range = 3 THEN NULL ELSE 'paid' END AS status, 'EUR' AS currency, (range / 7)::DECIMAL(12,2) AS total,
      {'id': 'c', 'email': 'e', 'address': {'street': 's', 'city': 'c', 'postal_code': 'p', 'country': 'DE'}} AS customer,
      MAP {'x': 1.25::DECIMAL(12,2)} AS discounts, ['a'] AS tags FROM range(30)
      UNION ALL BY NAME SELECT 'never' AS order_id) TO '${join(input, 'tenant=acme', 'orders.parquet')}' (FORMAT parquet)`);
    engine.close();
    const row = {
      order_id: 'z',
      ordered_at: '2026-06-15T00:00:00Z',
      status: 'paid',
      currency: 'EUR',
      total: '12345678.12',
    };
    writeFileSync(join(input, 'tenant=globex', 'orders.json'), JSON.stringify(row));
    const outcome = await start('--input', input, '--dataset', 'orders');
    expectGood(outcome);
    expect(byPartition(outcome.result)).toEqual({
      'tenant=acme/year=2026/month=06/day=14': [2, 2, 0, 0],
      'tenant=acme/year=2026/month=06/day=15': [23, 23, 0, 0],
      'tenant=acme/year=2026/month=06/day=16': [4, 4, 0, 0],
      'tenant=globex/year=2026/month=06/day=15': [1, 1, 0, 0],
      unplaced: [2, 0, 2, 0],
    });
    expect(outcome.result.quarantine.objects).toHaveLength(1);
  }, 60_000);
});

describe('a kept lake', () => {
  const original = join(folderWith(), 'lake');
  beforeAll(async () => {
    expectGood(await start('--input', FIXTURES, '--dataset', 'access_logs', '--keep', original));
  }, 60_000);

  /** A lake of the fixtures for one test to spoil, and what takes them in again. */
  function copy(): { keep: string; args: string[] } {
    const keep = join(folderWith(), 'lake');
    cpSync(original, keep, { recursive: true, preserveTimestamps: true });
    return { keep, args: ['--input', FIXTURES, '--dataset', 'access_logs', '--keep', keep] };
  }

  test('that lost rows, or a line of its quarantine, is found out', async () => {
    const { keep, args } = copy();
    const manifest = join(keep, BUCKETS.curated, 'manifests/access_logs', DAY_18, 'manifest');
    const good = readFileSync(manifest);
    writeFileSync(manifest, '');
    const broken = await start(...args);
    expect(broken.code).toBe(1);
    expect(broken.result).toMatchObject({ ok: false, total: { unaccounted: 50 } });
    expect(broken.result.problems[0]).toBe(`${DAY_18}: 50 rows are missing`);
    expect(broken.output).toContain(`✗ ${DAY_18}: 50 rows are missing`);

    writeFileSync(manifest, Buffer.concat([good, good]));
    expect((await start(...args)).result.problems[0]).toBe(`${DAY_18}: 50 rows are too many`);
  }, 60_000);

  test('compacts objects that somebody put into the raw folder by hand', async () => {
    const { keep, args } = copy();
    const inbox = join(keep, BUCKETS.raw, 'raw/access_logs', DAY_17);
    cpSync(join(FIXTURES, DAY_18), inbox, { recursive: true });
    cpSync(
      join(FIXTURES, DAY_17, 'part-0001.json.gz'),
      join(keep, BUCKETS.raw, 'raw/access_logs', 'elsewhere.json.gz'),
    );
    const { result, output, code } = await start(...args);
    expect(byPartition(result)[DAY_17]).toEqual([132, 132, 0, 0]);
    expect(result.compaction.unplacedObjects).toBe(1);
    expect(output).toContain(
      '1 raw object outside of every partition stayed where they are:\n  raw/access_logs/elsewhere.json.gz\n',
    );
    expect(code).toBe(0);
  }, 60_000);
});

describe('mistakes and interruptions', () => {
  test.each([
    [['--input', '/no/such/folder', '--dataset', 'access_logs'], '--input: must be a folder'],
    [['--input', FIXTURES, '--dataset', 'acces_logs'], 'fix: write one of access_logs, orders, sensor_readings'],
    [['--rows', '-1'], '--rows: its value is missing'],
    [['--keep', FIXTURES], '--keep: must be an empty folder'],
    [['--report', FIXTURES], '--report: must be a file'],
    [
      ['--input', FIXTURES, '--dataset', 'access_logs', '--keep', join(FIXTURES, 'lake')],
      'is inside the folder of --input',
    ],
  ])('%j: exit code 2, and a message that names the option', async (args, message) => {
    const { code, errors, output } = await start(...args);
    expect(code).toBe(2);
    expect(errors).toContain(message);
    expect(errors).toContain('--help');
    expect(output).toBe('');
  });

  test('--help', async () => {
    const { code, output } = await start('--help');
    expect(code).toBe(0);
    expect(output).toContain('Usage: npm start -- [options]');
  });

  test('Ctrl-C in the middle leaves nothing behind', async () => {
    const temp = folderWith();
    const child = spawn(process.execPath, [...WITH_FIXTURES, resolve(__dirname, '../main.ts'), '--rows', '2000000'], {
      cwd: resolve(__dirname, '../..'),
      env: { ...process.env, TMPDIR: temp },
      stdio: 'ignore',
    });
    const exit = once(child, 'exit');
    const someObjects = (): boolean =>
      readdirSync(temp, { recursive: true }).some((name) => String(name).endsWith('.json.gz'));
    while (!someObjects() && child.exitCode === null) await new Promise((wake) => setTimeout(wake, 50));
    child.kill('SIGINT');
    expect(await exit).toEqual([130, null]);
    expect(readdirSync(temp).filter((name) => name.startsWith('lake-'))).toEqual([]);
  }, 60_000);
});
