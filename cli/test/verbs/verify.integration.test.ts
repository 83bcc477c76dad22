import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { dataPrefix, manifestKey, manifestPrefix } from '../../../lib/dataset';
import { BUCKETS, type LocalLake } from '../../lake';
import { KINDS } from '../../verbs/verify/finding';
import { folderWith } from '../support/folder';
import { type Answer, asJson, ask, contentOf, DAY, dataFiles, inLake, keptLake, later } from './support';

const DATA = dataPrefix('access_logs', DAY);
const MANIFEST = manifestKey('access_logs', DAY);
const uri = (key: string): string => `s3://${BUCKETS.curated}/${key}\n`;

interface Fault {
  /** Kinds of what must be found, each once. */
  readonly found: readonly string[];
  readonly about: RegExp;
  readonly deep?: boolean;
  /** Hours later. */
  readonly after?: number;
  /** Whether `--repair` cures it. */
  readonly repaired?: boolean;
  inject(lake: LocalLake, key: string, body: Buffer): Promise<unknown>;
}

const put = (lake: LocalLake, key: string, body: Buffer | string): Promise<unknown> =>
  lake.store.put(BUCKETS.curated, key, Buffer.from(body));

/** The file, as a query changes it. */
async function rewritten(body: Buffer, select: string): Promise<Buffer> {
  const folder = folderWith({ 'in.parquet': body });
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const [from, to] = [join(folder, 'in.parquet'), join(folder, 'out.parquet')];
  await connection.run(`COPY (${select.replaceAll('FILE', `'${from}'`)}) TO '${to}' (FORMAT parquet)`);
  connection.closeSync();
  instance.closeSync();
  return await readFile(to);
}

const FAULTS: Readonly<Record<string, Fault>> = {
  'a missing file': {
    found: ['file-missing'],
    about: /does not exist: queries fail/,
    inject: (lake, key) =>
      lake.store.get(BUCKETS.curated, key).then((file) => lake.store.deleteMatching(BUCKETS.curated, [file as never])),
  },
  'a truncated file': {
    found: ['file-unreadable'],
    about: /cut short/,
    inject: (lake, key, body) => put(lake, key, body.subarray(0, body.length - 100)),
  },
  'a file that is cut to nothing': {
    found: ['file-unreadable'],
    about: /too short/,
    inject: (lake, key) => put(lake, key, ''),
  },
  'a file that lost its first half': {
    found: ['file-unreadable'],
    about: /./,
    inject: (lake, key, body) => put(lake, key, body.subarray(body.length / 2)),
  },
  'bytes that changed in the middle of a file': {
    found: ['file-unreadable'],
    about: /./,
    deep: true,
    inject: (lake, key, body) => put(lake, key, Buffer.from(body).fill(0xff, 500, 3_000)),
  },
  'a file that is listed twice': {
    found: ['listed-twice'],
    about: /counted more than once/,
    repaired: true,
    inject: (lake, key) => put(lake, MANIFEST, uri(key).repeat(2)),
  },
  'a blank line': {
    found: ['manifest-malformed'],
    about: /line 2 is blank/,
    repaired: true,
    inject: (lake, key) => put(lake, MANIFEST, `${uri(key)}\n`),
  },
  'carriage returns': {
    found: ['manifest-malformed'],
    about: /carriage returns/,
    repaired: true,
    inject: (lake, key) => put(lake, MANIFEST, uri(key).replace('\n', '\r\n')),
  },
  'a last line that does not end': {
    found: ['manifest-malformed'],
    about: /does not end/,
    repaired: true,
    inject: (lake, key) => put(lake, MANIFEST, uri(key).trimEnd()),
  },
  'a line that names no file of the partition': {
    found: ['manifest-malformed'],
    about: /line 2 is "s3:\/\/elsewhere/,
    inject: (lake, key) => put(lake, MANIFEST, `${uri(key)}s3://elsewhere/data/x.parquet\n`),
  },
  'an extra manifest that lists nothing new': {
    found: ['extra-manifest'],
    about: /only "manifest" is one/,
    repaired: true,
    inject: (lake, key) => put(lake, `${manifestPrefix('access_logs', DAY)}manifest-copy`, uri(key)),
  },
  'an extra manifest that lists another file': {
    found: ['extra-manifest'],
    about: /only "manifest" is one/,
    inject: (lake) => put(lake, `${manifestPrefix('access_logs', DAY)}more`, uri(`${DATA}part-other.parquet`)),
  },
  'a manifest that was deleted': {
    found: ['manifest-missing'],
    about: /no query finds a row/,
    inject: (lake) =>
      lake.store
        .get(BUCKETS.curated, MANIFEST)
        .then((file) => lake.store.deleteMatching(BUCKETS.curated, [file as never])),
  },
  'a row twice': {
    found: ['duplicate-rows'],
    about: /1 dedupe keys are in several rows/,
    deep: true,
    inject: async (lake, key, body) => {
      const copy = `${DATA}part-${'c'.repeat(32)}-000.parquet`;
      await put(lake, copy, await rewritten(body, 'SELECT * FROM FILE LIMIT 1'));
      await put(lake, MANIFEST, uri(key) + uri(copy));
    },
  },
  'a file that no manifest lists': {
    found: ['orphan'],
    about: /no manifest has listed it/,
    after: 30,
    repaired: true,
    inject: (lake, _, body) => put(lake, `${DATA}part-${'0'.repeat(32)}-000.parquet`, body),
  },
  'a column of another type': {
    found: ['schema'],
    about: /status is .*, but files of today have/,
    inject: async (lake, key, body) =>
      put(lake, key, await rewritten(body, 'SELECT * REPLACE (status::VARCHAR AS status) FROM FILE')),
  },
  'other columns': {
    found: ['schema'],
    about: /it has no column/,
    inject: async (lake, key, body) => put(lake, key, await rewritten(body, 'SELECT 1 AS x FROM FILE')),
  },
  'rows of another day': {
    found: ['outside-partition'],
    about: /more than a day outside/,
    inject: async (lake, key, body) =>
      put(lake, key, await rewritten(body, 'SELECT * REPLACE (event_time + INTERVAL 3 DAY AS event_time) FROM FILE')),
  },
  'an object in no partition': {
    found: ['stray-object'],
    about: /in no partition/,
    inject: (lake, _, body) => put(lake, 'data/access_logs/year=2026/part-x.parquet', body),
  },
};

async function faulty(fault: Fault): Promise<string> {
  const folder = await keptLake();
  const [key = ''] = dataFiles(folder);
  await inLake(folder, async (lake) => {
    const file = await lake.store.get(BUCKETS.curated, key);
    await fault.inject(lake, key, (file as { readonly body: Buffer }).body);
  });
  return folder;
}

const kinds = ({ findings }: Answer): string[] => findings.map(({ kind }: { kind: string }) => kind);

test('nothing is wrong with a lake that nobody has touched, and nothing is changed', async () => {
  const folder = await keptLake();
  const before = contentOf(folder);
  const { code, answer } = await asJson('verify', '--deep', '--local', folder);
  expect({ code, findings: answer.findings }).toEqual({ code: 0, findings: [] });
  expect(answer.looked).toMatchObject({ partitions: 4, files: 4 });
  expect(answer.looked.rows).toBeGreaterThan(19_000);
  expect((await later(30, () => asJson('verify', '--local', folder))).answer.findings).toEqual([]);
  expect(contentOf(folder)).toEqual(before);
});

test.each(Object.entries(FAULTS))('%s is found, and changes only when repaired', async (_, fault) => {
  const folder = await faulty(fault);
  const before = contentOf(folder);
  const options = ['--local', folder, ...(fault.deep ? ['--deep'] : [])];
  const at = <T>(work: () => Promise<T>): Promise<T> => later(fault.after ?? 0, work);
  const { code, answer } = await at(() => asJson('verify', ...options));
  expect(kinds(answer)).toEqual(fault.found);
  expect(code).toBe(1);
  const [finding] = answer.findings;
  expect(finding.problem).toMatch(fault.about);
  expect(finding.cure).not.toBe('');
  expect(finding.repairable).toBe(fault.repaired === true);
  const planned = await at(() => ask('verify', ...options, '--repair'));
  expect(planned.code).toBe(fault.repaired ? 3 : 1);
  expect(contentOf(folder)).toEqual(before);
  const repaired = await at(() => asJson('verify', ...options, '--repair', '--yes'));
  expect(repaired.code).toBe(fault.repaired ? 0 : 1);
  if (fault.repaired !== true) {
    expect(contentOf(folder)).toEqual(before);
    return;
  }
  expect(repaired.answer.findings.map((one: { repaired: boolean }) => one.repaired)).toEqual([true]);
  expect((await at(() => asJson('verify', ...options))).answer.findings).toEqual([]);
  expect(dataFiles(folder).length).toBe(1);
});

test('a file that was merged away within the grace is no orphan', async () => {
  const folder = await keptLake();
  const [key = ''] = dataFiles(folder);
  await later(30, async () => {
    await inLake(folder, async (lake) => {
      const file = await lake.store.get(BUCKETS.curated, key);
      const merged = `${DATA}part-${'b'.repeat(32)}-000.parquet`;
      await put(lake, merged, (file as { readonly body: Buffer }).body);
      await put(lake, MANIFEST, uri(merged));
    });
    expect((await asJson('verify', '--local', folder)).answer.findings).toEqual([]);
  });
  const { answer } = await later(60, () => asJson('verify', '--local', folder));
  expect(answer.findings).toMatchObject([{ kind: 'orphan', key }]);
});

test('each kind of finding that a folder can have was found by one of these', () => {
  const found = new Set(Object.values(FAULTS).flatMap((fault) => fault.found));
  // Of encryption and versions a stage alone tells: stored.integration.test.ts. Of row counts see the unfinished commit.
  const others = ['encryption', 'unversioned', 'row-count'];
  expect([...found, ...others].sort()).toEqual([...KINDS].sort());
});

test('the rows of a commit that is not finished are counted', async () => {
  const folder = await keptLake();
  const [key = ''] = dataFiles(folder);
  const record = (rowsOut: number) => JSON.stringify({ files: [key], inputs: [], counts: { rowsOut }, attempt: 'a' });
  const { answer: whole } = await asJson('verify', '--local', folder, '--dataset', 'access_logs', '--partition', DAY);
  const { rows } = whole.looked;
  const place = `records/access_logs/${DAY}/${'a'.repeat(32)}.json`;
  await inLake(folder, (lake) => put(lake, place, record(rows)));
  expect((await asJson('verify', '--local', folder)).answer.findings).toEqual([]);
  await inLake(folder, (lake) => put(lake, place, record(rows + 1)));
  const { answer } = await asJson('verify', '--local', folder);
  expect(answer.findings).toMatchObject([
    { kind: 'row-count', problem: `its commit wrote ${rows + 1} rows, but there are ${rows}` },
  ]);
});

test('people read what is wrong, where, and what to do', async () => {
  const folder = await faulty(FAULTS['a truncated file'] as Fault);
  const { code, output } = await ask('verify', '--local', folder, '--dataset', 'access_logs');
  expect(code).toBe(1);
  expect(output).toMatch(
    /^file-unreadable data\/access_logs\/.*\.parquet\n {2}.*cut short\n {2}→ go back to a version/,
  );
  expect(output).toContain(': 1 finding.');
});
