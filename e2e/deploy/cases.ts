import { RAW_PREFIX } from '../../lib/dataset';
import { CASES } from '../../test/fixtures/cases';
import { compareRejected, deliverCases, rowsOf } from '../data/cases';
import { LakeFiles } from '../emulator/files';
import { withEmulatedLake } from '../emulator/lake';
import type { Report } from '../tools/report';
import type { Supervisor } from '../tools/supervisor';
import { compareCurated } from './curated';
import { same, succeeded } from './scenario';

/** A lake of presets and short datasets, into which services, shippers, streams and exports deliver what they write. */
export async function caseScenarios(supervisor: Supervisor, report: Report): Promise<void> {
  report.section('Objects as the field delivers them, in the folders of their producers');
  const scratch = supervisor.folder('cases');
  await withEmulatedLake(supervisor, { datasets: CASES.map(({ dataset }) => dataset) }, async (lake) => {
    const files = new LakeFiles(lake);
    await report.check('the deployed state machine takes every object', async () => {
      await deliverCases(files);
      const run = succeeded(await lake.runCompaction());
      same((run.output as { readonly tasks?: number }).tasks, CASES.length, 'tasks of the run');
      same(await files.list('raw', RAW_PREFIX), [], 'objects left in the inbox');
    });
    for (const one of CASES) {
      const dataset = files.dataset(one.dataset.name);
      await report.check(`${dataset.name}: every value of every row of ${one.file.split('/')[0]}, once`, async () => {
        await compareRejected(files, dataset, one);
        await compareCurated(files, dataset, one.partition, rowsOf(dataset, one), scratch);
        return `${one.rows.length} rows`;
      });
    }
    await report.check('a second run finds nothing to do', async () => {
      const run = succeeded(await lake.runCompaction());
      same((run.output as { readonly tasks?: number }).tasks, 0, 'tasks of the second run');
    });
  });
}
