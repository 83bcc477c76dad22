import { CrossStackReferences, type Environment, ReferenceStrength, Tags } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { refuseExamples } from '../constructs/example-values';
import type { Dataset } from '../dataset/model';
import { resourceName, type StageSettings } from '../settings';
import { AccessStack } from './access-stack';
import { CatalogStack } from './catalog-stack';
import { CompactionStack } from './compaction-stack';
import { IngestStack } from './ingest-stack';
import { IssuerStack } from './issuer-stack';
import { NetworkStack } from './network-stack';
import { QueryStack } from './query-stack';
import { StorageStack } from './storage-stack';

export interface LakeStageProps {
  readonly settings: StageSettings;
  readonly datasets: readonly Dataset[];
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
export class LakeStage extends Construct {
  readonly storage: StorageStack;
  readonly catalog: CatalogStack;
  readonly query: QueryStack;
  readonly compaction: CompactionStack;
  readonly access: AccessStack;
  /** Where the stage has an ingest tier, in a VPC of its own. */
  readonly network: NetworkStack | undefined;
  /** Where the stage has an ingest tier, and names no issuer outside. */
  readonly issuer: IssuerStack | undefined;
  /** Where the stage has an ingest tier. */
  readonly ingest: IngestStack | undefined;

  constructor(scope: Construct, { settings, datasets }: LakeStageProps) {
    super(scope, settings.name);
    // Buckets and keys are never replaced, so an export that is in use cannot block a deployment; it does stop an update
    // that would remove a bucket which another stack still reads. See docs/decisions/cross-stack-references.md.
    CrossStackReferences.of(this).consume(ReferenceStrength.STRONG);

    const env: Environment = {
      ...(settings.account === undefined ? {} : { account: settings.account }),
      ...(settings.region === undefined ? {} : { region: settings.region }),
    };
    const stack = (name: string, description: string) => ({
      env,
      stackName: resourceName(settings, name),
      description: `Data lake, stage ${settings.name}: ${description}`,
      settings,
    });

    this.storage = new StorageStack(this, 'Storage', {
      ...stack('storage', 'buckets of every zone, keys, alarm topic'),
      terminationProtection: settings.dataRemoval === 'retain',
      datasets,
    });
    refuseExamples(this.storage, settings); // every other stack comes after it
    this.catalog = new CatalogStack(this, 'Catalog', {
      ...stack('catalog', 'Glue databases, tables, crawler'),
      datasets,
      storage: this.storage,
    });
    this.query = new QueryStack(this, 'Query', {
      ...stack('query', 'Athena workgroups, saved queries, query log'),
      datasets,
      storage: this.storage,
      catalog: this.catalog,
    });

    this.compaction = new CompactionStack(this, 'Compaction', {
      ...stack('compaction', 'functions, state machine, schedules and alarms of the compaction'),
      datasets,
      storage: this.storage,
    });
    this.access = new AccessStack(this, 'Access', {
      ...stack('access', 'roles of the lake and their policies'),
      datasets,
      storage: this.storage,
      catalog: this.catalog,
    });

    const { ingest } = settings;
    if (ingest !== undefined) {
      if (ingest.network.kind === 'own') {
        this.network = new NetworkStack(this, 'Network', {
          ...stack('network', 'VPC of the ingest tier'),
          ingest,
          storage: this.storage,
        });
      }
      if (ingest.issuer.kind === 'own') {
        this.issuer = new IssuerStack(this, 'Issuer', {
          ...stack('issuer', 'tokens for the producers of the ingest tier'),
          terminationProtection: settings.dataRemoval === 'retain',
          issuer: ingest.issuer,
          datasets,
        });
        this.issuer.addStackDependency(this.storage); // the first of all, which says whether the stage may be deployed
      }
      this.ingest = new IngestStack(this, 'Ingest', {
        ...stack('ingest', 'load balancer, instances and alarms of the ingest tier'),
        ingest,
        datasets,
        storage: this.storage,
        network: this.network,
        issuer: this.issuer,
      });
    }

    for (const [key, value] of Object.entries({ ...settings.tags, lake: settings.prefix, stage: settings.name })) {
      Tags.of(this).add(key, value);
    }
  }
}
