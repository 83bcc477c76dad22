import { GetTableCommand } from '@aws-sdk/client-glue';
import { manifestKey, partitionPredicate } from '../../../lib/dataset';
import { currentSnapshot, type TableMetadata } from '../../../lib/iceberg';
import { databaseName } from '../../../lib/settings';
import { rowsOf, tableName, workgroupName } from '../athena';
import { Skipped, type SmokeCheck } from '../check';
import type { SmokeContext } from '../context';
import { PERSON_PERMISSIONS } from '../people';
import { countQuery } from '../queries';
import { NO_ATHENA, queryDollars } from './athena-analyst';

/** A run ends with a publication. */
const PUBLISH_SECONDS = 300;

/**
 * The Iceberg table of the dataset has a snapshot of the last commit, and Athena reads as many rows of it as of the table of
 * symlinks, as an analyst. Costs two queries.
 */
export const iceberg: SmokeCheck = {
  id: 'iceberg',
  proves:
    'an Iceberg table is in Glue, its snapshot is later than the last commit, and Athena reads the same rows of both tables',
  answers: {},
  permissions: [...PERSON_PERMISSIONS, 'glue:GetTable', 's3:GetObject'],
  needs: ['compaction'],
  notEmulated: NO_ATHENA,
  dollars: () => queryDollars(2),
  async run(context) {
    const { reserved, settings } = context;
    const { dataset, rows } = reserved;
    if (dataset.iceberg !== true)
      throw new Skipped(`${dataset.name} is no Iceberg table; choose a dataset with \`iceberg: true\` with --dataset`);
    const published = await publishedAfterCommit(context);
    const athena = await context.actAs('analyst');
    const workgroup = workgroupName(settings, 'analyst');
    const where = partitionPredicate(dataset, rows);
    const count = async (zone: 'curated' | 'iceberg'): Promise<string | undefined> => {
      const sql = countQuery(tableName(settings, zone, dataset.name), where);
      return (await rowsOf(context, athena, { sql, workgroup }))[0]?.[0];
    };
    const [curated, followed] = [await count('curated'), await count('iceberg')];
    if (curated === undefined || Number(curated) === 0)
      throw new Error(`Athena reads ${curated} rows of the curated table`);
    if (curated !== followed)
      throw new Error(`Athena reads ${curated} rows by symlinks, and ${followed} of the Iceberg table`);
    return `${curated} rows in both; the snapshot is of ${published.toISOString()}`;
  },
};

/** When the current snapshot became current. @throws Error when it is older than the manifest of the smoke test's rows */
async function publishedAfterCommit({ clients, lake, reserved, settings, until }: SmokeContext): Promise<Date> {
  const { dataset, rows } = reserved;
  const manifest = await lake.store.get(lake.buckets.curated, manifestKey(dataset.name, rows));
  if (manifest === undefined) throw new Error(`${rows} has no manifest`);
  const DatabaseName = databaseName(settings, 'iceberg');
  let seen = 'none';
  return await until(`snapshot of ${dataset.name} that is later than its last commit`, PUBLISH_SECONDS, async () => {
    const { Table } = await clients.glue.send(new GetTableCommand({ DatabaseName, Name: dataset.name }));
    const { table_type: type, metadata_location: location = '' } = Table?.Parameters ?? {};
    if (type?.toUpperCase() !== 'ICEBERG')
      throw new Error(`${DatabaseName}.${dataset.name} is of type ${type}, not ICEBERG`);
    const prefix = `s3://${lake.buckets.curated}/`;
    if (!location.startsWith(prefix)) throw new Error(`its metadata is ${location}, which is not in ${prefix}`);
    const body = await lake.store.get(lake.buckets.curated, location.slice(prefix.length));
    if (body === undefined) throw new Error(`${location} does not exist`);
    const at = currentSnapshot(JSON.parse(body.body.toString('utf8')) as TableMetadata)?.['timestamp-ms'] ?? 0;
    seen = new Date(at).toISOString();
    return at >= manifest.lastModified.getTime() ? new Date(at) : undefined;
  }).catch((error: unknown) => {
    throw new Error(`${error instanceof Error ? error.message : String(error)}; the current one is of ${seen}`);
  });
}
