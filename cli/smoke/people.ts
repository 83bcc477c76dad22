import { AthenaClient } from '@aws-sdk/client-athena';
import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  DeleteRoleCommand,
  DetachRolePolicyCommand,
  type IAMClient,
  ListAttachedRolePoliciesCommand,
} from '@aws-sdk/client-iam';
import { AssumeRoleCommand, GetCallerIdentityCommand, type STSClient } from '@aws-sdk/client-sts';
import { pascalCase } from '../../lib/dataset/pascal-case';
import { accessPath, resourceName, type StageSettings } from '../../lib/settings';
import { ifFound, MissingPermission } from '../preflight/aws/errors';
import { guard } from '../preflight/aws/guard';
import { ANY_CALL } from '../verbs/stage-lake';

/** Who asks Athena. */
export const LAKE_PEOPLE = ['analyst', 'engineer'] as const;
export type LakePerson = (typeof LAKE_PEOPLE)[number];

/** IAM tells every region of a new role within some seconds, and of its policies too. */
const PROPAGATION_SECONDS = 90;

const roleName = (settings: StageSettings, person: LakePerson): string => resourceName(settings, `smoke-${person}`);

/** What it takes to work as somebody else. */
export const PERSON_PERMISSIONS = [
  ...['iam:CreateRole', 'iam:AttachRolePolicy', 'iam:ListAttachedRolePolicies', 'iam:DetachRolePolicy'],
  ...['iam:DeleteRole', 'sts:AssumeRole', 'athena:StartQueryExecution', 'athena:GetQueryExecution'],
];

/** Where they work: what they need of a smoke test's context. */
export interface Office {
  readonly settings: StageSettings;
  readonly region: string;
  readonly clients: { readonly iam: IAMClient; readonly sts: STSClient };
  readonly reserved: { readonly journal: { readonly id: string } };
  output(stack: string, name: string): Promise<string | undefined>;
  until<T>(what: string, seconds: number, ask: () => Promise<T | undefined>): Promise<T>;
}

/**
 * A client of Athena with the permissions of a person and no other: those of the deployed policies, on a role of the smoke
 * test. A stage need not name anybody as an analyst for that, and the caller need not be one.
 */
export async function actAs(office: Office, person: LakePerson): Promise<AthenaClient> {
  const { clients, settings, region, reserved, output, until } = office;
  const PolicyArn = await output('access', `${pascalCase(person)}PolicyArn`);
  if (PolicyArn === undefined) throw new Error(`the access stack has no output ${pascalCase(person)}PolicyArn`);
  const { Arn: caller = '', Account = '' } = await clients.sts.send(new GetCallerIdentityCommand({}));
  const RoleName = roleName(settings, person);
  await removePerson(clients.iam, RoleName);
  const { Role } = await clients.iam.send(
    new CreateRoleCommand({
      RoleName,
      Path: accessPath(settings),
      Description: `Smoke test of stage ${settings.name}: deleted when it ends`,
      AssumeRolePolicyDocument: trustOf(caller.split(':')[1] ?? 'aws', Account, reserved.journal.id),
    }),
  );
  await clients.iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
  const {
    AccessKeyId = '',
    SecretAccessKey = '',
    SessionToken = '',
  } = await until(`session of ${RoleName}, which was created`, PROPAGATION_SECONDS, async () => {
    try {
      const assume = { RoleArn: Role?.Arn, RoleSessionName: 'smoke', ExternalId: reserved.journal.id };
      return (await clients.sts.send(new AssumeRoleCommand(assume))).Credentials;
    } catch (error) {
      if (error instanceof MissingPermission) return undefined; // so far
      throw error;
    }
  });
  const credentials = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
  return guard(new AthenaClient({ region, credentials, maxAttempts: 4 }), undefined, ANY_CALL);
}

/** Only the caller's account, and only who knows the id of this smoke test. */
const trustOf = (partition: string, account: string, id: string): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: `arn:${partition}:iam::${account}:root` },
        Action: 'sts:AssumeRole',
        Condition: { StringEquals: { 'sts:ExternalId': id } },
      },
    ],
  });

/** Deletes the roles of the smoke test, where there are any. */
export async function removePeople({ clients, settings }: Pick<Office, 'clients' | 'settings'>): Promise<void> {
  for (const person of LAKE_PEOPLE) await removePerson(clients.iam, roleName(settings, person));
}

async function removePerson(iam: IAMClient, RoleName: string): Promise<void> {
  const found = await ifFound(iam.send(new ListAttachedRolePoliciesCommand({ RoleName })));
  if (found === undefined) return;
  for (const { PolicyArn } of found.AttachedPolicies ?? []) {
    await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));
  }
  await iam.send(new DeleteRoleCommand({ RoleName }));
}
