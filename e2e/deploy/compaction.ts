import { type Dataset, MANIFEST_PREFIX, PLAN_PREFIX, RAW_PREFIX } from '../../lib/dataset';
import { loads, type PartitionLoad } from '../data/load';
import { type Scenario, same, succeeded } from './scenario';

interface Delivered {
  readonly dataset: Dataset;
  readonly loads: readonly PartitionLoad[];
}

/** The lake does what it is for: small files become Parquet, every row of them once, and nothing is done twice. */
export async function compactionScenarios(scenario: Scenario): Promise<void> {
  const { report, files, encoder, lake } = scenario;
  report.section('Compaction, by the deployed state machine and its functions');
  const delivered: Delivered[] = [];
  for (const dataset of lake.datasets) delivered.push({ dataset, loads: await loads(encoder, dataset) });

  await report.check('small files of every shipped dataset become Parquet that holds every row once', async () => {
    for (const { dataset, loads: all } of delivered) {
      for (const load of all) await scenario.deliver(dataset, load, 'readable');
    }
    await scenario.compact();
    same(await files.list('raw', RAW_PREFIX), [], 'objects left in the inbox');
    return await scenario.compareEverything();
  });

  await report.check('a second run finds nothing to do and changes nothing', async () => {
    const before = await scenario.snapshot();
    const run = succeeded(await lake.runCompaction());
    same((run.output as { readonly tasks?: number }).tasks, 0, 'tasks of the second run');
    same(await scenario.snapshot(), before, 'objects after the second run');
  });

  const [{ dataset, loads: all } = undefined as never] = delivered;
  const [, second = undefined as never] = all;
  await report.check('more files arrive, of every format, and only they are work', async () => {
    const before = new Map((await files.list('curated', MANIFEST_PREFIX)).map(({ key, etag }) => [key, etag]));
    const plans = new Set((await files.list('curated', PLAN_PREFIX)).map(({ key }) => key));
    await scenario.deliver(dataset, second, 'other');
    const { arn } = await scenario.compact();
    const changed = (await files.list('curated', MANIFEST_PREFIX)).filter(({ key, etag }) => before.get(key) !== etag);
    same(
      changed.map(({ key }) => key),
      [`${MANIFEST_PREFIX}${dataset.name}/${second.partition}/manifest`],
      'manifests that changed',
    );
    const [plan, ...others] = (await files.list('curated', PLAN_PREFIX)).filter(({ key }) => !plans.has(key));
    if (plan === undefined || others.length > 0) throw new Error('The run wrote not one plan');
    const tasks = (await files.get('curated', plan.key)).toString('utf8').trim().split('\n');
    const expected = { kind: 'compact', dataset: dataset.name, partition: second.partition, run: true, id: 1 };
    same(
      tasks
        .map((line) => JSON.parse(line) as { readonly run: string })
        .map((task) => ({ ...task, run: arn.endsWith(`:${task.run}`), after: undefined, through: undefined })),
      [expected],
      'tasks of the plan',
    );
    return await scenario.compareEverything();
  });

  await report.check(
    'rows that come again, in any format, are dropped; maintenance merges and loses none',
    async () => {
      for (const { dataset: one, loads: rest } of delivered) {
        for (const load of rest) if (load !== second) await scenario.deliver(one, load, 'other');
      }
      await scenario.compact();
      await scenario.compareEverything();
      await scenario.compact('maintain');
      return await scenario.compareEverything();
    },
  );
}
