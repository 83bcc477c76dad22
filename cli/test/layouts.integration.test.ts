/** Files in the folders of their producers, as they were copied from a bucket. */

import './support/field-datasets';
import { join } from 'node:path';
import { BUCKETS } from '../lake';
import { QueryEngine, type Row } from '../tables/engine';
import { folderWith } from './support/folder';
import { start } from './support/run';

jest.setTimeout(120_000);

async function take(dataset: string, files: Readonly<Record<string, string>>, select: string) {
  const keep = join(folderWith(), 'lake');
  const { code, errors, result } = await start('--input', folderWith(files), '--dataset', dataset, '--keep', keep);
  const engine = await QueryEngine.open(folderWith());
  try {
    const rows: Row[] = await engine.rows(
      `SELECT ${select} FROM read_parquet('${keep}/${BUCKETS.curated}/**/*.parquet', hive_partitioning = true) ORDER BY ALL`,
    );
    expect([code, errors, result.problems, result.unreadPartitions]).toEqual([0, '', [], []]);
    expect(result.queries.length).toBeGreaterThan(0);
    expect(result.queries.every(({ equal }) => equal)).toBe(true);
    return { rows, result };
  } finally {
    engine.close();
  }
}

const line = (id: number, v = 'a') => `${JSON.stringify({ id, at: '2026-06-15T10:00:00Z', v })}\n`;

test.each(['', 'copy/of/bucket/'])(
  'columns and keys come from the folders of CloudTrail, below "%s"',
  async (below) => {
    const { rows, result } = await take(
      'accounts',
      {
        [`${below}AWSLogs/0123/CloudTrail/eu-west-1/2026/06/15/a.json`]: line(1) + line(1) + line(2),
        [`${below}AWSLogs/0123/CloudTrail/us-east-1/2026/06/15/b.csv`]: 'v,at,id\nb,2026-06-15T10:00:00Z,3\n',
        [`${below}AWSLogs/0456/CloudTrail/eu-west-1/2026/06/15/c`]: line(1),
        [`${below}AWSLogs/0456/CloudTrail-Digest/eu-west-1/2026/06/15/d.json`]: line(4),
      },
      'account, region, id::INT AS id, v',
    );
    expect(rows).toEqual([
      { account: '0123', region: 'eu-west-1', id: 1, v: 'a' },
      { account: '0123', region: 'eu-west-1', id: 2, v: 'a' },
      { account: '0123', region: 'us-east-1', id: 3, v: 'b' },
      { account: '0456', region: 'eu-west-1', id: 1, v: 'a' },
    ]);
    expect(result.total).toMatchObject({ rowsIn: 5, rowsOut: 4, duplicates: 1, unaccounted: 0 });
    expect(result.input.skipped).toEqual([
      {
        file: `${below}AWSLogs/0456/CloudTrail-Digest/eu-west-1/2026/06/15/d.json`,
        reason: expect.stringContaining('outside of the layout AWSLogs/{account}/CloudTrail/'),
      },
    ]);
  },
);

test.each([
  ['stream', '2026/06/15/10/stream-1-2026-06-15-10-00-00-uuid', 'year=2026/month=06/day=15'],
  ['monthly', 'year=2026/month=6/part.json', 'year=2026/month=06'],
  ['flat', 'EXAMPLE.2026-06-15-10.abcd', 'year=2026/month=06/day=15'],
])('the file of %s is in the partition of its path, and what has no such path is placed by its rows', async (...of) => {
  const [dataset, file, partition] = of;
  const { rows, result } = await take(dataset, { [file]: line(1) + line(2), 'loose.json': line(3) }, 'id::INT AS id');
  expect(rows).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }]);
  expect(result.partitions.map((one) => [one.partition, one.rowsIn, one.rowsOut])).toEqual([[partition, 3, 3]]);
});

test('text without a header takes its fields from the lines, and the others from the folders of load balancers', async () => {
  const folder = 'AWSLogs/0123/elasticloadbalancing/eu-west-1/2026/06/15/';
  const lines = ['https 2026-06-15T10:00:00.123456Z 10.0.1.9:80 -1', 'h2 2026-06-15T10:00:01.000000Z - 0.5'];
  const { rows } = await take(
    'balancer',
    { [`${folder}0123_elasticloadbalancing_eu-west-1_app.web_x.log`]: `${lines.join('\n')}\n` },
    'account, kind, epoch_ms("at")::DOUBLE AS "at", target, seconds, region',
  );
  const own = { account: '0123', region: 'eu-west-1' };
  expect(rows).toEqual([
    { ...own, kind: 'h2', at: 1781517601000, target: null, seconds: 0.5 },
    { ...own, kind: 'https', at: 1781517600123, target: '10.0.1.9:80', seconds: -1 },
  ]);
});

test('a bad line says its number and goes to quarantine, and the rest has the columns of the path', async () => {
  const file = 'AWSLogs/0123/CloudTrail/eu-west-1/2026/06/15/a.json';
  const { rows, result } = await take(
    'accounts',
    { [file]: `${line(1)}{"id":"x"}\n${line(2)}` },
    'account, id::INT AS id',
  );
  expect(rows).toEqual([
    { account: '0123', id: 1 },
    { account: '0123', id: 2 },
  ]);
  expect(result.quarantine.lines).toMatchObject([{ source: file, line: 2 }]);
});

test.each(['accounts', 'stream', 'monthly', 'flat', 'balancer'])(
  'rows of %s are generated from its declaration',
  async (dataset) => {
    const { code, errors, result } = await start('--rows', '2000', '--dataset', dataset);
    expect([code, errors, result.problems]).toEqual([0, '', []]);
    expect(result.total.unaccounted).toBe(0);
    expect(result.total.rowsOut).toBeGreaterThan(1900);
  },
);

test('days of Parquet in one month are all there', async () => {
  const folder = folderWith();
  const engine = await QueryEngine.open(folderWith());
  await engine.run(`COPY (SELECT n AS id, TIMESTAMP '2026-06-01' + INTERVAL 1 DAY * n AS at, 'a' AS v FROM range(40) t(n))
    TO '${folder}/days.parquet' (FORMAT parquet)`);
  engine.close();
  const { code, result } = await start('--input', folder, '--dataset', 'monthly');
  expect([code, result.problems]).toEqual([0, []]);
  expect(result.partitions.map(({ partition, rowsOut }) => [partition, rowsOut])).toEqual([
    ['year=2026/month=06', 30],
    ['year=2026/month=07', 10],
  ]);
});
