import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import type { Credentials, EmulatedLake } from '../emulator/lake';
import { PROJECT_ROOT } from '../tools/project';
import type { Supervisor } from '../tools/supervisor';

/** The bucket that the scenarios import from. */
export const SOURCE = 'source-of-an-import';

export interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
}

/** Those of the page, in its order, with the names of the deployed lake. */
export function documentedPolicies(lake: EmulatedLake): readonly (readonly Statement[])[] {
  const page = readFileSync(join(PROJECT_ROOT, 'docs/commands.md'), 'utf8');
  const [, rights = ''] = page.split('\n## Rights\n');
  const [section = ''] = rights.split('\n## ');
  const text = section
    .replaceAll('arn:aws:s3:::RAW', `arn:aws:s3:::${lake.output('storage', 'RawBucketName')}`)
    .replaceAll('arn:aws:s3:::CURATED', `arn:aws:s3:::${lake.output('storage', 'CuratedBucketName')}`)
    .replaceAll('arn:aws:s3:::QUARANTINE', `arn:aws:s3:::${lake.output('storage', 'QuarantineBucketName')}`)
    .replaceAll('arn:aws:s3:::SOURCE', `arn:aws:s3:::${SOURCE}`)
    .replaceAll('DATA_KEY', lake.output('storage', 'DataKeyArn'))
    .replaceAll('STATE_MACHINE', lake.output('compaction', 'StateMachineArn'));
  return [...text.matchAll(/^```json\n([\s\S]*?)^```/gm)].map(
    ([, json = '']) => (JSON.parse(json) as { readonly Statement: readonly Statement[] }).Statement,
  );
}

export async function personWith(
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

export interface Asked {
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export async function askAs(
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

export type Json = Readonly<Record<string, unknown>>;

export function succeeded({ code, stdout, stderr }: Asked): Json {
  if (code !== 0) throw new Error(`It ended with ${code}: ${stdout.slice(0, 2_000)}${stderr.slice(0, 4_000)}`);
  return JSON.parse(stdout) as Json;
}

export const pick = (value: unknown, ...path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>((inner, name) => (inner as Record<string | number, unknown> | null | undefined)?.[name], value);
