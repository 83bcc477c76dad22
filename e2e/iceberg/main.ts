/**
 * `npm run test:iceberg`: compacts and publishes tables on a local S3 server, and has engines that are not ours read them from their
 * Iceberg metadata.
 */

import '../../test/fixtures/datasets/given';
import { RealLake } from '../../test/compaction/support/real-lake';
import { Report } from '../tools/report';
import { supervised } from '../tools/supervisor';
import { checkPruning } from './checks/pruning';
import { checkRows } from './checks/rows';
import { checkSchemaChange } from './checks/schema-change';
import { pythonReaders } from './readers/python';

const PROGRAM = {
  name: 'npm run test:iceberg',
  does: 'Publishes tables on a local S3 server, and has independent readers of Iceberg read them.',
  options: {},
};

supervised(PROGRAM, async (supervisor) => {
  const lake = await RealLake.open();
  try {
    const readers = await pythonReaders(supervisor, lake.server.endpoint);
    const report = new Report();
    await checkRows(report, lake, readers, supervisor.folder('encoder'));
    await checkPruning(report, lake, readers);
    await checkSchemaChange(report, lake, readers);
    return report.finish();
  } finally {
    await lake.close();
  }
});
