import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  CfnCrawler,
  CloudWatchEncryption,
  type Database,
  JobBookmarksEncryption,
  S3Encryption,
  SecurityConfiguration,
} from 'aws-cdk-lib/aws-glue';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { Statement } from '../compliance';
import { RAW_PREFIX } from '../dataset/layout';
import { type StageSettings, serviceRolePath } from '../settings';
import { crawlerName } from './access/lake-arns';
import type { RawObjectEvents } from './raw-object-events';
import { ScopedRole } from './scoped-role';

export interface RawCrawlerProps {
  readonly settings: StageSettings;
  /** The only database in which the crawler may create tables. */
  readonly database: Database;
  readonly rawBucket: IBucket;
  readonly dataKey: IKey;
  readonly operationsKey: IKey;
  /** More tables than this indicate a wrong folder layout: the crawl fails instead of flooding the catalog. */
  readonly tableThreshold: number;
  /**
   * Queue of S3 events: with it, the crawler lists only the objects of the events. @default none; it lists new folders
   * https://docs.aws.amazon.com/glue/latest/dg/crawler-s3-event-notifications.html
   */
  readonly events?: RawObjectEvents | undefined;
}

/** `s3://bucket/raw/<dataset>/`: the bucket is level 1, so tables begin at the third. */
const TABLE_LEVEL = 3;

/**
 * Finds out what is in the raw zone, declared or not. It only reports: tables of datasets are owned by code, live in other
 * databases, and the crawler's role has no permission on them. (By default, an update by a crawler removes `projection.*`.)
 *
 * @example
 * ```ts
 * const { rawBucket, dataKey, operationsKey } = storage;
 * new RawCrawler(stack, 'Crawler', { settings, database, rawBucket, dataKey, operationsKey, tableThreshold: 20 });
 * ```
 */
export class RawCrawler extends Construct {
  readonly crawler: CfnCrawler;
  readonly role: ScopedRole;

  constructor(scope: Construct, id: string, props: RawCrawlerProps) {
    super(scope, id);
    this.role = this.createRole(props);
    const security = new SecurityConfiguration(this, 'Security', {
      s3Encryption: S3Encryption.kms(props.dataKey),
      cloudWatchEncryption: CloudWatchEncryption.kms(props.operationsKey),
      jobBookmarksEncryption: JobBookmarksEncryption.clientSideKms(props.dataKey),
      removalPolicy: RemovalPolicy.DESTROY, // it has a name, and kept it would block the next deployment
    });
    const { events } = props;
    this.crawler = new CfnCrawler(this, 'Resource', {
      name: crawlerName(props.settings),
      description: 'Reports tables and schema changes of the raw zone; changes nothing that is declared',
      role: this.role.roleArn,
      databaseName: props.database.databaseName,
      crawlerSecurityConfiguration: security.securityConfigurationName,
      schedule: { scheduleExpression: props.settings.crawler.schedule },
      schemaChangePolicy: { updateBehavior: 'LOG', deleteBehavior: 'LOG' },
      recrawlPolicy: { recrawlBehavior: events === undefined ? 'CRAWL_NEW_FOLDERS_ONLY' : 'CRAWL_EVENT_MODE' },
      targets: {
        s3Targets: [
          {
            path: `s3://${props.rawBucket.bucketName}/${RAW_PREFIX}`,
            ...(events === undefined
              ? {}
              : { eventQueueArn: events.queue.queueArn, dlqEventQueueArn: events.deadLetterQueue.queueArn }),
          },
        ],
      },
      configuration: JSON.stringify({
        Version: 1,
        Grouping: { TableGroupingPolicy: 'CombineCompatibleSchemas', TableLevelConfiguration: TABLE_LEVEL },
        CrawlerOutput: { Tables: { TableThreshold: props.tableThreshold } },
      }),
    });
    // Glue checks the role when it creates the crawler.
    this.crawler.node.addDependency(this.role.policy);
  }

  private createRole(props: RawCrawlerProps): ScopedRole {
    return new ScopedRole(this, 'Role', {
      path: serviceRolePath(props.settings),
      description: 'Crawler of the raw zone: reads raw objects, writes tables of the discovery database',
      assumedBy: new ServicePrincipal('glue.amazonaws.com'),
      statements: [
        ...this.readRawZone(props),
        {
          statement: this.writeDiscoveredTables(props.database),
          wildcard: 'The crawler names the tables that it finds, in the discovery database alone.',
        },
        ...this.writeLogs(),
        ...this.receiveEvents(props.events),
      ],
    });
  }

  private readRawZone({ rawBucket, dataKey }: RawCrawlerProps): Statement[] {
    return [
      new PolicyStatement({
        sid: 'ListRawZone',
        actions: ['s3:ListBucket'],
        resources: [rawBucket.bucketArn],
        // It probes the target without its slash, and keys that may be missing: such a request carries no prefix, and S3
        // answers 403 instead of 404 to callers that may not list.
        conditions: { StringLikeIfExists: { 's3:prefix': [RAW_PREFIX.replace(/\/$/, ''), `${RAW_PREFIX}*`] } },
      }),
      new PolicyStatement({ sid: 'LocateBucket', actions: ['s3:GetBucketLocation'], resources: [rawBucket.bucketArn] }),
      {
        statement: new PolicyStatement({
          sid: 'ReadRawZone',
          actions: ['s3:GetObject'],
          resources: [rawBucket.arnForObjects(`${RAW_PREFIX}*`)],
        }),
        wildcard: 'Crawling means reading every object of the raw zone, and only of the raw zone.',
      },
      new PolicyStatement({ sid: 'DecryptData', actions: ['kms:Decrypt'], resources: [dataKey.keyArn] }),
    ];
  }

  private writeDiscoveredTables(database: Database): PolicyStatement {
    const stack = Stack.of(this);
    return new PolicyStatement({
      sid: 'WriteDiscoveredTables',
      actions: [
        ...['glue:GetDatabase', 'glue:GetTable', 'glue:GetTables', 'glue:CreateTable', 'glue:UpdateTable'],
        ...['glue:GetPartition', 'glue:GetPartitions', 'glue:BatchGetPartition'],
        ...['glue:CreatePartition', 'glue:BatchCreatePartition', 'glue:UpdatePartition', 'glue:BatchUpdatePartition'],
      ],
      resources: [
        stack.formatArn({ service: 'glue', resource: 'catalog', arnFormat: ArnFormat.NO_RESOURCE_NAME }),
        stack.formatArn({ service: 'glue', resource: 'database', resourceName: database.databaseName }),
        this.tablesOf(database),
      ],
    });
  }

  private tablesOf({ databaseName }: Database): string {
    return Stack.of(this).formatArn({ service: 'glue', resource: 'table', resourceName: `${databaseName}/*` });
  }

  private crawlerLogGroups(): string {
    return Stack.of(this).formatArn({
      service: 'logs',
      resource: 'log-group',
      resourceName: '/aws-glue/crawlers*',
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
  }

  private writeLogs(): Statement[] {
    return [
      {
        statement: new PolicyStatement({
          sid: 'WriteCrawlerLogs',
          actions: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents', 'logs:AssociateKmsKey'],
          resources: [this.crawlerLogGroups()],
        }),
        wildcard:
          "Glue derives the log group's name from those of the role and the security configuration, after both are created.",
      },
      {
        statement: new PolicyStatement({
          sid: 'ReadOwnSecurityConfiguration',
          actions: ['glue:GetSecurityConfiguration'],
          resources: ['*'],
        }),
        wildcard:
          'glue:GetSecurityConfiguration, the only action of its statement, does not support resource-level permissions.',
      },
    ];
  }

  private receiveEvents(events: RawObjectEvents | undefined): PolicyStatement[] {
    if (events === undefined) return [];
    return [
      new PolicyStatement({
        sid: 'ReceiveObjectEvents',
        actions: [
          ...['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:PurgeQueue', 'sqs:GetQueueUrl', 'sqs:GetQueueAttributes'],
          ...['sqs:SetQueueAttributes', 'sqs:ListQueueTags', 'sqs:ListDeadLetterSourceQueues', 'sqs:SendMessage'],
        ],
        resources: [events.queue.queueArn, events.deadLetterQueue.queueArn],
      }),
      new PolicyStatement({
        sid: 'DecryptObjectEvents',
        actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
        resources: [events.key.keyArn],
      }),
    ];
  }
}
