import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AthenaClient, CreateWorkGroupCommand, DeleteWorkGroupCommand } from '@aws-sdk/client-athena';
import { CreateDatabaseCommand, DeleteDatabaseCommand, GlueClient } from '@aws-sdk/client-glue';
import { CreateRoleCommand, DeleteRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { CreateBucketCommand, DeleteBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { type Scenario, same } from '../deploy/scenario';
import { CdkFailure, EmulatedCdk } from '../emulator/cdk';
import { ACCOUNT, type Emulator, REGION, startEmulator } from '../emulator/ministack';
import type { Supervisor } from '../tools/supervisor';
import { type Account, startFront } from './front';
import { permissionScenarios } from './permissions';
import { ofLevel, type PreflightRun, runPreflight } from './run';

/** Another account than the emulator's own: it takes twelve digits as an access key for the account's number. */
const SOMEBODY_ELSE = '111122223333';
const BOOTSTRAP_BUCKET = `cdk-hnb659fds-assets-${ACCOUNT}-${REGION}`;

const FINE: Account = { leavesTablesToIam: true, quota: 1_000, concurrency: 1_000 };

/** What preflight says of an account that is empty, bootstrapped, in the way or in use; and that it comes true. */
export async function preflightScenarios({ report, supervisor, lake }: Scenario): Promise<void> {
  report.section('Preflight');
  const dev = ['--stage', 'dev', '--assembly', lake.assembly.folder];

  await report.check('nothing is in the way of a second deployment of the lake', async () => {
    const run = await runPreflight(supervisor, dev, lake.emulator.environment);
    same([run.code, ofLevel(run, 'error')], [0, []], 'exit code and errors');
    expectFinding(run, 'ok', /^stack-states: 6 of 6 stacks exist/);
    expectFinding(run, 'ok', /^name-collisions: \d\d names are free, or belong to stacks of this stage/);
  });

  const emulator = await startEmulator(supervisor);
  try {
    await emptyAccount(supervisor, report, emulator, dev);
    await namesInTheWay(supervisor, report, emulator, lake.assembly.folder);
    await accountSettings(supervisor, report, emulator, dev);
  } finally {
    await emulator.stop();
  }
  await permissionScenarios(supervisor, report, dev);
}

async function emptyAccount(
  supervisor: Supervisor,
  report: Scenario['report'],
  emulator: Emulator,
  dev: readonly string[],
): Promise<void> {
  const cdk = new EmulatedCdk(supervisor, emulator);

  await report.check('an account without bootstrap: exit code 1, and the command that mends it', async () => {
    const run = await runPreflight(supervisor, ['--stage', 'prod'], { ...emulator.environment, ...CAN_BUILD });
    same(run.code, 1, 'exit code');
    same(ofLevel(run, 'error'), [...EXAMPLES, missingBootstrap, FEW_TYPES], 'errors');
    const todo = run.findings.find(({ check }) => check === 'bootstrap')?.todo;
    same(todo, `Run npx cdk bootstrap aws://${ACCOUNT}/${REGION}`, 'what to do');
    if (ofLevel(run, 'unknown').length === 0)
      throw new Error('What the emulator cannot answer was not said to be unknown');
  });

  await report.check('a bootstrap bucket of another account is seen, and cdk bootstrap does fail', async () => {
    const others = client(S3Client, emulator, SOMEBODY_ELSE);
    await others.send(new CreateBucketCommand({ Bucket: BOOTSTRAP_BUCKET }));
    const run = await runPreflight(supervisor, dev, emulator.environment);
    const taken = `bootstrap: the bucket ${BOOTSTRAP_BUCKET}, which the assets go to, belongs to another account`;
    same([run.code, ofLevel(run, 'error')], [1, [missingBootstrap, taken]], 'exit code and errors');
    const failure = await cdk.bootstrap().then(
      () => undefined,
      (error: unknown) => error,
    );
    if (!(failure instanceof CdkFailure && failure.message.includes('CDKToolkit failed creation')))
      throw new Error(`cdk bootstrap did not fail to create its stack: ${failure}`);
    await others.send(new DeleteBucketCommand({ Bucket: BOOTSTRAP_BUCKET }));
  });

  await report.check('after cdk bootstrap nothing is in the way', async () => {
    await cdk.bootstrap();
    const run = await runPreflight(supervisor, dev, emulator.environment);
    same([run.code, ofLevel(run, 'error')], [0, []], 'exit code and errors');
    const strict = await runPreflight(supervisor, [...dev, '--strict'], emulator.environment);
    same(strict.code, 1, 'exit code with --strict, where much is unknown');
  });
}

async function namesInTheWay(
  supervisor: Supervisor,
  report: Scenario['report'],
  emulator: Emulator,
  folder: string,
): Promise<void> {
  await report.check('names that something else has: each is an error, and says of what', async () => {
    const glue = client(GlueClient, emulator);
    const athena = client(AthenaClient, emulator);
    await glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: 'lake_dev_curated' } }));
    await athena.send(new CreateWorkGroupCommand({ Name: 'lake-dev-analyst' }));
    const run = await runPreflight(supervisor, ['--stage', 'dev', '--assembly', folder], emulator.environment);
    const owned = 'exists, and no stack of this stage owns it: lake-dev';
    same(
      [run.code, ofLevel(run, 'error')],
      [
        1,
        [
          `name-collisions: the Athena workgroup lake-dev-analyst ${owned}-query could not create it`,
          `name-collisions: the Glue database lake_dev_curated ${owned}-catalog could not create it`,
        ],
      ],
      'exit code and errors',
    );
    await glue.send(new DeleteDatabaseCommand({ Name: 'lake_dev_curated' }));
    await athena.send(new DeleteWorkGroupCommand({ WorkGroup: 'lake-dev-analyst' }));
  });

  await report.check('a bucket name of a fork that another account has', async () => {
    const Bucket = 'a-name-that-is-taken';
    await client(S3Client, emulator, SOMEBODY_ELSE).send(new CreateBucketCommand({ Bucket }));
    const changed = join(supervisor.folder('preflight'), 'cdk.out');
    cpSync(folder, changed, { recursive: true });
    nameRawBucket(changed, Bucket);
    const run = await runPreflight(supervisor, ['--stage', 'dev', '--assembly', changed], emulator.environment);
    same(
      [run.code, ofLevel(run, 'error')],
      [
        1,
        [
          `name-collisions: the bucket ${Bucket} exists, and no stack of this stage owns it: lake-dev-storage could not create it`,
        ],
      ],
      'exit code and errors',
    );
  });

  await report.check('a principal that does not exist is an error until it does', async () => {
    const iam = client(IAMClient, emulator);
    const name = 'data-team';
    const changed = join(supervisor.folder('preflight'), 'cdk.out');
    cpSync(folder, changed, { recursive: true });
    const principal = `arn:aws:iam::${ACCOUNT}:role/${name}`;
    changeTemplate(changed, 'Storage', (resources) => {
      resources.Trusting = {
        Type: 'AWS::IAM::Role',
        Properties: { AssumeRolePolicyDocument: { Statement: [{ Principal: { AWS: principal } }] } },
      };
    });
    const options = ['--stage', 'dev', '--assembly', changed];
    const before = await runPreflight(supervisor, options, emulator.environment);
    same(
      [before.code, ofLevel(before, 'error')],
      [1, [`principals: a policy names ${principal}, which does not exist`]],
      'exit code and errors without the role',
    );
    await iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: '{}' }));
    const after = await runPreflight(supervisor, options, emulator.environment);
    same([after.code, ofLevel(after, 'error')], [0, []], 'exit code and errors with the role');
    await iam.send(new DeleteRoleCommand({ RoleName: name }));
  });
}

/** Answers of services that the emulator lacks come from a server before it. */
async function accountSettings(
  supervisor: Supervisor,
  report: Scenario['report'],
  emulator: Emulator,
  dev: readonly string[],
): Promise<void> {
  const inAccount = async (account: Account, options: readonly string[]): Promise<PreflightRun> => {
    const front = await startFront(emulator, account);
    try {
      const environment = { ...emulator.environment, ...CAN_BUILD, AWS_ENDPOINT_URL: front.endpoint };
      return await runPreflight(supervisor, options, environment);
    } finally {
      await front.close();
    }
  };

  await report.check('an account that answers everything: nothing is unknown', async () => {
    const run = await inAccount(FINE, dev);
    same([run.code, ofLevel(run, 'error'), ofLevel(run, 'unknown')], [0, [], []], 'exit code, errors and unknowns');
  });

  await report.check('Lake Formation that takes new tables under its own permissions is an error', async () => {
    const run = await inAccount({ ...FINE, leavesTablesToIam: false }, dev);
    same(run.code, 1, 'exit code');
    expectFinding(
      run,
      'error',
      /^lake-formation: Lake Formation takes new databases and tables under its own permissions/,
    );
  });

  await report.check('a new account takes dev, and not the concurrency that prod reserves', async () => {
    const isNew = { ...FINE, quota: 20, concurrency: 10 };
    const run = await inAccount(isNew, dev);
    same([run.code, ofLevel(run, 'error')], [0, []], 'exit code and errors of dev');
    const prod = await inAccount(isNew, ['--stage', 'prod']);
    same(
      [prod.code, ofLevel(prod, 'error')],
      [
        1,
        [
          ...EXAMPLES,
          // Of the account that the stage names as an example.
          `bootstrap: the bootstrap stack exists, but its bucket cdk-hnb659fds-assets-${SOMEBODY_ELSE}-${REGION} does not`,
          'lambda-concurrency: reserving 50 of 10 concurrent executions would leave 0 unreserved, and Lambda keeps 100',
          FEW_TYPES,
        ],
      ],
      'exit code and errors of prod',
    );
  });
}

/** Whether Docker is installed here is of no interest: a program that always succeeds stands in for it. */
const CAN_BUILD = { CDK_DOCKER: 'true' };

/** What is said of the stage prod as it ships, whatever the account. */
const EXAMPLES = [
  'example-values: account is an example: 111122223333',
  'example-values: ingest.allowedCidrs[0] is an example: 203.0.113.0/24', // with ingest
  'example-values: ingest.domain.domainName is an example: ingest.example.com', // with ingest
  'example-values: ingest.domain.hostedZoneId is an example: Z0123456789EXAMPLE', // with ingest
  'example-values: ingest.domain.hostedZoneName is an example: example.com', // with ingest
  `credentials: the stage belongs to account 111122223333, but these credentials are of ${ACCOUNT} (arn:aws:iam::${ACCOUNT}:root)`,
];

/** The emulator offers fewer types of instances than AWS. */
const FEW_TYPES = `instance-types: ${REGION} does not offer instances of type c7g.medium`;

const missingBootstrap = `bootstrap: ${ACCOUNT} is not bootstrapped in ${REGION}: no /cdk-bootstrap/hnb659fds/version`;

function expectFinding(run: PreflightRun, level: 'error' | 'ok', pattern: RegExp): void {
  const found = ofLevel(run, level);
  if (!found.some((text) => pattern.test(text)))
    throw new Error(`No ${level} like ${pattern} in:\n${found.join('\n')}`);
}

type Client<T> = new (configuration: {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly forcePathStyle: true;
}) => T;

const client = <T>(Type: Client<T>, { endpoint }: Emulator, accessKeyId = 'test'): T =>
  new Type({
    endpoint,
    region: REGION,
    credentials: { accessKeyId, secretAccessKey: 'test' },
    forcePathStyle: true,
  });

type MutableResources = Record<string, { Type: string; Properties: Record<string, unknown> }>;

function changeTemplate(folder: string, stack: string, change: (resources: MutableResources) => void): void {
  const file = readdirSync(folder).find((name) => name.startsWith(`dev${stack}`) && name.endsWith('.template.json'));
  if (file === undefined) throw new Error(`${folder} holds no template of ${stack}`);
  const template = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { readonly Resources: MutableResources };
  change(template.Resources);
  writeFileSync(join(folder, file), JSON.stringify(template));
}

const nameRawBucket = (folder: string, name: string): void =>
  changeTemplate(folder, 'Storage', (resources) => {
    const raw = Object.entries(resources).find(([id, { Type }]) => Type === 'AWS::S3::Bucket' && id.startsWith('Raw'));
    if (raw === undefined) throw new Error('The storage stack has no raw bucket');
    raw[1].Properties.BucketName = name;
  });
