import { S3Client } from '@aws-sdk/client-s3';
import { S3ObjectStore } from '../../lambda/compaction/store/s3-object-store';
import { DATA_PREFIX, type Dataset, MANIFEST_PREFIX } from '../../lib/dataset';
import { startS3Server } from '../../packages/s3-loopback/src';
import { expectedRow, type LogicalRow } from '../data/values';
import type { LakeFiles } from '../emulator/files';
import { pythonReaders, symlinkReader } from '../iceberg/readers/python';
import { columnsOf, type Reader } from '../iceberg/readers/reader';
import type { Supervisor } from '../tools/supervisor';
import { same } from './scenario';

export interface ReadTable {
  readonly dataset: Dataset;
  /** URI of the current metadata.json. */
  readonly metadata: string;
  /** Rows, with the keys of the path as columns. */
  readonly rows: readonly LogicalRow[];
}

/**
 * Has pyiceberg and DuckDB read what the deployed publisher published, and DuckDB the files of the manifests. They read copies of the
 * objects in a bucket of the same name: they have no identity that the lake lets in.
 *
 * @returns names of the readers
 * @throws Error unless each finds exactly the rows
 */
export async function readByEngines(
  supervisor: Supervisor,
  files: LakeFiles,
  { dataset, metadata, rows }: ReadTable,
): Promise<string> {
  const bucket = files.bucket('curated');
  const server = await startS3Server({ root: supervisor.folder('iceberg-copies'), buckets: { [bucket]: {} } });
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new S3Client({ endpoint: server.endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
  try {
    const store = new S3ObjectStore(client);
    const listed: string[] = [];
    for (const prefix of ['iceberg/', DATA_PREFIX, MANIFEST_PREFIX]) {
      for (const { key } of await files.list('curated', `${prefix}${dataset.name}/`)) {
        const body = await files.get('curated', key);
        await store.put(bucket, key, body);
        if (prefix === MANIFEST_PREFIX) listed.push(...body.toString().split('\n').filter(Boolean));
      }
    }
    const endpoints = { s3: server.endpoint, glue: '', database: '' };
    const engines = await pythonReaders(supervisor, endpoints);
    const symlinks = await symlinkReader(supervisor, endpoints);
    const columns = columnsOf(dataset);
    const keys = columns.slice(dataset.columns.length);
    const wanted = rows.map((row) => [...expectedRow(dataset, row), ...keys.map((key) => String(row[key]))]);
    const compare = async (reader: Reader, more: { readonly files?: readonly string[] } = {}): Promise<void> => {
      const found = await reader.read({ table: dataset.name, metadata, columns, ...more });
      const texts = found.map((row) => JSON.stringify(reader.canonicalRow(dataset, row))).sort();
      same(texts, wanted.map((row) => JSON.stringify(row)).sort(), `rows of ${reader.name}`);
    };
    for (const reader of engines) await compare(reader);
    await compare(symlinks, { files: listed });
    return [...engines, symlinks].map(({ name }) => name).join(', ');
  } finally {
    client.destroy();
    await server.close();
  }
}
