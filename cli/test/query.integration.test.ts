import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import * as fc from 'fast-check';
import { parseDataset } from '../../lib/dataset';
import { datasetByName } from '../../test/fixtures/datasets';
import { anyCharacter } from '../../test/support/text';
import { BUCKETS } from '../lake';
import { query } from '../query-main';
import { Terminal } from '../terminal';
import { visible, visibleJson } from '../visible';
import { folderWith } from './support/folder';

const DAY = 'year=2026/month=06/day=15';
const events = parseDataset({
  name: 'events',
  description: 'Events of many tenants.',
  columns: [
    { name: 'id', type: 'string', notNull: true },
    { name: 'at', type: 'timestamp', notNull: true },
    { name: 'n', type: 'int' },
  ],
  partition: { scheme: 'day', from: '2026-01-01', to: '2027-12-31', leading: [{ name: 'tenant', kind: 'injected' }] },
  eventTime: 'at',
  input: { formats: ['ndjson'] },
} as never);
const logs = datasetByName('access_logs');

/** A lake with one partition of events for each tenant. */
async function lakeOf(rows: Readonly<Record<string, string>>): Promise<string> {
  const folder = folderWith();
  const root = join(folder, 'lake');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  for (const [tenant, select] of Object.entries(rows)) {
    const partition = `events/tenant=${tenant}/${DAY}`;
    const [data, manifests] = ['data', 'manifests'].map((name) => join(root, BUCKETS.curated, name, partition));
    for (const made of [data, manifests]) mkdirSync(made as string, { recursive: true });
    await connection.run(`COPY (${select}) TO '${data}/part.parquet' (FORMAT parquet)`);
    writeFileSync(`${manifests}/manifest`, `s3://${BUCKETS.curated}/data/${partition}/part.parquet\n`);
  }
  connection.closeSync();
  instance.closeSync();
  writeFileSync(join(folder, 'outside.csv'), 'secret\n1\n');
  writeFileSync(join(root, BUCKETS.curated, 'inside.csv'), 'a\n1\n');
  return root;
}

interface Answer {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const ask = (keep: string, sql: string, ...options: readonly string[]): Promise<Answer> =>
  askWithin(undefined, keep, sql, ...options);

async function askWithin(
  memory: string | undefined,
  keep: string,
  sql: string,
  ...options: readonly string[]
): Promise<Answer> {
  let [out, err] = ['', ''];
  const stderr = jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
    err += String(text);
    return true;
  });
  try {
    const terminal = new Terminal({ write: (text) => (out += text) }, {});
    return { code: await query(['--keep', keep, ...options, sql], terminal, [events, logs], memory), out, err };
  } finally {
    stderr.mockRestore();
  }
}

const ONE = "SELECT 'e1' AS id, TIMESTAMP '2026-06-15 10:00:00' AS at, 1::INTEGER AS n";
let lake: string;
beforeAll(async () => {
  lake = await lakeOf({ acme: `${ONE} UNION ALL SELECT 'e2', TIMESTAMP '2026-06-15 11:00:00', 2`, globex: ONE });
});

describe('the lock', () => {
  test.each([
    'SELECT count(*) AS n FROM access_logs',
    "SELECT sum(n) AS n FROM events WHERE tenant = 'acme'",
    "WITH mine AS (FROM events WHERE tenant = 'acme') SELECT a.id FROM mine a JOIN mine b USING (id)",
    "EXPLAIN SELECT n FROM events WHERE tenant = 'acme'",
    'DESCRIBE access_logs',
    'SHOW TABLES',
    'VALUES (1)',
    'SELECT 1; -- and no more',
  ])('%s is answered', async (sql) => {
    expect(await ask(lake, sql)).toEqual({ code: 0, out: expect.stringMatching(/rows?\n$/), err: '' });
  });

  const outside = (): string => join(lake, '..', 'outside.csv');
  const written = (): string => join(lake, BUCKETS.curated, 'written');
  test.each<[string, () => string]>([
    ['COPY to anywhere', () => `COPY (SELECT 1) TO '${outside()}.copy'`],
    ['COPY into the lake', () => `COPY (SELECT 1) TO '${written()}'`],
    ['COPY inside of EXPLAIN ANALYZE', () => `EXPLAIN ANALYZE COPY (SELECT 1) TO '${written()}'`],
    ['COPY inside of EXPLAIN with options', () => `EXPLAIN (ANALYZE) COPY (SELECT 1) TO '${written()}'`],
    ['COPY behind a comment', () => `/* SELECT */ COPY (SELECT 1) TO '${written()}'`],
    ['COPY behind a query', () => `SELECT 1; COPY (SELECT 1) TO '${written()}'`],
    ['COPY FROM', () => `COPY events FROM '${outside()}'`],
    ['EXPORT', () => `EXPORT DATABASE '${written()}'`],
    ['ATTACH of a file', () => `ATTACH '${written()}.db' AS other`],
    ['ATTACH of memory', () => "ATTACH ':memory:' AS other"],
    ['INSTALL', () => 'INSTALL httpfs'],
    ['LOAD', () => 'LOAD httpfs'],
    ['SET', () => 'SET enable_external_access = true'],
    ['SET behind a query', () => 'SELECT 1; SET lock_configuration = false'],
    ['SET VARIABLE', () => 'SET VARIABLE a = 1'],
    ['RESET', () => 'RESET allowed_directories'],
    ['PRAGMA', () => 'PRAGMA threads = 1'],
    ['CALL', () => "CALL force_checkpoint('memory')"],
    ['CREATE', () => 'CREATE TABLE t AS SELECT 1'],
    ['CREATE SECRET', () => "CREATE SECRET s (TYPE s3, KEY_ID 'a', SECRET 'b')"],
    ['INSERT', () => 'INSERT INTO "events places" VALUES (1)'],
    ['DROP', () => 'DROP VIEW access_logs'],
    ['getenv', () => "SELECT getenv('HOME')"],
    ['read_csv', () => `SELECT * FROM read_csv('${outside()}')`],
    ['read_text', () => `SELECT * FROM read_text('${outside()}')`],
    ['read_blob', () => "SELECT * FROM read_blob('/etc/passwd')"],
    ['read_json', () => "SELECT * FROM read_json('/proc/self/status')"],
    ['read_parquet', () => "SELECT * FROM read_parquet('/tmp/*.parquet')"],
    ['glob', () => "SELECT * FROM glob('/etc/*')"],
    ['sniff_csv', () => `SELECT * FROM sniff_csv('${outside()}')`],
    ['a file for a table', () => `SELECT * FROM '${outside()}'`],
    ['a file from inside of the lake folder', () => `SELECT * FROM '${lake}/${BUCKETS.curated}/../../outside.csv'`],
    ['the raw zone', () => `SELECT * FROM glob('${lake}/${BUCKETS.raw}/*')`],
    ['a file by way of query()', () => `SELECT * FROM query('SELECT * FROM read_csv(''${outside()}'')')`],
    ['a query on the network', () => "SELECT * FROM 'https://127.0.0.1:1/x.csv'"],
    ['nothing at all', () => '  -- nothing'],
  ])('%s is refused, and changes nothing', async (_, sql) => {
    const before = readdirSync(join(lake, '..'), { recursive: true }).sort();
    const { code, out, err } = await ask(lake, sql());
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(/--unsafe|give one at a time|no statement|does not exist/);
    expect(err).not.toMatch(/^\s+at |--unsafe[\s\S]*--unsafe/m);
    expect(readdirSync(join(lake, '..'), { recursive: true }).sort()).toEqual(before);
  });

  test('--unsafe lifts it', async () => {
    const target = join(folderWith(), 'out.csv');
    expect((await ask(lake, `COPY (SELECT 1) TO '${target}'`, '--unsafe')).code).toBe(0);
    expect(existsSync(target)).toBe(true);
    expect(await ask(lake, `SELECT secret FROM read_csv('${outside()}')`, '--unsafe', '--json')).toMatchObject({
      code: 0,
      out: expect.stringContaining('"secret":'),
    });
  });

  test('what does not fit into memory still spills', async () => {
    const sql = 'SELECT max(b) AS n FROM (SELECT range AS a, md5(range::VARCHAR) AS b FROM range(1000000) ORDER BY b)';
    expect(await askWithin('64MB', lake, sql, '--json')).toMatchObject({ code: 0, err: '' });
  });
});

describe('an injected key', () => {
  test.each([
    "SELECT n FROM events WHERE tenant = 'acme'",
    "SELECT n FROM events WHERE 'acme' = tenant AND n > 0",
    "SELECT n FROM events e WHERE e.tenant IN ('acme', 'globex')",
    "SELECT n FROM events WHERE tenant = 'acme' OR tenant = 'globex'",
    "SELECT count(*) FROM events WHERE tenant = 'acme'",
    "SELECT * FROM (SELECT * FROM events) WHERE tenant = 'it''s'",
    "WITH mine AS (SELECT * FROM events) SELECT count(*) FROM mine WHERE tenant = 'acme'",
    "SELECT a.n FROM events a JOIN events b ON a.tenant = b.tenant WHERE a.tenant = 'acme'",
    "SELECT n FROM events WHERE tenant = 'acme' UNION ALL SELECT n FROM events WHERE tenant = 'globex'",
    'SELECT count(*) FROM access_logs',
  ])('with equality: %s', async (sql) => {
    expect(await ask(lake, sql)).toMatchObject({ code: 0, err: '' });
  });

  test.each([
    'SELECT n FROM events',
    'SELECT count(*) FROM events',
    'SELECT max(tenant) FROM events',
    'FROM events LIMIT 1',
    "SELECT n FROM events WHERE tenant <> 'acme'",
    "SELECT n FROM events WHERE tenant LIKE 'ac%'",
    "SELECT n FROM events WHERE tenant BETWEEN 'a' AND 'b'",
    "SELECT n FROM events WHERE lower(tenant) = 'acme'",
    "SELECT n FROM events WHERE tenant = 'acme' OR n = 1",
    'SELECT n FROM events WHERE tenant = id',
    "SELECT n FROM events WHERE tenant = (SELECT max(id) FROM events WHERE tenant = 'acme')",
    "SELECT n FROM events WHERE id = 'x'' AND tenant = ''acme'",
    "SELECT n FROM events -- WHERE tenant = 'acme'",
    "SELECT a.n FROM events a, events b WHERE a.tenant = 'acme'",
    "SELECT n FROM events WHERE tenant = 'acme' UNION ALL SELECT n FROM events",
    'SELECT 1 WHERE EXISTS (SELECT 1 FROM events)',
    'SUMMARIZE events',
  ])('without: %s', async (sql) => {
    const { code, out, err } = await ask(lake, sql);
    expect([code, out]).toEqual([1, '']);
    expect(err).toBe(
      'CONSTRAINT_VIOLATION: For the injected projected partition column tenant, the WHERE clause must contain only static ' +
        'equality conditions, and at least one such condition must be present.\n' +
        "Write WHERE tenant = 'VALUE', or tenant IN ('VALUE', ...), for every table in the query that has this key.\n",
    );
  });
});

describe('characters that steer a terminal', () => {
  const NASTY = '\u001b]0;x\u0007\u001b[31m\u202ecba\u2066\u009b1m\u007f\r\n\u2028';
  const SHOWN = '\\u001b]0;x\\u0007\\u001b[31m\\u202ecba\\u2066\\u009b1m\\u007f\\u000d\\u000a\\u2028';

  test('are shown escaped: in values, column names and messages, as a table and as JSON', async () => {
    const nasty = await lakeOf({
      acme: `SELECT '${NASTY}' AS id, TIMESTAMP '2026-06-15 10:00:00' AS at, 1::INTEGER AS n`,
    });
    const sql = `SELECT id AS "${NASTY}" FROM events WHERE tenant = 'acme'`;
    const table = await ask(nasty, sql);
    expect(table.out.split('\n')).toEqual([SHOWN, expect.stringMatching(/^─+$/), SHOWN, '1 row', '']);
    const json = await ask(nasty, sql, '--json');
    expect(json.out).toMatch(/^[\x20-\x7e]+\n$/);
    expect(JSON.parse(json.out)).toEqual({ [NASTY]: NASTY });
    const failed = await ask(nasty, "SELECT id::INTEGER FROM events WHERE tenant = 'acme'");
    expect(failed.code).toBe(1);
    expect(failed.err).toContain('\\u001b');
    expect(failed.err).toMatch(/^[\x20-\x7e\n]+$/);
    const unknown = await ask(nasty, 'SELECT 1', `--${NASTY}`);
    expect([unknown.code, unknown.err]).toEqual([2, expect.stringMatching(/^[\x20-\x7e\n]+$/)]);
  });

  test('any JSON stays the same value, and shows none of them', () => {
    fc.assert(
      fc.property(fc.json({ stringUnit: anyCharacter }), (text) => {
        const value: unknown = JSON.parse(text);
        const shown = visibleJson(value);
        expect(JSON.parse(shown)).toEqual(value);
        expect(shown).not.toMatch(/\p{Cc}|\p{Bidi_Control}|\p{Cs}/u);
      }),
    );
  });

  test('letters, emoji and their joiners stay', () => {
    for (const text of ['naïve', '漢字', 'عربي', '👩‍👩‍👧', 'می‌خواهم', 'tab?']) expect(visible(text)).toBe(text);
  });
});
