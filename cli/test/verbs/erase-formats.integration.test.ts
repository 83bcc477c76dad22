/** No current object has a row of an erased key, whatever its format, and every other row is there once. */

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { constants, gunzipSync, gzipSync } from 'node:zlib';
import { BUCKETS } from '../../lake';
import { bytesOf, CASES, type EraseCase, KEY, objectsOf, redeclare, zstd } from '../support/erase-datasets';
import { folderWith } from '../support/folder';
import { asJson, ask, inLake, sql } from './support';

let folder: string;

async function put(one: EraseCase, name: string): Promise<void> {
  await inLake(folder, async ({ store }) => {
    for (const { path, content } of objectsOf(one, name)) {
      await store.put(BUCKETS.raw, `raw/${one.name}/${path}`, await bytesOf(content));
    }
  });
}

async function idsOf(name: string): Promise<string[]> {
  const files = join(folder, BUCKETS.curated, `data/${name}/**/part-*.parquet`);
  return (await sql(`SELECT id FROM read_parquet('${files}', hive_partitioning = false) ORDER BY 1`)).map(({ id }) =>
    String(id),
  );
}

/** What is in every object below a prefix, inflated, as far as it goes. */
async function textsOf(bucket: keyof typeof BUCKETS, name: string, inflates = true): Promise<string> {
  return await inLake(folder, async ({ store }) => {
    let text = '';
    for await (const { key } of store.list(BUCKETS[bucket], '')) {
      if (!key.includes(`/${name}/`)) continue;
      const body = (await store.get(BUCKETS[bucket], key))?.body ?? Buffer.alloc(0);
      text += `${key}: ${(inflates && body[0] === 0x1f ? gunzipSync(body, { finishFlush: constants.Z_SYNC_FLUSH }) : body).toString()}\n`;
    }
    return text;
  });
}
const idsIn = (text: string): string[] =>
  [...new Set(text.match(/(mine|near|other|none)-(first|late)-\w+/g) ?? [])].sort();

beforeAll(async () => {
  folder = join(folderWith(), 'lake');
  for (const one of CASES) await put(one, 'first');
  const { code, output } = await ask('compact', '--local', folder, '--yes');
  if (code !== 0) throw new Error(output);
  for (const one of CASES) await put(one, 'late');
});

const eraseIn = (name: string, key: string) =>
  asJson('erase', '--local', folder, '--dataset', name, '--column', 'k', '--key', key, '--yes');

test.each(CASES.map((one) => [one.name, one] as const))('%s', async (name, one) => {
  const of = (...kinds: string[]) =>
    (one.path === undefined ? ['near', 'none', 'other'] : ['near', 'other'])
      .flatMap((who) => ['first', 'late'].flatMap((when) => kinds.map((kind) => `${who}-${when}-${kind}`)))
      .sort();
  const isChanges = one.more?.dedupe !== undefined;
  const stored = of('1', ...(isChanges ? [] : ['gone']));
  const doubtful = one.doubt === true ? ['mine-first-bad', 'mine-late-bad'] : [];
  const rejected = one.rejects === false ? [] : [...doubtful, ...of('bad')].sort();
  const { code, answer } = await asJson(
    'erase',
    '--local',
    folder,
    '--dataset',
    name,
    '--column',
    'k',
    '--key',
    one.key ?? KEY,
    '--yes',
  );
  const check = async () => [
    await idsOf(name),
    idsIn(await textsOf('quarantine', name)),
    idsIn(await textsOf('raw', name)),
  ];
  const found = await check();
  expect([found, code]).toEqual([[stored, rejected, []], doubtful.length === 0 ? 0 : 1]);
  expect(answer.left.length).toBe(one.doubt === true ? 2 : 0);
  const replay = await asJson('replay', '--local', folder, '--dataset', name, '--yes');
  expect(replay).toMatchObject({ code: 0 });
  expect((await check()).slice(1)).toEqual([rejected, []]);
  // What the replay replaced is still in its grace.
  expect([...new Set(await idsOf(name))]).toEqual(stored);
  expect((await asJson('verify', '--deep', '--local', folder, '--dataset', name)).answer.findings).toEqual([]);
});

test.each(['csv_bare', 'concatenated', 'parquet'])(
  '%s: a check that came later is not about rows that were erased',
  async (name) => {
    const key = `k <> '${KEY}'`;
    await eraseIn(name, KEY);
    redeclare(name, {
      checks: [
        { name: 'own', sql: `${key} AND length(k) >= 0`, onFail: 'fail' },
        { name: 'listed', column: 'k', notIn: [KEY], onFail: 'fail' },
      ],
    });
    expect(await asJson('replay', '--local', folder, '--dataset', name, '--yes')).toMatchObject({ code: 0 });
    redeclare(name, { checks: [{ name: 'listed', column: 'k', notIn: ['someone'], onFail: 'fail' }] });
    expect(await asJson('replay', '--local', folder, '--dataset', name, '--yes')).toMatchObject({
      code: 1,
      answer: { partitions: [{ outcome: 'refused', problem: expect.stringContaining('4 rows fail listed') }] },
    });
  },
);

/** No column that every row needs, so that the whole object is unreadable. */
const HEAD = 'id,k\n';
const MINE = `${HEAD}x,${KEY}\n`;
test.each<[what: string, body: Buffer, isLeft: boolean]>([
  ['zstd with the key', zstd(MINE), true],
  ['zstd without it', zstd(HEAD), false],
  ['gzip that is cut off', gzipSync(MINE).subarray(0, -9), true],
  ['zstd that is cut off', zstd(MINE).subarray(0, -1), true],
  ['UTF-16', Buffer.from(MINE, 'utf16le'), true],
  ['UTF-16 in gzip', gzipSync(Buffer.from(MINE, 'utf16le')), true],
])('an unreadable object in quarantine: %s', async (what, body, isLeft) => {
  const name = `${what.replaceAll(' ', '-')}.csv`;
  const key = `raw/csv_header/year=2026/month=06/day=17/${name}`;
  await inLake(folder, ({ store }) => store.put(BUCKETS.raw, key, body));
  const { code, answer } = await eraseIn('csv_header', KEY);
  const named = (answer.left as { what: string }[]).filter((left) => left.what.endsWith(name));
  expect([code === 1 || !isLeft, named.length]).toEqual([true, isLeft ? 1 : 0]);
  expect(await textsOf('quarantine', 'csv_header', false)).toContain(name);
});

test('what the erase named, and somebody then deleted from quarantine, is not put back by a replay', async () => {
  const day = 'year=2026/month=06/day=18';
  const args = ['--local', folder, '--dataset', 'csv_header', '--partition', day, '--yes'];
  const put = (name: string, body: string) =>
    inLake(folder, ({ store }) => store.put(BUCKETS.raw, `raw/csv_header/${day}/${name}.csv`, Buffer.from(body)));
  // S3 tells times in seconds: what is committed in the second of an erase counts as before it.
  await sleep(1_100);
  await put('whole', `id,k\nx,${KEY}\n`);
  await put('lines', `id,at,k,n\nbad-quote,"x"y,${KEY},1\nfine,2026-06-18T10:00:00Z,someone,1\n`);
  await put('other', 'id,at,k,n\nbad-other,2026-06-18T10:00:00Z,someone,x\n');
  expect((await asJson('compact', ...args)).code).toBe(0);
  const isThere = async (): Promise<string[]> =>
    ['whole.csv', 'bad-quote', 'bad-other'].filter((text) => found.includes(text));
  let found = await textsOf('quarantine', 'csv_header');
  expect(await isThere()).toEqual(['whole.csv', 'bad-quote', 'bad-other']);
  const remove = () =>
    inLake(folder, async ({ store }) => {
      for await (const object of store.list(BUCKETS.quarantine, '')) {
        if (object.key.includes(`/csv_header/${day}/`)) await store.deleteMatching(BUCKETS.quarantine, [object]);
      }
    });
  await remove();
  // Without an erase, a replay brings everything back.
  expect((await asJson('replay', ...args)).code).toBe(0);
  found = await textsOf('quarantine', 'csv_header');
  expect(await isThere()).toEqual(['whole.csv', 'bad-quote', 'bad-other']);
  const erased = await asJson('erase', ...args, '--column', 'k', '--key', KEY);
  expect(erased.answer.left).toHaveLength(2);
  await remove();
  expect((await asJson('replay', ...args)).code).toBe(0);
  found = await textsOf('quarantine', 'csv_header');
  expect(await isThere()).toEqual([]);
});
