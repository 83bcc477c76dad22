import type { StageSettings } from '../../../lib/settings';
import { PLACE, type ResolvedTemplates, type Resource } from './cloudformation';
import { byIdentity, byResource, trustsAccount } from './evaluate';
import type { Caller, PolicyDocument, Request } from './policy';
import type { Deployed } from './symbols';

/** The policies of a synthesized lake, and the decisions that AWS would make by them. */
export class LakePolicies implements Deployed {
  readonly account = PLACE.account;
  readonly region = PLACE.region;
  readonly #ofResources: ReadonlyMap<string, PolicyDocument>;
  readonly #keys: ReadonlyMap<string, string>;

  constructor(
    readonly settings: StageSettings,
    readonly templates: ResolvedTemplates,
  ) {
    this.#ofResources = policiesOfResources(templates);
    this.#keys = encryptionKeys(templates);
  }

  arnOf(stack: string, type: string, idPrefix: string): string {
    return this.templates.arn(this.templates.only(stack, type, idPrefix));
  }

  /** Roles of all stacks that have a policy, by ARN. */
  roles(): ReadonlyMap<string, readonly PolicyDocument[]> {
    const policies = this.templates.ofType('AWS::IAM::ManagedPolicy');
    return new Map(
      this.templates.ofType('AWS::IAM::Role').flatMap((role): [string, PolicyDocument[]][] => {
        const arn = this.templates.arn(role);
        const name = arn.split('/').at(-1);
        const attached = policies.filter(
          (policy) =>
            (policy.properties.Roles ?? []).includes(name) ||
            (role.properties.ManagedPolicyArns ?? []).includes(this.templates.arn(policy)),
        );
        return attached.length === 0 ? [] : [[arn, attached.map(({ properties }) => properties.PolicyDocument)]];
      }),
    );
  }

  /** Whether a role with these policies may do it, the use of keys included that it brings along. */
  may(principal: string, policies: readonly PolicyDocument[], request: Request): boolean {
    const caller: Caller = { principal, account: this.account };
    const context = { ...this.#contextOf(principal), ...request.context };
    return this.#implied({ ...request, context }).every((one) => this.#decide(caller, policies, one));
  }

  /** Whether these policies refuse it by themselves, so that no other policy of the role can allow it. */
  forbid(principal: string, policies: readonly PolicyDocument[], request: Request): boolean {
    const context = { ...this.#contextOf(principal), ...request.context };
    return byIdentity(policies, { ...request, context }) === 'explicitly denied';
  }

  #decide(caller: Caller, policies: readonly PolicyDocument[], request: Request): boolean {
    const owner = this.#ofResources.get(ownerOf(request.resource));
    const own = byIdentity(policies, request);
    const its = byResource(owner, caller, request);
    if (own === 'explicitly denied' || its === 'explicitly denied') return false;
    if (its === 'allowed') return true;
    const counts = !request.resource.includes(':kms:') || trustsAccount(owner, caller, request);
    return own === 'allowed' && counts;
  }

  #contextOf(principal: string): Readonly<Record<string, string>> {
    return {
      'aws:PrincipalArn': principal,
      'aws:PrincipalAccount': this.account,
      'aws:SecureTransport': 'true',
      's3:TlsVersion': '1.3',
      'aws:ViaAWSService': 'false',
    };
  }

  /** A request and what AWS checks along with it: services use the key of what they store with the caller's rights. */
  #implied(request: Request): readonly Request[] {
    const [service = '', operation = ''] = request.action.split(':');
    const key = this.#keys.get(ownerOf(request.resource));
    const uses = key === undefined ? [] : (KEY_USES[request.action] ?? []);
    const context = {
      ...request.context,
      'kms:ViaService': `${service}.${this.region}.amazonaws.com`,
      ...(service === 'secretsmanager' ? { 'kms:EncryptionContext:SecretARN': request.resource } : {}),
    };
    return [
      { ...request, action: `${service}:${OPERATIONS[operation] ?? operation}` },
      ...uses.map((use) => ({ action: `kms:${use}`, resource: key ?? '', context })),
    ];
  }
}

/** Operations that have no action of their own. */
const OPERATIONS: Readonly<Record<string, string>> = { CompleteMultipartUpload: 'PutObject' };

const KEY_USES: Readonly<Record<string, readonly string[]>> = {
  's3:GetObject': ['Decrypt'],
  's3:GetObjectVersion': ['Decrypt'],
  's3:PutObject': ['GenerateDataKey'],
  's3:CompleteMultipartUpload': ['GenerateDataKey', 'Decrypt'],
  'sqs:SendMessage': ['GenerateDataKey', 'Decrypt'],
  'sqs:ReceiveMessage': ['Decrypt'],
  'secretsmanager:GetSecretValue': ['Decrypt'],
};

/** The bucket of an object; anything else by itself. */
const ownerOf = (arn: string): string => (arn.startsWith('arn:aws:s3:::') ? (arn.split('/')[0] ?? arn) : arn);

function policiesOfResources(templates: ResolvedTemplates): Map<string, PolicyDocument> {
  const attached = (type: string, arnsOf: (resource: Resource) => readonly string[]): [string, PolicyDocument][] =>
    templates
      .ofType(type)
      .flatMap((one) => arnsOf(one).map((arn): [string, PolicyDocument] => [arn, one.properties.PolicyDocument]));
  return new Map([
    ...attached('AWS::S3::BucketPolicy', ({ properties }) => [`arn:aws:s3:::${properties.Bucket}`]),
    ...attached('AWS::SQS::QueuePolicy', ({ properties }) =>
      (properties.Queues as string[]).map((name) => `arn:aws:sqs:${PLACE.region}:${PLACE.account}:${name}`),
    ),
    ...attached('AWS::SNS::TopicPolicy', ({ properties }) => properties.Topics as string[]),
    ...templates
      .ofType('AWS::KMS::Key')
      .map((key): [string, PolicyDocument] => [templates.arn(key), key.properties.KeyPolicy]),
  ]);
}

/** Which key encrypts what: buckets, queues and secrets. */
function encryptionKeys(templates: ResolvedTemplates): Map<string, string> {
  const buckets = templates.ofType('AWS::S3::Bucket').flatMap((bucket): [string, string][] => {
    const [rule] = bucket.properties.BucketEncryption?.ServerSideEncryptionConfiguration ?? [];
    const key = rule?.ServerSideEncryptionByDefault?.KMSMasterKeyID;
    return key === undefined ? [] : [[templates.arn(bucket), String(key)]];
  });
  const queues = templates
    .ofType('AWS::SQS::Queue')
    .map((queue): [string, string] => [templates.arn(queue), String(queue.properties.KmsMasterKeyId)]);
  const secrets = templates
    .ofType('AWS::SecretsManager::Secret')
    .map((secret): [string, string] => [templates.arn(secret), String(secret.properties.KmsKeyId)]);
  return new Map([...buckets, ...queues, ...secrets]);
}
