import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { dataPrefix, manifestKey } from '../../lib/dataset';
import { ndjsonText } from '../data/encode';
import { randomRows } from '../data/random-rows';
import { LakeFiles } from '../emulator/files';
import { type Credentials, type EmulatedLake, withEmulatedLake } from '../emulator/lake';
import { PROJECT_ROOT } from '../tools/project';
import type { Report } from '../tools/report';
import type { Supervisor } from '../tools/supervisor';
import { same } from './scenario';

const DATASET = 'orders';
const PARTITION = 'tenant=acme/year=2026/month=06/day=15';
const ONE = ['--dataset', DATASET, '--partition', PARTITION];

/** The verbs of operators on a deployed stage, by people with the rights that the page gives them, and with less. */
export async function verbScenarios(supervisor: Supervisor, report: Report): Promise<void> {
  report.section('Verbs of `npm run lake`, with IAM enforced');
  await withEmulatedLake(supervisor, { auth: true }, async (lake) => {
    const files = new LakeFiles(lake);
    const [reading = [], running = [], changing = [], replaying = []] = documentedPolicies(lake);
    const reader = await personWith(lake, 'reader', reading);
    const runner = await personWith(lake, 'runner', [...reading, ...running]);
    const writer = await personWith(lake, 'writer', [...reading, ...changing]);
    const onlooker = await personWith(lake, 'onlooker', [...reading, ...replaying]);
    const rebuilder = await personWith(lake, 'rebuilder', [...reading, ...changing, ...replaying]);
    const ask = (who: Credentials, ...args: readonly string[]) => askAs(supervisor, lake, who, ...args);

    await report.check('status and plan tell what waits, and the alarms, with the rights of a reader', async () => {
      await putOrder(files, 'one');
      const status = succeeded(await ask(reader, 'status', ...ONE, '--json'));
      same(status.lake, { stage: lake.settings.name }, 'lake');
      same(pick(status, 'datasets', 0, 'pending', 'objects'), 1, 'objects that wait');
      if (!Array.isArray(status.alarms)) throw new Error('there are no alarms in the answer');
      const plan = succeeded(await ask(reader, 'plan', '--json'));
      const planned = (plan.datasets as { dataset: string; compact: { partition: string }[] }[]).filter(
        ({ compact }) => compact.length > 0,
      );
      same(
        planned.map(({ dataset, compact }) => [dataset, ...compact.map(({ partition }) => partition)]),
        [[DATASET, PARTITION]],
        'what is planned',
      );
    });

    await report.check('compact starts a run and follows it to its end; a reader may not', async () => {
      const refused = await ask(reader, 'compact', '--dataset', DATASET, '--yes');
      same([refused.code, /needs states:StartExecution/.test(refused.stderr)], [2, true], 'what a reader is told');
      const before = await ask(runner, 'compact', '--dataset', DATASET, '--json');
      same(before.code, 3, 'code without --yes');
      const done = succeeded(await ask(runner, 'compact', '--dataset', DATASET, '--yes', '--json'));
      same(pick(done, 'run', 'status'), 'SUCCEEDED', 'status of the run');
      same(pick(done, 'left', 0, 'partitions'), 0, 'partitions that are left');
    });

    await report.check('verify finds nothing to complain about', async () => {
      const whole = succeeded(await ask(reader, 'verify', '--deep', '--json'));
      same(whole.findings, [], 'findings');
      same(pick(whole, 'looked', 'partitions'), 1, 'partitions');
    });

    await report.check(
      'restore goes back as a new commit; a reader may not, and plans alone change nothing',
      async () => {
        await putOrder(files, 'two');
        succeeded(await ask(runner, 'compact', '--dataset', DATASET, '--yes', '--json'));
        const versions = await versionsOf(await ask(reader, 'history', ...ONE, '--json'));
        const last = versions.at(-1);
        const go = (who: Credentials, ...more: readonly string[]) =>
          ask(who, 'restore', ...ONE, '--version', last?.version ?? '', '--json', ...more);
        same((await go(reader)).code, 3, 'code without --yes');
        const refused = await go(reader, '--yes');
        same([refused.code, /needs s3:\w+/.test(refused.stderr)], [2, true], 'what a reader is told');
        same((await versionsOf(await ask(reader, 'history', ...ONE, '--json'))).length, versions.length, 'versions');
        same(pick(succeeded(await go(writer, '--yes')), 'outcome'), 'restored', 'outcome');
        const [now] = await versionsOf(await ask(reader, 'history', ...ONE, '--json'));
        same(now?.rows, last?.rows, 'rows of the restored version');
        same(succeeded(await ask(reader, 'verify', '--json')).findings, [], 'findings after it');
        const [file = ''] = now?.files ?? [];
        await files.delete('curated', file);
        const broken = await ask(reader, 'verify', '--json');
        same(broken.code, 1, 'code of verify without the file');
        const [finding] = (JSON.parse(broken.stdout) as { findings: { kind: string; key: string }[] }).findings;
        same(
          [finding?.kind, finding?.key.startsWith(dataPrefix(DATASET, PARTITION))],
          ['file-missing', true],
          'finding',
        );
      },
    );

    await report.check(
      'replay brings back the file and the manifest that are lost; without its rights it says so',
      async () => {
        const replay = (who: Credentials, ...more: readonly string[]) => ask(who, 'replay', ...ONE, '--json', ...more);
        const planned = await replay(reader);
        same(planned.code, 3, 'code without --yes');
        const rows = pick(JSON.parse(planned.stdout), 'partitions', 0, 'recorded', 'out');
        await files.delete('curated', manifestKey(DATASET, PARTITION));
        const refused = await replay(onlooker, '--yes');
        same([refused.code, /needs s3:\w+/.test(refused.stderr)], [2, true], 'who may not write the table');
        const unread = await replay(writer, '--yes');
        same(
          [unread.code, /AccessDenied.* needs s3:GetObjectVersion/.test(unread.stdout)],
          [1, true],
          'who may not read versions of raw',
        );
        const done = succeeded(await replay(rebuilder, '--yes'));
        same(pick(done, 'partitions', 0, 'rows', 'out'), rows, 'rows that are back');
        same(succeeded(await ask(reader, 'verify', '--deep', '--json')).findings, [], 'findings after it');
        const [now] = await versionsOf(await ask(reader, 'history', ...ONE, '--json'));
        same(now?.rows, rows, 'rows of the table');
      },
    );

    for (const action of ['s3:ListBucket', 's3:ListBucketVersions', 's3:GetObject', 's3:GetObjectVersion']) {
      await report.check(`a reader without ${action} is told so`, async () => {
        const less = reading.map((one) => ({ ...one, Action: [one.Action].flat().filter((own) => own !== action) }));
        const who = await personWith(
          lake,
          `without-${action.slice(3)}`,
          less.filter(({ Action }) => Action.length > 0),
        );
        const answers = await Promise.all([ask(who, 'status', ...ONE), ask(who, 'history', ...ONE)]);
        const told = answers.filter(({ code, stderr }) => code === 2 && /needs s3:\w+/.test(stderr));
        if (told.length === 0) throw new Error(answers.map(({ code, stderr }) => `${code} ${stderr}`).join('\n'));
      });
    }
  });
}

let seed = 0;

async function putOrder(files: LakeFiles, name: string): Promise<void> {
  const dataset = files.dataset(DATASET);
  const rows = randomRows(dataset, PARTITION, ++seed, 3);
  await files.putRaw(dataset, PARTITION, { name: `${name}.json`, body: Buffer.from(ndjsonText(dataset, rows)) });
}

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
}

/** Those of the page, in its order, with the names of the deployed lake. */
function documentedPolicies(lake: EmulatedLake): readonly (readonly Statement[])[] {
  const page = readFileSync(join(PROJECT_ROOT, 'docs/commands.md'), 'utf8');
  const [, rights = ''] = page.split('\n## Rights\n');
  const [section = ''] = rights.split('\n## ');
  const text = section
    .replaceAll('arn:aws:s3:::RAW', `arn:aws:s3:::${lake.output('storage', 'RawBucketName')}`)
    .replaceAll('arn:aws:s3:::CURATED', `arn:aws:s3:::${lake.output('storage', 'CuratedBucketName')}`)
    .replaceAll('arn:aws:s3:::QUARANTINE', `arn:aws:s3:::${lake.output('storage', 'QuarantineBucketName')}`)
    .replaceAll('DATA_KEY', lake.output('storage', 'DataKeyArn'))
    .replaceAll('STATE_MACHINE', lake.output('compaction', 'StateMachineArn'));
  return [...text.matchAll(/^```json\n([\s\S]*?)^```/gm)].map(
    ([, json = '']) => (JSON.parse(json) as { readonly Statement: readonly Statement[] }).Statement,
  );
}

async function personWith(
  lake: EmulatedLake,
  UserName: string,
  statements: readonly Statement[],
): Promise<Credentials> {
  const iam = lake.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName }));
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: statements });
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'verbs', PolicyDocument }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
}

interface Asked {
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

async function askAs(
  supervisor: Supervisor,
  lake: EmulatedLake,
  { accessKeyId, secretAccessKey }: Credentials,
  ...args: readonly string[]
): Promise<Asked> {
  const script = join(__dirname, 'verb-process.ts');
  return await supervisor.run(process.execPath, ['--import', 'tsx', script, ...args], {
    cwd: PROJECT_ROOT,
    env: {
      ...process.env,
      ...lake.emulator.environment,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    },
  });
}

type Json = Readonly<Record<string, unknown>>;

function succeeded({ code, stdout, stderr }: Asked): Json {
  if (code !== 0) throw new Error(`It ended with ${code}: ${stdout.slice(0, 2_000)}${stderr.slice(0, 4_000)}`);
  return JSON.parse(stdout) as Json;
}

const pick = (value: unknown, ...path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>((inner, name) => (inner as Record<string | number, unknown> | null | undefined)?.[name], value);

interface Version {
  readonly version: string;
  readonly rows: number;
  readonly files: readonly string[];
}

const versionsOf = async (asked: Asked): Promise<readonly Version[]> =>
  pick(succeeded(asked), 'partitions', 0, 'versions') as readonly Version[];
