/**
 * Stage settings: what differs between two deployments of the lake. Pure data, no CDK, so that tests and tools can read
 * them. Every default deploys in a brand-new AWS account.
 */

/** The classes of users that get their own Athena workgroup. */
export const WORKGROUP_CLASSES = ['analyst', 'engineer', 'dashboard'] as const;
export type WorkgroupClass = (typeof WORKGROUP_CLASSES)[number];

/** The roles of a lake that people and systems take on. What each may do: docs/security.md#roles. */
export const LAKE_ROLES = ['admin', 'engineer', 'analyst', 'dashboard', 'ingest', 'auditor'] as const;
export type LakeRole = (typeof LAKE_ROLES)[number];

/** Who may take on a role of the lake. At least one of the two. */
export interface LakePrincipals {
  /** ARNs of IAM roles, of this or another account, that may assume the lake's role. They must exist. @default none */
  readonly roles?: readonly string[];
  /**
   * Names of IAM Identity Center permission sets, as assigned in the lake's account: whoever signs in with one may assume
   * the lake's role. @default none
   */
  readonly permissionSets?: readonly string[];
}

/** Who may put raw objects. */
export interface IngestPrincipals extends LakePrincipals {
  /** Datasets that they may put objects of. @default every declared dataset */
  readonly datasets?: readonly string[];
}

export type AccessDefinition = Readonly<
  Partial<Record<Exclude<LakeRole, 'ingest'>, LakePrincipals> & Record<'ingest', IngestPrincipals>>
>;

export interface WorkgroupLimits {
  /**
   * GB (10^9 bytes) that one query may scan before Athena cancels it. At least 0.01, the smallest limit that Athena
   * accepts: https://docs.aws.amazon.com/athena/latest/APIReference/API_WorkGroupConfiguration.html. A cancelled query is charged for what it scanned. @default analyst 100, engineer 1,000, dashboard 10
   */
  readonly scanLimitGB?: number;
  /** GB that the workgroup may scan in a day before the alarm fires. @default ten times `scanLimitGB` */
  readonly dailyAlarmGB?: number;
}

export interface RetentionDefinition {
  /** Days that CloudWatch keeps log events. One of the periods that CloudWatch Logs offers. @default 90 */
  readonly logDays?: number;
  /** Days that S3 server access logs are kept. @default 365 */
  readonly accessLogDays?: number;
  /** Days that Athena query results are kept. @default 7 */
  readonly resultDays?: number;
  /** Days that rejected lines and objects are kept in quarantine. @default 90 */
  readonly quarantineDays?: number;
  /** Days that an overwritten or deleted object of the curated and quarantine zones stays recoverable. @default 30 */
  readonly noncurrentDays?: number;
  /** Days that the plan files of the compaction are kept. @default 14 */
  readonly planDays?: number;
}

/** Which changes of datasets `npm run lake -- diff` lets pass: all that are not refused, or only those that are safe. */
export const SCHEMA_POLICIES = ['evolve', 'strict'] as const;
export type SchemaPolicy = (typeof SCHEMA_POLICIES)[number];

/** Processor architectures of Lambda. */
export const LAMBDA_ARCHITECTURES = ['arm64', 'x86_64'] as const;
export type LambdaArchitecture = (typeof LAMBDA_ARCHITECTURES)[number];

export interface CompactionSettingsDefinition {
  /** EventBridge Scheduler expression, UTC: `rate(...)` or `cron(...)`. @default 'rate(15 minutes)' */
  readonly schedule?: string;
  /** When undersized files are merged, and expired and superseded ones removed. @default 'cron(30 2 * * ? *)' */
  readonly maintenanceSchedule?: string;
  /** Tasks that run at the same time, 1 to 1,000. A new account may run as few as 10 Lambda functions at once:
   * https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html. @default 5 */
  readonly maxConcurrency?: number;
  /** MiB of the compactor function, 1,769 to 10,240. New accounts allow no more than 3,008. @default 3008 */
  readonly memoryMiB?: number;
  /** MiB of the compactor's /tmp, 2,048 to 10,240. @default 10240 */
  readonly ephemeralStorageMiB?: number;
  /**
   * Processor of the planner and the compactor. `arm64` costs 20% less per GB-second (https://aws.amazon.com/lambda/pricing/);
   * `x86_64` is for a region without Graviton, or for an x86 host that runs the functions itself. @default 'arm64'
   */
  readonly architecture?: LambdaArchitecture;
  /**
   * Lambda concurrency reserved for the compactor; at least `maxConcurrency`. Fails in a new account, whose quota of 10
   * leaves nothing to reserve: https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html. @default none reserved
   */
  readonly reservedConcurrency?: number;
}

export interface CrawlerDefinition {
  /**
   * `off`: no crawler. `schedule`: crawls new folders of the raw zone. `event`: crawls, on the same schedule, only the
   * objects of S3 events (an SQS queue is created). @default 'schedule'
   */
  readonly mode?: 'off' | 'schedule' | 'event';
  /** Glue cron expression, UTC. @default 'cron(0 5 * * ? *)' */
  readonly schedule?: string;
}

/** The sources from which AWS services deliver a dataset. */
export interface DeliveryDefinition {
  /** Accounts whose trails, load balancers, flow logs and so on may deliver. Twelve digits each. @default the lake's own */
  readonly accounts?: readonly string[];
}

/** How a stage holds more datasets than fit into one stack. */
export interface ManyDatasetsDefinition {
  /**
   * Number of stacks among which tables are divided, by a hash of the dataset's name: 1 to 99. Another number would move
   * tables, so choose it once, for the datasets to come: a stack holds about 80 datasets of 32 columns.
   */
  readonly stacks: number;
  /**
   * Datasets with a fixed place, by the number of the stack; 0 is the stack `catalog`, which holds all of them
   * without this setting. @default none: the hash decides
   */
  readonly placed?: Readonly<Record<number, readonly string[]>>;
}

/** What a fork writes in `config/stages/<name>.ts`. Only `name` is required. Extensions of a lake add members of their own. */
export interface StageDefinition {
  /** Equal to the file's name. Lowercase letters, digits and hyphens; starts with a letter; at most 12 characters. */
  readonly name: string;
  /**
   * First part of stack, workgroup and database names; two lakes in one account need two. Same form as `name`, at most
   * 16 characters. @default 'lake'
   */
  readonly prefix?: string;
  /** Twelve digits. @default the account of the credentials at deployment (the template names none) */
  readonly account?: string;
  /** For example `eu-central-1`. @default the region of the credentials at deployment */
  readonly region?: string;
  /** Put on every resource, beside `lake` and `stage`. */
  readonly tags?: Readonly<Record<string, string>>;
  readonly retention?: RetentionDefinition;
  /**
   * What happens to buckets, keys and databases when their stack is deleted. `delete` takes effect only together with
   * the command-line flag `-c allowDataDeletion=<stage>`; without it everything is kept. @default 'retain'
   */
  readonly dataRemoval?: 'retain' | 'delete';
  /**
   * Which changes of datasets `npm run lake -- diff` lets pass. `strict` also fails on those that need care:
   * docs/guide.md#schema-evolution. @default 'evolve'
   */
  readonly schemaChanges?: SchemaPolicy;
  /**
   * Whether callers that connect to the raw and curated buckets directly need TLS 1.3. Athena on a caller's behalf, and
   * roles that AWS services assume, need TLS 1.2, the minimum everywhere. @default true
   */
  readonly tls13Floor?: boolean;
  readonly query?: Readonly<Partial<Record<WorkgroupClass, WorkgroupLimits>>>;
  readonly compaction?: CompactionSettingsDefinition;
  readonly crawler?: CrawlerDefinition;
  /** Whether the stage has a dashboard in CloudWatch. @default true */
  readonly dashboard?: boolean;
  /**
   * US dollars that the whole account may spend in a calendar month. The alarm topic is notified at 80% and 100% of it, and when the
   * forecast exceeds it; nothing is stopped. @default no budget
   */
  readonly monthlyBudget?: number;
  /** Addresses that receive alarms; each must confirm the subscription by the mail that SNS sends. @default none */
  readonly alarmEmails?: readonly string[];
  /** Who may assume which role of the lake. A role without principals is not created. @default nobody */
  readonly access?: AccessDefinition;
  /** For datasets that AWS services deliver, by name: the sources. @default resources of the lake's own account */
  readonly delivery?: Readonly<Record<string, DeliveryDefinition>>;
  /**
   * For a lake of more than about 70 datasets: tables in several stacks, and alarms and saved queries that look at all
   * datasets. @default one stack; alarms and saved queries of each dataset
   */
  readonly manyDatasets?: ManyDatasetsDefinition;
}

/** A stage after validation: every default filled in. What the stacks work with. */
export interface StageSettings {
  readonly name: string;
  readonly prefix: string;
  readonly account: string | undefined;
  readonly region: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly retention: Required<RetentionDefinition>;
  readonly dataRemoval: 'retain' | 'delete';
  readonly schemaChanges: SchemaPolicy;
  readonly tls13Floor: boolean;
  readonly query: Readonly<Record<WorkgroupClass, Required<WorkgroupLimits>>>;
  readonly compaction: Required<Omit<CompactionSettingsDefinition, 'reservedConcurrency'>> & {
    readonly reservedConcurrency: number | undefined;
  };
  readonly crawler: Required<CrawlerDefinition>;
  readonly dashboard: boolean;
  readonly monthlyBudget: number | undefined;
  readonly alarmEmails: readonly string[];
  /** Roles with at least one principal. Empty `datasets`: all of them. */
  readonly access: Readonly<Partial<Record<LakeRole, Required<IngestPrincipals>>>>;
  /** Datasets with explicit accounts. */
  readonly delivery: Readonly<Record<string, Required<DeliveryDefinition>>>;
  readonly manyDatasets: ManyDatasets | undefined;
}

export interface ManyDatasets {
  readonly stacks: number;
  /** The number of the stack, by dataset. */
  readonly placed: ReadonlyMap<string, number>;
}

/** Path of the lake's roles and policies for people and systems. TLS 1.3 is required of them. */
export const accessPath = (settings: StageSettings): string => `/${settings.prefix}/${settings.name}/`;

/**
 * Path of IAM roles that AWS services assume (crawler, state machine, ...). The bucket policies name it: the TLS version
 * of a service cannot be configured, so these roles are exempt from TLS 1.3.
 */
export const serviceRolePath = (settings: StageSettings): string => `/${settings.prefix}/${settings.name}/service/`;

/** `lake-dev-analyst`: a name that people type, unique in the account as long as prefix and stage are. */
export const resourceName = (settings: StageSettings, suffix: string): string =>
  `${settings.prefix}-${settings.name}-${suffix}`;

/** `lake_dev_curated`: in Athena, names with hyphens need quotes. */
export const databaseName = (settings: StageSettings, suffix: string): string =>
  resourceName(settings, suffix).replaceAll('-', '_');
