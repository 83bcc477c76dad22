/** JSON as streams and exports deliver it: not one record a line. */

import './support/field-datasets';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { BUCKETS } from '../lake';
import { QueryEngine, type Row } from '../tables/engine';
import { folderWith } from './support/folder';
import { start } from './support/run';

jest.setTimeout(180_000);

const HIVE = 'year=2026/month=06/day=15';
const THREE = [1, 2, 3].map((id) => ({ id, at: `2026-06-15T10:00:0${id - 1}Z`, v: 'abc'[id - 1] }));
const texts = THREE.map((row) => JSON.stringify(row));

async function take(dataset: string, files: Readonly<Record<string, string | Buffer>>, select: string) {
  const keep = join(folderWith(), 'lake');
  const { code, errors, result } = await start('--input', folderWith(files), '--dataset', dataset, '--keep', keep);
  expect([code, errors, result.problems]).toEqual([0, '', []]);
  expect(result.queries.map(({ equal }) => equal)).toEqual([true, true, true]);
  const engine = await QueryEngine.open(folderWith());
  try {
    const rows: Row[] = await engine.rows(
      `SELECT ${select} FROM read_parquet('${keep}/${BUCKETS.curated}/**/*.parquet', hive_partitioning = false) ORDER BY ALL`,
    );
    return { rows, result };
  } finally {
    engine.close();
  }
}

describe.each([
  ['in folders of partitions', `${HIVE}/`],
  ['to be placed by their times', ''],
])('%s', (_, folder) => {
  test.each([
    ['concatenated, as Firehose writes them', 'stream-1-2026-06-15-10-00-00-uuid.json', texts.join('')],
    ['concatenated, without an extension', 'stream-1-2026-06-15-10-00-00-uuid', texts.join('')],
    ['an array, as Vector writes it', '1781517600-uuid.json.gz', gzipSync(`[${texts.join(',')}]`)],
    ['pretty-printed', 'export.json', `\ufeff${JSON.stringify(THREE, null, 2)}`],
    ['a text sequence', 'a.json', texts.map((text) => `\u001e${text}\n`).join('')],
  ])('%s', async (_case, name, content) => {
    const { rows, result } = await take('events', { [`${folder}${name}`]: content }, 'id, v');
    expect(rows).toEqual(THREE.map(({ id, v }) => ({ id, v })));
    expect(result.total).toMatchObject({ rowsIn: 3, rowsOut: 3, rowsQuarantined: 0, unaccounted: 0 });
  });

  test('broken records are accounted for, one by one', async () => {
    const content = `[${texts[0]},{"id":"x","at":"2026-06-15T10:00:00Z"},${texts[1]},{"id":4,"at":nul},${texts[2]}`;
    const { rows, result } = await take('events', { [`${folder}a.json`]: content }, 'id');
    expect(rows).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }]);
    expect(result.total).toMatchObject({ rowsIn: 6, rowsOut: 3, rowsQuarantined: 3, unaccounted: 0 });
  });

  test('records of CloudTrail, unwrapped', async () => {
    const Records = [
      {
        eventTime: '2026-06-15T10:00:00Z',
        eventID: 'e-1',
        eventName: 'GetObject',
        eventsource: 's3',
        userIdentity: { type: 'Root' },
      },
      { eventTime: '2026-06-15T10:01:00Z', eventID: 'e-2', eventName: 'PutObject', eventsource: 's3' },
    ];
    const file = { [`${folder}a.json.gz`]: gzipSync(JSON.stringify({ Records })) };
    const { rows, result } = await take('trail_files', file, 'event_id, event_source, user_type');
    expect(rows).toEqual([
      { event_id: 'e-1', event_source: 's3', user_type: 'Root' },
      { event_id: 'e-2', event_source: 's3', user_type: null },
    ]);
    expect(result.total).toMatchObject({ rowsIn: 2, rowsOut: 2, unaccounted: 0 });
  });

  test('events of CloudWatch Logs, with members carried to them', async () => {
    const data = (owner: string, ids: readonly string[]) => ({
      messageType: 'DATA_MESSAGE',
      owner,
      logGroup: '/aws/x',
      logEvents: ids.map((id) => ({ id, timestamp: 1781517600000, message: `m${id}` })),
    });
    const control = { messageType: 'CONTROL_MESSAGE', owner: 'CloudwatchLogs', logGroup: '', logEvents: [] };
    const content = [data('111122223333', ['1', '2']), control, data('444455556666', ['3'])].map((one) =>
      JSON.stringify(one),
    );
    const { rows } = await take('log_events', { [`${folder}a`]: content.join('') }, 'id, message, owner, log_group');
    expect(rows).toEqual([
      { id: '1', message: 'm1', owner: '111122223333', log_group: '/aws/x' },
      { id: '2', message: 'm2', owner: '111122223333', log_group: '/aws/x' },
      { id: '3', message: 'm3', owner: '444455556666', log_group: '/aws/x' },
    ]);
  });

  test('a record with a member of the envelope keeps its own', async () => {
    const event = (id: string, own = {}) => ({ id, timestamp: 1781517600000, message: '', ...own });
    const logEvents = [event('1'), event('2', { owner: 'own' }), event('3', { owner: null, logGroup: 'own' })];
    const twice = `{"owner":"x","owner":"y",${JSON.stringify(event('4')).slice(1)}`;
    const content = JSON.stringify({ owner: 'envelope', logGroup: 'g', logEvents }).replace(/]}$/, `,${twice}]}`);
    const { rows, result } = await take('log_events', { [`${folder}a.json`]: content }, 'id, owner, log_group');
    expect(rows).toEqual([
      { id: '1', owner: 'envelope', log_group: 'g' },
      { id: '2', owner: 'own', log_group: 'g' },
      { id: '3', owner: null, log_group: 'own' },
    ]);
    expect(result.total).toMatchObject({ rowsIn: 4, rowsOut: 3, rowsQuarantined: 1, unaccounted: 0 });
  });
});
