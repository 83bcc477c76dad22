import type { DatasetDefinition, InputSettings } from '../dataset';
import { applyOptions, column, type PresetOptions } from './preset';

/** Every field that is known, with types that take the texts of every format: by its name in the delivery; the column is named alike unless it says otherwise. */
const FIELDS: Readonly<Record<string, readonly [type: string, comment: string, name?: string]>> = {
  'x-edge-location': ['string', 'Edge location, by the code of an airport'],
  'sc-bytes': ['bigint', 'Bytes that were sent to the viewer'],
  'c-ip': ['string', 'Address of the viewer'],
  'cs-method': ['string', 'Method of the request'],
  'cs(Host)': ['string', 'Domain name of the distribution'],
  'cs-uri-stem': ['string', 'Path of the URL'],
  'sc-status': ['string', 'Status of the answer, of three digits; 000 if the viewer closed the connection before it'],
  'cs(Referer)': ['string', 'Referer of the request'],
  'cs(User-Agent)': ['string', 'User-Agent of the request'],
  'cs-uri-query': ['string', 'Query of the URL'],
  'cs(Cookie)': ['string', 'Cookies, if they are logged'],
  'x-edge-result-type': ['string', 'How the answer was classified after its last byte'],
  'x-edge-request-id': ['string', 'Id of the request'],
  'x-host-header': ['string', 'Host of the request'],
  'cs-protocol': ['string', 'http, https, ws, wss or grpcs'],
  'cs-bytes': ['bigint', 'Bytes of the request'],
  'time-taken': ['decimal(18,6)', 'Seconds from the request to the last byte of the answer'],
  'x-forwarded-for': ['string', 'Addresses behind a proxy'],
  'ssl-protocol': ['string', 'Version of TLS'],
  'ssl-cipher': ['string', 'Cipher of TLS'],
  'x-edge-response-result-type': ['string', 'The same before the answer was sent'],
  'cs-protocol-version': ['string', 'Version of HTTP'],
  'fle-status': ['string', 'Outcome of field-level encryption'],
  'fle-encrypted-fields': ['int', 'Fields that were encrypted'],
  'c-port': ['int', 'Port of the viewer'],
  'time-to-first-byte': ['decimal(18,6)', 'Seconds from the request to the first byte'],
  'x-edge-detailed-result-type': ['string', 'Kind of error, or the result type'],
  'sc-content-type': ['string', 'Content-Type of the answer'],
  'sc-content-len': ['bigint', 'Content-Length of the answer'],
  'sc-range-start': ['bigint', 'First byte of a range'],
  'sc-range-end': ['bigint', 'Last byte of a range'],
  timestamp: ['bigint', 'When the edge location finished the answer, in seconds since 1970', 'timestamp_s'],
  'timestamp(ms)': ['bigint', 'The same in milliseconds', 'timestamp_ms'],
  'origin-fbl': ['decimal(18,6)', 'Seconds to the first byte of the origin'],
  'origin-lbl': ['decimal(18,6)', 'Seconds to the last byte of the origin'],
  asn: ['bigint', 'Autonomous system of the viewer'],
  'c-country': ['string', 'Country of the viewer, by the code of ISO 3166-1'],
  'cache-behavior-path-pattern': ['string', 'Path pattern of the cache behavior'],
  'distribution-tenant-id': ['string', 'Tenant of the distribution'],
  'connection-id': ['string', 'Connection of TLS, where viewers authenticate themselves'],
};

export interface CloudFrontOptions extends PresetOptions {
  /** Output format of the delivery. @default 'w3c' */
  readonly format?: 'w3c' | 'plain' | 'json' | 'parquet';
  /**
   * Fields of the delivery as it names them (`['timestamp(ms)', 'c-ip', 'sc-status']`), in its order. Needed for `'plain'`; else
   * for fields that are not known, which become strings, and where `date` and `time` are not among the fields: then the event
   * time is `timestamp(ms)`, or `timestamp`. @default those that are known
   */
  readonly fields?: readonly string[];
  /** What the delivery separates fields by, in W3C and plain text. @default '\t' */
  readonly delimiter?: string;
}

/**
 * Standard access logs of CloudFront: version 2 in W3C, plain, JSON or Parquet format, and the legacy version, which is W3C. Each
 * file says which fields it has, but plain text. `-` is null; URLs and agents are percent-encoded, as CloudFront writes them.
 *
 * Version 2 delivers under a prefix and a suffix path: enter `{DistributionId}/{yyyy}/{MM}/{dd}` there. The legacy version
 * needs ACLs, which the lake's buckets do not have: copy its files.
 *
 * Fields: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html; formats and further fields:
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging.html; Parquet, whose values are all texts:
 * https://docs.aws.amazon.com/athena/latest/ug/create-cloudfront-table-manual-parquet.html
 */
export function cloudFront(options: CloudFrontOptions = {}): DatasetDefinition {
  const { format = 'w3c', fields = [], delimiter = '\t', ...rest } = options;
  const source = (field: string) => (format === 'parquet' ? { firstOf: spellings(field) } : field);
  const single =
    fields.length === 0 || (fields.includes('date') && fields.includes('time')) ? undefined : timeField(fields);
  const time =
    single === undefined
      ? { from: { join: ['date', 'time'] }, format: { pattern: '%Y-%m-%d %H:%M:%S' } }
      : { from: source(single), format: { epoch: single === 'timestamp' ? 's' : 'ms' } as const };
  const taken = new Set(['date', 'time', single, ...DISTRIBUTION]);
  const names = [...new Set([...Object.keys(FIELDS), ...fields])].filter((name) => !taken.has(name));
  const isInPath = (rest.input?.layout ?? LAYOUT).includes('{distribution_id}');
  const preset = {
    name: 'cloudfront',
    description: 'Requests of viewers to CloudFront distributions, as standard access logs have them.',
    columns: [
      column('event_time', 'timestamp', 'When the edge location finished the answer', { notNull: true, ...time }),
      ...names.map((field) => {
        const [type, comment, name = columnName(field)] = FIELDS[field] ?? ['string', 'Field of the delivery'];
        return column(name, type, comment, { from: source(field) });
      }),
      column(
        'distribution_id',
        'string',
        'Distribution, from the path of the object',
        isInPath ? {} : { from: { firstOf: DISTRIBUTION } },
      ),
    ],
    eventTime: 'event_time',
    input: { ...inputOf(format, fields, delimiter), layout: LAYOUT },
    delivery: 'cloudfront',
  } as const;
  return applyOptions(preset, rest);
}

const LAYOUT = '{distribution_id}/{yyyy}/{MM}/{dd}/';

/** What the distribution is called in rows, which need not have it. */
const DISTRIBUTION = ['DistributionId', 'distributionid'];

const columnName = (field: string): string =>
  field
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');

/** Parquet has underscores for what is no letter or digit, and capitals as the field has them, where no reader has folded them. */
const spellings = (field: string): readonly string[] => {
  const name = field.replace(/[^A-Za-z0-9]+/g, '_');
  return [...new Set([name.replace(/_$/, ''), name, field])];
};

/** What tells the event time where date and time do not. */
const timeField = (fields: readonly string[]): string =>
  fields.includes('timestamp(ms)') ? 'timestamp(ms)' : 'timestamp';

function inputOf(
  format: NonNullable<CloudFrontOptions['format']>,
  fields: readonly string[],
  delimiter: string,
): Pick<InputSettings, 'formats' | 'csv' | 'nulls'> {
  const nulls = ['-'];
  switch (format) {
    case 'json':
      return { formats: ['ndjson'], nulls };
    case 'parquet':
      return { formats: ['parquet'], nulls };
    case 'plain':
      // A line of names, if there is one, begins with the first of them; no value does.
      return {
        formats: ['csv'],
        csv: {
          delimiter,
          header: fields,
          comment: fields[0]?.slice(0, 10) ?? '#',
          nulls,
          quote: false,
          extraFields: 'ignore',
        },
      };
    case 'w3c':
      return { formats: ['csv'], csv: { delimiter, header: '#Fields:', nulls, quote: false, extraFields: 'ignore' } };
  }
}
