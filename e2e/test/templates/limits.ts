/** What every template must keep within, whatever a fork names its stages and datasets: limits of the services. */
import { cronProblem, rateProblem } from '../../../lib/settings/schedules';
import type { Resource, SynthesizedStack, Template } from '../../../test/support/synthesize';
import { VARIANTS } from '../../../test/support/variants';
import { longestForm } from './sizes';
import { SYNTHESIZED } from './synthesized';

interface Place {
  readonly where: string;
  readonly resource: Resource;
  readonly template: Template;
}

const stacks: readonly (SynthesizedStack & { readonly variant: string })[] = SYNTHESIZED.flatMap(
  ({ variant, stacks: own }) => own.map((stack) => ({ ...stack, variant: variant.name })),
);
const places: readonly Place[] = stacks.flatMap(({ variant, stackName, template }) =>
  Object.entries(template.Resources).map(([id, resource]) => ({
    where: `${variant}: ${stackName}: ${id}`,
    resource,
    template,
  })),
);
const ofType = (type: string): readonly Place[] => places.filter(({ resource }) => resource.Type === type);

/** Length of the smallest JSON of a policy: IAM does not count white space. */
const size = (document: unknown, template: Template): number => JSON.stringify(longestForm(document, template)).length;

/** A name that another resource, or CloudFormation, has. */
function isReference(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return 'Ref' in value || 'Fn::GetAtt' in value || 'Fn::ImportValue' in value;
}

describe('every policy is within the size limit of its kind', () => {
  /** Characters, from the quotas of each service. Inline policies of a role count together. */
  const LIMITS: readonly {
    readonly type: string;
    readonly limit: number;
    readonly documents: (properties: Readonly<Record<string, unknown>>) => readonly unknown[];
  }[] = [
    { type: 'AWS::IAM::ManagedPolicy', limit: 6_144, documents: ({ PolicyDocument }) => [PolicyDocument] },
    {
      type: 'AWS::IAM::Role',
      limit: 10_240,
      documents: ({ Policies }) =>
        ((Policies ?? []) as { PolicyDocument: unknown }[]).map(({ PolicyDocument }) => PolicyDocument),
    },
    {
      type: 'AWS::IAM::Role',
      limit: 2_048,
      documents: ({ AssumeRolePolicyDocument }) => [AssumeRolePolicyDocument],
    },
    { type: 'AWS::IAM::Policy', limit: 10_240, documents: ({ PolicyDocument }) => [PolicyDocument] },
    { type: 'AWS::S3::BucketPolicy', limit: 20_480, documents: ({ PolicyDocument }) => [PolicyDocument] },
    { type: 'AWS::KMS::Key', limit: 32_768, documents: ({ KeyPolicy }) => [KeyPolicy] },
    { type: 'AWS::SQS::QueuePolicy', limit: 8_192, documents: ({ PolicyDocument }) => [PolicyDocument] },
    { type: 'AWS::SNS::TopicPolicy', limit: 30_720, documents: ({ PolicyDocument }) => [PolicyDocument] },
  ];

  test.each(LIMITS)('$type: at most $limit characters', ({ type, limit, documents }) => {
    for (const { where, resource, template } of ofType(type)) {
      const total = documents(resource.Properties ?? {})
        .map((document) => size(document, template))
        .reduce((sum, one) => sum + one, 0);
      expect({ where, fits: total <= limit, total }).toMatchObject({ fits: true });
    }
  });

  test('no other type of resource has a policy that is not looked at here', () => {
    const known = new Set(LIMITS.map(({ type }) => type));
    const others = places
      .filter(({ resource }) => !known.has(resource.Type))
      .filter(({ resource }) => /"Statement":\[/.test(JSON.stringify(resource.Properties ?? {})))
      .map(({ resource }) => resource.Type);
    expect([...new Set(others)].filter((type) => !LOOKED_AT_ELSEWHERE.has(type))).toEqual([]);
  });

  test('no role has more than the ten managed policies that every account allows', () => {
    for (const { where, resource, template } of ofType('AWS::IAM::Role')) {
      const id = where.split(': ').at(-1) ?? '';
      const own = ((resource.Properties?.ManagedPolicyArns ?? []) as unknown[]).length;
      const others = Object.values(template.Resources).filter(
        ({ Type, Properties }) =>
          Type === 'AWS::IAM::ManagedPolicy' && JSON.stringify(Properties?.Roles ?? []).includes(`"${id}"`),
      ).length;
      expect({ where, policies: own + others }).toEqual({ where, policies: Math.min(10, own + others) });
    }
  });
});

/** Endpoint policies have 20,480 characters. */
const LOOKED_AT_ELSEWHERE = new Set(['AWS::EC2::VPCEndpoint', 'AWS::Logs::ResourcePolicy']);

describe('every name that a template gives is one that its service takes', () => {
  const WORD = /^[\w.-]+$/;
  /** By type and property: the form, and the most characters. From the API reference of each service. */
  const NAMES: Readonly<Record<string, readonly [form: RegExp, most: number]>> = {
    'AWS::Athena::NamedQuery Name': [/^[\s\S]+$/, 128],
    'AWS::Athena::WorkGroup Name': [/^[a-zA-Z0-9._-]+$/, 128],
    'AWS::CloudWatch::Alarm AlarmName': [/^[\x20-\x7e]+$/, 255],
    'AWS::CloudWatch::CompositeAlarm AlarmName': [/^[\x20-\x7e]+$/, 255],
    'AWS::CloudWatch::Dashboard DashboardName': [/^[\w-]+$/, 255],
    'AWS::Events::Rule Name': [WORD, 64],
    'AWS::Glue::Crawler Name': [/^[\x20-\x7e]+$/, 255],
    'AWS::Glue::SecurityConfiguration Name': [/^[\x20-\x7e]+$/, 255],
    'AWS::IAM::ManagedPolicy ManagedPolicyName': [/^[\w+=,.@-]+$/, 128],
    'AWS::IAM::Role RoleName': [/^[\w+=,.@-]+$/, 64],
    'AWS::KMS::Alias AliasName': [/^alias\/[a-zA-Z0-9/_-]+$/, 256],
    'AWS::Lambda::Function FunctionName': [/^[a-zA-Z0-9-_]+$/, 64],
    'AWS::Logs::LogGroup LogGroupName': [/^[.\-_/#A-Za-z0-9]+$/, 512],
    'AWS::Logs::QueryDefinition Name': [/^[^:*]+$/, 255],
    'AWS::Scheduler::ScheduleGroup Name': [/^[0-9a-zA-Z-_.]+$/, 64],
    'AWS::Scheduler::Schedule Name': [/^[0-9a-zA-Z-_.]+$/, 64],
    'AWS::Scheduler::Schedule GroupName': [/^[0-9a-zA-Z-_.]+$/, 64],
    'AWS::S3::Bucket BucketName': [/^[a-z0-9](?!.*\.\.)[a-z0-9.-]+[a-z0-9]$/, 63],
    'AWS::SNS::Topic TopicName': [/^[a-zA-Z0-9_-]+$/, 256],
    'AWS::SQS::Queue QueueName': [/^[a-zA-Z0-9_-]+$/, 80],
    'AWS::StepFunctions::StateMachine StateMachineName': [/^[a-zA-Z0-9-_]+$/, 80],
    'AWS::AutoScaling::AutoScalingGroup AutoScalingGroupName': [/^[^:]+$/, 255],
    'AWS::EC2::LaunchTemplate LaunchTemplateName': [/^[a-zA-Z0-9().\-/_]+$/, 128],
    'AWS::ElasticLoadBalancingV2::LoadBalancer Name': [/^(?!-|internal-)[a-zA-Z0-9-]+(?<!-)$/, 32],
    'AWS::ElasticLoadBalancingV2::TargetGroup Name': [/^(?!-)[a-zA-Z0-9-]+(?<!-)$/, 32],
    'AWS::Cognito::UserPool UserPoolName': [/^[\w\s+=,.@-]+$/, 128],
    'AWS::Cognito::UserPoolClient ClientName': [/^[\w\s+=,.@-]+$/, 128],
    'AWS::Cognito::UserPoolResourceServer Name': [/^[\w\s+=,.@-]+$/, 256],
    'AWS::Route53::RecordSet Name': [/^[a-z0-9.-]+$/, 253],
    'AWS::WAFv2::WebACL Name': [/^[\w-]+$/, 128],
    'AWS::ElastiCache::ReplicationGroup ReplicationGroupId': [/^[a-z](?!.*--)[a-z0-9-]*(?<!-)$/, 40],
    'AWS::ElastiCache::User UserName': [/^[\w-]+$/, 120],
    'AWS::ElastiCache::User UserId': [/^[a-z](?!.*--)[a-z0-9-]*(?<!-)$/, 40],
    'AWS::ElastiCache::UserGroup UserGroupId': [/^[a-z](?!.*--)[a-z0-9-]*(?<!-)$/, 40],
    'AWS::ElastiCache::ServerlessCache ServerlessCacheName': [/^[a-z](?!.*--)[a-z0-9-]*(?<!-)$/, 40],
  };
  /** Names of other things than the resource itself, by the last part of a property's name. */
  const NO_NAMES_OF_THEIR_OWN = new Set([
    ...['MetricName', 'Namespace', 'DatabaseName', 'WorkGroup', 'FunctionName', 'ServiceName', 'DomainName'],
  ]);
  const EXCEPT = new Set(['AWS::Lambda::Permission', 'AWS::Glue::Table', 'AWS::Lambda::EventInvokeConfig']);

  const names = places
    .filter(({ resource }) => !EXCEPT.has(resource.Type))
    .flatMap(({ where, resource, template }) =>
      Object.entries(resource.Properties ?? {})
        .filter(([property]) => /Name$|^(ReplicationGroup|User|UserGroup)Id$/.test(property))
        .filter(([property]) => `${resource.Type} ${property}` in NAMES || !NO_NAMES_OF_THEIR_OWN.has(property))
        .filter(([, value]) => !isReference(value))
        .map(([property, value]) => ({
          where,
          rule: `${resource.Type} ${property}`,
          name: String(longestForm(value, template)),
        })),
    );

  test('every name has a rule here', () => {
    expect([...new Set(names.map(({ rule }) => rule))].filter((rule) => !(rule in NAMES))).toEqual([]);
  });

  test('of the right form and length', () => {
    expect(names.length).toBeGreaterThan(100);
    for (const { where, rule, name } of names) {
      const [form, most] = NAMES[rule] ?? [/^/, 0];
      expect({ where, rule, name, fits: form.test(name) && name.length <= most }).toMatchObject({ fits: true });
    }
  });

  test('stacks, databases, tables, columns and partition keys', () => {
    for (const { stackName } of stacks) expect(stackName).toMatch(/^[A-Za-z][A-Za-z0-9-]{0,127}$/);
    for (const { where, resource } of ofType('AWS::Glue::Database')) {
      const { DatabaseInput } = resource.Properties as unknown as { readonly DatabaseInput: { readonly Name: string } };
      const { Name } = DatabaseInput;
      expect(`${where} ${Name}`).toMatch(/ [a-z0-9_]{1,255}$/);
    }
    for (const { where, resource } of ofType('AWS::Glue::Table')) {
      const { TableInput } = resource.Properties as unknown as {
        readonly TableInput: {
          readonly Name: string;
          readonly PartitionKeys: readonly { readonly Name: string }[];
          readonly StorageDescriptor: { readonly Columns: readonly { readonly Name: string }[] };
        };
      };
      const { Name, PartitionKeys, StorageDescriptor } = TableInput;
      for (const name of [Name, ...[...PartitionKeys, ...StorageDescriptor.Columns].map((column) => column.Name)]) {
        expect(`${where} ${name}`).toMatch(/ [a-z0-9_]{1,255}$/);
      }
    }
  });

  test('texts: descriptions, queries, tags', () => {
    /** Characters, by property; those of IAM and CloudWatch differ from the others. */
    const most: Readonly<Record<string, number>> = {
      'AWS::IAM::Role Description': 1_000,
      'AWS::IAM::ManagedPolicy Description': 1_000,
      'AWS::CloudWatch::Alarm AlarmDescription': 1_024,
      'AWS::Athena::NamedQuery Description': 1_024,
      'AWS::Athena::NamedQuery QueryString': 262_144,
      'AWS::Athena::WorkGroup Description': 1_024,
      'AWS::Lambda::Function Description': 256,
      'AWS::KMS::Key Description': 8_192,
      'AWS::Scheduler::Schedule Description': 512,
      'AWS::Events::Rule Description': 512,
      'AWS::EC2::SecurityGroup GroupDescription': 255,
    };
    for (const { where, resource, template } of places) {
      for (const [property, value] of Object.entries(resource.Properties ?? {})) {
        const limit = most[`${resource.Type} ${property}`];
        if (limit === undefined) continue;
        const { length } = String(longestForm(value, template));
        expect({ where, property, length }).toEqual({ where, property, length: Math.min(length, limit) });
      }
      const tags = (resource.Properties?.Tags ?? []) as { readonly Key: string; readonly Value: unknown }[];
      for (const { Key, Value } of Array.isArray(tags) ? tags : []) {
        expect([Key.length <= 128, String(longestForm(Value, template)).length <= 256]).toEqual([true, true]);
      }
    }
  });
});

describe('every schedule is one that its service reads', () => {
  test('EventBridge Scheduler and rules: a rate, a cron of six fields, or one moment', () => {
    const found = [...ofType('AWS::Scheduler::Schedule'), ...ofType('AWS::Events::Rule')].flatMap(
      ({ where, resource }) =>
        resource.Properties?.ScheduleExpression === undefined
          ? []
          : [{ where, expression: String(resource.Properties.ScheduleExpression) }],
    );
    expect(found.length).toBeGreaterThanOrEqual(2 * VARIANTS.length);
    for (const { where, expression } of found) {
      const problem = expression.startsWith('cron') ? cronProblem(expression) : rateProblem(expression);
      expect({ where, expression, problem }).toEqual({ where, expression, problem: undefined });
    }
  });

  test('Glue: a cron of six fields, no more often than every five minutes', () => {
    const crawlers = ofType('AWS::Glue::Crawler');
    expect(crawlers.length).toBeGreaterThan(0);
    for (const { where, resource } of crawlers) {
      const { Schedule } = resource.Properties as unknown as {
        readonly Schedule: { readonly ScheduleExpression: string };
      };
      const { ScheduleExpression } = Schedule;
      expect({ where, problem: cronProblem(ScheduleExpression) }).toEqual({ where, problem: undefined });
      const [minutes = ''] = ScheduleExpression.slice('cron('.length).split(' ');
      expect(`${where} ${minutes}`).toMatch(/ (\d+|\d+\/([5-9]|[1-5]\d)|\d+(,\d+)*)$/);
    }
  });
});

test('every stack is within the limits of CloudFormation', () => {
  for (const { stackName, template } of stacks) {
    const outputs = Object.keys(template.Outputs ?? {}).length;
    expect({ stackName, resources: Object.keys(template.Resources).length <= 500, outputs: outputs <= 200 }).toEqual({
      stackName,
      resources: true,
      outputs: true,
    });
    expect(JSON.stringify(template).length).toBeLessThan(1_000_000);
  }
});
