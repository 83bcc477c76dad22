import { Template } from 'aws-cdk-lib/assertions';
import type { LakeStage } from '../../../lib/stacks/lake-stage';
import { stacksOf } from '../cdk';

/** Where the templates count as deployed. */
export const PLACE = { account: '111122223333', region: 'eu-central-1', partition: 'aws' };

export interface Resource {
  readonly stack: string;
  readonly id: string;
  readonly type: string;
  // biome-ignore lint/suspicious/noExplicitAny: properties differ by resource type; they are read by path
  readonly properties: any;
}

type Json = unknown;
type JsonObject = Readonly<Record<string, Json>>;

interface RawResource {
  readonly Type: string;
  readonly Properties?: JsonObject;
}

/**
 * All templates of a lake with their intrinsic functions resolved, as if CloudFormation had chosen names: the only thing
 * about policies that a deployment adds.
 */
export class ResolvedTemplates {
  readonly resources: readonly Resource[];
  readonly #raw = new Map<string, Map<string, RawResource>>();
  readonly #exports = new Map<string, { stack: string; value: Json }>();

  constructor(lake: LakeStage) {
    for (const stack of stacksOf(lake)) {
      const template = Template.fromStack(stack).toJSON();
      this.#raw.set(stack.stackName, new Map(Object.entries(template.Resources as Record<string, RawResource>)));
      for (const { Export, Value } of Object.values((template.Outputs ?? {}) as Record<string, JsonObject>)) {
        const name = (Export as JsonObject | undefined)?.Name;
        if (name !== undefined) this.#exports.set(String(name), { stack: stack.stackName, value: Value });
      }
    }
    this.resources = [...this.#raw].flatMap(([stack, own]) =>
      [...own].map(([id, { Type: type, Properties }]) => ({
        stack,
        id,
        type,
        properties: this.#resolve(Properties ?? {}, stack),
      })),
    );
  }

  /** Resources of a type in all stacks. */
  readonly ofType = (type: string): readonly Resource[] => this.resources.filter((one) => one.type === type);

  /** The one resource of a type whose id begins so, in the stack whose name ends so. */
  only(stack: string, type: string, idPrefix: string): Resource {
    const found = this.ofType(type).filter((one) => one.stack.endsWith(`-${stack}`) && one.id.startsWith(idPrefix));
    if (found.length !== 1)
      throw new Error(`${found.length} resources of ${type} in ${stack} begin with '${idPrefix}'`);
    return found[0] as Resource;
  }

  readonly arn = ({ stack, id, type, properties }: Resource): string => this.#arn(stack, id, type, properties);

  /** The name that a template gives, or one that CloudFormation could choose. */
  #name(stack: string, id: string, type: string, properties: JsonObject): string {
    const named = { ...(properties.DatabaseInput as JsonObject | undefined), ...properties };
    const given = NAME_PROPERTIES.map((property) => named[property]).find((name) => name !== undefined);
    if (given !== undefined) return String(this.#resolve(given, stack));
    const chosen = `${stack}-${id}-1A2B3C`;
    return type === 'AWS::S3::Bucket' ? chosen.toLowerCase() : chosen;
  }

  #arn(stack: string, id: string, type: string, properties: JsonObject): string {
    const name = this.#name(stack, id, type, properties);
    const path = String(this.#resolve(properties.Path ?? '/', stack));
    const format = ARNS[type];
    if (format === undefined) throw new Error(`The ARN of ${type} (${stack}, ${id}) is not known here`);
    return format(name, path);
  }

  #resolve(value: Json, stack: string): Json {
    if (Array.isArray(value)) return value.map((one) => this.#resolve(one, stack));
    if (value === null || typeof value !== 'object') return value;
    const [[name, argument] = ['', undefined], ...others] = Object.entries(value);
    if (others.length === 0 && (name === 'Ref' || name.startsWith('Fn::'))) return this.#call(name, argument, stack);
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, this.#resolve(inner, stack)]));
  }

  #call(name: string, argument: Json, stack: string): Json {
    switch (name) {
      case 'Ref':
        return this.#reference(String(argument), stack);
      case 'Fn::GetAtt':
        return this.#attribute(argument as readonly string[], stack);
      case 'Fn::ImportValue': {
        const found = this.#exports.get(String(this.#resolve(argument, stack)));
        if (found === undefined) throw new Error(`${stack} imports ${argument}, which no stack exports`);
        return this.#resolve(found.value, found.stack);
      }
      case 'Fn::Join': {
        const [separator, parts] = argument as [string, readonly Json[]];
        return parts.map((part) => this.#resolve(part, stack)).join(separator);
      }
      case 'Fn::Split': {
        const [separator, text] = argument as [string, Json];
        return String(this.#resolve(text, stack)).split(separator);
      }
      case 'Fn::Select': {
        const [index, items] = argument as [number, Json];
        return (this.#resolve(items, stack) as readonly Json[])[Number(index)];
      }
      default:
        return `<${name}>`; // none that a policy uses; the evaluation refuses a policy that does
    }
  }

  #reference(id: string, stack: string): string {
    const pseudo = PSEUDO[id];
    if (pseudo !== undefined) return pseudo;
    const resource = this.#raw.get(stack)?.get(id);
    if (resource === undefined) return `<${id}>`;
    const { Type: type, Properties = {} } = resource;
    return REF_IS_ARN.has(type) ? this.#arn(stack, id, type, Properties) : this.#name(stack, id, type, Properties);
  }

  #attribute([id = '', attribute = '']: readonly string[], stack: string): string {
    const { Type: type = '', Properties = {} } = this.#raw.get(stack)?.get(id) ?? {};
    if (attribute === 'Arn') {
      const arn = this.#arn(stack, id, type, Properties);
      return type === 'AWS::Logs::LogGroup' ? `${arn}:*` : arn;
    }
    return attribute.endsWith('Name') ? this.#name(stack, id, type, Properties) : `<${id}.${attribute}>`;
  }
}

const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::AccountId': PLACE.account,
  'AWS::Region': PLACE.region,
  'AWS::Partition': PLACE.partition,
  'AWS::URLSuffix': 'amazonaws.com',
  'AWS::StackId': `arn:${PLACE.partition}:cloudformation:${PLACE.region}:${PLACE.account}:stack/own/1A2B3C`,
};

const NAME_PROPERTIES = [
  ...['Name', 'RoleName', 'ManagedPolicyName', 'StateMachineName', 'FunctionName', 'BucketName', 'QueueName'],
  ...['TopicName', 'LogGroupName', 'AlarmName'],
];

const REF_IS_ARN = new Set([
  ...['AWS::StepFunctions::StateMachine', 'AWS::SNS::Topic', 'AWS::IAM::ManagedPolicy', 'AWS::SecretsManager::Secret'],
]);

const { account, region, partition } = PLACE;
const regional = (service: string) => (resource: string) =>
  `arn:${partition}:${service}:${region}:${account}:${resource}`;

const ARNS: Readonly<Record<string, (name: string, path: string) => string>> = {
  'AWS::S3::Bucket': (name) => `arn:${partition}:s3:::${name}`,
  'AWS::KMS::Key': (name) => regional('kms')(`key/${name}`),
  'AWS::SQS::Queue': regional('sqs'),
  'AWS::SNS::Topic': regional('sns'),
  'AWS::CloudWatch::Alarm': (name) => regional('cloudwatch')(`alarm:${name}`),
  'AWS::Lambda::Function': (name) => regional('lambda')(`function:${name}`),
  'AWS::SecretsManager::Secret': (name) => regional('secretsmanager')(`secret:${name}`),
  'AWS::StepFunctions::StateMachine': (name) => regional('states')(`stateMachine:${name}`),
  'AWS::Logs::LogGroup': (name) => regional('logs')(`log-group:${name}`),
  'AWS::Glue::Crawler': (name) => regional('glue')(`crawler/${name}`),
  'AWS::WAFv2::WebACL': (name) => regional('wafv2')(`regional/webacl/${name}/1a2b3c`),
  'AWS::IAM::InstanceProfile': (name) => `arn:${partition}:iam::${account}:instance-profile/${name}`,
  'AWS::IAM::Role': (name, path) => `arn:${partition}:iam::${account}:role${path}${name}`,
  'AWS::IAM::ManagedPolicy': (name, path) => `arn:${partition}:iam::${account}:policy${path}${name}`,
};
