import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { databaseName, resourceName, type StageSettings, WORKGROUP_CLASSES } from '../../settings';

const DATABASES = ['curated', 'raw', 'discovered', 'operations'] as const;

/**
 * ARNs for the policies of people, from names that follow from the settings. References would be exports, and an export that a
 * policy uses would prevent CloudFormation from ever replacing a function or a queue. Where CloudFormation chooses the end of a
 * name, the name begins with that of the stack: there, and only there, the ARN ends with a wildcard.
 */
export class LakeArns {
  readonly #stack: Stack;
  readonly #name: (suffix: string) => string;
  readonly #settings: StageSettings;

  /** @param isIceberg whether the lake has Iceberg tables, and so a publisher. @default false */
  constructor(
    scope: Construct,
    settings: StageSettings,
    readonly isIceberg = false,
  ) {
    this.#stack = Stack.of(scope);
    this.#settings = settings;
    this.#name = (suffix) => resourceName(settings, suffix);
  }

  readonly stateMachine = (): string => this.#colon('states', 'stateMachine', this.#name('compaction'));

  /** Executions of the compaction, and those of its tasks. */
  readonly executions = (): string[] =>
    ['', '/*'].map((label) => this.#colon('states', 'execution', `${this.#name('compaction')}${label}:*`));

  readonly mapRuns = (): string => this.#colon('states', 'mapRun', `${this.#name('compaction')}/*`);

  readonly deadLetters = (): string => this.#plain('sqs', `${this.#name('compaction')}-DeadLetters*`);

  readonly functions = (name: 'Planner' | 'Compactor' | 'Publisher'): string =>
    this.#colon('lambda', 'function', `${this.#name('compaction')}-${name}*`);

  readonly crawler = (): string => this.#slash('glue', 'crawler', crawlerName(this.#settings));

  readonly schedules = (): string => this.#slash('scheduler', 'schedule', `${this.#name('compaction')}/*`);

  /** The role that the schedules use. */
  readonly scheduleRole = (): string =>
    this.#global(
      'iam',
      'role',
      `${this.#settings.prefix}/${this.#settings.name}/service/${this.#name('compaction')}-*`,
    );

  /** Log groups of compaction, of its state machine, and of the state machine of the query log. */
  readonly logGroups = (): string[] =>
    [`${this.#name('compaction')}-*`, `/aws/vendedlogs/states/${this.#name('*')}`].map((name) =>
      this.#colon('logs', 'log-group', name),
    );

  readonly stacks = (): string => this.#slash('cloudformation', 'stack', `${this.#name('*')}/*`);

  readonly alarms = (): string => this.#colon('cloudwatch', 'alarm', this.#name('*'));

  /** Everything of Athena in this account and region. */
  readonly athena = (): string => this.#plain('athena', '*');

  readonly workgroups = (): string[] =>
    WORKGROUP_CLASSES.map((workgroupClass) => this.#slash('athena', 'workgroup', this.#name(workgroupClass)));

  /** Catalog, databases and tables. */
  readonly catalog = (): string[] => [
    this.#stack.formatArn({ service: 'glue', resource: 'catalog', arnFormat: ArnFormat.NO_RESOURCE_NAME }),
    ...DATABASES.map((database) => this.#slash('glue', 'database', databaseName(this.#settings, database))),
    ...this.tables(),
  ];

  /** Those of Iceberg tables, which only the publisher changes. */
  readonly icebergCatalog = (): string[] => {
    const database = databaseName(this.#settings, 'iceberg');
    return this.isIceberg
      ? [this.#slash('glue', 'database', database), this.#slash('glue', 'table', `${database}/*`)]
      : [];
  };

  /** The functions of compaction. */
  readonly allFunctions = (): string[] => [
    this.functions('Planner'),
    this.functions('Compactor'),
    ...(this.isIceberg ? [this.functions('Publisher')] : []),
  ];

  readonly tables = (): string[] =>
    DATABASES.map((database) => this.#slash('glue', 'table', `${databaseName(this.#settings, database)}/*`));

  /** Roles and policies of the lake: those that CloudFormation names after their stack, and those under the lake's path. */
  readonly roles = (): string[] => this.#identities('role');
  readonly policies = (): string[] => this.#identities('policy');

  #identities(kind: 'role' | 'policy'): string[] {
    const { prefix, name } = this.#settings;
    return [this.#global('iam', kind, this.#name('*')), this.#global('iam', kind, `${prefix}/${name}/*`)];
  }

  #slash(service: string, resource: string, resourceName: string): string {
    return this.#stack.formatArn({ service, resource, resourceName });
  }

  #colon(service: string, resource: string, resourceName: string): string {
    return this.#stack.formatArn({ service, resource, resourceName, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
  }

  #plain(service: string, resource: string): string {
    return this.#stack.formatArn({ service, resource, arnFormat: ArnFormat.NO_RESOURCE_NAME });
  }

  #global(service: string, resource: string, resourceName: string): string {
    return this.#stack.formatArn({ service, region: '', resource, resourceName });
  }
}

/** It has an explicit name, so that policies can name it. */
export const crawlerName = (settings: StageSettings): string => resourceName(settings, 'raw');
