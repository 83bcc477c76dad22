import * as crypto from 'node:crypto';
import { errors, type JWTPayload, jwtVerify } from 'jose';
import type { AuthSettings } from '../settings';
import { InvalidTokenError, type Principal, principalOf } from './claims';
import type { KeySource } from './keys';

export { InvalidTokenError, type Principal } from './claims';

/** How long a verified token is trusted without another check, but never beyond its expiry. Also how long a withdrawn key still counts. */
const BELIEVED_MS = 300_000;
const CLOCK_TOLERANCE_SECONDS = 5;
const LONGEST_TOKEN = 8_192;
/** Most verified tokens that are remembered, by hash, and most characters of all of them: claims may be long. */
const REMEMBERED = { tokens: 32_768, characters: 16_777_216 };

interface Verified {
  readonly principal: Principal;
  /** Characters of the token, an upper bound of what is kept of it. */
  readonly length: number;
  /** By the system clock, like `exp`. */
  readonly expires: number;
  /** By the monotonic clock: setting the system clock back does not extend a token. */
  readonly believedUntil: number;
}

/** Verifies bearer tokens: signature, algorithm, issuer, audience, time, subject. Nothing else in them is trusted. */
export class TokenVerifier {
  readonly #settings: AuthSettings;
  readonly #keys: Pick<KeySource, 'find'>;
  readonly #now: () => number;
  readonly #remembered: typeof REMEMBERED;
  readonly #verified = new Map<string, Verified>();
  #length = 0;

  constructor(
    settings: AuthSettings,
    keys: Pick<KeySource, 'find'>,
    now: () => number = Date.now,
    remembered = REMEMBERED,
  ) {
    this.#settings = settings;
    this.#keys = keys;
    this.#now = now;
    this.#remembered = remembered;
  }

  /**
   * @param header the `Authorization` header
   * @returns at once when the token was verified a short time ago
   * @throws InvalidTokenError, KeysUnavailableError (also as rejections)
   */
  verify(header: string | undefined): Principal | Promise<Principal> {
    const token = /^Bearer +([A-Za-z0-9_=-]+\.[A-Za-z0-9_=-]+\.[A-Za-z0-9_=-]*)$/i.exec(header ?? '')?.[1];
    if (token === undefined) {
      throw new InvalidTokenError(header === undefined ? 'no Authorization header' : 'no bearer token');
    }
    if (token.length > LONGEST_TOKEN) throw new InvalidTokenError('the token is too long');
    const hash = crypto.hash('sha256', token, 'base64');
    const known = this.#verified.get(hash);
    if (known !== undefined) {
      if (this.#now() < known.expires && performance.now() < known.believedUntil) return known.principal;
      this.#drop(hash);
    }
    return this.#verify(token, hash);
  }

  async #verify(token: string, hash: string): Promise<Principal> {
    const payload = await this.#payload(token);
    const principal = principalOf(payload, this.#settings);
    // Two requests may have verified the same token at the same time.
    this.#drop(hash);
    const { length } = token;
    const { tokens, characters } = this.#remembered;
    if (this.#verified.size >= tokens || this.#length + length > characters) this.#forget();
    const believedUntil = performance.now() + BELIEVED_MS;
    this.#verified.set(hash, { principal, length, expires: (payload.exp ?? 0) * 1000, believedUntil });
    this.#length += length;
    return principal;
  }

  /** Key ids are not always unique, so each candidate key is tried. */
  async #payload(token: string): Promise<JWTPayload> {
    const { issuer, audience, algorithms, profile } = this.#settings;
    let candidates = 0;
    for (let candidate = 0; ; candidate += 1) {
      try {
        const { payload } = await jwtVerify(
          token,
          async (header) => {
            const keys = await this.#keys.find(header);
            candidates = keys.length;
            const key = keys[candidate];
            if (key === undefined)
              throw new InvalidTokenError('no applicable key: the key id of the token is not known');
            return key;
          },
          {
            issuer,
            ...(profile === 'cognito' ? {} : { audience }), // no `aud`: its scopes stand in for it
            algorithms: [...algorithms],
            requiredClaims: ['exp', 'sub'],
            clockTolerance: CLOCK_TOLERANCE_SECONDS,
            currentDate: new Date(this.#now()),
          },
        );
        return payload;
      } catch (error) {
        if (error instanceof errors.JWSSignatureVerificationFailed && candidate + 1 < candidates) continue;
        throw refusal(error);
      }
    }
  }

  /** Drops the older half; those tokens are verified again. */
  #forget(): void {
    let left = Math.ceil(this.#verified.size / 2);
    for (const hash of this.#verified.keys()) {
      if (left === 0) return;
      this.#drop(hash);
      left -= 1;
    }
  }

  #drop(hash: string): void {
    this.#length -= this.#verified.get(hash)?.length ?? 0;
    this.#verified.delete(hash);
  }
}

/** What the library finds wrong is wrong with the token; other errors are not. */
const refusal = (error: unknown): unknown =>
  error instanceof errors.JOSEError ? new InvalidTokenError(error.message) : error;
