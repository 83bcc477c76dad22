/**
 * `npm run test:trino`: deploys the lake to the emulator, and has Trino, the engine that Athena comes from, query the
 * deployed catalogue and buckets.
 */

import '../../test/fixtures/datasets/given';
import { CASES } from '../../test/fixtures/cases';
import { datasets as shipped } from '../../test/fixtures/datasets';
import { CHURN, EVERY_TYPE } from '../data/datasets';
import { Encoder } from '../data/encode';
import { loads } from '../data/load';
import { withEmulatedLake } from '../emulator/lake';
import { REGION } from '../emulator/ministack';
import { Report, seconds } from '../tools/report';
import { type Supervisor, supervised } from '../tools/supervisor';
import { checkAnswers } from './checks/answers';
import { checkBytes } from './checks/bytes';
import { checkCases } from './checks/cases';
import { checkChurn } from './checks/churn';
import { checkSabotage } from './checks/sabotage';
import { checkSavedQueries } from './checks/saved-queries';
import { EngineLake } from './lake';
import { installTrino, TRINO_VERSION } from './server/install';
import { findJdk } from './server/jdk';
import { startTrino } from './server/server';

const PROGRAM = {
  name: 'npm run test:trino',
  does: 'Deploys the lake to the emulator, and has Trino query the deployed catalog and buckets.',
  options: {},
};

supervised(PROGRAM, async (supervisor) => {
  const jdk = findJdk();
  const installation = await installTrino(supervisor, jdk);
  return await withEmulatedLake(
    supervisor,
    { datasets: [...EVERY_TYPE, CHURN, ...CASES.map(({ dataset }) => dataset)] },
    async (deployed) => {
      const started = Date.now();
      const { client, log } = await startTrino(supervisor, jdk, installation, {
        endpoint: deployed.emulator.endpoint,
        region: REGION,
        accessKeyId: 'test',
        secretAccessKey: 'test',
      });
      console.log(`Trino ${TRINO_VERSION} on Java ${jdk.version} started in ${seconds(started)}, log ${log}`);
      return await runChecks(supervisor, new EngineLake(deployed, client));
    },
  );
});

async function runChecks(supervisor: Supervisor, lake: EngineLake): Promise<number> {
  const report = new Report();
  const scratch = supervisor.folder('engine');
  const encoder = await Encoder.open(scratch);
  try {
    const others = new Set([CHURN.name, ...CASES.map(({ dataset }) => dataset.name)]);
    const named = lake.deployed.datasets.filter(({ name }) => !others.has(name));
    const loaded = [];
    for (const dataset of named) loaded.push({ dataset, loads: await loads(encoder, dataset) });
    await checkAnswers(report, lake, loaded, scratch);
    for (const one of loaded) if (one.dataset.name === 'access_logs') await checkSabotage(report, lake, one);
    await checkCases(report, lake);
    await checkBytes(report, lake, shipped);
    await checkSavedQueries(report, lake);
    await checkChurn(report, lake);
  } finally {
    encoder.close();
  }
  return report.finish();
}
