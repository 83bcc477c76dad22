import { Stack } from 'aws-cdk-lib';
import { CfnTable, type Database } from 'aws-cdk-lib/aws-glue';
import { Construct } from 'constructs';
import type { TableDefinition } from '../dataset/model';

export interface CatalogTableProps {
  readonly database: Database;
  readonly definition: TableDefinition;
}

/**
 * A Glue table exactly as its definition says. The L1 resource, because `S3Table` has no SerDe parameters, without which
 * the JSON and CSV tables cannot be read (docs/decisions/glue-module.md).
 *
 * @example
 * ```ts
 * new CatalogTable(stack, 'Orders', { database, definition: curatedTable(orders, { bucket: 'my-curated-bucket' }) });
 * ```
 */
export class CatalogTable extends Construct {
  constructor(scope: Construct, id: string, { database, definition }: CatalogTableProps) {
    super(scope, id);
    new CfnTable(this, 'Resource', {
      catalogId: Stack.of(this).account,
      databaseName: database.databaseName,
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
