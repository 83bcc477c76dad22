import { ArnFormat, Stack } from 'aws-cdk-lib';
import { Effect, type ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { JustifiedPolicy, type Statement } from '../../compliance';
import { accessPath, resourceName, type StageSettings, type WorkgroupClass } from '../../settings';
import { resultPrefix } from '../workgroup';
import { actions, allow, useKeyThrough } from './statements';

/** A prefix of a bucket. */
export interface ReadableZone {
  readonly bucket: IBucket;
  readonly prefix: string;
}

export interface WorkgroupAccessProps {
  readonly settings: StageSettings;
  readonly workgroupClass: WorkgroupClass;
  /** Databases whose tables can be queried. */
  readonly databases: readonly string[];
  /** Where the data of those tables is. */
  readonly zones: readonly ReadableZone[];
  readonly resultsBucket: IBucket;
  readonly dataKey: IKey;
  /** Never written through this access, whatever else the user may do. */
  readonly readOnlyBuckets: readonly IBucket[];
}

/**
 * What a person or dashboard needs to query through one workgroup, as a managed policy to attach to a role or a permission
 * set. It only reads: `INSERT INTO` a curated table would write a file beside its manifest, which would be read as a second manifest.
 *
 * @example
 * ```ts
 * new WorkgroupAccess(stack, 'Analyst', {
 *   settings,
 *   workgroupClass: 'analyst',
 *   databases: ['lake_dev_curated'],
 *   zones: [{ bucket: storage.curatedBucket, prefix: 'data/' }],
 *   resultsBucket: storage.resultsBucket,
 *   dataKey: storage.dataKey,
 *   readOnlyBuckets: [storage.rawBucket, storage.curatedBucket],
 * });
 * ```
 */
export class WorkgroupAccess extends Construct {
  readonly policy: ManagedPolicy;

  constructor(scope: Construct, id: string, props: WorkgroupAccessProps) {
    super(scope, id);
    const workgroupName = resourceName(props.settings, props.workgroupClass);
    this.policy = new JustifiedPolicy(this, 'Policy', {
      managedPolicyName: workgroupName,
      path: accessPath(props.settings),
      description: `Queries through the workgroup ${workgroupName}`,
      statements: [
        this.runQueries(workgroupName),
        {
          statement: listForTheConsole(),
          wildcard:
            'The list actions of the console, the only ones of their statement, do not support resource-level permissions.',
        },
        this.browseTables(),
        {
          statement: this.readTables(props.databases),
          wildcard:
            'A user that queries a database may see all its tables: the class of user decides which databases those are.',
        },
        this.useDefaultDatabase(),
        ...readZones(props.zones),
        ...keepResults(props),
        useKeyThrough('s3', 'UseDataKey', props.dataKey, ['Decrypt', 'GenerateDataKey']),
        new PolicyStatement({
          sid: 'NeverWriteZones',
          effect: Effect.DENY,
          actions: ['s3:PutObject', 's3:DeleteObject', 's3:DeleteObjectVersion'],
          resources: props.readOnlyBuckets.map((bucket) => bucket.arnForObjects('*')),
        }),
      ],
    });
  }

  private glueArn(resource: string, resourceName: string): string {
    return Stack.of(this).formatArn({ service: 'glue', resource, resourceName });
  }

  private runQueries(workgroupName: string): PolicyStatement {
    return new PolicyStatement({
      sid: 'RunQueries',
      actions: [
        ...['athena:StartQueryExecution', 'athena:StopQueryExecution', 'athena:GetQueryExecution'],
        ...['athena:BatchGetQueryExecution', 'athena:ListQueryExecutions', 'athena:GetQueryRuntimeStatistics'],
        ...['athena:GetQueryResults', 'athena:GetQueryResultsStream', 'athena:GetWorkGroup'],
        ...['athena:ListNamedQueries', 'athena:GetNamedQuery', 'athena:BatchGetNamedQuery'],
        ...['athena:CreatePreparedStatement', 'athena:GetPreparedStatement', 'athena:ListPreparedStatements'],
        ...['athena:UpdatePreparedStatement', 'athena:DeletePreparedStatement'],
      ],
      resources: [Stack.of(this).formatArn({ service: 'athena', resource: 'workgroup', resourceName: workgroupName })],
    });
  }

  private browseTables(): PolicyStatement {
    return new PolicyStatement({
      sid: 'BrowseCatalog',
      actions: [
        ...['athena:GetDataCatalog', 'athena:ListDatabases', 'athena:GetDatabase'],
        ...['athena:ListTableMetadata', 'athena:GetTableMetadata'],
      ],
      resources: [
        Stack.of(this).formatArn({ service: 'athena', resource: 'datacatalog', resourceName: 'AwsDataCatalog' }),
      ],
    });
  }

  private readTables(databases: readonly string[]): PolicyStatement {
    return new PolicyStatement({
      sid: 'ReadTables',
      actions: [
        ...['glue:GetDatabase', 'glue:GetDatabases', 'glue:GetTable', 'glue:GetTables'],
        ...['glue:GetPartition', 'glue:GetPartitions', 'glue:BatchGetPartition'],
      ],
      resources: [
        this.catalogArn(),
        ...databases.flatMap((database) => [
          this.glueArn('database', database),
          this.glueArn('table', `${database}/*`),
        ]),
      ],
    });
  }

  /** Athena starts every session there and creates the database, empty, in an account that has none. */
  private useDefaultDatabase(): PolicyStatement {
    return new PolicyStatement({
      sid: 'StartSessions',
      actions: ['glue:GetDatabase', 'glue:CreateDatabase'],
      resources: [this.catalogArn(), this.glueArn('database', 'default')],
    });
  }

  private catalogArn(): string {
    return Stack.of(this).formatArn({ service: 'glue', resource: 'catalog', arnFormat: ArnFormat.NO_RESOURCE_NAME });
  }
}

/**
 * Only names, without which Athena's console shows no editor. As in the example of AWS:
 * https://docs.aws.amazon.com/athena/latest/ug/example-policies-workgroup.html
 */
const listForTheConsole = (): PolicyStatement =>
  allow('ListForTheConsole', actions('athena', 'ListWorkGroups', 'ListDataCatalogs', 'ListEngineVersions'), ['*']);

const readZones = (zones: readonly ReadableZone[]): Statement[] => [
  {
    statement: new PolicyStatement({
      sid: 'ReadData',
      actions: ['s3:GetObject'],
      resources: zones.map(({ bucket, prefix }) => bucket.arnForObjects(`${prefix}*`)),
    }),
    wildcard: 'Queries read any partition of any table; the prefix holds nothing but the data behind these tables.',
  },
  // Athena requests the region of every bucket that it reads.
  allow('LocateData', ['s3:GetBucketLocation'], [...new Set(zones.map(({ bucket }) => bucket.bucketArn))]),
  ...[...new Set(zones.map(({ bucket }) => bucket))].map(
    (bucket) =>
      new PolicyStatement({
        actions: ['s3:ListBucket'],
        resources: [bucket.bucketArn],
        conditions: {
          StringLike: { 's3:prefix': zones.filter((zone) => zone.bucket === bucket).map(({ prefix }) => `${prefix}*`) },
        },
      }),
  ),
];

const keepResults = ({ resultsBucket, workgroupClass }: WorkgroupAccessProps): Statement[] => [
  {
    statement: new PolicyStatement({
      sid: 'KeepOwnResults',
      actions: ['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
      resources: [resultsBucket.arnForObjects(`${resultPrefix(workgroupClass)}*`)],
    }),
    wildcard: 'Athena names the objects of a result after the query; the prefix belongs to this workgroup alone.',
  },
  new PolicyStatement({
    sid: 'ListOwnResults',
    actions: ['s3:ListBucket'],
    resources: [resultsBucket.bucketArn],
    conditions: { StringLike: { 's3:prefix': `${resultPrefix(workgroupClass)}*` } },
  }),
  new PolicyStatement({
    sid: 'LocateResults',
    // A request to list multipart uploads of a bucket carries no prefix: a condition on it would always deny.
    actions: ['s3:GetBucketLocation', 's3:ListBucketMultipartUploads'],
    resources: [resultsBucket.bucketArn],
  }),
];
