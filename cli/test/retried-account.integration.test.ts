/** The account of a kept lake counts each row of a producer once, whatever a retry put back, and other rows that are gone are missing. */

import { join } from 'node:path';
import { BUCKETS } from '../lake';
import { bytesOf, CASES, definitionOf, type EraseCase, objectsOf, redeclare } from './support/erase-datasets';
import { folderWith } from './support/folder';
import { start } from './support/run';
import { asJson, DAY, inLake } from './verbs/support';

let lake: string;
beforeEach(() => {
  lake = join(folderWith(), 'lake');
});

const account = (dataset: string) => start('--compact', '--keep', lake, '--dataset', dataset);
async function total(dataset: string) {
  const { code, errors, result } = await account(dataset);
  const { rowsIn, rowsOut, rowsQuarantined, duplicates, objectsQuarantined } = result.total;
  const { problems, unreadPartitions, accepted } = result;
  const isEqual = result.queries.every(({ equal }) => equal);
  const counts = { rowsIn, rowsOut, rowsQuarantined, duplicates, objectsQuarantined };
  const shares = { rowsIn: accepted.rowsIn, rowsAccepted: accepted.rowsAccepted };
  return { code, errors, problems, unreadPartitions, isEqual, counts, shares };
}
async function retry(dataset: string) {
  const { answer } = await asJson('quarantine', '--retry', '--yes', '--local', lake, '--dataset', dataset);
  return answer.datasets[0].retry as { lines: number; objects: number; left: unknown[] };
}
const compact = (dataset: string) => asJson('compact', '--yes', '--local', lake, '--dataset', dataset);

async function load(one: EraseCase): Promise<void> {
  await inLake(lake, async ({ store }) => {
    for (const { path, content } of objectsOf(one, 'first')) {
      await store.put(BUCKETS.raw, `raw/${one.name}/${path}`, await bytesOf(content));
    }
  });
}

const rejecting = CASES.filter(({ rejects }) => rejects !== false);

test.each(rejecting.map((one) => [one.name, one] as const))('%s: rejected again', async (name, one) => {
  await load(one);
  const before = await total(name);
  expect(before).toMatchObject({ code: 0, errors: '', problems: [], unreadPartitions: [], isEqual: true });
  expect(before.counts.rowsQuarantined).toBeGreaterThan(0);
  // Rejected again, and again: by this command, and by the one of operators.
  const { lines } = await retry(name);
  expect(await total(name)).toEqual(before);
  expect((await retry(name)).lines).toBe(lines);
  await compact(name);
  expect((await retry(name)).lines).toBe(lines);
  await compact(name);
  expect(await total(name)).toEqual(before);
});

/** Whether `k` must have a value, which some rows do not. */
function declare(one: EraseCase, notNull: boolean): void {
  const { name, columns } = definitionOf(one);
  redeclare(name, { columns: columns.map((column) => (column.name === 'k' ? { ...column, notNull } : column)) });
}

const STRICT = CASES.filter(({ name }) => ['csv_bare', 'date_pattern'].includes(name));

describe.each(STRICT.map((one) => [one.name, one] as const))(
  '%s, with rows that lack what is required',
  (name, one) => {
    beforeEach(async () => {
      declare(one, true);
      await load(one);
      const { code, counts } = await total(name);
      expect([code, counts]).toMatchObject([0, { rowsIn: 12, rowsOut: 6, rowsQuarantined: 6 }]);
      declare(one, false);
      expect((await retry(name)).lines).toBe(6);
    });

    const corrected = {
      ...{ code: 0, errors: '', problems: [], unreadPartitions: [], isEqual: true },
      counts: { rowsIn: 12, rowsOut: 8, rowsQuarantined: 4, duplicates: 0, objectsQuarantined: 0 },
      shares: { rowsIn: 12, rowsAccepted: 8 },
    };

    test('that a correction accepts', async () => {
      expect(await total(name)).toEqual(corrected);
      expect(await total(name)).toEqual(corrected);
    });

    test('that are lost before they are compacted', async () => {
      await inLake(lake, async ({ store }) => {
        for await (const object of store.list(BUCKETS.raw, '')) await store.deleteMatching(BUCKETS.raw, [object]);
      });
      expect(await total(name)).toMatchObject({
        code: 1,
        problems: expect.arrayContaining([`${DAY}: 6 rows are missing`]),
      });
    });

    test('that somebody puts a second time, as an object of his own', async () => {
      await inLake(lake, async ({ store }) => {
        for await (const { key } of store.list(BUCKETS.raw, '')) {
          const body = (await store.get(BUCKETS.raw, key))?.body ?? Buffer.alloc(0);
          await store.put(BUCKETS.raw, key.replace(/retry-/, 'again-'), body);
        }
      });
      const { code, counts } = await total(name);
      expect([code, counts]).toMatchObject([0, { rowsIn: 18, rowsOut: 10, rowsQuarantined: 8 }]);
    });

    test('of which a retry lost some', async () => {
      await inLake(lake, async ({ store }) => {
        for await (const { key } of store.list(BUCKETS.raw, '')) {
          const text = (await store.get(BUCKETS.raw, key))?.body.toString() ?? '';
          await store.put(BUCKETS.raw, key, Buffer.from(text.slice(text.indexOf('\n') + 1)));
        }
      });
      expect(await total(name)).toMatchObject({ code: 1, problems: [`${DAY}: 1 row is missing`] });
    });
  },
);

test('objects that were rejected as a whole, and are accepted, rejected or lost', async () => {
  const one = CASES.find((each) => each.name === 'csv_header') as EraseCase;
  declare(one, true);
  const at = '2026-06-16T10:00:00Z';
  await inLake(lake, async ({ store }) => {
    const put = (file: string, body: Buffer) => store.put(BUCKETS.raw, `raw/csv_header/${DAY}/${file}`, body);
    await put('a.csv', Buffer.from(`id,at,n\n1,${at},1\n2,${at},x\n`));
    await put('b.csv.gz', Buffer.from([0x1f, 0x8b, 8, 0]));
    await put('c.csv', Buffer.from(`id,at,k,n\n3,${at},k,3\n`));
  });
  expect((await total('csv_header')).counts).toMatchObject({ rowsIn: 3, rowsOut: 1, objectsQuarantined: 2 });
  declare(one, false);
  expect(await retry('csv_header')).toMatchObject({ objects: 2 });
  const counts = { rowsIn: 3, rowsOut: 2, rowsQuarantined: 1, duplicates: 0, objectsQuarantined: 1 };
  for (let round = 0; round < 2; round++) {
    expect(await total('csv_header')).toMatchObject({ code: 0, problems: [], isEqual: true, counts });
    expect(await retry('csv_header')).toMatchObject({ objects: 1 });
  }
});
