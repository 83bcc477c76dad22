import type { AssemblyStack } from './assembly';
import { at, type Resource } from './template';

/** Something of a template that has a size, and the most that AWS takes. */
export interface Sized {
  /** What it is, and where. */
  readonly what: string;
  readonly size: number;
  readonly limit: number;
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html */
const TEMPLATE_BYTES = 1_000_000;
const TEMPLATE_RESOURCES = 500;
const TEMPLATE_OUTPUTS = 200;

type Measure = (properties: Readonly<Record<string, unknown>>) => readonly Omit<Sized, 'limit'>[];

/** What each type of resource has that must not be too long; IAM counts no white space, and JSON here has none. */
const MEASURES: readonly (readonly [type: string, limit: number, Measure])[] = [
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
  ['AWS::IAM::ManagedPolicy', 6_144, (own) => text('policy', own.PolicyDocument)],
  ['AWS::IAM::Role', 2_048, (own) => text('trust policy', own.AssumeRolePolicyDocument)],
  ['AWS::IAM::Role', 10_240, (own) => text('inline policies', own.Policies)],
  ['AWS::IAM::Role', 10, (own) => many('managed policies', own.ManagedPolicyArns)],
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html
  ['AWS::S3::BucketPolicy', 20_480, (own) => text('bucket policy', own.PolicyDocument)],
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-configuration-limitations.html
  ['AWS::S3::Bucket', 1_000, (own) => many('lifecycle rules', at(own, ['LifecycleConfiguration', 'Rules']))],
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-add-config.html
  ['AWS::S3::Bucket', 1_000, (own) => many('replication rules', at(own, ['ReplicationConfiguration', 'Rules']))],
  // https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html
  ['AWS::KMS::Key', 32_768, (own) => text('key policy', own.KeyPolicy)],
  // https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
  ['AWS::Lambda::Function', 4_096, (own) => text('environment', at(own, ['Environment', 'Variables']))],
  // https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
  ['AWS::StepFunctions::StateMachine', 1_048_576, (own) => text('definition', own.DefinitionString)],
  ['AWS::Scheduler::Schedule', 262_144, (own) => text('input', at(own, ['Target', 'Input']))],
  // https://docs.aws.amazon.com/athena/latest/APIReference/API_CreateNamedQuery.html
  ['AWS::Athena::NamedQuery', 262_144, (own) => text('query', own.QueryString)],
  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
  ['AWS::CloudWatch::CompositeAlarm', 10_240, (own) => text('rule', own.AlarmRule)],
];

/** Everything of a stack that has a limit, what is deployed counted at its longest. */
export function sizesOf({ name, template, bytes }: Pick<AssemblyStack, 'name' | 'template' | 'bytes'>): Sized[] {
  return [
    { what: `${name}: template`, size: bytes, limit: TEMPLATE_BYTES },
    { what: `${name}: resources`, size: Object.keys(template.Resources).length, limit: TEMPLATE_RESOURCES },
    { what: `${name}: outputs`, size: Object.keys(template.Outputs ?? {}).length, limit: TEMPLATE_OUTPUTS },
    ...Object.entries(template.Resources).flatMap(([id, resource]) => measured(`${name}: ${id}`, resource)),
    ...attachments(name, template.Resources),
  ];
}

const measured = (where: string, { Type, Properties = {} }: Resource): Sized[] =>
  MEASURES.filter(([type]) => type === Type).flatMap(([, limit, measure]) =>
    measure(Properties).map(({ what, size }) => ({ what: `${where}, ${what}`, size, limit })),
  );

/** Managed policies that name their roles, beside those that the roles name. */
function attachments(name: string, resources: Readonly<Record<string, Resource>>): Sized[] {
  const attached = new Map<string, number>();
  for (const { Type, Properties = {} } of Object.values(resources)) {
    if (Type !== 'AWS::IAM::ManagedPolicy' || !Array.isArray(Properties.Roles)) continue;
    for (const role of Properties.Roles) {
      const id = String(at(role, ['Ref']) ?? role);
      attached.set(id, (attached.get(id) ?? lengthOf(at(resources[id], ['Properties', 'ManagedPolicyArns']))) + 1);
    }
  }
  return [...attached].map(([role, size]) => ({ what: `${name}: ${role}, managed policies`, size, limit: 10 }));
}

const lengthOf = (list: unknown): number => (Array.isArray(list) ? list.length : 0);

const text = (what: string, value: unknown): Omit<Sized, 'limit'>[] =>
  value === undefined ? [] : [{ what, size: filled(value).length }];

const many = (what: string, list: unknown): Omit<Sized, 'limit'>[] => [{ what, size: lengthOf(list) }];

/** A value as text with what CloudFormation fills in: names and ARNs of the lake are shorter than this. */
function filled(value: unknown): string {
  const resolved = resolve(value);
  return typeof resolved === 'string' ? resolved : JSON.stringify(resolved);
}

const LONGEST = 'x'.repeat(90);
const PSEUDO: Readonly<Record<string, number>> = {
  'AWS::AccountId': 12,
  'AWS::Partition': 3,
  'AWS::Region': 14,
  'AWS::URLSuffix': 13,
};

function resolve(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(resolve);
  if (typeof value !== 'object' || value === null) return value;
  const [[key, inner] = ['', undefined], ...others] = Object.entries(value);
  if (others.length === 0 && key === 'Ref') return 'x'.repeat(PSEUDO[String(inner)] ?? LONGEST.length);
  if (others.length === 0 && key === 'Fn::Join') {
    const [separator, parts] = inner as [string, unknown[]];
    return parts.map((part) => filled(part)).join(separator);
  }
  if (others.length === 0 && key.startsWith('Fn::')) return LONGEST;
  return Object.fromEntries(Object.entries(value).map(([name, own]) => [name, resolve(own)]));
}
