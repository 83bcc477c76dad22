import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { ChunkVerifier } from './chunked';
import { S3Error } from './errors';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export const sha256 = (data: string): string => createHash('sha256').update(data).digest('hex');

const hmac = (key: string | Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest();

/** The key that signs the requests of one day, region and service. */
export function signingKey({ secretAccessKey }: Credentials, date: string, region: string): Buffer {
  return hmac(hmac(hmac(hmac(`AWS4${secretAccessKey}`, date), region), 's3'), 'aws4_request');
}

/** Signature of a string to sign, given by its lines, as hex. */
export const signature = (key: Buffer, lines: readonly string[]): string => hmac(key, lines.join('\n')).toString('hex');

/** The path as it is signed: every byte but the unreserved ones and `/` percent-encoded, never normalised. */
export function canonicalPath(url: string): string {
  const mark = url.indexOf('?');
  return (mark < 0 ? url : url.slice(0, mark)).split('/').map(recode).join('/');
}

export function canonicalQuery(url: string): string {
  const mark = url.indexOf('?');
  if (mark < 0) return '';
  return url
    .slice(mark + 1)
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const equals = pair.indexOf('=');
      const [name, value] = equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)];
      return { name: recode(name), value: recode(value) };
    })
    .filter(({ name }) => name !== 'X-Amz-Signature')
    .sort((a, b) => order(a.name, b.name) || order(a.value, b.value))
    .map(({ name, value }) => `${name}=${value}`)
    .join('&');
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function recode(text: string): string {
  try {
    return encodeURIComponent(decodeURIComponent(text)).replace(
      /[!'()*]/g,
      (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
    );
  } catch {
    throw new S3Error('InvalidURI', { details: { URI: text } });
  }
}

export function canonicalHeaders(headers: IncomingHttpHeaders, signed: readonly string[]): string {
  return signed
    .map((name) => {
      const value = headers[name];
      return `${name}:${(Array.isArray(value) ? value.join(',') : (value ?? '')).trim().replace(/ +/g, ' ')}\n`;
    })
    .join('');
}

const EMPTY_SHA256 = sha256('');

/** Chunk signatures of a signed streaming body; each one signs its predecessor, the first the request. */
export class ChunkSignatures implements ChunkVerifier {
  constructor(
    private readonly key: Buffer,
    private readonly time: string,
    private readonly scope: string,
    private previous: string,
  ) {}

  chunk(data: readonly Buffer[], signed: string): void {
    const hash = createHash('sha256');
    for (const piece of data) hash.update(piece);
    this.#check('AWS4-HMAC-SHA256-PAYLOAD', `${EMPTY_SHA256}\n${hash.digest('hex')}`, signed);
  }

  trailer(lines: readonly string[], signed: string): void {
    this.#check('AWS4-HMAC-SHA256-TRAILER', sha256(lines.map((line) => `${line}\n`).join('')), signed);
  }

  #check(kind: string, hashes: string, signed: string): void {
    const expected = signature(this.key, [kind, this.time, this.scope, this.previous, hashes]);
    if (!equal(expected, signed)) throw new S3Error('SignatureDoesNotMatch');
    this.previous = expected;
  }
}

/** Compares in constant time. */
export function equal(expected: string, given: string): boolean {
  const a = Buffer.from(expected);
  const b = Buffer.from(given);
  return a.length === b.length && timingSafeEqual(a, b);
}
