import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { MissingPermission } from '../preflight/aws/errors';
import { guard } from '../preflight/aws/guard';

export const TLS_VERSIONS = ['TLSv1.3', 'TLSv1.2', 'TLSv1.1'] as const;
export type TlsVersion = (typeof TLS_VERSIONS)[number];

/** How a server takes a client that offers one version alone. */
export type Reception =
  | 'accepted'
  /** The connection stands, and a policy denies the request. */
  | 'denied'
  /** There is no connection. */
  | 'no handshake';

/** What a client of a version is: OpenSSL offers what is older than 1.2 only without its own floor. */
export const onlyVersion = (version: TlsVersion) => ({
  minVersion: version,
  maxVersion: version,
  ...(version === 'TLSv1.1' ? { ciphers: 'DEFAULT@SECLEVEL=0' } : {}),
});

/**
 * A client of S3 that offers one version of TLS and no other.
 *
 * @param server another one than AWS, and the certificate that it is trusted by, for tests. @default AWS
 */
export const s3Over = (
  region: string,
  version: TlsVersion,
  server: { readonly endpoint?: string; readonly ca?: string } = {},
): S3Client =>
  guard(
    new S3Client({
      region,
      maxAttempts: 2,
      ...(server.endpoint === undefined ? {} : { endpoint: server.endpoint }),
      requestHandler: {
        ...{ connectionTimeout: 5_000, requestTimeout: 30_000, throwOnRequestTimeout: true },
        httpsAgent: { ...onlyVersion(version), ...(server.ca === undefined ? {} : { ca: server.ca }) },
      },
    }),
  );

/** How S3 takes a listing of a bucket. @throws Error when this machine itself cannot offer the version, or for any other reason */
export async function receptionOf(client: S3Client, Bucket: string): Promise<Reception> {
  try {
    await client.send(new ListObjectsV2Command({ Bucket, MaxKeys: 1 }));
    return 'accepted';
  } catch (error) {
    if (error instanceof MissingPermission) return 'denied';
    if (isNoHandshake(error)) return 'no handshake';
    throw error;
  }
}

/** Whether the other side refused the version. What this machine cannot offer says nothing of the other side. */
export const isNoHandshake = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  /^(?:EPROTO|ECONNRESET|ERR_SSL_(?!NO_PROTOCOLS_AVAILABLE|NO_CIPHER_MATCH))/.test(String(error.code));
