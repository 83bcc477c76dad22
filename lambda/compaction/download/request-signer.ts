import { createHash, createHmac } from 'node:crypto';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { SignatureV4 } from '@smithy/signature-v4';

/** A signed GET that any HTTP client can send. */
export interface SignedRequest {
  /** Scheme, host and port. */
  readonly origin: string;
  /** Percent-encoded, from the root, query included. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What the downloads need: a request for a key. */
export interface GetSigner {
  /** @param versionId of the version. @default the current one */
  get(key: string, headers: Readonly<Record<string, string>>, versionId?: string): Promise<SignedRequest>;
}

/**
 * Signs plain GETs at a sixth of the cost of a whole SDK call. Endpoint, addressing style, region and credentials are
 * the SDK's own: it builds one request, which is looked at instead of sent, and is asked for credentials at every
 * signature, so that they are refreshed in time.
 */
export class RequestSigner implements GetSigner {
  readonly #origin: URL;
  readonly #prefix: string;
  readonly #signer: SignatureV4;

  private constructor(origin: URL, prefix: string, signer: SignatureV4) {
    this.#origin = origin;
    this.#prefix = prefix;
    this.#signer = signer;
  }

  static async create(client: S3Client, bucket: string): Promise<RequestSigner> {
    const probe = await buildRequest(client, bucket);
    const scope = /Credential=[^/]+\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request/.exec(probe.headers.authorization ?? '');
    const [, region, service] = scope ?? [];
    if (region === undefined || service === undefined) {
      throw new Error(`The SDK does not sign requests to ${bucket} with SigV4; the compactor needs that`);
    }
    const signer = new SignatureV4({
      region,
      service,
      credentials: client.config.credentials,
      sha256: NodeSha256,
      // S3 signs the path as it is sent; every other service signs it encoded once more.
      uriEscapePath: false,
      applyChecksum: false,
    });
    const port = probe.port === undefined ? '' : `:${probe.port}`;
    const prefix = probe.path.slice(0, -PROBE_KEY.length);
    return new RequestSigner(new URL(`${probe.protocol}//${probe.hostname}${port}`), prefix, signer);
  }

  /** Valid for 15 minutes. */
  async get(key: string, headers: Readonly<Record<string, string>>, versionId?: string): Promise<SignedRequest> {
    const path = this.#prefix + key.split('/').map(encodeSegment).join('/');
    const signed = await this.#signer.sign({
      method: 'GET',
      protocol: this.#origin.protocol,
      hostname: this.#origin.hostname,
      path,
      query: versionId === undefined ? {} : { versionId },
      headers: { ...headers, host: this.#origin.host, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' },
    });
    const query = versionId === undefined ? '' : `?versionId=${encodeSegment(versionId)}`;
    return { origin: this.#origin.origin, path: path + query, headers: signed.headers };
  }
}

const PROBE_KEY = 'probe';

interface BuiltRequest {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** Lets the SDK build and sign a request, and takes it from it at the point where it would be sent. */
async function buildRequest(client: S3Client, bucket: string): Promise<BuiltRequest> {
  let built: unknown;
  const command = new GetObjectCommand({ Bucket: bucket, Key: PROBE_KEY });
  command.middlewareStack.add(
    () => async (args) => {
      built = args.request;
      return { response: undefined, output: { $metadata: {} } };
    },
    { step: 'deserialize', name: 'takeRequest', priority: 'high' },
  );
  await client.send(command);
  if (built === undefined) throw new Error(`The SDK built no request for bucket ${bucket}`);
  return built as BuiltRequest;
}

/** RFC 3986: what `encodeURIComponent` leaves alone is escaped too. */
function encodeSegment(segment: string): string {
  return encodeURIComponent(segment).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** The digest that the signer asks for, by Node's own crypto. */
class NodeSha256 {
  readonly #hash: ReturnType<typeof createHash> | ReturnType<typeof createHmac>;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytes(secret));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(bytes(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    throw new Error('The signer never reuses a digest');
  }
}

function bytes(data: string | ArrayBuffer | ArrayBufferView): Buffer {
  if (typeof data === 'string') return Buffer.from(data);
  return data instanceof ArrayBuffer ? Buffer.from(data) : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}
