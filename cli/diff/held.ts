/** What a deployment must not replace: resources that hold data, or whose address others have written down. */

import { loadAwsServiceSpecSync } from '@aws-cdk/aws-service-spec';
import type { Resource, Template } from '../preflight/assembly/template';

/** By type, what is gone when a resource is replaced or removed. */
export const HELD: Readonly<Record<string, string>> = {
  'AWS::Athena::WorkGroup': 'the history of its queries',
  'AWS::CloudWatch::Dashboard': 'the address under which people have it open',
  'AWS::Cognito::UserPool': 'every client with its secret',
  'AWS::Cognito::UserPoolClient': 'id and secret that a producer has',
  'AWS::Cognito::UserPoolDomain': 'the address that producers get tokens from',
  'AWS::Cognito::UserPoolResourceServer': 'the scopes that clients have',
  'AWS::EC2::EIP': 'an address that others let in',
  'AWS::ElastiCache::ReplicationGroup': 'the ids of recent events, by which a repeated one is known',
  'AWS::ElasticLoadBalancingV2::LoadBalancer': 'the name that aliases and producers point at',
  'AWS::Glue::Database': 'every table in it, and the grants on it',
  'AWS::Glue::Table': 'the grants on it, and queries fail while it is missing',
  'AWS::IAM::Role': 'its ARN, which policies elsewhere name and people assume',
  'AWS::KMS::Key': 'everything that was encrypted with it, when it is deleted',
  'AWS::Logs::LogGroup': 'its log events',
  'AWS::S3::Bucket': 'its objects, and the name that producers and readers have',
  'AWS::SNS::Topic': 'its subscriptions, which people confirmed',
  'AWS::SQS::Queue': 'its messages',
  'AWS::SecretsManager::Secret': 'its value',
};

/** Where the specification is silent: CloudFormation refuses these changes, or makes a second resource of the new name. */
const FIXED: Readonly<Record<string, readonly string[]>> = {
  'AWS::Glue::Database': ['DatabaseInput.Name'],
  'AWS::Glue::Table': ['TableInput.Name'],
  'AWS::KMS::Key': ['KeySpec', 'KeyUsage', 'MultiRegion', 'Origin'],
  'AWS::Cognito::UserPool': ['AliasAttributes', 'UsernameAttributes', 'UsernameConfiguration'],
};

/** What makes a resource the same one: if any of it changes, CloudFormation makes another. */
export interface Held {
  readonly type: string;
  readonly deletionPolicy?: string;
  readonly updateReplacePolicy?: string;
  /** Values of the properties whose change replaces the resource, by path. */
  readonly fixed: Readonly<Record<string, unknown>>;
}

/** By stack, and in it by logical id. */
export type HeldResources = Readonly<Record<string, Readonly<Record<string, Held>>>>;

let specification: ReturnType<typeof loadAwsServiceSpecSync> | undefined;
const specOf = (type: string) => {
  specification ??= loadAwsServiceSpecSync(); // takes a second
  return specification.lookup('resource', 'cloudFormationType', 'equals', type)[0];
};

/** Whether CloudFormation's specification says that a type has state that cannot be made again. */
export const isStateful = (type: string): boolean => specOf(type)?.isStateful === true;

/** Properties whose change replaces a resource of the type, or may. */
export function fixedPaths(type: string): readonly string[] {
  const replacing = Object.entries(specOf(type)?.properties ?? {})
    .filter(([, { causesReplacement = 'no' }]) => causesReplacement !== 'no')
    .map(([name]) => name);
  return [...replacing, ...(FIXED[type] ?? [])].sort();
}

const at = (value: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], value);

/** A resource with what becomes of it when its stack lets go of it. */
type Kept = Resource & { readonly DeletionPolicy?: string; readonly UpdateReplacePolicy?: string };

export function held({ Type, Properties = {}, DeletionPolicy, UpdateReplacePolicy }: Kept): Held {
  const values = fixedPaths(Type).map((path) => [path, at(Properties, path)] as const);
  return {
    type: Type,
    ...(DeletionPolicy === undefined ? {} : { deletionPolicy: DeletionPolicy }),
    ...(UpdateReplacePolicy === undefined ? {} : { updateReplacePolicy: UpdateReplacePolicy }),
    fixed: Object.fromEntries(values.filter(([, value]) => value !== undefined)),
  };
}

/** A role without a name of its own is known to nobody outside of its stack. */
export const isHeld = ({ Type, Properties }: Resource): boolean =>
  HELD[Type] !== undefined && (Type !== 'AWS::IAM::Role' || Properties?.RoleName !== undefined);

/** The resources of a template that must stay. */
export const heldIn = ({ Resources }: Template): Readonly<Record<string, Held>> =>
  Object.fromEntries(
    Object.entries(Resources)
      .filter(([, resource]) => isHeld(resource))
      .map(([id, resource]) => [id, held(resource)]),
  );
