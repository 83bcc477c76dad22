/**
 * `npm run test:iceberg`: compacts and publishes tables on a local S3 server and in the Glue of the emulator, and has engines that are
 * not ours read them.
 */

import '../../test/fixtures/datasets/given';
import { CreateDatabaseCommand, GlueClient } from '@aws-sdk/client-glue';
import { flag } from '../../cli/program';
import { GlueCatalog } from '../../lambda/iceberg/glue-catalog';
import { RealLake } from '../../test/compaction/support/real-lake';
import { REGION, startEmulator } from '../emulator/ministack';
import { Report } from '../tools/report';
import { supervised } from '../tools/supervisor';
import { checkChurn } from './checks/churn';
import { checkGlue } from './checks/glue';
import { checkPruning } from './checks/pruning';
import { checkRows } from './checks/rows';
import { checkSchemaChange } from './checks/schema-change';
import { pythonReaders, sparkReader, symlinkReader } from './readers/python';
import { trinoReader } from './readers/trino';

const PROGRAM = {
  name: 'npm run test:iceberg',
  does: 'Publishes tables on a local S3 server and an emulated Glue, and has pyiceberg and DuckDB read them.',
  options: {
    trino: flag('have Trino read them too: it needs a JDK of 24 or newer and Maven, and 540 MB'),
    spark: flag('have Spark read them too: it needs Java 17 and Maven, and 550 MB'),
  },
};

const DATABASE = 'lake_iceberg';

supervised(PROGRAM, async (supervisor, { trino, spark }) => {
  const lake = await RealLake.open();
  const { endpoint: glue } = await startEmulator(supervisor);
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new GlueClient({ endpoint: glue, region: REGION, credentials });
  try {
    await client.send(new CreateDatabaseCommand({ DatabaseInput: { Name: DATABASE } }));
    const catalog = new GlueCatalog(client, DATABASE);
    const endpoints = { s3: lake.server.endpoint, glue, database: DATABASE };
    const readers = [...(await pythonReaders(supervisor, endpoints))];
    if (trino) readers.push(await trinoReader(supervisor, endpoints));
    if (spark) readers.push(await sparkReader(supervisor, endpoints));
    const report = new Report();
    await checkGlue(report, lake, catalog, readers);
    const symlinks = await symlinkReader(supervisor, endpoints);
    await checkRows(report, lake, catalog, readers, symlinks, supervisor.folder('encoder'));
    await checkPruning(report, lake, catalog, readers);
    await checkChurn(report, lake, catalog, readers);
    await checkSchemaChange(report, lake, catalog, readers);
    return report.finish();
  } finally {
    client.destroy();
    await lake.close();
  }
});
