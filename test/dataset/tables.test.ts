import fc from 'fast-check';
import {
  curatedTable,
  formatHiveType,
  parsePartitionPath,
  partitionForTime,
  projectionProblems,
  rawTable,
} from '../../lib/dataset';
import { declaredText } from '../../lib/dataset/declared';
import { withTextTimestamps } from '../../lib/dataset/types';
import { datasetByName } from '../fixtures/datasets';
import { columnsOf, columnType, dataset, partitionedDataset } from './helpers';

const dayProjection = (years: string) => ({
  'projection.enabled': 'true',
  'projection.year.type': 'integer',
  'projection.year.range': years,
  'projection.month.type': 'integer',
  'projection.month.range': '1,12',
  'projection.month.digits': '2',
  'projection.day.type': 'integer',
  'projection.day.range': '1,31',
  'projection.day.digits': '2',
});

const dayKeys = [
  { name: 'year', type: 'int', comment: 'Year of the event time, UTC' },
  { name: 'month', type: 'int', comment: 'Month of the event time, UTC, 1 to 12' },
  { name: 'day', type: 'int', comment: 'Day of the event time, UTC, 1 to 31' },
];

const parquetOverManifests = {
  inputFormat: 'org.apache.hadoop.hive.ql.io.SymlinkTextInputFormat',
  outputFormat: 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat',
  serializationLibrary: 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe',
  serdeParameters: { 'serialization.format': '1' },
};

const ndjson = {
  inputFormat: 'org.apache.hadoop.mapred.TextInputFormat',
  outputFormat: 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat',
  serializationLibrary: 'org.openx.data.jsonserde.JsonSerDe',
  serdeParameters: { 'ignore.malformed.json': 'true' },
};

/** The text with `{key}` as the placeholders that Athena knows. */
const template = (text: string) => text.replaceAll('{', '$${');

test('defines the tables of access_logs', () => {
  const accessLogs = datasetByName('access_logs');
  const common = {
    name: 'access_logs',
    description: 'One row for each HTTP request that a web server answered, in the fields of the combined log format.',
    columns: [
      { name: 'event_id', type: 'string', comment: 'Unique id of the request' },
      { name: 'event_time', type: 'timestamp', comment: 'When the request was answered' },
      { name: 'client_ip', type: 'string', comment: 'Address of the client, IPv4 or IPv6' },
      { name: 'method', type: 'string', comment: 'HTTP method, for example GET' },
      { name: 'path', type: 'string', comment: 'Request target with its query string' },
      { name: 'protocol', type: 'string', comment: 'Protocol version, for example HTTP/1.1' },
      { name: 'status', type: 'int', comment: 'HTTP status code' },
      { name: 'bytes', type: 'bigint', comment: 'Bytes of the response body, null when there was none' },
      { name: 'referrer', type: 'string', comment: 'Referer header, null when absent' },
      { name: 'user_agent', type: 'string', comment: 'User-Agent header, null when absent' },
    ],
    partitionKeys: dayKeys,
  };

  expect(curatedTable(accessLogs, { bucket: 'curated' })).toEqual({
    ...common,
    ...parquetOverManifests,
    location: 's3://curated/manifests/access_logs/',
    parameters: {
      'lake.declared': declaredText(accessLogs),
      EXTERNAL: 'TRUE',
      classification: 'parquet',
      has_encrypted_data: 'false',
      ...dayProjection('2015,2035'),
      'storage.location.template': template('s3://curated/manifests/access_logs/year={year}/month={month}/day={day}/'),
    },
  });
  expect(rawTable(accessLogs, { bucket: 'raw-1' })).toEqual({
    ...common,
    ...ndjson,
    columns: common.columns.map((column) => (column.name === 'event_time' ? { ...column, type: 'string' } : column)),
    location: 's3://raw-1/raw/access_logs/',
    parameters: {
      EXTERNAL: 'TRUE',
      classification: 'json',
      has_encrypted_data: 'false',
      ...dayProjection('2015,2035'),
      'storage.location.template': template('s3://raw-1/raw/access_logs/year={year}/month={month}/day={day}/'),
    },
  });
});

test('defines the tables of orders, with nested types and an enum key', () => {
  const orders = datasetByName('orders');
  const types = {
    order_id: 'string',
    ordered_at: 'timestamp',
    status: 'string',
    currency: 'string',
    total: 'decimal(12,2)',
    customer:
      'struct<id:string,email:string,address:struct<street:string,city:string,postal_code:string,country:string>>',
    lines: 'array<struct<sku:string,title:string,quantity:int,unit_price:decimal(12,2)>>',
    discounts: 'map<string,decimal(12,2)>',
    tags: 'array<string>',
    gift: 'boolean',
  };
  const keys = [{ name: 'tenant', type: 'string', comment: 'One of a fixed set of values' }, ...dayKeys];
  const path = template('tenant={tenant}/year={year}/month={month}/day={day}/');
  const projection = {
    EXTERNAL: 'TRUE',
    has_encrypted_data: 'false',
    'projection.tenant.type': 'enum',
    'projection.tenant.values': 'acme,globex,initech',
    ...dayProjection('2024,2033'),
  };

  const curated = curatedTable(orders, { bucket: 'curated' });
  expect(Object.fromEntries(curated.columns.map(({ name, type }) => [name, type]))).toEqual(types);
  expect(curated).toMatchObject({ ...parquetOverManifests, partitionKeys: keys });
  expect(curated.parameters).toEqual({
    'lake.declared': declaredText(orders),
    ...projection,
    classification: 'parquet',
    'storage.location.template': `s3://curated/manifests/orders/${path}`,
  });
  const raw = rawTable(orders, { bucket: 'raw' });
  const text = curated.columns.map((column) => (column.type === 'timestamp' ? { ...column, type: 'string' } : column));
  expect(raw).toMatchObject({ ...ndjson, columns: text, partitionKeys: keys });
  expect(raw.parameters).toEqual({
    ...projection,
    classification: 'json',
    'storage.location.template': `s3://raw/raw/orders/${path}`,
  });
});

test('defines the tables of sensor_readings, with CSV as strings and a date key', () => {
  const readings = datasetByName('sensor_readings');
  const types = {
    sensor_id: 'string',
    measured_at: 'timestamp',
    temperature: 'double',
    humidity: 'decimal(5,2)',
    battery: 'smallint',
    firmware: 'string',
    calibrated_on: 'date',
  };
  const keys = [{ name: 'dt', type: 'string', comment: 'Day of the event time, UTC, yyyy-MM-dd' }];
  const projection = {
    EXTERNAL: 'TRUE',
    has_encrypted_data: 'false',
    'projection.enabled': 'true',
    'projection.dt.type': 'date',
    'projection.dt.format': 'yyyy-MM-dd',
    'projection.dt.range': '2024-01-01,2033-12-31',
    'projection.dt.interval': '1',
    'projection.dt.interval.unit': 'DAYS',
  };

  const curated = curatedTable(readings, { bucket: 'curated' });
  expect(Object.fromEntries(curated.columns.map(({ name, type }) => [name, type]))).toEqual(types);
  expect(curated).toMatchObject({ ...parquetOverManifests, partitionKeys: keys });
  expect(curated.parameters).toEqual({
    'lake.declared': declaredText(readings),
    ...projection,
    classification: 'parquet',
    'storage.location.template': template('s3://curated/manifests/sensor_readings/dt={dt}/'),
  });
  const raw = rawTable(readings, { bucket: 'raw' });
  expect(raw.columns).toEqual(curated.columns.map((column) => ({ ...column, type: 'string' })));
  expect(raw).toMatchObject({
    partitionKeys: keys,
    inputFormat: 'org.apache.hadoop.mapred.TextInputFormat',
    outputFormat: 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat',
    serializationLibrary: 'org.apache.hadoop.hive.serde2.OpenCSVSerde',
    serdeParameters: { separatorChar: ',', quoteChar: '"', escapeChar: '\u0001' },
  });
  expect(raw.parameters).toEqual({
    ...projection,
    classification: 'csv',
    'skip.header.line.count': '1',
    'storage.location.template': template('s3://raw/raw/sensor_readings/dt={dt}/'),
  });
});

test('reads raw Parquet, and CSV with its own delimiter', () => {
  const parquet = dataset({ input: { formats: ['parquet', 'ndjson'] }, columns: columnsOf('array<binary>') });
  expect(rawTable(parquet, { bucket: 'raw' })).toMatchObject({
    columns: [{}, {}, { name: 'c0', type: 'array<binary>' }],
    inputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat',
    outputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat',
    serializationLibrary: 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe',
    parameters: { classification: 'parquet' },
  });
  const csv = dataset({ input: { formats: ['csv'], csv: { delimiter: '\t' } } });
  expect(rawTable(csv, { bucket: 'raw' }).serdeParameters).toMatchObject({ separatorChar: '\t' });
});

test('timestamps of raw JSON are text at any depth, those of raw Parquet are not, and all else keeps its type', () => {
  const nested =
    'struct<at:timestamp,days:array<date>,seen:map<string,array<timestamp>>,place:struct<price:decimal(5,2),at:timestamp>>';
  const types = (formats: readonly ('ndjson' | 'parquet')[]) =>
    rawTable(dataset({ input: { formats: [...formats] }, columns: columnsOf('timestamp', 'date', nested) }), {
      bucket: 'raw',
    }).columns.map(({ type }) => type);
  expect(types(['ndjson', 'parquet']).slice(-3)).toEqual(['string', 'date', nested.replaceAll('timestamp', 'string')]);
  expect(types(['parquet', 'ndjson']).slice(-3)).toEqual(['timestamp', 'date', nested]);
  fc.assert(
    fc.property(columnType, (type) => {
      const text = formatHiveType(withTextTimestamps(type));
      expect(text).toBe(formatHiveType(type).replaceAll('timestamp', 'string'));
    }),
  );
});

describe('values of other names in raw tables', () => {
  const sourced = (formats: readonly string[]) =>
    rawTable(
      dataset({
        columns: [
          { name: 'event_id', type: 'string' },
          {
            name: 'at',
            type: 'timestamp',
            notNull: true,
            from: { firstOf: ['eventTime', '@timestamp'] },
            comment: 'When',
          },
          { name: 'kind', type: 'string', from: { firstOf: [{ path: ['User', 'Type'] }, 'kind'] } },
          { name: 'n', type: 'int', from: 'Anzahl' },
          { name: 'detail', type: 'struct<n:int,zone_name:string>', fields: { n: { from: 'Number' } } },
          { name: 'long', type: 'string', from: 'x'.repeat(300), comment: 'Kept' },
        ],
        columnNames: 'snake',
        input: { formats },
      }),
      { bucket: 'raw' },
    );

  test('are mapped as far as the SerDe can: one name for a column or field, wherever it is', () => {
    const { serdeParameters, columns } = sourced(['ndjson']);
    expect(serdeParameters).toEqual({
      'ignore.malformed.json': 'true',
      'mapping.event_id': 'eventid',
      'mapping.at': 'eventtime',
      'mapping.zone_name': 'zonename',
      'mapping.long': 'x'.repeat(300),
    });
    expect(columns.map(({ comment }) => comment)).toEqual([
      'From any name whose snake case is event_id.',
      'When (From "eventTime", else "@timestamp".)',
      'From "User" / "Type", else "kind"; not shown by this table.',
      'From "Anzahl"; not shown by this table.',
      undefined,
      'Kept',
    ]);
  });

  test('are not those of Parquet, which is read by name', () => {
    const { serdeParameters, columns } = sourced(['parquet']);
    expect(serdeParameters).toEqual({ 'serialization.format': '1' });
    expect(columns[1]?.comment).toBe('When (From "eventTime", else "@timestamp"; not shown by this table.)');
  });

  test('have the names of the columns in the curated table, which says nothing of them', () => {
    const of = dataset({
      columns: [{ name: 'at', type: 'timestamp', notNull: true, from: 'eventTime', comment: 'When' }],
    });
    expect(curatedTable(of, { bucket: 'curated' }).columns).toEqual([
      { name: 'at', type: 'timestamp', comment: 'When' },
    ]);
  });
});

test('projects hours with two digits and injected keys with nothing but their type', () => {
  const hourly = dataset({
    partition: {
      scheme: 'hour',
      from: '2024-06-01',
      to: '2025-01-31',
      leading: [{ name: 'device', kind: 'injected' }],
    },
  });
  expect(curatedTable(hourly, { bucket: 'curated' }).parameters).toEqual({
    'lake.declared': declaredText(hourly),
    EXTERNAL: 'TRUE',
    classification: 'parquet',
    has_encrypted_data: 'false',
    'projection.device.type': 'injected',
    ...dayProjection('2024,2025'),
    'projection.hour.type': 'integer',
    'projection.hour.range': '0,23',
    'projection.hour.digits': '2',
    'storage.location.template': template(
      's3://curated/manifests/events/device={device}/year={year}/month={month}/day={day}/hour={hour}/',
    ),
  });
});

test('covers every key of every scheme', () => {
  fc.assert(
    fc.property(partitionedDataset, (of) => {
      expect(projectionProblems(curatedTable(of, { bucket: 'b' }))).toEqual([]);
      expect(projectionProblems(rawTable(of, { bucket: 'b' }))).toEqual([]);
    }),
  );
});

test('the projected location of a partition is the folder of its path', () => {
  const place = partitionedDataset.chain((of) => {
    const { from, to } = of.partition;
    const max = new Date(`${to}T23:59:59.999Z`);
    return fc.tuple(fc.constant(of), fc.date({ min: new Date(from), max, noInvalidDate: true }));
  });
  fc.assert(
    fc.property(place, ([of, time]) => {
      const leading = Object.fromEntries(of.partition.leading.map(({ name }) => [name, 'acme']));
      const path = partitionForTime(of, time, leading);
      const parsed = parsePartitionPath(of, path);
      const values = parsed.ok ? parsed.values : {};
      const { parameters, location } = curatedTable(of, { bucket: 'b' });
      expect(project(parameters, values)).toBe(`${location}${path}/`);
    }),
  );
});

/** What the engine does: typed values of the keys go into the template, integers padded to their `digits`. */
function project(parameters: Readonly<Record<string, string>>, values: Readonly<Record<string, string>>): string {
  return (parameters['storage.location.template'] ?? '').replace(/\$\{(\w+)\}/g, (_, key: string) => {
    const value = values[key] ?? '';
    const isInteger = parameters[`projection.${key}.type`] === 'integer';
    return isInteger ? String(Number(value)).padStart(Number(parameters[`projection.${key}.digits`] ?? 1), '0') : value;
  });
}

test('finds what is wrong with a projection', () => {
  const { partitionKeys, parameters } = curatedTable(dataset(), { bucket: 'b' });
  const { 'projection.month.type': _month, ...others } = parameters;
  const location = 'storage.location.template';

  expect(projectionProblems({ partitionKeys, parameters: {} })).toHaveLength(8);
  expect(projectionProblems({ partitionKeys, parameters: { ...parameters, 'projection.enabled': 'TRUE' } })).toEqual([
    'projection.enabled is not true',
  ]);
  expect(projectionProblems({ partitionKeys, parameters: others })).toEqual(['key month has no projection.month.type']);
  expect(
    projectionProblems({ partitionKeys, parameters: { ...parameters, 'projection.hour.type': 'integer' } }),
  ).toEqual(['projection of hour, which is not a partition key']);
  expect(
    projectionProblems({ partitionKeys, parameters: { ...parameters, [location]: template('s3://b/year={year}') } }),
  ).toEqual([
    'storage.location.template does not end with a slash',
    'storage.location.template has no placeholder for key month',
    'storage.location.template has no placeholder for key day',
  ]);
});
