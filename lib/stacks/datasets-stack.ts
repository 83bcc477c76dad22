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
  /** Those that lie in this stack. */
  readonly datasets: readonly Dataset[];
  readonly storage: StorageStack;
  readonly catalog: CatalogStack;
}

/**
 * What each of some datasets has of its own: its tables, and the role of its Firehose streams. A lake of many datasets has
 * several such stacks, for none takes more than 500 resources.
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
      // The databases by their names: an export that is in use could not be changed.
      datasetTables(this, { dataset, databases: catalog.databaseNames, storage });
      if (dataset.delivery === 'firehose') firehoseRole(this, { settings, dataset, rawBucket, dataKey });
    }
    // A stack needs a resource. It stays when its last dataset goes, for the CDK would not delete it.
    if (datasets.length === 0) new CfnWaitConditionHandle(this, 'Empty');
  }
}
