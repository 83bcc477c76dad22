import { type Dataset, leadingValueProblem, type PartitionValues } from '../../../lib/dataset';
import { partitionHeader } from '../events/validator';
import { RefusedError } from './problems';

/** What the headers of a request say about its body: checked once, before the body is read. */
export interface EventsHeaders {
  readonly format: 'document' | 'lines';
  readonly isGzip: boolean;
  /** `Content-Length`; undefined for a chunked body. */
  readonly length: number | undefined;
  readonly idempotencyKey: string | undefined;
  /** Values of leading keys for all events. */
  readonly leading: PartitionValues;
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

export const NDJSON_TYPES = [
  'application/x-ndjson',
  'application/ndjson',
  'application/jsonl',
  'application/x-jsonlines',
  'application/jsonlines',
] as const;
export const JSON_TYPE = 'application/json';

const LONGEST_IDEMPOTENCY_KEY = 200;
/** Longest part of a header that a message repeats. */
const SHOWN = 60;
const PARTITION_PREFIX = partitionHeader('');

/** @throws RefusedError 400, 413 or 415 */
export function readEventsHeaders(dataset: Dataset, headers: Headers, bodyBytes: number): EventsHeaders {
  const length = headers['content-length'] === undefined ? undefined : Number(headers['content-length']);
  if (length !== undefined && length > bodyBytes) throw tooLarge(bodyBytes);
  return {
    length,
    format: formatOf(single(headers['content-type'])),
    isGzip: isGzip(single(headers['content-encoding'])),
    idempotencyKey: idempotencyKey(single(headers['idempotency-key'])),
    leading: leadingValues(dataset, headers),
  };
}

export const tooLarge = (bodyBytes: number): RefusedError =>
  refused(413, 'too-large', `the body is larger than ${bodyBytes} bytes`);

function formatOf(contentType: string | undefined): EventsHeaders['format'] {
  // As nearly all producers write it.
  if (contentType === JSON_TYPE) return 'document';
  const [type = '', ...parameters] = (contentType ?? '').split(';').map((part) => part.trim().toLowerCase());
  const charset = parameters
    .find((parameter) => parameter.startsWith('charset='))
    ?.slice(8)
    .replaceAll('"', '');
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8') {
    throw refused(415, 'unsupported-type', 'the charset must be utf-8');
  }
  if (type === JSON_TYPE) return 'document';
  if (NDJSON_TYPES.some((known) => known === type)) return 'lines';
  const found = type === '' ? 'is missing' : `is ${shown(type)}`;
  const detail = `Content-Type must be application/json or application/x-ndjson, but ${found}`;
  throw refused(415, 'unsupported-type', detail);
}

function isGzip(encoding: string | undefined): boolean {
  const coding = (encoding ?? 'identity').trim().toLowerCase();
  if (coding === 'identity' || coding === 'gzip') return coding === 'gzip';
  throw refused(415, 'unsupported-type', `Content-Encoding must be gzip or absent, but is ${shown(coding)}`);
}

function idempotencyKey(key: string | undefined): string | undefined {
  if (key === undefined || (key.length > 0 && key.length <= LONGEST_IDEMPOTENCY_KEY)) return key;
  throw refused(400, 'bad-header', `Idempotency-Key must have 1 to ${LONGEST_IDEMPOTENCY_KEY} characters`);
}

function leadingValues(dataset: Dataset, headers: Headers): PartitionValues {
  const values: Record<string, string> = {};
  for (const header in headers) {
    if (!header.startsWith(PARTITION_PREFIX)) continue;
    const key = dataset.partition.leading.find(({ name }) => partitionHeader(name) === header);
    if (key === undefined) {
      const known = dataset.partition.leading.map(({ name }) => partitionHeader(name)).join(', ');
      const those = known === '' ? 'it has none' : `they are ${known}`;
      throw refused(400, 'bad-header', `${shown(header)} is not a partition header of ${dataset.name}; ${those}`);
    }
    const value = single(headers[header]) ?? '';
    const problem = leadingValueProblem(key, value);
    if (problem !== undefined) throw refused(400, 'bad-header', `${header}: ${problem}`);
    values[key.name] = value;
  }
  return values;
}

const single = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? header.join(', ') : header;

const shown = (text: string): string => JSON.stringify(text.length > SHOWN ? `${text.slice(0, SHOWN)}...` : text);

const refused = (status: number, code: string, detail: string): RefusedError =>
  new RefusedError({ status, code, detail });
