import { CfnTable } from 'aws-cdk-lib/aws-glue';
import { ruleFor } from './rule';

interface TableInput {
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly partitionKeys?: readonly { readonly name: string }[];
}

export const glueTableProjectionComplete = ruleFor(CfnTable, {
  id: 'glue-table-projection-complete',
  info: 'The projected Glue table leaves a partition key without projection or out of storage.location.template.',
  explanation: 'Every query on the table would fail with HIVE_METASTORE_ERROR, or silently return no rows.',
  holds: (table, resolve) => {
    const { parameters = {}, partitionKeys = [] } = resolve(table.tableInput) as TableInput;
    if (parameters['projection.enabled'] !== 'true') return true;
    const template = JSON.stringify(parameters['storage.location.template'] ?? '');
    return partitionKeys.every(
      ({ name }) => parameters[`projection.${name}.type`] !== undefined && template.includes(`\${${name}}`),
    );
  },
});
