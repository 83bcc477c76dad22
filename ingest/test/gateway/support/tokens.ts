import type { webcrypto } from 'node:crypto';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';

export const ISSUER = 'https://issuer.example';
export const AUDIENCE = 'lake';

/** Whoever signs tokens: a key pair and its public half as the gateway reads it. */
export interface Issuer {
  readonly jwks: string;
  readonly publicKey: webcrypto.CryptoKey;
  readonly privateKey: webcrypto.CryptoKey;
  /** A token that holds, for all datasets of the tests, but for the changes. A claim that is null is left out. */
  token(claims?: Readonly<Record<string, unknown>>, header?: Readonly<Record<string, unknown>>): Promise<string>;
}

export async function createIssuer(alg: 'RS256' | 'ES256' = 'ES256', kid = 'key-1'): Promise<Issuer> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const jwks = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid, alg, use: 'sig' }] });
  return {
    jwks,
    publicKey,
    privateKey,
    token(claims = {}, header = {}) {
      const now = Math.floor(Date.now() / 1000);
      const all = {
        iss: ISSUER,
        aud: AUDIENCE,
        sub: 'producer',
        iat: now,
        exp: now + 600,
        scope: 'openid ingest:access_logs ingest:orders ingest:sensor_readings',
        ...claims,
      };
      const payload = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null)) as JWTPayload;
      return new SignJWT(payload).setProtectedHeader({ alg, kid, ...header }).sign(privateKey);
    },
  };
}
