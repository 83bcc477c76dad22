import { DescribeStacksCommand, paginateListStackResources } from '@aws-sdk/client-cloudformation';
import type { Assembly } from '../assembly/assembly';
import type { Aws } from '../aws/clients';
import { ifFound, isNoStack } from '../aws/errors';
import type { Permission } from '../permission';
import { arn, type Scope } from '../scope';

/** A stack of the stage as CloudFormation has it now. */
export interface DeployedStack {
  readonly name: string;
  readonly status: string;
  readonly statusReason: string | undefined;
  readonly description: string | undefined;
  readonly terminationProtection: boolean;
  readonly resources: readonly DeployedResource[];
}

export interface DeployedResource {
  readonly type: string;
  readonly logicalId: string;
  /** What `Ref` gives: a name or an ARN, by the type. */
  readonly physicalId: string;
}

/** The permissions that `deployedStacks` needs. */
export const stackPermissions = (scope: Scope): readonly Permission[] =>
  ['cloudformation:DescribeStacks', 'cloudformation:ListStackResources'].map((action) => ({
    action,
    resource: arn(scope, 'cloudformation', `stack/${scope.settings.prefix}-${scope.settings.name}-*/*`),
  }));

/** Those of the assembly's stacks that exist. */
export async function deployedStacks(aws: Aws, { stacks }: Assembly): Promise<readonly DeployedStack[]> {
  const found = await Promise.all(stacks.map(({ name }) => describe(aws, name)));
  return found.filter((stack) => stack !== undefined);
}

async function describe({ cloudFormation }: Aws, name: string): Promise<DeployedStack | undefined> {
  const answer = await ifFound(cloudFormation.send(new DescribeStacksCommand({ StackName: name })), isNoStack);
  const stack = answer?.Stacks?.find(({ StackStatus }) => StackStatus !== 'DELETE_COMPLETE');
  if (stack === undefined) return undefined;
  const resources: DeployedResource[] = [];
  for await (const page of paginateListStackResources({ client: cloudFormation }, { StackName: name })) {
    for (const { ResourceType, LogicalResourceId, PhysicalResourceId, ResourceStatus } of page.StackResourceSummaries ??
      []) {
      if (ResourceStatus === 'DELETE_COMPLETE') continue;
      resources.push({
        type: ResourceType ?? '',
        logicalId: LogicalResourceId ?? '',
        physicalId: PhysicalResourceId ?? '',
      });
    }
  }
  return {
    name,
    status: stack.StackStatus ?? 'UNKNOWN',
    statusReason: stack.StackStatusReason,
    description: stack.Description,
    terminationProtection: stack.EnableTerminationProtection === true,
    resources,
  };
}
