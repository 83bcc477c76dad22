import { paginateGetTables, type Table } from '@aws-sdk/client-glue';
import { paginateListResources } from '@aws-sdk/client-lakeformation';
import { databaseName } from '../../../lib/settings';
import { resourcesOfType } from '../assembly/assembly';
import { at } from '../assembly/template';
import { ifFound } from '../aws/errors';
import { type Check, type Finding, ok, skipped, warning } from '../check';
import type { Context } from '../context';
import { onAnything } from '../permission';
import { arn, type Scope } from '../scope';

const DOCS = 'see docs/iceberg.md';

/**
 * The publisher owns the tables of the Iceberg database: whatever else lies there is dropped, or replaced, by the next run. And where
 * Lake Formation governs the metadata of a table, it has to govern its data as well, which lies in another place.
 */
export const icebergTables: Check = {
  id: 'iceberg-tables',
  permissions: (scope) => [
    ...['catalog', `database/${nameOf(scope)}`, `table/${nameOf(scope)}/*`].map((name) => ({
      action: 'glue:GetTables',
      resource: arn(scope, 'glue', name),
    })),
    ...onAnything('lakeformation:ListResources'),
  ],
  async run(context) {
    const name = nameOf(context);
    const isDeployed = resourcesOfType(context.assembly, 'AWS::Glue::Database').some(
      ({ Properties }) => at(Properties, ['DatabaseInput', 'Name']) === name,
    );
    if (!isDeployed) return [skipped('not needed: no dataset of the stage is an Iceberg table')];
    const tables = (await ifFound(tablesOf(context, name))) ?? [];
    const foreign = tables.filter((table) => placeOf(table) === undefined).map((table) => String(table.Name));
    const findings = [
      ...foreign.map((table) =>
        warning(
          `the publisher did not make the table ${name}.${table}: the next run replaces it, or takes it out of the catalog`,
          `Make it in another database, and drop it here; its files stay. The publisher alone writes to ${name}: ${DOCS}.`,
        ),
      ),
      ...(await ungoverned(context, tables)),
    ];
    if (findings.length > 0) return findings;
    return [
      ok(tables.length === 0 ? `${name} holds no table yet` : `${tables.length} tables of ${name} are the lake's`),
    ];
  },
};

const nameOf = ({ settings }: Scope): string => databaseName(settings, 'iceberg');

async function tablesOf({ aws }: Context, database: string): Promise<Table[]> {
  const tables: Table[] = [];
  for await (const { TableList = [] } of paginateGetTables({ client: aws.glue }, { DatabaseName: database }))
    tables.push(...TableList);
  return tables;
}

/** Bucket and name of a table of the publisher, whose metadata lies in `iceberg/<name>/metadata/`. Undefined: someone else made it. */
function placeOf({ Name, Parameters }: Table): { readonly bucket: string; readonly name: string } | undefined {
  const [, bucket = '', name = ''] =
    /^s3:\/\/([^/]+)\/iceberg\/([^/]+)\/metadata\//.exec(Parameters?.metadata_location ?? '') ?? [];
  return bucket !== '' && name === Name ? { bucket, name } : undefined;
}

/** Tables of which Lake Formation governs only metadata or only data: it gives readers credentials for that part alone. */
async function ungoverned({ aws, partition }: Context, tables: readonly Table[]): Promise<readonly Finding[]> {
  const places = tables.flatMap((table) => placeOf(table) ?? []);
  if (places.length === 0) return [];
  const registered: string[] = [];
  for await (const { ResourceInfoList = [] } of paginateListResources({ client: aws.lakeFormation }, {}))
    registered.push(...ResourceInfoList.flatMap(({ ResourceArn }) => ResourceArn ?? []));
  const governs = (place: string): boolean =>
    registered.some((own) => place === own || place.startsWith(own.endsWith('/') ? own : `${own}/`));
  return places.flatMap(({ bucket, name }) => {
    const at = (prefix: string): string => `arn:${partition}:s3:::${bucket}/${prefix}/${name}`;
    const [has, lacks] = governs(at('iceberg')) ? ['iceberg', 'data'] : ['data', 'iceberg'];
    if (governs(at('data')) === governs(at('iceberg'))) return [];
    return [
      warning(
        `Lake Formation governs ${has}/${name}/ of ${bucket}, and not ${lacks}/${name}/: readers with its permissions alone cannot read the table`,
        `Register ${at(lacks as string)} as a location in Lake Formation too, or neither of them: ${DOCS}.`,
      ),
    ];
  });
}
