import { setTimeout as sleep } from 'node:timers/promises';
import { CloudFormationClient, DescribeStacksCommand, ListStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import { DescribeExecutionCommand, type ExecutionStatus, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { PlannerEvent } from '../../lambda/compaction/planner';
import { type Dataset, type DatasetDefinition, parseDatasets } from '../../lib/dataset';
import type { StageSettings } from '../../lib/settings';
import { datasets as shipped } from '../../test/fixtures/datasets';
import { parseStage } from '../../test/support/extensions';
import type { Supervisor } from '../tools/supervisor';
import { describeNotProven } from './assembly';
import { type Assembly, EmulatedCdk, synthesize } from './cdk';
import { type Emulator, type EmulatorOptions, REGION, startEmulator } from './ministack';
import { changedStage, type StageChanges } from './stage';

export interface EmulatedLakeOptions extends EmulatorOptions {
  /** Changes of the stage `dev`. Its architecture is the host's already. @default none */
  readonly stage?: StageChanges;
  /** Datasets beside the shipped ones. @default none */
  readonly datasets?: readonly DatasetDefinition[];
  /** As with `cdk -c`. @default none */
  readonly context?: Readonly<Record<string, string>>;
  /** Takes one line for each step. @default prints it */
  readonly log?: (line: string) => void;
}

/** Keys of an IAM user, or of a session. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Configuration that every client of the AWS SDK takes. */
export interface ClientConfiguration {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: Credentials;
  /** For S3; others ignore it. */
  readonly forcePathStyle: true;
  readonly requestHandler?: { readonly httpsAgent: { readonly ca: string } };
}

export interface Execution {
  readonly arn: string;
  readonly status: ExecutionStatus;
  /** Parsed. Undefined unless it succeeded. */
  readonly output: unknown;
  readonly error: string | undefined;
  readonly cause: string | undefined;
}

/** The stacks of a stage by the last part of their names. */
export type StackOutputs = Readonly<Record<string, Readonly<Record<string, string>>>>;

/**
 * Starts an emulator, bootstraps it, deploys every stack of a lake to it with `cdk deploy`, and calls `use` with the deployed
 * lake. Emulator and folders are gone when it returns or throws.
 *
 * The lake is the stage `dev` as it is shipped, through the code of `bin/lake.ts`, apart from the given changes and from what
 * `not-emulated.ts` takes out. With `auth` IAM is enforced: `lake.configuration()` is the account's root, and
 * `lake.configuration(credentials)` somebody else.
 *
 * @example
 * supervised(PROGRAM, async (supervisor) => {
 *   await withEmulatedLake(supervisor, { auth: true, stage: { prefix: 'iam' } }, async (lake) => {
 *     const s3 = lake.client(S3Client);
 *     await s3.send(new PutObjectCommand({ Bucket: lake.output('storage', 'RawBucketName'), Key: 'raw/…', Body: '…' }));
 *     const run = await lake.runCompaction();
 *     assert.equal(run.status, 'SUCCEEDED');
 *   });
 *   return 0;
 * });
 */
export async function withEmulatedLake<T>(
  supervisor: Supervisor,
  options: EmulatedLakeOptions,
  use: (lake: EmulatedLake) => Promise<T>,
): Promise<T> {
  const { log = console.log, auth = false } = options;
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  const lake = new EmulatedLake(supervisor, await startEmulator(supervisor, { auth }), log);
  try {
    log(`Emulator of ${auth ? 'AWS with IAM enforced' : 'AWS, IAM not enforced'} at ${lake.emulator.endpoint}`);
    const [assembly] = await Promise.all([lake.synthesize(options), lake.cdk.bootstrap()]);
    log(describeNotProven(assembly));
    await lake.deploy(assembly);
    return await use(lake);
  } finally {
    await lake.emulator.stop();
  }
}

/** What a lake is declared as. */
export type LakeDeclaration = Pick<EmulatedLakeOptions, 'stage' | 'datasets' | 'context'>;

/** A synthesized lake: what `deploy` takes. */
export interface LakeAssembly extends Assembly {
  readonly settings: StageSettings;
  /** The shipped ones and those of the declaration. */
  readonly datasets: readonly Dataset[];
}

/** A lake that is deployed to an emulator. */
export class EmulatedLake {
  readonly cdk: EmulatedCdk;
  readonly #supervisor: Supervisor;
  readonly #log: (line: string) => void;
  readonly #clients = new Map<unknown, unknown>();
  #deployed: LakeAssembly | undefined;
  #outputs: StackOutputs = {};

  constructor(
    supervisor: Supervisor,
    readonly emulator: Emulator,
    log: (line: string) => void,
  ) {
    this.#supervisor = supervisor;
    this.#log = log;
    this.cdk = new EmulatedCdk(supervisor, emulator);
  }

  /** What is deployed. @throws before the first deployment */
  get assembly(): LakeAssembly {
    if (this.#deployed === undefined) throw new Error('Nothing is deployed yet.');
    return this.#deployed;
  }

  get settings(): StageSettings {
    return this.assembly.settings;
  }

  get datasets(): readonly Dataset[] {
    return this.assembly.datasets;
  }

  /** Outputs of every stack, as of the last deployment. */
  get outputs(): StackOutputs {
    return this.#outputs;
  }

  /** One output. @throws when there is none of that name */
  output(stack: string, name: string): string {
    const value = this.#outputs[stack]?.[name];
    if (value === undefined) {
      const known = Object.keys(this.#outputs[stack] ?? {}).join(', ');
      throw new Error(`The stack ${stack} has no output ${name}; it has ${known === '' ? 'none' : known}.`);
    }
    return value;
  }

  /** Synthesizes this lake with another declaration. Nothing is deployed. */
  async synthesize(declaration: LakeDeclaration = {}): Promise<LakeAssembly> {
    const started = Date.now();
    const stage = changedStage(declaration.stage);
    const { context = {}, datasets = [] } = declaration;
    const assembly = await synthesize(this.#supervisor, { stage, datasets, context });
    this.#log(`Synthesized in ${seconds(started)}`);
    const more = parseDatasets(datasets.map((definition) => ({ file: definition.name, definition })));
    return { ...assembly, settings: parseStage(stage), datasets: [...shipped, ...more] };
  }

  /** `cdk deploy` of stacks, by default of all. @throws CdkFailure; `assembly` then stays what it was */
  async deploy(assembly: LakeAssembly, stacks?: readonly string[]): Promise<string> {
    const started = Date.now();
    const output = await this.cdk.deploy(assembly, stacks);
    this.#deployed = assembly;
    this.#outputs = await this.#readOutputs();
    this.#log(`Deployed ${stacks?.join(', ') ?? 'every stack'} in ${seconds(started)}`);
    return output;
  }

  /** Full name of a stack of the deployed stage, for example `lake-dev-storage`. */
  stackName(stack: string): string {
    return `${this.settings.prefix}-${this.settings.name}-${stack}`;
  }

  /** Physical ids of a stack's resources of one type whose logical id begins with `logicalId`. */
  async physicalIds(stack: string, type: string, logicalId = ''): Promise<string[]> {
    const client = this.client(CloudFormationClient);
    const found: string[] = [];
    let NextToken: string | undefined;
    do {
      const page = await client.send(new ListStackResourcesCommand({ StackName: this.stackName(stack), NextToken }));
      for (const resource of page.StackResourceSummaries ?? []) {
        if (resource.ResourceType !== type || resource.LogicalResourceId?.startsWith(logicalId) !== true) continue;
        found.push(resource.PhysicalResourceId ?? '');
      }
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    return found;
  }

  /** The only one of them. @throws when there is none or more than one */
  async physicalId(stack: string, type: string, logicalId = ''): Promise<string> {
    const [id, ...others] = await this.physicalIds(stack, type, logicalId);
    if (id === undefined || others.length > 0) {
      throw new Error(
        `${stack} has ${others.length + (id === undefined ? 0 : 1)} ${type} named ${logicalId}…, not one.`,
      );
    }
    return id;
  }

  /** @param credentials @default the account's root, whom no policy binds */
  configuration(credentials: Credentials = { accessKeyId: 'test', secretAccessKey: 'test' }): ClientConfiguration {
    const { endpoint, certificate } = this.emulator;
    return {
      endpoint,
      region: REGION,
      credentials,
      forcePathStyle: true,
      ...(certificate === undefined ? {} : { requestHandler: { httpsAgent: { ca: certificate } } }),
    };
  }

  /** A client of the AWS SDK that acts as the account's root; one for each class. */
  client<T>(Client: new (configuration: ClientConfiguration) => T): T {
    const known = this.#clients.get(Client) as T | undefined;
    const client = known ?? new Client(this.configuration());
    this.#clients.set(Client, client);
    return client;
  }

  /** Starts the deployed state machine. */
  async startCompaction(
    event: PlannerEvent & { readonly skipIfRunning?: boolean } = { mode: 'compact' },
  ): Promise<string> {
    const { executionArn } = await this.client(SFNClient).send(
      new StartExecutionCommand({
        stateMachineArn: this.output('compaction', 'StateMachineArn'),
        input: JSON.stringify(event),
      }),
    );
    return executionArn ?? '';
  }

  /** Starts the deployed state machine and waits for its end, whatever that is. @throws after `timeoutSeconds` */
  async runCompaction(event?: PlannerEvent, timeoutSeconds = 120): Promise<Execution> {
    return await this.waitForExecution(await this.startCompaction(event), timeoutSeconds);
  }

  async waitForExecution(arn: string, timeoutSeconds = 120): Promise<Execution> {
    const client = this.client(SFNClient);
    const deadline = Date.now() + 1000 * timeoutSeconds;
    for (;;) {
      const found = await client.send(new DescribeExecutionCommand({ executionArn: arn }));
      const { status = 'RUNNING', output, error, cause } = found;
      if (status !== 'RUNNING') {
        return { arn, status, output: output === undefined ? undefined : JSON.parse(output), error, cause };
      }
      if (Date.now() > deadline) throw new Error(`Execution ${arn} did not end in ${timeoutSeconds} s.`);
      await sleep(100);
    }
  }

  /** `cdk destroy` of every stack, by the assembly that is deployed. @throws CdkFailure */
  async destroy(): Promise<string> {
    const started = Date.now();
    const output = await this.cdk.destroy(this.assembly);
    this.#outputs = {};
    this.#log(`Destroyed in ${seconds(started)}`);
    return output;
  }

  async #readOutputs(): Promise<StackOutputs> {
    const { Stacks = [] } = await this.client(CloudFormationClient).send(new DescribeStacksCommand({}));
    const prefix = this.stackName('');
    return Object.fromEntries(
      Stacks.filter(({ StackName }) => StackName?.startsWith(prefix)).map(({ StackName = '', Outputs = [] }) => [
        StackName.slice(prefix.length),
        Object.fromEntries(Outputs.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue])),
      ]),
    );
  }
}

const seconds = (since: number): string => `${((Date.now() - since) / 1000).toFixed(1)} s`;
