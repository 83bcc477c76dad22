import { type Assembly, type AssemblyResource, resources } from '../assembly/assembly';
import { at } from '../assembly/template';
import { workgroups } from './athena';
import { autoScalingGroups } from './auto-scaling';
import { alarms, dashboards } from './cloudwatch';
import { cacheUserGroups, cacheUsers } from './elasticache';
import { crawlers, databases, securityConfigurations } from './glue';
import { managedPolicies, roles } from './iam';
import { functions } from './lambda';
import { loadBalancerNames, targetGroupNames } from './load-balancing';
import { logGroups } from './logs';
import type { NamedResource, NamedType } from './named-type';
import { buckets } from './s3';
import { scheduleGroups } from './scheduler';
import { stateMachines } from './step-functions';
import { webAcls } from './waf';

export const NAMED_TYPES: readonly NamedType[] = [
  workgroups,
  databases,
  securityConfigurations,
  crawlers,
  logGroups,
  stateMachines,
  scheduleGroups,
  alarms,
  dashboards,
  roles,
  managedPolicies,
  buckets,
  functions,
  loadBalancerNames,
  targetGroupNames,
  autoScalingGroups,
  cacheUsers,
  cacheUserGroups,
  webAcls,
];

/** Types whose `Name` need not be unique in the account, or only inside of something that the stage creates itself. */
const NOT_UNIQUE = new Set([
  'AWS::Athena::NamedQuery',
  'AWS::Scheduler::Schedule',
  'AWS::Logs::QueryDefinition',
  'AWS::Cognito::UserPool',
  'AWS::Cognito::UserPoolResourceServer',
  'AWS::Route53::RecordSet', // the check of the domain looks at the zone
]);

/** The resources of a type that their template names. */
export const namedBy = (assembly: Assembly, { type, property }: NamedType): readonly NamedResource[] =>
  resources(assembly).flatMap((resource) => {
    const name = at(resource.Properties, property);
    return resource.Type === type && typeof name === 'string' ? [{ ...resource, name }] : [];
  });

/** Types that the templates name and that no entry of `NAMED_TYPES` looks up. */
export function unknownNames(assembly: Assembly): readonly string[] {
  const known = new Set([...NAMED_TYPES.map(({ type }) => type), ...NOT_UNIQUE]);
  const named = resources(assembly).filter((resource) => !known.has(resource.Type) && hasName(resource));
  return [...new Set(named.map(({ Type }) => Type))].sort();
}

/** `Name`, or `QueueName` of an `AWS::SQS::Queue`: how CloudFormation calls the property, with few exceptions. */
function hasName({ Type, Properties = {} }: AssemblyResource): boolean {
  const last = Type.split('::').at(-1) ?? '';
  return ['Name', `${last}Name`].some((property) => typeof Properties[property] === 'string');
}
