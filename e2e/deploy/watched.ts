import { definition } from '../../test/dataset/helpers';
import { LakeFiles } from '../emulator/files';
import { withEmulatedLake } from '../emulator/lake';
import type { Report } from '../tools/report';
import type { Supervisor } from '../tools/supervisor';
import { followAlarm, subscribeQueue } from './alarm';
import { same, succeeded } from './scenario';

const columns = [
  { name: 'id', type: 'string', notNull: true },
  { name: 'at', type: 'timestamp', notNull: true },
  { name: 'value', type: 'int' },
] as const;

/** Its newest event is months old, and rows of it fail a check that warns. */
const WATCHED = definition({
  name: 'watched',
  columns,
  freshness: { warnAfter: '2 hours', errorAfter: '2 days' },
  checks: [{ column: 'value', min: 0, onFail: 'warn' }],
});
/** Rows of it fail a check that fails the commit. */
const REFUSING = definition({ name: 'refusing', columns, checks: [{ column: 'value', min: 0, onFail: 'fail' }] });

/** A dataset that goes stale, and rows that fail checks: the deployed functions measure it, and a subscriber hears of it. */
export async function watchedScenarios(supervisor: Supervisor, report: Report): Promise<void> {
  report.section('Datasets that are stale, and rows that fail checks');
  await withEmulatedLake(supervisor, { datasets: [WATCHED, REFUSING] }, async (lake) => {
    const files = new LakeFiles(lake);
    const queue = await subscribeQueue(lake);
    const day = 'year=2026/month=06/day=15';
    const rows = [1, -1].map((value) => JSON.stringify({ id: `${value}`, at: '2026-06-15T10:00:00Z', value }));
    for (const name of ['watched', 'refusing']) await files.put('raw', `raw/${name}/${day}/a.json`, rows.join('\n'));

    await report.check('rows that fail a check that warns are in the table, and a subscriber is told', async () => {
      succeeded(await lake.runCompaction({ mode: 'compact', datasets: ['watched'] }));
      same((await files.manifest(files.dataset('watched'), day)).split('\n').length, 2, 'lines of the manifest');
      return await followAlarm(lake, queue, {
        ...{ dataset: 'watched', alarm: 'rows-warned', by: 'Compactor', metric: 'RowsWarned', value: 1 },
      });
    });

    await report.check(
      'a dataset whose newest event is too old is stale in the next run, and a subscriber is told',
      async () => {
        succeeded(await lake.runCompaction({ mode: 'compact', datasets: ['watched'] }));
        return await followAlarm(lake, queue, {
          ...{ dataset: 'watched', alarm: 'stale-warning', by: 'Planner', metric: 'Staleness', value: 2 },
        });
      },
    );

    await report.check(
      'rows that fail the commit are not in the table, stay in the inbox, and a subscriber is told',
      async () => {
        await lake.runCompaction({ mode: 'compact', datasets: ['refusing'] });
        const waiting = await files.list('raw', `raw/refusing/${day}/`);
        same(
          [waiting.length, (await files.list('curated', 'manifests/refusing/')).length],
          [1, 0],
          'raw objects, manifests',
        );
        return await followAlarm(lake, queue, {
          ...{ dataset: 'refusing', alarm: 'commit-refused', by: 'Compactor', metric: 'RowsRefused', value: 1 },
        });
      },
    );
  });
}
