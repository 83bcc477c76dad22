import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AthenaClient, GetWorkGroupCommand } from '@aws-sdk/client-athena';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DescribeExecutionCommand, ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import { ndjsonText } from '../data/encode';
import { randomRows } from '../data/random-rows';
import { CdkFailure } from '../emulator/cdk';
import type { EmulatedLake, LakeAssembly } from '../emulator/lake';
import { ACCOUNT, REGION } from '../emulator/ministack';
import type { StageChanges } from '../emulator/stage';
import { type Scenario, same, succeeded } from './scenario';

/** What an operator would change, and can be seen from outside. */
const CHANGED: StageChanges = {
  query: { analyst: { scanLimitGB: 3 } },
  compaction: { schedule: 'rate(1 minute)' },
};

const DATASET = 'orders';
const PARTITION = 'tenant=globex/year=2026/month=10/day=04';

/** Deployments after the first: a changed setting, the schedule, and an update that fails half-way. */
export async function changeScenarios(scenario: Scenario): Promise<void> {
  const { report, lake, files } = scenario;
  report.section('Deployments after the first');

  await report.check('deploying the same again changes nothing', async () => {
    const output = await lake.deploy(lake.assembly);
    same([...output.matchAll(/\(no changes\)/g)].length, Object.keys(lake.outputs).length, 'stacks without changes');
  });

  await report.check('a changed setting is deployed and takes effect', async () => {
    await lake.deploy(await lake.synthesize({ stage: CHANGED }));
    const WorkGroup = lake.output('query', 'AnalystWorkgroup');
    const found = await lake.client(AthenaClient).send(new GetWorkGroupCommand({ WorkGroup }));
    same(found.WorkGroup?.Configuration?.BytesScannedCutoffPerQuery, 3e9, 'bytes that an analyst may scan');
  });

  await report.check(
    'the schedule, now every minute, starts a run by itself; it finds nothing and changes nothing',
    async () => {
      const before = await scenario.snapshot();
      const run = await nextScheduledRun(lake);
      same(JSON.parse(run.input), { mode: 'compact', skipIfRunning: true }, 'input of the scheduled run');
      succeeded(await lake.waitForExecution(run.arn));
      same(await scenario.snapshot(), before, 'objects after the scheduled run');
    },
  );

  await report.check('an update that fails half-way rolls back, and the lake still works', async () => {
    const deployed = lake.assembly;
    const broken = breakUpdate(await lake.synthesize({ stage: { compaction: { ephemeralStorageMiB: 4_096 } } }));
    const before = await compactorEnvironment(lake);
    const failure = await lake.deploy(broken, [stackOf(broken)]).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (!(failure instanceof CdkFailure)) throw new Error(`The broken update did not fail: ${failure}`);
    const { Stacks: [stack] = [] } = await lake
      .client(CloudFormationClient)
      .send(new DescribeStacksCommand({ StackName: lake.stackName('compaction') }));
    same(stack?.StackStatus, 'UPDATE_ROLLBACK_COMPLETE', 'status of the compaction stack');
    same(await compactorEnvironment(lake), before, 'settings of the compactor after the roll-back');
    const dataset = files.dataset(DATASET);
    const rows = randomRows(dataset, PARTITION, 9, 9001);
    await files.putRaw(dataset, PARTITION, { name: 'late.json', body: Buffer.from(ndjsonText(dataset, rows)) });
    scenario.expect(dataset, PARTITION, rows);
    await scenario.compact();
    await scenario.compareEverything();
    await lake.deploy(deployed);
  });
}

const compactorEnvironment = async (lake: EmulatedLake): Promise<unknown> => {
  const FunctionName = await lake.physicalId('compaction', 'AWS::Lambda::Function', 'Compactor');
  const found = await lake.client(LambdaClient).send(new GetFunctionConfigurationCommand({ FunctionName }));
  return Object.entries(found.Environment?.Variables ?? {}).sort();
};

/** The first run that starts from now on and that nobody here started. @throws Error when none does in two minutes */
async function nextScheduledRun(lake: EmulatedLake): Promise<{ arn: string; input: string }> {
  const client = lake.client(SFNClient);
  const stateMachineArn = lake.output('compaction', 'StateMachineArn');
  const list = async (): Promise<string[]> =>
    ((await client.send(new ListExecutionsCommand({ stateMachineArn }))).executions ?? []).map(
      ({ executionArn = '' }) => executionArn,
    );
  const known = new Set(await list());
  const deadline = Date.now() + 120_000;
  while (Date.now() < deadline) {
    const arn = (await list()).find((candidate) => !known.has(candidate));
    if (arn !== undefined) {
      const { input = '{}' } = await client.send(new DescribeExecutionCommand({ executionArn: arn }));
      return { arn, input };
    }
    await sleep(500);
  }
  throw new Error('The schedule started no run in two minutes');
}

/** Adds, behind everything else, a resource that no CloudFormation can create: a custom resource without a function. */
function breakUpdate(assembly: LakeAssembly): LakeAssembly {
  const file = join(assembly.folder, templateOf(assembly));
  const template = JSON.parse(readFileSync(file, 'utf8')) as { Resources: Record<string, unknown> };
  const others = Object.entries(template.Resources).flatMap(([id, resource]) =>
    (resource as { Type: string }).Type === 'AWS::Lambda::Function' ? [id] : [],
  );
  template.Resources.Impossible = {
    Type: 'Custom::Impossible',
    DependsOn: others,
    Properties: { ServiceToken: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:nobody-has-this-name` },
  };
  writeFileSync(file, JSON.stringify(template));
  return assembly;
}

/** As `cdk deploy` takes it: the path of constructs. */
const stackOf = ({ settings }: LakeAssembly): string => `${settings.name}/Compaction`;

function templateOf({ folder, settings }: LakeAssembly): string {
  const found = readdirSync(folder).find(
    (file) => file.startsWith(`${settings.name}Compaction`) && file.endsWith('.template.json'),
  );
  if (found === undefined) throw new Error(`${folder} holds no template of the compaction stack`);
  return found;
}
