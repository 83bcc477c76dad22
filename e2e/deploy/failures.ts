import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  GetFunctionConfigurationCommand,
  InvokeCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { PurgeQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { rawPrefix } from '../../lib/dataset';
import { ndjsonText } from '../data/encode';
import { randomRows } from '../data/random-rows';
import type { EmulatedLake } from '../emulator/lake';
import { type Scenario, same } from './scenario';

const DATASET = 'sensor_readings';
const PARTITION = 'dt=2026-09-03';

interface FailedTask {
  readonly source: string;
  readonly task: { readonly kind: string; readonly dataset: string; readonly partition: string };
  readonly error: string;
  readonly cause: string;
}

/** A task that fails for good is reported with everything that its cure needs, and loses nothing. */
export async function failureScenarios(scenario: Scenario): Promise<void> {
  const { report, files, lake } = scenario;
  report.section('A compactor that fails');
  const dataset = files.dataset(DATASET);
  const rows = randomRows(dataset, PARTITION, 12, 8001);
  let failed: FailedTask | undefined;

  await report.check(
    'a task that fails twice ends in the dead-letter queue, its files stay where they are',
    async () => {
      await files.putRaw(dataset, PARTITION, { name: 'rows.json', body: Buffer.from(ndjsonText(dataset, rows)) });
      const before = await files.list('raw', rawPrefix(DATASET, PARTITION));
      const attempts = await compactorStarts(lake);
      const repair = await breakCompactor(lake);
      try {
        await scenario.compact(); // the run accounts for the failed task, so it succeeds
      } finally {
        await repair();
      }
      same((await compactorStarts(lake)) - attempts, 2, 'attempts of the task');
      const messages = await deadLetters(lake);
      same(messages.length, 1, 'messages in the dead-letter queue');
      [failed] = messages;
      const { source, task: { kind, dataset: name, partition } = {} as never } = failed as FailedTask;
      same([source, kind, name, partition], ['compaction-task', 'compact', DATASET, PARTITION], 'the failed task');
      same(await files.list('raw', rawPrefix(DATASET, PARTITION)), before, 'objects in the inbox');
      return `${failed?.error}`;
    },
  );

  await report.check(
    'the task of the message, given to the repaired compactor as the runbook says, mends it',
    async () => {
      const { FunctionError, Payload } = await lake.client(LambdaClient).send(
        new InvokeCommand({
          FunctionName: await compactorName(lake),
          Payload: Buffer.from(JSON.stringify(failed?.task)),
        }),
      );
      if (FunctionError !== undefined) throw new Error(Buffer.from(Payload ?? []).toString('utf8'));
      await lake
        .client(SQSClient)
        .send(new PurgeQueueCommand({ QueueUrl: lake.output('compaction', 'DeadLettersUrl') }));
      scenario.expect(dataset, PARTITION, rows);
      await scenario.compareEverything();
      const before = await scenario.snapshot();
      await scenario.compact(); // what the next schedule does: nothing is left for it
      same(await scenario.snapshot(), before, 'objects after the next run');
      return `${rows.length} rows`;
    },
  );
}

const compactorName = (lake: EmulatedLake): Promise<string> =>
  lake.physicalId('compaction', 'AWS::Lambda::Function', 'Compactor');

/** Has the deployed function commit to a bucket that does not exist. @returns what repairs it */
async function breakCompactor(lake: EmulatedLake): Promise<() => Promise<void>> {
  const client = lake.client(LambdaClient);
  const FunctionName = await compactorName(lake);
  const { Environment } = await client.send(new GetFunctionConfigurationCommand({ FunctionName }));
  const set = async (Variables: Record<string, string>): Promise<void> => {
    await client.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }));
  };
  const deployed = Environment?.Variables ?? {};
  await set({ ...deployed, CURATED_BUCKET: `${deployed.CURATED_BUCKET}-gone` });
  return () => set(deployed);
}

/** How often the compactor was started so far, by what Lambda writes into its log. */
async function compactorStarts(lake: EmulatedLake): Promise<number> {
  const client = lake.client(CloudWatchLogsClient);
  const [logGroupName = ''] = await lake.physicalIds('compaction', 'AWS::Logs::LogGroup', 'Compactor');
  let starts = 0;
  let nextToken: string | undefined;
  do {
    const page = await client.send(
      new FilterLogEventsCommand({ logGroupName, filterPattern: '"START RequestId"', nextToken }),
    );
    starts += (page.events ?? []).filter(({ message }) => message?.startsWith('START RequestId') === true).length;
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return starts;
}

async function deadLetters(lake: EmulatedLake): Promise<FailedTask[]> {
  const { Messages = [] } = await lake.client(SQSClient).send(
    new ReceiveMessageCommand({
      QueueUrl: lake.output('compaction', 'DeadLettersUrl'),
      MaxNumberOfMessages: 10,
      VisibilityTimeout: 0,
    }),
  );
  return Messages.map(({ Body = '{}' }) => JSON.parse(Body) as FailedTask);
}
