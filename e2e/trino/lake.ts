import { GetTableCommand, GlueClient, type TableInput, UpdateTableCommand } from '@aws-sdk/client-glue';
import { type Dataset, quoteIdentifier } from '../../lib/dataset';
import { pascalCase } from '../../lib/dataset/pascal-case';
import { LakeFiles } from '../emulator/files';
import type { EmulatedLake } from '../emulator/lake';
import type { TrinoClient } from './server/client';

export type Zone = 'raw' | 'curated';

/** The deployed lake as producers, operators and analysts meet it. */
export class EngineLake extends LakeFiles {
  constructor(
    deployed: EmulatedLake,
    readonly trino: TrinoClient,
  ) {
    super(deployed);
  }

  database(name: Zone | 'operations'): string {
    return this.deployed.output('catalog', `${pascalCase(name)}Database`);
  }

  /** A table as SQL names it. */
  table(zone: Zone, { name }: Dataset): string {
    return `${quoteIdentifier(this.database(zone))}.${quoteIdentifier(name)}`;
  }

  /** Runs the deployed state machine. @throws Error when a task failed */
  async compact(mode: 'compact' | 'maintain' = 'compact'): Promise<void> {
    const { status, error, cause, output } = await this.deployed.runCompaction({ mode }, 240);
    if (status !== 'SUCCEEDED')
      throw new Error(`the run ended as ${status}: ${error} ${cause} ${JSON.stringify(output)}`);
  }

  /** Replaces a table of the catalogue by a changed one. @returns what puts the deployed one back */
  async changeTable(
    zone: Zone,
    { name }: Dataset,
    change: (table: TableInput) => TableInput,
  ): Promise<() => Promise<void>> {
    const glue = this.deployed.client(GlueClient);
    const DatabaseName = this.database(zone);
    const { Table } = await glue.send(new GetTableCommand({ DatabaseName, Name: name }));
    if (Table === undefined) throw new Error(`${DatabaseName} has no table ${name}`);
    const { Name, Description, StorageDescriptor, PartitionKeys, TableType, Parameters } = Table;
    const deployed: TableInput = { Name, Description, StorageDescriptor, PartitionKeys, TableType, Parameters };
    const replace = async (TableInput: TableInput): Promise<void> => {
      await glue.send(new UpdateTableCommand({ DatabaseName, TableInput }));
    };
    await replace(change(deployed));
    return () => replace(deployed);
  }
}
