import { type Dataset, quoteIdentifier } from '../../../lib/dataset';
import type { Canonical } from '../../data/values';
import { TOOLS_FOLDER } from '../../tools/project';
import type { Supervisor } from '../../tools/supervisor';
import { literal } from '../../trino/checks/answers';
import type { TrinoClient, Value as TrinoValue } from '../../trino/server/client';
import { installTrino } from '../../trino/server/install';
import { findJdk } from '../../trino/server/jdk';
import { startTrino } from '../../trino/server/server';
import { canonical } from '../../trino/server/values';
import type { Endpoints } from './python';
import { keysOfRow, type Question, type Reader, type Value } from './reader';

/** Trino 476 with its Iceberg connector, over Glue. @throws CannotRun without Maven; Error without a JDK that is new enough */
export async function trinoReader(supervisor: Supervisor, { s3, glue, database }: Endpoints): Promise<Reader> {
  const jdk = findJdk();
  const installation = await installTrino(supervisor, jdk, TOOLS_FOLDER, 'iceberg');
  const aws = {
    endpoint: glue,
    s3Endpoint: s3,
    region: 'us-east-1',
    accessKeyId: 'test',
    secretAccessKey: 'test',
  };
  const { client } = await startTrino(supervisor, jdk, installation, aws, 'iceberg');
  return new TrinoReader(client, database);
}

class TrinoReader implements Reader {
  readonly name = 'trino';
  readonly emptiesNullLists = false;
  readonly isSlow = false;
  readonly literal = literal;

  constructor(
    readonly client: TrinoClient,
    readonly database: string,
  ) {}

  readonly execute = async (table: string, sql: string): Promise<void> => {
    const name = `${quoteIdentifier(this.database)}.${quoteIdentifier(table)}`;
    await this.client.query(sql.replaceAll('TABLE_NAME', name));
  };

  async read({ table, columns, snapshot, where }: Question): Promise<readonly (readonly Value[])[]> {
    const version = snapshot === undefined ? '' : ` FOR VERSION AS OF ${snapshot}`;
    const condition = where === undefined ? '' : ` WHERE ${where}`;
    const names = columns.map(quoteIdentifier).join(', ');
    const { rows } = await this.client.query(
      `SELECT ${names} FROM ${quoteIdentifier(this.database)}.${quoteIdentifier(table)}${version}${condition}`,
    );
    return rows as readonly (readonly Value[])[];
  }

  canonicalRow(dataset: Dataset, row: readonly Value[]): Canonical[] {
    // Iceberg keeps microseconds.
    const timestamp = (text: string): string => text.replace(/(\.\d{3})000$/, '$1');
    return [
      ...dataset.columns.map(({ type }, index) => canonical(row[index] as TrinoValue, type, timestamp)),
      ...keysOfRow(dataset, row),
    ];
  }
}
