import { REJECTED_LINES_PREFIX } from '../dataset/layout';
import type { Dataset, TableDefinition } from '../dataset/model';
import { projectedLocation, timeProjection } from '../dataset/projection';

/** Logs bucket: one JSON object for each finished query of the lake's workgroups. */
export const QUERY_LOG_PREFIX = 'athena-queries/';

/** Lines and objects that compaction refused, with the reason and where they came from. */
export const rejectedLinesTable = (datasets: readonly Dataset[], bucket: string): TableDefinition =>
  jsonTable({
    name: 'rejected_lines',
    description: 'Lines (and, with no line number, whole objects) that compaction rejected, with the reason.',
    columns: [
      { name: 'source_bucket', type: 'string', comment: 'Bucket of the raw object' },
      { name: 'source_key', type: 'string', comment: 'Key of the raw object' },
      { name: 'source_etag', type: 'string', comment: 'ETag of the raw object' },
      { name: 'source_version', type: 'string', comment: 'Version of the raw object, to replay it' },
      { name: 'line', type: 'bigint', comment: 'Line number from 1; NULL when the whole object was rejected' },
      { name: 'reason', type: 'string', comment: 'Why it was rejected' },
      { name: 'raw', type: 'string', comment: 'The line as it came, when it is UTF-8' },
      { name: 'raw_base64', type: 'string', comment: 'The line in base64, when it is not UTF-8' },
      { name: 'object_key', type: 'string', comment: 'Where a rejected object was copied to' },
      { name: 'record', type: 'bigint', comment: 'Number of the record in the object, from 1; for JSON' },
      { name: 'byte_offset', type: 'bigint', comment: 'Bytes of the inflated object before the record; for JSON' },
    ],
    partitionKeys: [{ name: 'dataset', type: 'string', comment: 'Name of the dataset' }],
    location: `s3://${bucket}/${REJECTED_LINES_PREFIX}`,
    parameters: {
      'projection.dataset.type': 'enum',
      'projection.dataset.values': datasets.map((dataset) => dataset.name).join(','),
      'storage.location.template': `s3://${bucket}/${REJECTED_LINES_PREFIX}\${dataset}/`,
    },
  });

/** What every finished query scanned. Athena has no system table of past queries. */
export const queryLogTable = (datasets: readonly Dataset[], bucket: string): TableDefinition => {
  const location = `s3://${bucket}/${QUERY_LOG_PREFIX}`;
  const partitionKeys = [
    { name: 'year', type: 'int', comment: 'Year in which it finished, UTC' },
    { name: 'month', type: 'int', comment: 'Month, 1 to 12' },
    { name: 'day', type: 'int', comment: 'Day, 1 to 31' },
  ];
  const range = { from: `${FIRST_YEAR}-01-01`, to: `${lastYear(datasets)}-12-31` };
  return jsonTable({
    name: 'query_log',
    description:
      'One row for each finished query of a workgroup of the lake. Events are best effort: a few may be missing.',
    columns: [
      { name: 'query_id', type: 'string', comment: 'Query execution id' },
      { name: 'workgroup', type: 'string', comment: 'Workgroup that ran it' },
      { name: 'state', type: 'string', comment: 'SUCCEEDED, FAILED or CANCELLED; a cancelled query is charged too' },
      { name: 'statement_type', type: 'string', comment: 'DML, DDL (free of charge) or UTILITY' },
      { name: 'submitted_at', type: 'string', comment: 'ISO 8601, UTC' },
      { name: 'bytes_scanned', type: 'bigint', comment: 'Bytes read from S3' },
      { name: 'engine_millis', type: 'bigint', comment: 'Time in the engine' },
      { name: 'queue_millis', type: 'bigint', comment: 'Time in the queue' },
    ],
    partitionKeys,
    location,
    parameters: { ...timeProjection(['year', 'month', 'day'], range), ...projectedLocation(location, partitionKeys) },
  });
};

/** No lake of this template is older. */
const FIRST_YEAR = 2026;

/** The tables can be queried for a year after the last day of any dataset, and for at least ten years. */
const lastYear = (datasets: readonly Dataset[]): number =>
  Math.max(FIRST_YEAR + 10, ...datasets.map(({ partition }) => Number(partition.to.slice(0, 4)) + 1));

type JsonTable = Omit<TableDefinition, 'inputFormat' | 'outputFormat' | 'serializationLibrary' | 'serdeParameters'>;

const jsonTable = (table: JsonTable): TableDefinition => ({
  ...table,
  inputFormat: 'org.apache.hadoop.mapred.TextInputFormat',
  outputFormat: 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat',
  serializationLibrary: 'org.openx.data.jsonserde.JsonSerDe',
  serdeParameters: { 'ignore.malformed.json': 'true' },
  parameters: {
    EXTERNAL: 'TRUE',
    classification: 'json',
    has_encrypted_data: 'false',
    'projection.enabled': 'true',
    ...table.parameters,
  },
});
