import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface AwsEndpoint {
  /** URL of the emulator, which serves Glue, and S3 as well. */
  readonly endpoint: string;
  /** URL of another server of S3. @default the emulator */
  readonly s3Endpoint?: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface ConfigurationOptions {
  /** Folder that becomes Trino's configuration and data; exists and is empty. */
  readonly folder: string;
  readonly port: number;
  /** Folder with one sub-folder for each plugin. */
  readonly plugins: string;
  readonly catalog: string;
  readonly aws: AwsEndpoint;
  /** Tables that the catalog shows. @default 'hive' */
  readonly connector?: Connector;
}

/** Name of a connector, and of its plugin. */
export type Connector = 'hive' | 'iceberg';

/** A heap that the machine of a CI job can spare; the queries here need far less. */
const HEAP = '2G';

const HIVE = [
  'connector.name=hive',
  'hive.metastore=glue',
  'hive.metastore.glue.partitions-segments=1',
  'hive.partition-projection-enabled=true',
  // As Athena does: it reads every object below the location of a partition.
  'hive.recursive-directories=true',
];
const ICEBERG = ['connector.name=iceberg', 'iceberg.catalog.type=glue'];

/** Writes `etc` for one coordinator that is also the worker, and one catalog: tables of Glue over S3. */
export function writeConfiguration({
  folder,
  port,
  plugins,
  catalog,
  aws,
  connector = 'hive',
}: ConfigurationOptions): void {
  const etc = join(folder, 'etc');
  mkdirSync(join(etc, 'catalog'), { recursive: true });
  const write = (name: string, lines: readonly string[]): void =>
    writeFileSync(join(etc, name), `${lines.join('\n')}\n`, { mode: 0o600 });

  write('jvm.config', [
    '-server',
    `-Xmx${HEAP}`,
    '-XX:+UseG1GC',
    // Compiling to the fastest code takes longer than these queries run.
    '-XX:TieredStopAtLevel=1',
    '-XX:+ExitOnOutOfMemoryError',
    '-Djdk.attach.allowAttachSelf=true',
    '--sun-misc-unsafe-memory-access=allow',
    '--enable-native-access=ALL-UNNAMED',
    `-Djava.io.tmpdir=${folder}`,
  ]);
  write('node.properties', [
    'node.environment=proof',
    'node.id=proof',
    'node.bind-ip=127.0.0.1',
    `node.data-dir=${join(folder, 'data')}`,
  ]);
  write('log.properties', ['io.trino=WARN', 'io.airlift=WARN']);
  write('config.properties', [
    'coordinator=true',
    'node-scheduler.include-coordinator=true',
    `http-server.http.port=${port}`,
    // Nobody but this machine reaches it: it has no password.
    'node.internal-address=127.0.0.1',
    `discovery.uri=http://127.0.0.1:${port}`,
    `plugin.dir=${plugins}`,
    'query.max-memory=1GB',
    'query.max-memory-per-node=512MB',
    'task.concurrency=1',
    'query.max-history=20',
    'query.min-expire-age=10s',
    'web-ui.enabled=false',
  ]);
  write(join('catalog', `${catalog}.properties`), [
    ...(connector === 'hive' ? HIVE : ICEBERG),
    `hive.metastore.glue.endpoint-url=${aws.endpoint}`,
    `hive.metastore.glue.region=${aws.region}`,
    `hive.metastore.glue.aws-access-key=${aws.accessKeyId}`,
    `hive.metastore.glue.aws-secret-key=${aws.secretAccessKey}`,
    // By default a file below 3 MB is read as a whole, so that small data would show no saving of columns.
    'parquet.small-file-threshold=0B',
    'fs.native-s3.enabled=true',
    `s3.endpoint=${aws.s3Endpoint ?? aws.endpoint}`,
    `s3.region=${aws.region}`,
    's3.path-style-access=true',
    `s3.aws-access-key=${aws.accessKeyId}`,
    `s3.aws-secret-key=${aws.secretAccessKey}`,
  ]);
}
