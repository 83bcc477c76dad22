import { GetRoleCommand } from '@aws-sdk/client-iam';
import { resources } from '../assembly/assembly';
import { strings } from '../assembly/template';
import { ifFound } from '../aws/errors';
import { type Check, error, type Finding, ok, skipped, warning } from '../check';
import type { Context } from '../context';
import { iamArn } from '../scope';

interface LinkedRole {
  /** Types that make AWS act through the role. */
  readonly types: RegExp;
  readonly service: string;
  readonly role: string;
}

const LINKED_ROLES: readonly LinkedRole[] = [
  { types: /^AWS::AutoScaling::/, service: 'autoscaling.amazonaws.com', role: 'AWSServiceRoleForAutoScaling' },
  {
    types: /^AWS::ElasticLoadBalancingV2::LoadBalancer$/,
    service: 'elasticloadbalancing.amazonaws.com',
    role: 'AWSServiceRoleForElasticLoadBalancing',
  },
  { types: /^AWS::ElastiCache::/, service: 'elasticache.amazonaws.com', role: 'AWSServiceRoleForElastiCache' },
  { types: /^AWS::ECS::/, service: 'ecs.amazonaws.com', role: 'AWSServiceRoleForECS' },
  {
    types: /^AWS::WAFv2::LoggingConfiguration$/,
    service: 'wafv2.amazonaws.com',
    role: 'AWSServiceRoleForWAFV2Logging',
  },
  {
    types: /^AWS::LakeFormation::Resource$/,
    service: 'lakeformation.amazonaws.com',
    role: 'AWSServiceRoleForLakeFormationDataAccess',
  },
];

/** AWS makes such a role on first use; a policy that names one which does not exist yet fails before that. */
export const serviceLinkedRoles: Check = {
  id: 'service-linked-roles',
  permissions: (scope) => [{ action: 'iam:GetRole', resource: iamArn(scope, 'role/aws-service-role/*') }],
  async run(context) {
    const all = resources(context.assembly);
    const used = LINKED_ROLES.filter(({ types }) => all.some(({ Type }) => types.test(Type)));
    if (used.length === 0) return [skipped('not needed: no service of the stage works through such a role')];
    return Promise.all(used.map((linked) => judge(context, linked)));
  },
};

async function judge({ aws, assembly }: Context, { service, role }: LinkedRole): Promise<Finding> {
  if ((await ifFound(aws.iam.send(new GetRoleCommand({ RoleName: role })))) !== undefined) return ok(`${role} exists`);
  const create = `aws iam create-service-linked-role --aws-service-name ${service}`;
  const isNamed = assembly.stacks.some(({ template }) => strings(template).some((text) => text.includes(`/${role}`)));
  if (isNamed) return error(`${role} does not exist, and a policy of the stacks names it`, `Create it: ${create}`);
  return warning(
    `${role} does not exist; AWS creates it on first use`,
    `Nothing, unless the CDK's execution role may not create roles of services. Then: ${create}`,
  );
}
