import { Stack } from 'aws-cdk-lib';
import { CfnTable } from 'aws-cdk-lib/aws-glue';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { Dataset, TableDefinition } from '../dataset/model';
import { curatedTable, rawTable } from '../dataset/tables';

export interface CatalogTableProps {
  readonly databaseName: string;
  readonly definition: TableDefinition;
}

/**
 * A Glue table exactly as its definition says. The L1 resource, because `S3Table` has no SerDe parameters, without which
 * the JSON and CSV tables cannot be read (docs/decisions/glue-module.md).
 *
 * @example
 * ```ts
 * new CatalogTable(stack, 'Orders', { databaseName: 'lake_dev_curated', definition: curatedTable(orders, { bucket: 'b' }) });
 * ```
 */
export class CatalogTable extends Construct {
  constructor(scope: Construct, id: string, { databaseName, definition }: CatalogTableProps) {
    super(scope, id);
    new CfnTable(this, 'Resource', {
      catalogId: Stack.of(this).account,
      databaseName,
      tableInput: tableInput(definition),
    });
  }
}

export const tableInput = (definition: TableDefinition): CfnTable.TableInputProperty => ({
  name: definition.name,
  description: definition.description,
  tableType: 'EXTERNAL_TABLE',
  partitionKeys: [...definition.partitionKeys],
  parameters: definition.parameters,
  storageDescriptor: {
    columns: [...definition.columns],
    location: definition.location,
    inputFormat: definition.inputFormat,
    outputFormat: definition.outputFormat,
    serdeInfo: {
      serializationLibrary: definition.serializationLibrary,
      parameters: definition.serdeParameters,
    },
  },
});

export interface DatasetTablesProps {
  readonly dataset: Dataset;
  readonly databases: Readonly<Record<'curated' | 'raw', string>>;
  readonly storage: Readonly<Record<'curatedBucket' | 'rawBucket', IBucket>>;
}

/** The two tables of a dataset: over its Parquet files, and over what is not compacted yet. */
export function datasetTables(scope: Construct, { dataset, databases, storage }: DatasetTablesProps): void {
  new CatalogTable(scope, `Curated-${dataset.name}`, {
    databaseName: databases.curated,
    definition: curatedTable(dataset, { bucket: storage.curatedBucket.bucketName }),
  });
  new CatalogTable(scope, `Raw-${dataset.name}`, {
    databaseName: databases.raw,
    definition: rawTable(dataset, { bucket: storage.rawBucket.bucketName }),
  });
}
