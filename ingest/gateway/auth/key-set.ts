import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import type { JwtAlgorithm } from '../settings';

/** Issuers publish a few keys, and a few kB. */
export const MAX_SET_BYTES = 256 * 1024;
const MAX_KEYS = 100;
/** RFC 7518, section 3.3. */
const MIN_RSA_BITS = 2_048;

/** Of each key type and curve, the algorithms that it can verify. */
const FITTING: Readonly<Record<string, readonly JwtAlgorithm[]>> = {
  RSA: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  'EC P-256': ['ES256'],
  'EC P-384': ['ES384'],
  'EC P-521': ['ES512'],
  'OKP Ed25519': ['EdDSA'],
};

/** A public key that can verify tokens. */
export interface VerifyingKey {
  readonly kid: string | undefined;
  readonly algorithms: readonly JwtAlgorithm[];
  readonly key: KeyObject;
}

/** A text that is not a usable key set; the message says why. */
export class KeySetError extends Error {
  override readonly name = 'KeySetError';
}

/**
 * Reads a JWK Set (RFC 7517). Keys that cannot verify a token of these algorithms are skipped: encryption keys, secrets,
 * private keys, other curves, keys that are too short or damaged. A key that is there twice counts once.
 *
 * @throws KeySetError for a text that is not a key set, and for a set with too many keys or no usable one
 */
export function parseKeySet(text: string, algorithms: readonly JwtAlgorithm[]): readonly VerifyingKey[] {
  const found = members(text);
  if (found.length > MAX_KEYS) throw new KeySetError(`${found.length} keys, but a set may have ${MAX_KEYS}`);
  const keys = new Map<string, VerifyingKey>();
  const reasons: string[] = [];
  for (const [index, jwk] of found.entries()) {
    const key = usable(jwk, algorithms);
    if (typeof key === 'string') reasons.push(`key ${index + 1} ${key}`);
    else keys.set(JSON.stringify([key.kid, key.algorithms, key.key.export({ format: 'jwk' })]), key);
  }
  if (keys.size > 0) return [...keys.values()];
  const why = reasons.length === 0 ? 'it is empty' : reasons.slice(0, 3).join(', ');
  throw new KeySetError(`no key that verifies ${algorithms.join(' or ')}: ${why}`);
}

function members(text: string): readonly unknown[] {
  let set: unknown;
  try {
    set = JSON.parse(text);
  } catch {
    throw new KeySetError(`no JSON; it begins with ${JSON.stringify(text.slice(0, 40))}`);
  }
  const keys = (set as { readonly keys?: unknown } | null)?.keys;
  if (!Array.isArray(keys)) throw new KeySetError('no JWK Set: it has no array "keys"');
  return keys;
}

/** @returns the key, or why it is skipped */
function usable(jwk: unknown, allowed: readonly JwtAlgorithm[]): VerifyingKey | string {
  if (typeof jwk !== 'object' || jwk === null) return 'is not an object';
  const { kty, crv, use, key_ops: operations, alg, kid, d } = jwk as Readonly<Record<string, unknown>>;
  if (kid !== undefined && typeof kid !== 'string') return 'has a "kid" that is not text';
  if (use !== undefined && use !== 'sig') return 'is not for signatures';
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) {
    return 'is not for verifying';
  }
  if (d !== undefined) return 'is a private key; publish its public half, and replace the pair';
  const type = kty === 'RSA' ? 'RSA' : `${nameOf(kty)} ${nameOf(crv)}`;
  const fitting = Object.hasOwn(FITTING, type) ? (FITTING[type] as readonly JwtAlgorithm[]) : [];
  const algorithms = fitting.filter((name) => allowed.includes(name) && (alg === undefined || alg === name));
  if (algorithms.length === 0) return `(${type.slice(0, 20)}) fits none of the algorithms`;
  try {
    const key = createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' });
    if (type === 'RSA' && (key.asymmetricKeyDetails?.modulusLength ?? 0) < MIN_RSA_BITS) {
      return `is shorter than ${MIN_RSA_BITS} bits`;
    }
    return { kid, algorithms, key };
  } catch {
    return 'is damaged';
  }
}

/** Not `String`: an object of another's JSON may have a "toString" of its own. */
const nameOf = (member: unknown): string => (typeof member === 'string' ? member : String(JSON.stringify(member)));
