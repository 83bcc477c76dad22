import type { IncomingHttpHeaders } from 'node:http';
import type { ChunkVerifier } from './chunked';
import { invalidRequest, S3Error } from './errors';
import { singleHeader } from './operation';
import {
  ChunkSignatures,
  type Credentials,
  canonicalHeaders,
  canonicalPath,
  canonicalQuery,
  equal,
  sha256,
  signature,
  signingKey,
} from './signature';

export interface SignedRequest {
  readonly method: string;
  /** Request target as received. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly query: ReadonlyMap<string, string>;
}

/** What the signature says about the body, to be checked while it arrives. */
export interface BodyPromise {
  /** Hex SHA-256. */
  readonly sha256?: string;
  readonly chunkVerifier?: ChunkVerifier;
}

interface Claim {
  readonly accessKeyId: string;
  /** `yyyymmdd` */
  readonly date: string;
  readonly region: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  /** `yyyymmddThhmmssZ` */
  readonly time: string;
  readonly presigned: boolean;
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 +Credential=([^/,\s]+)\/(\d{8})\/([^/,\s]+)\/([^/,\s]+)\/aws4_request, *SignedHeaders=([\w;.-]+), *Signature=([\da-f]{64})$/;
const CREDENTIAL = /^([^/\s]+)\/(\d{8})\/([^/\s]+)\/([^/\s]+)\/aws4_request$/;
const TIME = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;
const SIGNATURE = /^[\da-f]{64}$/;
const SIGNATURE_LENGTH = 64;
const MAX_REMEMBERED = 1000;
const MAX_SKEW_MS = 15 * 60_000;
const MAX_EXPIRY_SECONDS = 7 * 86_400;
const NOTHING: BodyPromise = {};

/**
 * Checks the Signature Version 4 of requests. Without credentials only its form and scope are checked, and the expiry of
 * presigned URLs; with them every signature is verified: of the request, of its body's hash and of its chunks.
 */
export class Authenticator {
  /** Authorization headers without their signature that were found well-formed: the same for all requests of a client. */
  readonly #wellFormed = new Set<string>();

  constructor(
    private readonly credentials: Credentials | undefined,
    private readonly anonymous: boolean,
  ) {}

  /** @throws S3Error AccessDenied, AuthorizationHeaderMalformed, SignatureDoesNotMatch, RequestTimeTooSkewed, … */
  authenticate(request: SignedRequest): BodyPromise {
    const header = singleHeader(request.headers.authorization);
    const presigned = request.query.has('X-Amz-Signature') || request.query.has('X-Amz-Algorithm');
    if (header === undefined && !presigned) {
      if (this.anonymous) return NOTHING;
      throw new S3Error('AccessDenied');
    }
    if (this.credentials === undefined && header !== undefined && this.#isKnown(header)) return NOTHING;
    const claim = header === undefined ? presignedClaim(request.query) : headerClaim(header, request.headers);
    if (this.credentials !== undefined) return verify(request, claim, this.credentials);
    if (header !== undefined) this.#remember(header);
    return NOTHING;
  }

  #isKnown(header: string): boolean {
    return this.#wellFormed.has(header.slice(0, -SIGNATURE_LENGTH)) && SIGNATURE.test(header.slice(-SIGNATURE_LENGTH));
  }

  #remember(header: string): void {
    if (this.#wellFormed.size >= MAX_REMEMBERED) this.#wellFormed.clear();
    this.#wellFormed.add(header.slice(0, -SIGNATURE_LENGTH));
  }
}

type Six = [string, string, string, string, string, string];

function headerClaim(header: string, headers: IncomingHttpHeaders): Claim {
  const match = AUTHORIZATION.exec(header);
  if (match === null) throw new S3Error('AuthorizationHeaderMalformed');
  const [accessKeyId, date, region, service, signedHeaders, signed] = match.slice(1) as Six;
  if (service !== 's3') {
    throw new S3Error('AuthorizationHeaderMalformed', {
      message: `The authorization header is malformed; incorrect service "${service}". This endpoint belongs to "s3".`,
    });
  }
  const time = singleHeader(headers['x-amz-date']) ?? '';
  if (!TIME.test(time)) {
    throw new S3Error('AccessDenied', { message: 'AWS authentication requires a valid Date or x-amz-date header' });
  }
  return {
    accessKeyId,
    date,
    region,
    signedHeaders: signedHeaders.split(';'),
    signature: signed,
    time,
    presigned: false,
  };
}

function presignedClaim(query: ReadonlyMap<string, string>): Claim {
  const malformed = (message: string): S3Error => new S3Error('AuthorizationQueryParametersError', { message });
  const parameter = (name: string): string => query.get(`X-Amz-${name}`) ?? '';
  if (parameter('Algorithm') !== 'AWS4-HMAC-SHA256')
    throw malformed('X-Amz-Algorithm only supports "AWS4-HMAC-SHA256"');
  const match = CREDENTIAL.exec(parameter('Credential'));
  const signed = parameter('Signature');
  const time = parameter('Date');
  const signedHeaders = parameter('SignedHeaders').split(';');
  if (match === null || match[4] !== 's3') throw malformed('Error parsing the X-Amz-Credential parameter');
  if (!SIGNATURE.test(signed) || !signedHeaders.includes('host') || !TIME.test(time)) {
    throw malformed(
      'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.',
    );
  }
  const expires = Number(parameter('Expires'));
  if (!/^\d{1,6}$/.test(parameter('Expires')) || expires > MAX_EXPIRY_SECONDS) {
    throw malformed('X-Amz-Expires must be less than a week (in seconds) that is 604800');
  }
  if (Date.now() > parseTime(time) + expires * 1000) {
    throw new S3Error('AccessDenied', { message: 'Request has expired', details: { 'X-Amz-Expires': `${expires}` } });
  }
  const [, accessKeyId, date, region] = match as unknown as [string, string, string, string];
  return { accessKeyId, date, region, signedHeaders, signature: signed, time, presigned: true };
}

function verify(request: SignedRequest, claim: Claim, credentials: Credentials): BodyPromise {
  const { headers, query } = request;
  if (claim.accessKeyId !== credentials.accessKeyId) throw new S3Error('InvalidAccessKeyId');
  // The signer's clock is the real one, whatever clock the server's records follow.
  if (!claim.presigned && Math.abs(Date.now() - parseTime(claim.time)) > MAX_SKEW_MS) {
    throw new S3Error('RequestTimeTooSkewed');
  }
  checkSignedHeaders(headers, claim);
  const content =
    singleHeader(headers['x-amz-content-sha256']) ??
    (claim.presigned ? (query.get('X-Amz-Content-Sha256') ?? 'UNSIGNED-PAYLOAD') : undefined);
  if (content === undefined) throw invalidRequest('Missing required header for this request: x-amz-content-sha256');
  const canonical = [
    request.method,
    canonicalPath(request.url),
    canonicalQuery(request.url),
    canonicalHeaders(headers, claim.signedHeaders),
    claim.signedHeaders.join(';'),
    content,
  ].join('\n');
  const scope = `${claim.date}/${claim.region}/s3/aws4_request`;
  const key = signingKey(credentials, claim.date, claim.region);
  const expected = signature(key, ['AWS4-HMAC-SHA256', claim.time, scope, sha256(canonical)]);
  if (!equal(expected, claim.signature) || !claim.time.startsWith(claim.date))
    throw new S3Error('SignatureDoesNotMatch');
  return bodyPromise(content, new ChunkSignatures(key, claim.time, scope, claim.signature));
}

function bodyPromise(content: string, chunkVerifier: ChunkVerifier): BodyPromise {
  if (SIGNATURE.test(content)) return { sha256: content };
  switch (content) {
    case 'UNSIGNED-PAYLOAD':
    case 'STREAMING-UNSIGNED-PAYLOAD-TRAILER':
      return NOTHING;
    case 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD':
    case 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER':
      return { chunkVerifier };
    default:
      throw new S3Error('InvalidArgument', {
        message: 'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, a streaming form, or a valid sha256 value.',
      });
  }
}

/** What is not signed could have been added on the way. */
function checkSignedHeaders(headers: IncomingHttpHeaders, { signedHeaders }: Claim): void {
  const unsigned = Object.keys(headers).filter((name) => name.startsWith('x-amz-') && !signedHeaders.includes(name));
  if (!signedHeaders.includes('host')) unsigned.push('host');
  if (unsigned.length === 0) return;
  throw new S3Error('AccessDenied', {
    message: 'There were headers present in the request which were not signed',
    details: { HeadersNotSigned: unsigned.join(', ') },
  });
}

const parseTime = (time: string): number => Date.parse(time.replace(TIME, '$1-$2-$3T$4:$5:$6Z'));
