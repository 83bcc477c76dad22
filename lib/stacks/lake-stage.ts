import { CrossStackReferences, ReferenceStrength, Tags } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { refuseExamples } from '../constructs/example-values';
import { hasIceberg } from '../dataset/iceberg';
import type { Dataset } from '../dataset/model';
import { resourceName, type StageSettings } from '../settings';
import { stackOfDataset } from '../settings/many-datasets';
import { AccessStack } from './access-stack';
import { CatalogStack } from './catalog-stack';
import { CompactionStack } from './compaction-stack';
import { DatasetsStack } from './datasets-stack';
import type { ExtensibleLake, LakeExtension, LakeStackProps } from './extension';
import { OverviewStack } from './overview-stack';
import { QueryStack } from './query-stack';
import { StorageStack } from './storage-stack';

export interface LakeStageProps {
  readonly settings: StageSettings;
  readonly datasets: readonly Dataset[];
  /** Optional parts of the stage. @default none */
  readonly extensions?: readonly LakeExtension[];
}

/**
 * One set of stacks: a whole lake in one account and region. A plain construct and not a `cdk.Stage`, so that all stages
 * live in one assembly, where `cdk deploy --all` and `cdk deploy 'dev/*'` find them.
 *
 * @example
 * ```ts
 * const lake = new LakeStage(app, { settings: parseStage({ name: 'dev' }), datasets });
 * lake.storage.alarmTopic.addSubscription(new EmailSubscription('data-platform@example.com'));
 * ```
 */
export class LakeStage extends Construct implements ExtensibleLake {
  readonly settings: StageSettings;
  readonly datasets: readonly Dataset[];
  readonly storage: StorageStack;
  readonly catalog: CatalogStack;
  readonly query: QueryStack;
  readonly compaction: CompactionStack;
  readonly access: AccessStack;
  /** Undefined where the stage wants no dashboard. */
  readonly overview: OverviewStack | undefined;

  constructor(scope: Construct, { settings, datasets, extensions = [] }: LakeStageProps) {
    super(scope, settings.name);
    this.settings = settings;
    this.datasets = datasets;
    // Buckets and keys are never replaced, so an export that is in use cannot block a deployment; it does stop an update
    // that would remove a bucket which another stack still reads. See docs/decisions/cross-stack-references.md.
    CrossStackReferences.of(this).consume(ReferenceStrength.STRONG);

    this.storage = new StorageStack(this, 'Storage', {
      ...this.stackProps('storage', 'buckets of every zone, keys, alarm topic'),
      terminationProtection: settings.dataRemoval === 'retain',
      datasets,
      loadBalancerLogPrefixes: extensions.flatMap((extension) => extension.loadBalancerLogPrefixes?.(settings) ?? []),
    });
    refuseExamples(
      this.storage,
      settings,
      extensions.map((extension) => extension.settings),
    ); // every other stack comes after it
    this.catalog = new CatalogStack(this, 'Catalog', {
      ...this.stackProps('catalog', 'Glue databases, tables, crawler'),
      datasets,
      storage: this.storage,
    });
    this.createDatasetsStacks();
    this.query = new QueryStack(this, 'Query', {
      ...this.stackProps('query', 'Athena workgroups, saved queries, query log'),
      datasets,
      storage: this.storage,
      catalog: this.catalog,
    });

    this.compaction = new CompactionStack(this, 'Compaction', {
      ...this.stackProps('compaction', 'functions, state machine, schedules and alarms of the compaction'),
      datasets,
      storage: this.storage,
    });
    if (hasIceberg(datasets))
      this.compaction.addStackDependency(this.catalog, 'which has the database of Iceberg tables');
    this.access = new AccessStack(this, 'Access', {
      ...this.stackProps('access', 'roles of the lake and their policies'),
      datasets,
      storage: this.storage,
      catalog: this.catalog,
    });

    for (const extension of extensions) extension.addTo(this);
    this.overview = settings.dashboard ? this.createOverview(extensions) : undefined;

    for (const [key, value] of Object.entries({ ...settings.tags, lake: settings.prefix, stage: settings.name })) {
      Tags.of(this).add(key, value);
    }
  }

  private createOverview(extensions: readonly LakeExtension[]): OverviewStack {
    const overview = new OverviewStack(this, 'Overview', {
      ...this.stackProps('overview', 'the dashboard of the stage'),
      datasets: this.datasets,
      compactionNamespace: this.compaction.metricNamespace,
      lake: this,
      sections: extensions.flatMap((extension) => extension.overview?.(this.settings) ?? []),
    });
    overview.addStackDependency(this.storage, 'which says whether the stage may be deployed');
    return overview;
  }

  /** Every stack that the stage declares exists, with datasets or without: which stacks exist never depends on the datasets. */
  private createDatasetsStacks(): void {
    const { settings, storage, catalog } = this;
    for (let number = 1; number <= (settings.manyDatasets?.stacks ?? 0); number += 1) {
      const suffix = String(number).padStart(2, '0');
      new DatasetsStack(this, `Datasets${suffix}`, {
        ...this.stackProps(`datasets-${suffix}`, 'tables of some of the datasets'),
        datasets: this.datasets.filter(({ name }) => stackOfDataset(settings, name) === number),
        storage,
        catalog,
      });
    }
  }

  stackProps(name: string, description: string): LakeStackProps {
    const { settings } = this;
    return {
      env: {
        ...(settings.account === undefined ? {} : { account: settings.account }),
        ...(settings.region === undefined ? {} : { region: settings.region }),
      },
      stackName: resourceName(settings, name),
      description: `Data lake, stage ${settings.name}: ${description}`,
      settings,
    };
  }
}
