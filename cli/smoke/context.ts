import { AthenaClient } from '@aws-sdk/client-athena';
import {
  CloudFormationClient,
  DescribeStacksCommand,
  paginateListStackResources,
} from '@aws-sdk/client-cloudformation';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { GlueClient } from '@aws-sdk/client-glue';
import { IAMClient } from '@aws-sdk/client-iam';
import { LambdaClient } from '@aws-sdk/client-lambda';
import type { S3Client } from '@aws-sdk/client-s3';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { STSClient } from '@aws-sdk/client-sts';
import type { Dataset } from '../../lib/dataset';
import { resourceName, type StageSettings } from '../../lib/settings';
import { environment } from '../environment';
import { type Guardable, guard } from '../preflight/aws/guard';
import type { OperatedLake } from '../verbs/lake';
import { ANY_CALL, openStage } from '../verbs/stage-lake';
import { ifDeployed } from './not-deployed';
import { actAs, type LakePerson, removePeople } from './people';
import type { Reserved } from './reserve';
import { s3Over, type TlsVersion } from './tls';

/** A resource of a stack. */
export interface StackResource {
  readonly type: string;
  readonly logicalId: string;
  /** Name, ARN or id, as the type has it. */
  readonly id: string;
}

/** What every check works with. */
export interface SmokeContext {
  readonly settings: StageSettings;
  readonly lake: OperatedLake;
  readonly region: string;
  readonly clients: Clients;
  /** Where the smoke test puts its own objects. */
  readonly reserved: Reserved;
  /** When this smoke test began: what happened before is not its doing. */
  readonly began: Date;
  /** Whether an endpoint of one's own answers in the place of AWS. */
  readonly isEmulated: boolean;
  /** Options of the command line that single checks read, by name. */
  readonly given: Readonly<Record<string, string | undefined>>;
  /** A client of a service that only some checks ask: one for all of them. */
  client<C extends Guardable & { destroy(): void }>(Client: new (configuration: ClientConfiguration) => C): C;
  /** Athena with the permissions of a person of the lake alone. One session serves all checks. */
  actAs(person: LakePerson): Promise<AthenaClient>;
  /** A client of S3 that offers one version of TLS and no other. */
  s3Over(version: TlsVersion): S3Client;
  /** An output of a stack, such as `storage` and `RawBucketName`. Undefined when there is none. */
  output(stack: string, name: string): Promise<string | undefined>;
  /** Every resource of a stack. */
  resources(stack: string): Promise<readonly StackResource[]>;
  /**
   * Asks again and again until there is an answer. An emulator has no delays, so that there it waits for 90 seconds at most.
   *
   * @param what for the error, such as `a message in the queue`
   * @throws Error when there is none in time
   */
  until<T>(what: string, seconds: number, ask: () => Promise<T | undefined>): Promise<T>;
}

export type Clients = ReturnType<typeof openClients>;

const configurationOf = (region: string) => ({ region, maxAttempts: 4, requestHandler: TIMEOUTS });
type ClientConfiguration = ReturnType<typeof configurationOf>;

const TIMEOUTS = { connectionTimeout: 5_000, requestTimeout: 30_000, throwOnRequestTimeout: true };
const POLL_MILLIS = 2_000;
const EMULATOR_SECONDS = 90;

function openClients(region: string) {
  const config = configurationOf(region);
  return {
    athena: guard(new AthenaClient(config), undefined, ANY_CALL),
    cloudFormation: guard(new CloudFormationClient(config), undefined, ANY_CALL),
    glue: guard(new GlueClient(config), undefined, ANY_CALL),
    iam: guard(new IAMClient(config), undefined, ANY_CALL),
    lambda: guard(new LambdaClient(config), undefined, ANY_CALL),
    logs: guard(new CloudWatchLogsClient(config)),
    scheduler: guard(new SchedulerClient(config)),
    sns: guard(new SNSClient(config), undefined, ANY_CALL),
    sqs: guard(new SQSClient(config), undefined, ANY_CALL),
    sts: guard(new STSClient(config), undefined, ANY_CALL),
  };
}

/** Opens a deployed stage. @param reserve decides where the smoke test may put objects @throws UsageError */
export async function openSmoke(
  settings: StageSettings,
  datasets: readonly Dataset[],
  reserve: (lake: OperatedLake) => Promise<Reserved>,
  given: SmokeContext['given'] = {},
): Promise<SmokeContext & { close(): Promise<void> }> {
  const lake = await openStage(settings, datasets, 'write');
  const region = lake.settings.s3.region ?? '';
  const clients = openClients(region);
  const began = lake.now();
  const close = async (): Promise<void> => {
    for (const client of Object.values(clients)) client.destroy();
    await lake.close();
  };
  try {
    const reserved = await reserve(lake);
    const { AWS_ENDPOINT_URL = '' } = environment();
    const isEmulated = AWS_ENDPOINT_URL !== '';
    return contextOf({ settings, lake, region, clients, reserved, began, isEmulated, given }, close);
  } catch (error) {
    await close();
    throw error;
  }
}

function contextOf(
  known: Omit<SmokeContext, 'client' | 'actAs' | 's3Over' | 'output' | 'resources' | 'until'>,
  close: () => Promise<void>,
): SmokeContext & { close(): Promise<void> } {
  const { settings, clients, lake, isEmulated } = known;
  const outputs = new Map<string, Promise<ReadonlyMap<string, string>>>();
  const outputsOf = async (stack: string): Promise<ReadonlyMap<string, string>> => {
    const StackName = resourceName(settings, stack);
    const call = clients.cloudFormation.send(new DescribeStacksCommand({ StackName }));
    const { Stacks: [found] = [] } = await ifDeployed(call, StackName, settings);
    return new Map((found?.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]));
  };
  const people = new Map<LakePerson, Promise<AthenaClient>>();
  const others = new Map<unknown, Guardable & { destroy(): void }>();
  const context: SmokeContext & { close(): Promise<void> } = {
    ...known,
    client<C extends Guardable & { destroy(): void }>(Client: new (configuration: ClientConfiguration) => C): C {
      const client =
        (others.get(Client) as C | undefined) ?? guard(new Client(configurationOf(known.region)), undefined, ANY_CALL);
      others.set(Client, client);
      return client;
    },
    actAs(person) {
      const session = people.get(person) ?? actAs(context, person);
      people.set(person, session);
      return session;
    },
    s3Over: (version) => s3Over(known.region, version),
    async output(stack, name) {
      const answer = outputs.get(stack) ?? outputsOf(stack);
      outputs.set(stack, answer);
      return (await answer).get(name);
    },
    async resources(stack) {
      const found: StackResource[] = [];
      const StackName = resourceName(settings, stack);
      const pages = paginateListStackResources({ client: clients.cloudFormation }, { StackName });
      for (
        let next = await ifDeployed(pages.next(), StackName, settings);
        next.done !== true;
        next = await pages.next()
      ) {
        const page = next.value;
        for (const {
          ResourceType = '',
          LogicalResourceId = '',
          PhysicalResourceId = '',
        } of page.StackResourceSummaries ?? []) {
          found.push({ type: ResourceType, logicalId: LogicalResourceId, id: PhysicalResourceId });
        }
      }
      return found;
    },
    async until(what, seconds, ask) {
      const patience = isEmulated ? Math.min(seconds, EMULATOR_SECONDS) : seconds;
      const deadline = Date.now() + patience * 1000;
      for (;;) {
        const answer = await ask();
        if (answer !== undefined) return answer;
        if (Date.now() >= deadline) throw new Error(`there was no ${what} within ${patience} seconds`);
        await lake.sleep(isEmulated ? POLL_MILLIS / 10 : POLL_MILLIS);
      }
    },
    async close() {
      try {
        if (people.size > 0) await removePeople(known);
      } finally {
        for (const session of await Promise.allSettled(people.values())) {
          if (session.status === 'fulfilled') session.value.destroy();
        }
        for (const client of others.values()) client.destroy();
        await close();
      }
    },
  };
  return context;
}
