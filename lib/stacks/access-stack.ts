import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { JustifiedPolicy, type Statement } from '../compliance';
import {
  ALL_DATASETS,
  adminStatements,
  configurationStatements,
  datasetsByPolicy,
  ingestStatements,
  LakeArns,
  LakeRole,
  logStatements,
  operatingStatements,
  type ReadableZone,
  WorkgroupAccess,
} from '../constructs/access';
import { firehoseRole } from '../constructs/delivery';
import { QUERY_LOG_PREFIX } from '../constructs/operations-tables';
import { hasIceberg } from '../dataset/iceberg';
import {
  DATA_PREFIX,
  ICEBERG_PREFIX,
  MANIFEST_PREFIX,
  RAW_PREFIX,
  REJECTED_LINES_PREFIX,
  REJECTED_OBJECTS_PREFIX,
} from '../dataset/layout';
import type { Dataset } from '../dataset/model';
import { pascalCase } from '../dataset/pascal-case';
import {
  accessPath,
  databaseName,
  LAKE_ROLES,
  type LakeRole as LakeRoleName,
  resourceName,
  type StageSettings,
  type WorkgroupClass,
} from '../settings';
import { FIRST_STACK, stackOfDataset } from '../settings/many-datasets';
import type { CatalogStack } from './catalog-stack';
import type { StorageStack } from './storage-stack';

export interface AccessStackProps extends StackProps {
  readonly settings: StageSettings;
  readonly datasets: readonly Dataset[];
  readonly storage: StorageStack;
  readonly catalog: CatalogStack;
}

/**
 * Who may do what: the policies of each role of the lake, and the role itself if the stage names principals for it. The
 * policies always exist, under fixed names, to attach to your own roles or to permission sets.
 *
 * @example
 * ```ts
 * const access = new AccessStack(app, 'Access', { settings, datasets, storage, catalog });
 * access.policies.analyst.forEach((policy) => producer.addManagedPolicy(policy));
 * ```
 */
export class AccessStack extends Stack {
  /** What each role may do. */
  readonly policies: Readonly<Record<LakeRoleName, readonly ManagedPolicy[]>>;
  readonly roles: Readonly<Partial<Record<LakeRoleName, LakeRole>>>;
  readonly #settings: StageSettings;
  readonly #arns: LakeArns;

  constructor(scope: Construct, id: string, props: AccessStackProps) {
    super(scope, id, props);
    this.#settings = props.settings;
    this.#arns = new LakeArns(this, props.settings, hasIceberg(props.datasets));
    const operating = this.#operating(props);
    this.policies = {
      admin: [this.#admin(props), operating],
      engineer: [this.#queries('engineer', props), operating],
      analyst: [this.#queries('analyst', props)],
      dashboard: [this.#queries('dashboard', props)],
      ingest: this.#ingest(props),
      auditor: this.#auditor(props),
    };
    this.roles = this.#createRoles();
    this.#createFirehoseRoles(props);
  }

  #createFirehoseRoles({ settings, datasets, storage }: AccessStackProps): void {
    const { rawBucket, dataKey } = storage;
    for (const dataset of datasets) {
      if (dataset.delivery !== 'firehose' || stackOfDataset(settings, dataset.name) !== FIRST_STACK) continue;
      firehoseRole(this, { settings, dataset, rawBucket, dataKey });
    }
  }

  #createRoles(): Partial<Record<LakeRoleName, LakeRole>> {
    return Object.fromEntries(
      LAKE_ROLES.flatMap((name) => {
        const principals = this.#settings.access[name];
        if (principals === undefined) return [];
        const role = new LakeRole(this, `${pascalCase(name)}Role`, {
          settings: this.#settings,
          name,
          principals,
          policies: this.policies[name],
        });
        new CfnOutput(this, `${pascalCase(name)}RoleArn`, {
          value: role.roleArn,
          description: `Assume it to work as ${name}`,
        });
        return [[name, role] as const];
      }),
    );
  }

  #policy(name: string, description: string, statements: readonly Statement[]): ManagedPolicy {
    const policy = new JustifiedPolicy(this, pascalCase(name), {
      managedPolicyName: resourceName(this.#settings, name),
      path: accessPath(this.#settings),
      description,
      statements,
    });
    this.#describe(name, policy);
    return policy;
  }

  #describe(name: string, policy: ManagedPolicy): void {
    new CfnOutput(this, `${pascalCase(name)}PolicyArn`, {
      value: policy.managedPolicyArn,
      description: `Attach to roles that work as ${name}`,
    });
  }

  #queries(workgroupClass: WorkgroupClass, props: AccessStackProps): ManagedPolicy {
    const { storage } = props;
    const { policy } = new WorkgroupAccess(this, pascalCase(workgroupClass), {
      settings: props.settings,
      workgroupClass,
      ...reach(workgroupClass, props),
      resultsBucket: storage.resultsBucket,
      dataKey: storage.dataKey,
      readOnlyBuckets: [storage.rawBucket, storage.curatedBucket, storage.quarantineBucket],
    });
    this.#describe(workgroupClass, policy);
    return policy;
  }

  #operating({ storage }: AccessStackProps): ManagedPolicy {
    return this.#policy(
      'operating',
      'Runs the compaction and the crawler, reads their logs and dead letters',
      operatingStatements(this.#arns, storage.operationsKey),
    );
  }

  #admin({ storage }: AccessStackProps): ManagedPolicy {
    return this.#policy(
      'admin',
      'Manages catalog, workgroups and alarms, stops the compaction; no data',
      adminStatements(this.#arns, {
        buckets: [...dataBuckets(storage), storage.logsBucket],
        keys: [storage.dataKey, storage.operationsKey],
        alarmTopic: storage.alarmTopic,
      }),
    );
  }

  #ingest({ datasets, storage, settings }: AccessStackProps): ManagedPolicy[] {
    const chosen = settings.access.ingest?.datasets ?? [];
    const all = settings.manyDatasets === undefined ? datasets.map(({ name }) => name) : [ALL_DATASETS];
    const names = chosen.length > 0 ? chosen : all;
    return datasetsByPolicy(names).map((some, index) =>
      this.#policy(
        index === 0 ? 'ingest' : `ingest-${index + 1}`,
        'Puts raw objects of datasets; reads nothing',
        ingestStatements(storage, some),
      ),
    );
  }

  #auditor({ storage }: AccessStackProps): ManagedPolicy[] {
    const arns = this.#arns;
    const all = {
      dataBuckets: dataBuckets(storage),
      logsBucket: storage.logsBucket,
      dataKey: storage.dataKey,
      operationsKey: storage.operationsKey,
      alarmTopic: storage.alarmTopic,
    };
    return [
      this.#policy(
        'auditor',
        'Reads configuration and metadata; denies all data, whatever else is attached',
        configurationStatements(arns, all),
      ),
      this.#policy('auditor-logs', 'Reads logs, runs, alarms and the trail', logStatements(arns, all)),
    ];
  }
}

const dataBuckets = ({ rawBucket, curatedBucket, quarantineBucket, resultsBucket }: StorageStack) => [
  rawBucket,
  curatedBucket,
  quarantineBucket,
  resultsBucket,
];

/** Analysts and dashboards read curated tables; engineers also raw and quarantined data. */
function reach(
  workgroupClass: WorkgroupClass,
  { settings, datasets, storage, catalog }: AccessStackProps,
): { databases: string[]; zones: ReadableZone[] } {
  const names = catalog.databaseNames;
  const isIceberg = hasIceberg(datasets);
  const curated = {
    databases: [names.curated, ...(isIceberg ? [databaseName(settings, 'iceberg')] : [])],
    zones: [DATA_PREFIX, MANIFEST_PREFIX, ...(isIceberg ? [ICEBERG_PREFIX] : [])].map((prefix) => ({
      bucket: storage.curatedBucket,
      prefix,
    })),
  };
  if (workgroupClass !== 'engineer') return curated;
  return {
    databases: [...curated.databases, names.raw, names.discovered, names.operations],
    zones: [
      ...curated.zones,
      { bucket: storage.rawBucket, prefix: RAW_PREFIX },
      { bucket: storage.quarantineBucket, prefix: REJECTED_LINES_PREFIX },
      { bucket: storage.quarantineBucket, prefix: REJECTED_OBJECTS_PREFIX },
      { bucket: storage.logsBucket, prefix: QUERY_LOG_PREFIX },
    ],
  };
}
