/** What a retry puts back, read by compaction as the corrected declaration says: every row once, in its partition. */

import { gzipSync } from 'node:zlib';
import type { Dataset, DatasetDefinition } from '../../../lib/dataset';
import { PARTITION, RealLake, testDataset } from '../../../test/compaction/support/real-lake';
import { settingsFor } from '../../../test/compaction/support/settings';
import type { OperatedLake } from '../../verbs/lake';
import { alone } from '../../verbs/quarantine/alone';
import { type Retry, retry } from '../../verbs/quarantine/retry';
import { quarantineOf } from '../../verbs/quarantined';
import { Selection } from '../../verbs/selection';

let lake: RealLake;
beforeEach(async () => {
  lake = await RealLake.open();
});
afterEach(async () => {
  await lake.close();
});

const AT = '2026-06-15T10:00:00Z';
const AFTER: DatasetDefinition['columns'] = [
  { name: 'id', type: 'string', notNull: true },
  { name: 'at', type: 'timestamp', notNull: true },
];

/** `n` was declared as an int, and is a text. */
const declared = (n: string, input: DatasetDefinition['input'], more: DatasetDefinition['columns'] = []): Dataset =>
  testDataset({ columns: [...more, ...AFTER, { name: 'n', type: n }], input });

const put = (path: string, body: string | Buffer) => lake.store.put('raw', `raw/events/${path}`, Buffer.from(body));

const operatedOn = (dataset: Dataset): OperatedLake => ({
  ...lake.lake(),
  place: { stage: 'test' },
  datasets: [dataset],
  s3: lake.client,
  settings: settingsFor(lake.server.endpoint),
  aws: undefined,
  close: async () => {},
});

async function retryAll(dataset: Dataset): Promise<Retry[]> {
  const operated = operatedOn(dataset);
  const done: Retry[] = [];
  for await (const object of quarantineOf(operated, dataset, new Selection([dataset], undefined, undefined))) {
    done.push(await retry(operated, dataset, object, true));
  }
  return done;
}

const json = (id: string, n: unknown): string => JSON.stringify({ id, at: AT, n });

/** One frame with one block that is stored as it is. https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1 */
function zstd(text: string): Buffer {
  const body = Buffer.from(text);
  const header = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32LE(body.length, 5);
  header.writeUIntLE(body.length * 8 + 1, 9, 3);
  return Buffer.concat([header, body]);
}

describe.each<[layout: string, path: string, column?: string]>([
  ['hive', `${PARTITION}/`],
  ['hive', `${PARTITION}/below/app-`],
  ['{yyyy}/{MM}/{dd}/{HH}/', '2026/06/15/10/stream-'],
  ['{yyyy}/{MM}/{dd}/', '2026/06/15/host-1/app/'],
  ['year={yyyy}/month={M}/day={d}/', 'year=2026/month=6/day=15/'],
  ['AWSLogs/{account}/Trail/{yyyy}/{MM}/{dd}/', 'AWSLogs/0123/Trail/2026/06/15/', 'account'],
  ['AWSLogs/*/{account}/{yyyy}/{MM}/{dd}/', 'AWSLogs/o-1/0123/2026/06/15/', 'account'],
  ['AWSLogs/{account}/Trail/{yyyy}/{MM}/{dd}/', `${PARTITION}/from-the-gateway-`],
  ['{yyyy}-{MM}-{dd}-{HH}-', '2026-06-15-10-'],
  ['{yyyy}-{MM}-{dd}-{HH}-', '2026-06-15-10-00-17-0A1B2C'],
  ['*.{yyyy}-{MM}-{dd}-{HH}.', 'EXAMPLE.2026-06-15-10.'],
  ['logs/{account}_{yyyy}{MM}{dd}.', 'logs/0123_20260615.', 'account'],
])('layout %s, objects at %s', (layout, path, column) => {
  const columns = column === undefined ? [] : [{ name: column, type: 'string', notNull: true }];
  const named = layout.includes('{account}') ? [{ name: 'account', type: 'string' }] : [];
  const wrong = declared('int', { formats: ['ndjson'], layout }, named);
  const right = declared('string', { formats: ['ndjson', 'csv'], layout }, named);

  test('lines and whole objects come back into their partition, each row once', async () => {
    await put(`${path}a.json.gz`, gzipSync([json('a1', 1), json('a2', 'two'), json('a3', 'three')].join('\n')));
    await put(`${path}b.csv`, `id,at,n\nb1,${AT},one\nb2,${AT},two\n`);
    await lake.compact(wrong);
    expect(await lake.keys('raw')).toEqual([]);
    expect((await retryAll(right)).map(({ problem }) => problem)).toEqual([undefined, undefined]);
    expect(await lake.keys('quarantine')).toEqual([]);
    expect((await lake.keys('raw')).every((key) => /retry-[0-9a-f]{12}[-.]/.test(key))).toBe(true);
    await lake.compact(right);
    expect(await lake.keys('raw')).toEqual([]);
    expect(await lake.keys('quarantine')).toEqual([]);
    const select = `id, n::VARCHAR AS n${columns.length === 0 ? '' : ', account'}`;
    const rows = await lake.query(right, select, 'ORDER BY id');
    const of = columns.length === 0 ? {} : { account: '0123' };
    expect(rows).toEqual(
      [
        ['a1', '1'],
        ['a2', 'two'],
        ['a3', 'three'],
        ['b1', 'one'],
        ['b2', 'two'],
      ].map(([id, n]) => ({ id, n, ...of })),
    );
  });

  test('what is rejected again and again keeps a name of the same length', async () => {
    await put(`${path}a.json`, `${json('a1', [])}\n`);
    await lake.compact(wrong);
    const names: string[] = [];
    for (let round = 0; round < 3; round++) {
      expect(await retryAll(right)).toEqual([{ lines: 1, objects: 0, problem: undefined }]);
      names.push(...(await lake.keys('raw')));
      await lake.compact(right);
      expect(await lake.keys('raw')).toEqual([]);
    }
    expect(new Set(names).size).toBe(3);
    expect(new Set(names.map(({ length }) => length)).size).toBe(1);
  });
});

describe('formats of which lines mean the same alone', () => {
  const rows = async (dataset: Dataset) =>
    (await lake.query(dataset, 'id, n::VARCHAR AS n', 'ORDER BY id')).map(({ id, n }) => `${id}=${n}`);

  const rawTexts = async () => (await lake.quarantined()).map(({ raw }) => raw ?? '');

  async function roundTrip(
    name: string,
    body: string | Buffer,
    input: DatasetDefinition['input'],
  ): Promise<{
    readonly done: readonly Retry[];
    readonly rows: readonly string[];
    readonly rejected: readonly string[];
  }> {
    const [wrong, right] = [declared('int', input), declared('string', input)];
    await put(`${PARTITION}/${name}`, body);
    await lake.compact(wrong);
    const rejected = await rawTexts();
    const done = await retryAll(right);
    await lake.compact(right);
    expect(await lake.keys('raw')).toEqual([]);
    return { done, rows: await rows(right), rejected };
  }

  const PRETTY = [json('a', '1x'), json('b', '2x'), json('c', '3x')].map((text) =>
    JSON.stringify(JSON.parse(text), undefined, 2),
  );
  const ALL = ['a=1x', 'b=2x', 'c=3x'];
  const input: DatasetDefinition['input'] = { formats: ['csv', 'ndjson'] };

  test.each<[string, string, string | Buffer]>([
    ['an array, in zstd', 'a.json.zst', zstd(`[${PRETTY.join(',')}]`)],
    ['an array', 'a.json', `[${PRETTY.join(',')}]`],
    [
      'an array of one line',
      'a.jsonl.gz',
      gzipSync(`[${PRETTY.map((text) => JSON.stringify(JSON.parse(text))).join(',')}]`),
    ],
    ['records over several lines', 'a.ndjson', PRETTY.join('\n')],
    ['concatenated records', 'a.JSON', PRETTY.map((text) => JSON.stringify(JSON.parse(text))).join('')],
    ['record separators', 'a.json', PRETTY.map((text) => `\u001e${text}\n`).join('')],
  ])('%s', async (_, name, body) => {
    expect(await roundTrip(name, body, input)).toMatchObject({
      done: [{ lines: 3, objects: 0, problem: undefined }],
      rows: ALL,
    });
  });

  test.each([
    '{"id":"x","at":',
    '{"id":"x","n":[[{',
    '[{"id":"x"',
    '{"id":"x","n":"open',
    ']}',
    '[[',
    'plain text',
    '{"id":1,}',
  ])('a broken record %s between others takes none of them along, and comes back as it was', async (broken) => {
    const [a, b, c] = PRETTY;
    const body = [a, broken, broken, b, broken, c].join('\n\u001e');
    const { rows: found, rejected } = await roundTrip('a.json', body, { formats: ['ndjson'] });
    expect(found).toEqual(ALL);
    // Of an array, the bracket separates records, and belongs to none.
    const ofBroken = rejected.filter((text) => !/"n": ?"\dx"/.test(text) && text !== '');
    expect(ofBroken.length).toBeGreaterThan(0);
    expect((await rawTexts()).filter((text) => text !== '').sort()).toEqual(ofBroken.sort());
  });

  test('lines that are not UTF-8 come back byte for byte', async () => {
    const bytes = Buffer.concat([
      Buffer.from(`${json('a', '1x')}\n{"id":"`),
      Buffer.from([0xe4, 0xff]),
      Buffer.from('"}\n'),
    ]);
    const { rows: found } = await roundTrip('a.json', bytes, { formats: ['ndjson'] });
    expect(found).toEqual(['a=1x']);
    const [left] = await lake.quarantined();
    expect(Buffer.from(left?.raw_base64 ?? '', 'base64')).toEqual(
      Buffer.from([...Buffer.from('{"id":"'), 0xe4, 0xff, ...Buffer.from('"}')]),
    );
  });

  const CSV = [`a;${AT};1x`, `b;${AT};"2x"`, `"c";${AT};3x`].join('\n');
  test.each<[string, string, string, DatasetDefinition['input']]>([
    ['fields in the order of the columns', 'a.csv', CSV, { formats: ['csv'], csv: { delimiter: ';', header: false } }],
    [
      'fields that the declaration names',
      'a.csv.gz',
      CSV,
      { formats: ['csv'], csv: { delimiter: ';', header: ['id', 'at', 'n'] } },
    ],
    ['text without an ending', 'a', CSV, { formats: ['csv', 'ndjson'], csv: { delimiter: ';', header: false } }],
    [
      'lines by pattern',
      'a.log',
      [`a ${AT} 1x`, `b ${AT} 2x`, `c ${AT} 3x`].join('\r\n'),
      { formats: ['ndjson', 'lines'], lines: { pattern: '^(?<id>\\S+) (?<at>\\S+) (?<n>\\S+)$' } },
    ],
  ])('%s', async (_, name, body, declaration) => {
    expect(await roundTrip(name, body, declaration)).toMatchObject({
      done: [{ lines: 3, objects: 0, problem: undefined }],
      rows: ALL,
    });
  });

  test('quoted fields of several lines', async () => {
    const input: DatasetDefinition['input'] = { formats: ['csv'], csv: { header: false } };
    const { done, rows: found } = await roundTrip('a.csv', `a,${AT},"1\nx"\nb,${AT},"2,""x"\n`, input);
    expect([done.length, done[0]?.problem, found]).toEqual([1, undefined, ['a=1\nx', 'b=2,"x']]);
  });

  test.each<[string, string, string | Buffer, DatasetDefinition['input']]>([
    ['header of their object', 'a.csv', `n,at,id\n1x,${AT},a\n2x,${AT},b\n`, { formats: ['csv'] }],
    [
      'header of their object',
      'a.log',
      `#Fields: n,at,id\n1x,${AT},a\n`,
      { formats: ['csv'], csv: { header: '#Fields:' } },
    ],
    [
      'envelope',
      'a.json',
      `{"events":[${json('a', '1x')},${json('b', '2x')}]}`,
      { formats: ['json'], json: { unwrap: 'events' } },
    ],
  ])('without the %s they stay, and it is told (%s)', async (lacking, name, body, declaration) => {
    const { done, rows: found } = await roundTrip(name, body, declaration);
    expect(done).toEqual([expect.objectContaining({ problem: expect.stringContaining(`lack the ${lacking}`) })]);
    expect(found).toEqual([]);
    expect(await lake.quarantined()).not.toEqual([]);
  });

  test('rows of Parquet stay: their text is not what the file holds', async () => {
    const body = await lake.parquet(`SELECT 'a' AS id, TIMESTAMP '2026-06-15 10:00:00' AS at, '1x' AS n`);
    const { done } = await roundTrip('a', body, { formats: ['ndjson', 'parquet'] });
    expect(done).toEqual([{ lines: 1, objects: 0, problem: expect.stringContaining('rows of Parquet') }]);
  });

  test('lines that would be read as another format now stay', async () => {
    await put(`${PARTITION}/a`, `${json('a', '1x')}\n`);
    await lake.compact(declared('int', { formats: ['ndjson'] }));
    const now = declared('string', { formats: ['csv'], csv: { header: false } });
    expect(await retryAll(now)).toEqual([{ lines: 1, objects: 0, problem: expect.stringContaining('as csv now') }]);
    expect(await lake.keys('raw')).toEqual([]);
  });

  test('another object that came under the same name since keeps nothing back', async () => {
    await put(`${PARTITION}/a.json`, `${json('a', '1x')}\n`);
    await lake.compact(declared('int', { formats: ['ndjson'] }));
    await put(`${PARTITION}/a.json`, `${json('b', '2x')}\n`);
    expect(await retryAll(declared('string', { formats: ['ndjson'] }))).toEqual([
      { lines: 1, objects: 0, problem: undefined },
    ]);
    expect(await lake.keys('raw')).toHaveLength(2);
  });

  test('what the dataset takes nowhere any more stays', async () => {
    await put(`${PARTITION}/a.json`, `${json('a', '1x')}\n`);
    await lake.compact(declared('int', { formats: ['ndjson'] }));
    const now = testDataset({ partition: { scheme: 'day', from: '2026-07-01', to: '2026-12-31' } });
    expect(await retryAll(now)).toEqual([{ lines: 1, objects: 0, problem: expect.any(String) }]);
    expect(await lake.keys('raw')).toEqual([]);
    expect(await lake.quarantined()).toHaveLength(1);
  });
});

describe('two retries at once', () => {
  const dataset = declared('string', { formats: ['ndjson'] });

  test('one that finds another at work stops before it changes anything; one that was killed is given up after an hour', async () => {
    const first = operatedOn(dataset);
    const work = jest.fn(async () => {});
    const second = (millis = 0) => alone({ ...first, now: () => new Date(Date.now() + millis) }, dataset.name, work);
    await alone(first, dataset.name, async () => {
      await expect(second()).rejects.toThrow(/Another retry of events is at work.*delete retries\/events\//);
      expect(work).not.toHaveBeenCalled();
      await second(3_600_000);
      expect(work).toHaveBeenCalledTimes(1);
    });
    // Whoever ends leaves nothing behind, also when it was refused.
    await second();
    expect(work).toHaveBeenCalledTimes(2);
  });

  test('one that was asleep while others gave it up stops, and one at work tells so in time', async () => {
    let now = Date.now();
    const operated = { ...operatedOn(dataset), now: () => new Date(now) };
    await alone(operated, dataset.name, async (tell) => {
      now += 1_000_000;
      await tell();
      now += 3_600_000;
      await expect(tell()).rejects.toThrow('start it again');
    });
  });

  test('every row is there once, whoever of them gets through', async () => {
    const wrong = declared('int', { formats: ['ndjson'] });
    for (const name of ['a', 'b', 'c'])
      await put(`${PARTITION}/${name}.json`, `${json(`${name}1`, 1)}\n${json(`${name}2`, 'x')}\n`);
    await lake.compact(wrong);
    const attempt = () => alone(operatedOn(dataset), dataset.name, () => retryAll(dataset));
    const ends = await Promise.allSettled([attempt(), attempt(), lake.compact(dataset), attempt()]);
    expect(ends.filter(({ status }) => status === 'fulfilled').length).toBeLessThanOrEqual(2);
    await attempt();
    await lake.compact(dataset);
    expect((await lake.ids(dataset)).sort()).toEqual(['a1', 'a2', 'b1', 'b2', 'c1', 'c2']);
  });
});
