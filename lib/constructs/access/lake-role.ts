import { Aws, Stack } from 'aws-cdk-lib';
import {
  AccountPrincipal,
  ArnPrincipal,
  CompositePrincipal,
  type IPrincipal,
  type ManagedPolicy,
  Role,
} from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import {
  accessPath,
  type IngestPrincipals,
  type LakeRole as LakeRoleName,
  resourceName,
  type StageSettings,
} from '../../settings';

export interface LakeRoleProps {
  readonly settings: StageSettings;
  readonly name: LakeRoleName;
  readonly principals: Required<IngestPrincipals>;
  readonly policies: readonly ManagedPolicy[];
}

/**
 * A role of the lake that only the named principals may assume. Its permissions are its managed policies.
 *
 * @example
 * ```ts
 * const principals = { roles: ['arn:aws:iam::123456789012:role/jo'], permissionSets: [], datasets: [] };
 * new LakeRole(stack, 'Analyst', { settings, name: 'analyst', principals, policies: [policy] });
 * ```
 */
export class LakeRole extends Role {
  constructor(scope: Construct, id: string, { settings, name, principals, policies }: LakeRoleProps) {
    super(scope, id, {
      roleName: resourceName(settings, name),
      path: accessPath(settings),
      description: `Role ${name} of the data lake, stage ${settings.name}`,
      assumedBy: trusted(scope, principals),
      managedPolicies: [...policies],
    });
  }
}

function trusted(scope: Construct, { roles, permissionSets }: Required<IngestPrincipals>): IPrincipal {
  const named = roles.map((arn): IPrincipal => new ArnPrincipal(arn));
  if (permissionSets.length === 0) return new CompositePrincipal(...named);
  // Identity Center creates the roles, in this account, under a path with or without a region, and appends sixteen
  // characters to their names. Sixteen question marks exclude permission sets whose names only begin the same.
  const patterns = permissionSets.flatMap((set) =>
    ['', '*/'].map((region) =>
      Stack.of(scope).formatArn({
        service: 'iam',
        region: '',
        resource: 'role',
        resourceName: `aws-reserved/sso.amazonaws.com/${region}AWSReservedSSO_${set}_${'?'.repeat(16)}`,
      }),
    ),
  );
  return new CompositePrincipal(
    ...named,
    new AccountPrincipal(Aws.ACCOUNT_ID).withConditions({ ArnLike: { 'aws:PrincipalArn': patterns } }),
  );
}
