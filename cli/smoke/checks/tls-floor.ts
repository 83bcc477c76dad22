import type { SmokeCheck } from '../check';
import type { SmokeContext } from '../context';
import { type Reception, receptionOf, TLS_VERSIONS, type TlsVersion } from '../tls';

/** Buckets answer clients of each version of TLS as their policies say. Costs nine requests. */
export const tlsFloor: SmokeCheck = {
  id: 'tls-floor',
  proves: 'buckets refuse clients below TLS 1.2, and those that need 1.3 refuse a client of 1.2',
  answers: { 'AWS::S3::BucketPolicy': ['the minimum TLS version'] },
  permissions: ['s3:ListBucket'],
  notEmulated: 'the emulator speaks no TLS',
  async run(context) {
    const { buckets } = context.lake;
    const seen: string[] = [];
    for (const version of TLS_VERSIONS) {
      const client = context.s3Over(version);
      try {
        for (const zone of ['raw', 'curated', 'quarantine'] as const) {
          const reception = await receptionOf(client, buckets[zone]);
          const wanted = wantedOf(context, version, zone);
          if (wanted.includes(reception)) continue;
          throw new Error(`${buckets[zone]} with ${version}: ${reception} instead of ${wanted.join(' or ')}`);
        }
        seen.push(version);
      } finally {
        client.destroy();
      }
    }
    return `as declared with ${seen.join(', ')}`;
  },
};

function wantedOf(
  { settings }: SmokeContext,
  version: TlsVersion,
  zone: 'raw' | 'curated' | 'quarantine',
): readonly Reception[] {
  if (version === 'TLSv1.3') return ['accepted'];
  // S3 itself ends such connections: https://aws.amazon.com/blogs/security/tls-1-2-required-for-aws-endpoints/
  if (version === 'TLSv1.1') return ['denied', 'no handshake'];
  return settings.tls13Floor && zone !== 'quarantine' ? ['denied'] : ['accepted'];
}
