/** What must hold for the configuration of every fork. Nothing here names a dataset or a stage. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { LakeConfigError, loadConfig } from '../../config';
import { loadDatasets } from '../../config/datasets';
import { loadStages } from '../../config/stages';
import { EngineSession } from '../../lambda/compaction/engine/session';
import { sqlProblems } from '../../lambda/compaction/engine/sql-checks';

const CONFIG = join(__dirname, '..', '..', 'config');

const filesOf = (folder: string): readonly string[] =>
  readdirSync(join(CONFIG, folder))
    .filter((name) => name !== 'index.ts' && /\.[jt]s$/.test(name))
    .sort();

test('every file of config/datasets is a dataset, and every file of config/stages is the stage of its name', () => {
  expect(loadDatasets(join(CONFIG, 'datasets'))).toHaveLength(filesOf('datasets').length);
  expect(loadStages(join(CONFIG, 'stages')).map(({ name }) => `${name}.ts`)).toEqual(filesOf('stages'));
});

test('datasets and stages fit together: a stage names declared datasets only', () => {
  const datasets = () => ({ datasets: loadDatasets(join(CONFIG, 'datasets')) });
  const stages = () => ({ stages: loadStages(join(CONFIG, 'stages')) });
  const [first] = stages().stages;
  expect(loadConfig({ datasets, stages }).stages[0]).toEqual(first);
  // The check itself: with no dataset left, whatever a stage names is unknown.
  const names = stages().stages.filter((stage) =>
    [
      stage.access.ingest?.datasets,
      stage.ingest?.issuer, // with ingest
    ].some((named) => named !== undefined),
  );
  if (names.length > 0) {
    expect(() => loadConfig({ datasets: () => ({ datasets: [] }), stages })).toThrow(LakeConfigError);
  }
});

test('every check in SQL is a boolean expression over the columns of its dataset', async () => {
  const session = await EngineSession.open({ memoryMiB: 256, spillMiB: 16, threads: 1 });
  try {
    for (const dataset of loadDatasets(join(CONFIG, 'datasets'))) {
      expect([dataset.name, await sqlProblems(session, dataset)]).toEqual([dataset.name, []]);
    }
  } finally {
    await session.close();
  }
});
