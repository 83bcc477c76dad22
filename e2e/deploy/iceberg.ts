import { GetTableCommand, GetTablesCommand, GlueClient, UpdateTableCommand } from '@aws-sdk/client-glue';
import { MANIFEST_PREFIX, publishedKey } from '../../lib/dataset';
import { currentSnapshot, decodeManifest, decodeManifestList, STATUS, type TableMetadata } from '../../lib/iceberg';
import { databaseName } from '../../lib/settings';
import { definition } from '../../test/dataset/helpers';
import { LakeFiles } from '../emulator/files';
import { type EmulatedLake, withEmulatedLake } from '../emulator/lake';
import type { Report } from '../tools/report';
import type { Supervisor } from '../tools/supervisor';
import { readByEngines } from './iceberg-readers';
import { same, succeeded } from './scenario';

const NAME = 'followed';

const FOLLOWED = definition({
  name: NAME,
  description: 'Rows of a dataset that is an Iceberg table as well',
  iceberg: true,
});

/** A lake with an Iceberg table: the deployed run publishes what it has committed, in the Glue of the emulator, with its own roles. */
export async function icebergScenarios(supervisor: Supervisor, report: Report): Promise<void> {
  report.section('An Iceberg table over the same files, by the deployed state machine');
  await withEmulatedLake(supervisor, { datasets: [FOLLOWED], auth: true }, async (lake) => {
    const files = new LakeFiles(lake);
    const table = new DeployedTable(lake, files);
    const run = async (mode: 'compact' | 'maintain' = 'compact') => succeeded(await lake.runCompaction({ mode }));
    const put = (day: string, name: string): Promise<unknown> =>
      files.put(
        'raw',
        `raw/${NAME}/year=2026/month=06/day=${day}/${name}.json`,
        `${JSON.stringify({ id: name, at: `2026-06-${day}T10:00:00Z` })}\n`,
      );

    await report.check('a run publishes the files of the manifests', async () => {
      await put('15', 'a');
      await put('16', 'b');
      await run();
      const listed = await table.listed();
      same(listed.length, 2, 'files of the manifests');
      same(await table.published(), listed, 'files of the current snapshot');
      same(await table.names(), [NAME], 'tables of the database');
      const { readSince } = JSON.parse((await files.get('curated', publishedKey(NAME))).toString()) as {
        readSince: number;
      };
      same(Math.abs(Date.now() - readSince) < 600_000, true, 'what the vacuum is told is of now');
    });

    await report.check('a run without new data leaves the table as it is', async () => {
      const before = await table.version();
      await run();
      same(await table.version(), before, 'version of the table');
    });

    await report.check('the next commit is the next snapshot, and maintenance publishes too', async () => {
      await put('15', 'c');
      await run();
      same(await table.published(), await table.listed(), 'files of the current snapshot');
      await run('maintain');
      same(await table.published(), await table.listed(), 'files after maintenance');
      same((await table.metadata()).snapshots.length > 1, true, 'earlier snapshots are retained');
    });

    await report.check('engines read what is deployed: the rows that were put, in both tables', async () => {
      const row = (id: string, day: number) => ({ id, at: `2026-06-${day}T10:00:00.000`, year: 2026, month: 6, day });
      return await readByEngines(supervisor, files, {
        dataset: files.dataset(NAME),
        metadata: await table.location(),
        rows: [row('a', 15), row('b', 16), row('c', 15)],
      });
    });

    await report.check('what someone else writes is undone by the next run', async () => {
      const key = `iceberg/${NAME}/metadata/99999-foreign.metadata.json`;
      const { snapshots: _, ...rest } = await table.metadata();
      await files.put('curated', key, JSON.stringify({ ...rest, snapshots: [] }));
      await table.pointTo(`s3://${files.bucket('curated')}/${key}`);
      await run();
      same(await table.published(), await table.listed(), 'files of the current snapshot');
    });
  });
}

/** The table as Glue and S3 of the emulator have it. */
class DeployedTable {
  readonly #glue: GlueClient;
  readonly #database: string;

  constructor(
    lake: EmulatedLake,
    readonly files: LakeFiles,
  ) {
    this.#glue = lake.client(GlueClient);
    this.#database = databaseName(lake.settings, 'iceberg');
  }

  async names(): Promise<readonly (string | undefined)[]> {
    const { TableList = [] } = await this.#glue.send(new GetTablesCommand({ DatabaseName: this.#database }));
    return TableList.map(({ Name }) => Name);
  }

  async #table() {
    const { Table } = await this.#glue.send(new GetTableCommand({ DatabaseName: this.#database, Name: NAME }));
    if (Table === undefined) throw new Error('Glue has no table');
    return Table;
  }

  async version(): Promise<string | undefined> {
    return (await this.#table()).VersionId;
  }

  async pointTo(location: string): Promise<void> {
    const { Name, Description, StorageDescriptor, TableType, Parameters } = await this.#table();
    const input = { Name, Description, StorageDescriptor, TableType };
    const TableInput = { ...input, Parameters: { ...Parameters, metadata_location: location } };
    await this.#glue.send(new UpdateTableCommand({ DatabaseName: this.#database, TableInput }));
  }

  /** URI of the current metadata.json. */
  async location(): Promise<string> {
    const { Parameters = {} } = await this.#table();
    same(Parameters.table_type, 'ICEBERG', 'type of the table');
    return Parameters.metadata_location ?? '';
  }

  async metadata(): Promise<TableMetadata> {
    return JSON.parse((await this.#read(await this.location())).toString()) as TableMetadata;
  }

  /** URIs of the files of the current snapshot. */
  async published(): Promise<readonly string[]> {
    const snapshot = currentSnapshot(await this.metadata());
    const found: string[] = [];
    for (const { manifest_path: path } of decodeManifestList(await this.#read(snapshot?.['manifest-list'] ?? ''))) {
      for (const { status, data_file: file } of decodeManifest(await this.#read(path))) {
        if (status !== STATUS.deleted) found.push(file.file_path);
      }
    }
    return found.sort();
  }

  /** URIs that the manifests list. */
  async listed(): Promise<readonly string[]> {
    const manifests = await this.files.list('curated', `${MANIFEST_PREFIX}${NAME}/`);
    const texts = await Promise.all(manifests.map(({ key }) => this.files.get('curated', key)));
    return texts.flatMap((text) => text.toString().split('\n').filter(Boolean)).sort();
  }

  #read(uri: string): Promise<Buffer> {
    return this.files.get('curated', uri.replace(/^s3:\/\/[^/]+\//, ''));
  }
}
