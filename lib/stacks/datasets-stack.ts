import { CfnWaitConditionHandle, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { datasetTables } from '../constructs/catalog-table';
import { firehoseRole } from '../constructs/delivery';
import type { Dataset } from '../dataset/model';
import type { StageSettings } from '../settings';
import type { CatalogStack } from './catalog-stack';
import type { StorageStack } from './storage-stack';

export interface DatasetsStackProps extends StackProps {
  readonly settings: StageSettings;
  /** The datasets of this stack. */
  readonly datasets: readonly Dataset[];
  readonly storage: StorageStack;
  readonly catalog: CatalogStack;
}

/**
 * The resources of some datasets: their tables, and the roles of their Firehose streams. A lake of many datasets has
 * several such stacks, because a stack may have at most 500 resources:
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
 *
 * @example
 * ```ts
 * new DatasetsStack(app, 'Datasets07', { settings, datasets, storage, catalog });
 * ```
 */
export class DatasetsStack extends Stack {
  constructor(scope: Construct, id: string, { settings, datasets, storage, catalog, ...props }: DatasetsStackProps) {
    super(scope, id, { ...props, suppressTemplateIndentation: true });
    this.addStackDependency(catalog, 'its databases hold the tables');
    const { rawBucket, dataKey } = storage;
    for (const dataset of datasets) {
      // The databases are named, not referenced: an export that is in use cannot be changed.
      datasetTables(this, { dataset, databases: catalog.databaseNames, storage });
      if (dataset.delivery === 'firehose') firehoseRole(this, { settings, dataset, rawBucket, dataKey });
    }
    // A stack needs a resource. The stack stays when its last dataset is removed, since the CDK would not delete it.
    if (datasets.length === 0) new CfnWaitConditionHandle(this, 'Empty');
  }
}
