/** Settings of the ingest tier and of the network that it runs in. */

/**
 * How long the gateway collects events before it puts them into S3 as one object and acknowledges them: `low` 10 ms,
 * `balanced` 100 ms, `cheap` 500 ms. What is paid for requests to S3 falls with it.
 */
export const LATENCY_CLASSES = ['low', 'balanced', 'cheap'] as const;
export type LatencyClass = (typeof LATENCY_CLASSES)[number];

export const NAT_MODES = ['none', 'one', 'each-zone'] as const;
export type NatMode = (typeof NAT_MODES)[number];

export interface NetworkDefinition {
  /** An existing VPC, which the lake leaves as it is. @default a VPC of its own */
  readonly vpcId?: string;
  /** With `vpcId`: private subnets of instances and rate-limit store, in two zones or more. */
  readonly subnetIds?: readonly string[];
  /** With `vpcId`: subnets of the load balancer; public ones when it faces the internet. @default `subnetIds` */
  readonly loadBalancerSubnetIds?: readonly string[];
  /** IPv4 range of the own VPC, /16 to /24. @default '10.0.0.0/20' */
  readonly cidr?: string;
  /** Zones of the own VPC, by name, two or more. @default the first two of the region */
  readonly availabilityZones?: readonly string[];
  /**
   * NAT gateways of the own VPC. The gateway fetches the keys of its tokens through it, unless `ingest.token` holds them. @default 'one'
   */
  readonly nat?: NatMode;
  /** Whether calls to AWS stay inside the own VPC, by interface endpoints. S3 always does. @default true */
  readonly endpoints?: boolean;
}

/** Public keys as RFC 7517 writes them. */
export interface JwkSet {
  readonly keys: readonly Readonly<Record<string, unknown>>[];
}

export interface TokenDefinition {
  /** `iss` of the tokens that producers show. */
  readonly issuer: string;
  /** `aud` of the tokens. */
  readonly audience: string;
  /** HTTPS address of the public keys. @default `<issuer>/.well-known/jwks.json` */
  readonly keySetUrl?: string;
  /** The public keys themselves, a JWK Set, for instances that reach no address outside. @default fetched from `keySetUrl` */
  readonly keySet?: JwkSet;
  /**
   * Name of a claim that confines a token to tenants, or to other leading partition keys: `tenant=acme` for all datasets,
   * `orders:tenant=acme` for one. A member of the token itself, not a path. A token without it is not confined. @default none is read
   */
  readonly partitionsClaim?: string;
  /**
   * Whether the load balancer verifies tokens as well, before a request reaches an instance. It takes RS256 only and must
   * reach `keySetUrl` over the internet. The gateway verifies either way. @default false
   */
  readonly verifyAtLoadBalancer?: boolean;
}

/** A name of the tier's own, in a public hosted zone of Route 53 in the stage's account. */
export interface DomainDefinition {
  /** Name by which producers call, at most 64 characters: 'ingest.data.example.com'. It may be the zone's own name. */
  readonly domainName: string;
  /** Id of the zone: 'Z' and capital letters and digits. */
  readonly hostedZoneId: string;
  /** Name of the zone, which the domain name ends with. */
  readonly hostedZoneName: string;
}

/** A system that sends events, and what it may write. */
export interface ProducerDefinition {
  /** Lowercase letters, digits and single hyphens, starting with a letter; at most 32 characters. */
  readonly producer: string;
  /** Names of the datasets that it may write, at most 50. Nothing else is granted to it. */
  readonly datasets: readonly string[];
}

/** An issuer of the lake's own: a Cognito user pool without users, with one client a producer. */
export interface IssuerDefinition {
  /** Who gets a client, 1 to 190. A client that is taken out loses its access when its last token expires. */
  readonly producers: readonly ProducerDefinition[];
  /**
   * First part of the address that gives tokens, `https://<domainPrefix>.auth.<region>.amazoncognito.com`. No other account
   * may have it in the region. @default '<prefix>-<stage>-<account>'
   */
  readonly domainPrefix?: string;
  /** Minutes that a token is valid, 5 to 1,440. Each token costs money, and none can be called back. @default 60 */
  readonly tokenMinutes?: number;
  /** Whether the load balancer verifies tokens as well. The gateway verifies either way. @default false */
  readonly verifyAtLoadBalancer?: boolean;
}

export interface ImageDefinition {
  /** Name of an ECR repository in the stage's account and region. */
  readonly repository: string;
  /** `sha256:` and 64 hexadecimal digits. Never a tag: what runs must not change by itself. */
  readonly digest: string;
}

export interface RateLimitDefinition {
  /** Events a second that one caller may send, over all instances. @default 5000 */
  readonly eventsPerSecond?: number;
  /** Events that one caller may send at once, at least 10,000: the most that a request holds. @default 20000 */
  readonly burst?: number;
  /**
   * Who counts. `valkey`: a replicated store, for all instances together. `memory`: each instance for itself, so that a
   * caller may send up to `maxInstances` times as much, and events sent twice are recognised by compaction alone.
   * @default 'valkey'
   */
  readonly store?: 'valkey' | 'memory';
  /** Node type of Valkey. @default 'cache.t4g.small' */
  readonly nodeType?: string;
}

/** HTTPS in, objects in the raw zone out. Leave it out for a lake whose producers write to S3 themselves. */
export interface IngestDefinition {
  /**
   * Name by which producers call. The lake requests its certificate, which ACM renews, and points the name at the load
   * balancer. This or `certificateArn`.
   */
  readonly domain?: DomainDefinition;
  /** ARN of an ACM certificate of the same region, for a name that you point at the load balancer. This or `domain`. */
  readonly certificateArn?: string;
  /** The lake's own issuer of tokens. This or `token`. */
  readonly issuer?: IssuerDefinition;
  /** Tokens of an issuer that you have. This or `issuer`. */
  readonly token?: TokenDefinition;
  /** Whether the load balancer has public addresses. @default false */
  readonly internetFacing?: boolean;
  /**
   * IPv4 ranges that may call. Required when the load balancer faces the internet or the VPC exists already; '0.0.0.0/0'
   * must be written out. @default the range of the own VPC
   */
  readonly allowedCidrs?: readonly string[];
  /** Lowest TLS version that the load balancer speaks with producers. @default '1.3' */
  readonly minimumTls?: '1.2' | '1.3';
  /** Image of the gateway. @default built from `ingest/gateway` at deployment, which needs Docker */
  readonly image?: ImageDefinition;
  /**
   * An arm64 type with one vCPU, such as 'c7g.medium'. The gateway is one process: on two processors it could never use
   * the share of them that makes the group grow. @default 'c7g.medium'
   */
  readonly instanceType?: string;
  /** Instances at all times, at least 2: one a zone. @default 2 */
  readonly minInstances?: number;
  /** Instances at most. @default 10 */
  readonly maxInstances?: number;
  /** Percent of CPU that the group keeps on average, 20 to 80. @default 65 */
  readonly targetCpuPercent?: number;
  /**
   * Requests a minute and instance that the group keeps as well, for load that waits rather than computes.
   * @default 240000: 4,000 a second, about half of what an instance takes
   */
  readonly targetRequestsPerMinute?: number;
  /**
   * Requests a minute from one address, above which the firewall answers 429 in front of the load balancer. Producers
   * behind one NAT gateway or proxy have one address together.
   * @default `maxInstances` times `targetRequestsPerMinute`: what the group keeps up with at its largest
   */
  readonly addressRequestsPerMinute?: number;
  /** @default 'balanced' */
  readonly latencyClass?: LatencyClass;
  readonly rateLimit?: RateLimitDefinition;
  /** Value of the tag `Environment` of the instances. @default `Production` for the stage `prod`, and so on */
  readonly environmentTag?: string;
  /** Addresses that are told of every launch and termination. Alarms go to `alarmEmails`. @default none */
  readonly scalingEmails?: readonly string[];
}

export interface ExistingNetwork {
  readonly kind: 'existing';
  readonly vpcId: string;
  readonly subnetIds: readonly string[];
  readonly loadBalancerSubnetIds: readonly string[];
}

export interface OwnNetwork {
  readonly kind: 'own';
  readonly cidr: string;
  /** @default the first two of the region */
  readonly availabilityZones: readonly string[] | undefined;
  readonly nat: NatMode;
  readonly endpoints: boolean;
}

export type NetworkSettings = ExistingNetwork | OwnNetwork;

/** Tokens of an issuer outside of the lake. */
export interface ExternalIssuer extends Required<Omit<TokenDefinition, 'keySet' | 'partitionsClaim'>> {
  readonly kind: 'external';
  readonly keySet: JwkSet | undefined;
  readonly partitionsClaim: string | undefined;
}

/** Tokens of the lake's own user pool. */
export interface OwnIssuer extends Required<Omit<IssuerDefinition, 'domainPrefix'>> {
  readonly kind: 'own';
  /** @default made of prefix, stage and the account that it is deployed to */
  readonly domainPrefix: string | undefined;
}

export type IssuerSettings = ExternalIssuer | OwnIssuer;

/** What the load balancer shows to producers. */
export type CertificateSettings =
  | { readonly kind: 'given'; readonly arn: string }
  | ({ readonly kind: 'own' } & DomainDefinition);

/** The ingest tier after validation: every default filled in. */
export interface IngestSettings {
  readonly certificate: CertificateSettings;
  readonly issuer: IssuerSettings;
  readonly internetFacing: boolean;
  readonly allowedCidrs: readonly string[];
  readonly minimumTls: '1.2' | '1.3';
  readonly image: ImageDefinition | undefined;
  readonly instanceType: string;
  readonly minInstances: number;
  readonly maxInstances: number;
  readonly targetCpuPercent: number;
  readonly targetRequestsPerMinute: number;
  readonly addressRequestsPerMinute: number;
  readonly latencyClass: LatencyClass;
  readonly rateLimit: Required<RateLimitDefinition>;
  readonly environmentTag: string;
  readonly scalingEmails: readonly string[];
  readonly network: NetworkSettings;
}

declare module '../../../lib/settings/model' {
  interface StageDefinition {
    /** Events over HTTPS. @default none: producers write to S3 themselves */
    readonly ingest?: IngestDefinition;
    /** Where the ingest tier runs. @default a VPC of its own */
    readonly network?: NetworkDefinition;
  }
  interface StageSettings {
    /** Undefined where the stage has no ingest tier. */
    readonly ingest: IngestSettings | undefined;
  }
}
