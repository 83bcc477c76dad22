import type { IncomingHttpHeaders } from 'node:http';
import { S3Error } from './errors';
import { singleHeader } from './operation';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256\s+Credential=([^/,\s]+)\/(\d{8})\/([^/,\s]+)\/([^/,\s]+)\/aws4_request\s*,\s*SignedHeaders=([\w;.-]+)\s*,\s*Signature=([\da-f]{64})$/;

/** @throws S3Error AccessDenied */
export function authenticate(headers: IncomingHttpHeaders, query: ReadonlyMap<string, string>): void {
  const header = singleHeader(headers.authorization);
  if (header === undefined) {
    if (query.has('X-Amz-Signature')) return;
    throw new S3Error('AccessDenied');
  }
  const match = AUTHORIZATION.exec(header);
  if (match === null || match[4] !== 's3') throw new S3Error('AuthorizationHeaderMalformed');
}
