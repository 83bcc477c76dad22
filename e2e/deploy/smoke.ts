import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudWatchLogsClient, DeleteRetentionPolicyCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import {
  GetScheduleCommand,
  ListSchedulesCommand,
  SchedulerClient,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import { DeleteTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { CreateQueueCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SmokeReport } from '../../cli/smoke/report';
import { LakeFiles } from '../emulator/files';
import { type EmulatedLake, withEmulatedLake } from '../emulator/lake';
import type { StageChanges } from '../emulator/stage';
import { PROJECT_ROOT } from '../tools/project';
import type { Report } from '../tools/report';
import type { Supervisor } from '../tools/supervisor';
import { same } from './scenario';

/** Nobody waits a quarter of an hour for a scheduled run. */
export const SMOKE_STAGE: StageChanges = { compaction: { schedule: 'rate(1 minute)' } };

/** `npm run smoke` passes on a deployed stage, and each of its checks fails when its subject is broken. */
export async function smokeScenarios(supervisor: Supervisor, report: Report): Promise<void> {
  report.section('`npm run smoke`, as far as an emulator can answer');
  await withEmulatedLake(supervisor, { stage: SMOKE_STAGE }, async (lake) => {
    const files = new LakeFiles(lake);
    const everything = async (): Promise<string> =>
      (await Promise.all((['raw', 'curated', 'quarantine'] as const).map((zone) => files.list(zone))))
        .flat()
        .map(({ key }) => key)
        .filter((key) => !/^(?:plans|progress)\//.test(key))
        .join('\n');
    const own = 'raw/orders/tenant=acme/year=2033/month=12/day=31/own.json';
    let answered: readonly string[] = [];

    await report.check('without --yes it tells what it would do, and does nothing', async () => {
      const before = await everything();
      const { code, stdout } = await smoke(supervisor, lake, []);
      same([code, /about \$/.test(stdout), await everything()], [3, true, before], 'code, estimate, objects');
    });

    await report.check('every check that an emulator can answer passes, and nothing is left', async () => {
      const { code, result, stdout } = await smoke(supervisor, lake, ['--yes', '--dataset', 'sensor_readings']);
      if (code !== 0 || result === undefined) throw new Error(`it ended with ${code}:\n${stdout}`);
      const of = (wanted: string) => result.checks.filter((check) => check.result === wanted).map(({ id }) => id);
      answered = of('passed');
      same([of('failed'), result.proven], [[], []], 'failed checks, and what an emulator proves of AWS');
      same(await everything(), '', 'objects that are left');
      const skipped = result.checks.filter((check) => check.result === 'skipped');
      for (const { id, detail } of skipped) console.log(`    not answered here: ${id}, ${detail}`);
      return `${answered.join(', ')}`;
    });

    await report.check('where rows lie it goes elsewhere, and leaves them alone', async () => {
      await files.put('raw', `${own}.part`, 'x'); // in the partition that it would have taken
      const { code, stdout } = await smoke(supervisor, lake, ['--yes', '--dataset', 'orders', '--only', 'functions']);
      same([code, (await everything()).split('\n')], [0, [`${own}.part`]], stdout);
      await files.delete('raw', `${own}.part`);
    });

    await report.check(
      'what an interrupted one left is removed by --clean, and keeps others from starting',
      async () => {
        const partition = 'dt=2033-12-31';
        const journal = (alive: string): Promise<void> => {
          const places = [{ dataset: 'sensor_readings', partition }];
          const text = JSON.stringify({ formatVersion: 1, id: 'other', places, since: alive, alive });
          return files.put('curated', 'smoke/journal.json', text);
        };
        await journal(new Date().toISOString());
        const early = await smoke(supervisor, lake, ['--clean']);
        same([early.code, /was at work/.test(early.stderr)], [2, true], early.stderr);
        await journal(new Date(Date.now() - 600_000).toISOString());
        await files.put('curated', `data/sensor_readings/${partition}/left.parquet`, 'x');
        await files.put('curated', 'data/sensor_readings/dt=2033-12-30/theirs.parquet', 'x');
        const QueueName = `${lake.settings.prefix}-${lake.settings.name}-smoke`;
        await lake.client(SQSClient).send(new CreateQueueCommand({ QueueName }));
        const refused = await smoke(supervisor, lake, ['--yes', '--only', 'functions']);
        same([refused.code, /--clean/.test(refused.stderr)], [2, true], refused.stderr);
        const cleaned = await smoke(supervisor, lake, ['--clean']);
        same(cleaned.code, 0, cleaned.stderr);
        const { QueueUrls = [] } = await lake
          .client(SQSClient)
          .send(new ListQueuesCommand({ QueueNamePrefix: QueueName }));
        same(QueueUrls, [], 'queues');
        same(await everything(), 'data/sensor_readings/dt=2033-12-30/theirs.parquet', 'what is left');
        await files.delete('curated', 'data/sensor_readings/dt=2033-12-30/theirs.parquet');
      },
    );

    const broken = sabotages(lake);
    for (const [id, sabotage] of Object.entries(broken)) {
      await report.check(`${id} fails when its subject is broken`, async () => {
        const repair = await sabotage();
        try {
          const args = ['--yes', '--dataset', 'sensor_readings', '--only', id];
          const { code, result, stdout, stderr } = await smoke(supervisor, lake, args);
          const found = result?.checks.find((check) => check.id === id);
          same([code, found?.result], [1, 'failed'], `${stdout}${stderr}`);
          return found?.detail.slice(0, 160);
        } finally {
          await repair();
        }
      });
    }
    await report.check('each check that passed was seen to fail', async () => {
      same(
        answered.filter((id) => broken[id] === undefined),
        [],
        'checks without a sabotage',
      );
    });
  });
}

type Repair = () => Promise<void>;

/** How to break the subject of each check. The last cannot be repaired. */
function sabotages(lake: EmulatedLake): Readonly<Record<string, () => Promise<Repair>>> {
  return {
    functions: async () => {
      const FunctionName = await lake.physicalId('compaction', 'AWS::Lambda::Function', 'Planner');
      const set = async (Runtime: 'nodejs20.x' | 'nodejs24.x'): Promise<void> => {
        await lake.client(LambdaClient).send(new UpdateFunctionConfigurationCommand({ FunctionName, Runtime }));
      };
      await set('nodejs20.x');
      return () => set('nodejs24.x');
    },
    'log-groups': async () => {
      const [logGroupName = ''] = await lake.physicalIds('compaction', 'AWS::Logs::LogGroup', 'Planner');
      await lake.client(CloudWatchLogsClient).send(new DeleteRetentionPolicyCommand({ logGroupName }));
      return async () => {};
    },
    compaction: () => breakCompactor(lake, 'CURATED_BUCKET'),
    poison: () => breakCompactor(lake, 'QUARANTINE_BUCKET'),
    schedule: async () => {
      const client = lake.client(SchedulerClient);
      const GroupName = `${lake.settings.prefix}-${lake.settings.name}-compaction`;
      const { Schedules = [] } = await client.send(new ListSchedulesCommand({ GroupName }));
      const Name = Schedules.find((schedule) => schedule.Name?.includes('Compact'))?.Name;
      const { ScheduleExpression, FlexibleTimeWindow, Target } = await client.send(
        new GetScheduleCommand({ GroupName, Name }),
      );
      const set = async (State: 'ENABLED' | 'DISABLED'): Promise<void> => {
        const rest = { GroupName, Name, ScheduleExpression, FlexibleTimeWindow, Target };
        await client.send(new UpdateScheduleCommand({ ...rest, State }));
      };
      await set('DISABLED');
      return () => set('ENABLED');
    },
    notice: async () => {
      const TopicArn = lake.output('storage', 'AlarmTopicArn');
      await lake.client(SNSClient).send(new DeleteTopicCommand({ TopicArn }));
      return async () => {};
    },
  };
}

/** Has the deployed compactor write to a bucket that does not exist. */
async function breakCompactor(lake: EmulatedLake, variable: string): Promise<Repair> {
  const client = lake.client(LambdaClient);
  const FunctionName = await lake.physicalId('compaction', 'AWS::Lambda::Function', 'Compactor');
  const { Environment } = await client.send(new GetFunctionConfigurationCommand({ FunctionName }));
  const deployed = Environment?.Variables ?? {};
  const set = async (Variables: Record<string, string>): Promise<void> => {
    await client.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }));
  };
  await set({ ...deployed, [variable]: `${deployed[variable]}-gone` });
  return () => set(deployed);
}

interface Ended {
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** Undefined when it wrote none. */
  readonly result: SmokeReport | undefined;
}

let runs = 0;

async function smoke(supervisor: Supervisor, lake: EmulatedLake, args: readonly string[]): Promise<Ended> {
  const folder = supervisor.folder(`smoke-${++runs}`);
  const [json, markdown] = [join(folder, 'smoke.json'), join(folder, 'smoke.md')];
  const script = join(__dirname, 'smoke-process.ts');
  const command = ['--import', 'tsx', script, ...args, '--json', json, '--report', markdown];
  const ended = await supervisor.run(process.execPath, command, {
    cwd: PROJECT_ROOT,
    env: { ...process.env, ...lake.emulator.environment },
    timeoutSeconds: 300,
  });
  try {
    return { ...ended, result: JSON.parse(readFileSync(json, 'utf8')) as SmokeReport };
  } catch {
    return { ...ended, result: undefined };
  }
}
