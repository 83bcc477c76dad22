import * as crypto from 'node:crypto';
import { errors, type JWTPayload, jwtVerify } from 'jose';
import type { AuthSettings } from '../settings';
import { type KeySource, KeysUnavailableError } from './keys';

/** Who sends, as the verified token says. */
export interface Principal {
  readonly subject: string;
  /** Datasets that it may write to. */
  readonly datasets: ReadonlySet<string>;
  /** Values of leading keys that it is confined to, `key=value` or `dataset:key=value`; undefined: to none. */
  readonly partitions: ReadonlySet<string> | undefined;
}

/** The token does not hold; the message is safe to tell, and says which check failed. */
export class InvalidTokenError extends Error {
  override readonly name = 'InvalidTokenError';
}

/** A verified token is believed so long, and never beyond its own end. Also how long a withdrawn key still counts. */
const BELIEVED_MS = 300_000;
const CLOCK_TOLERANCE_SECONDS = 5;
const LONGEST_TOKEN = 8_192;
const LONGEST_SUBJECT = 256;
/** Verified tokens that are remembered, by their hash. */
const REMEMBERED = 32_768;

interface Verified {
  readonly principal: Principal;
  /** By the clock of the wall, as `exp` is. */
  readonly expires: number;
  /** By one that nobody sets: a clock that goes back makes no token last longer. */
  readonly believedUntil: number;
}

/** Verifies bearer tokens: signature, algorithm, issuer, audience, time, subject. Believes nothing else in them. */
export class TokenVerifier {
  readonly #settings: AuthSettings;
  readonly #keys: Pick<KeySource, 'find'>;
  readonly #now: () => number;
  readonly #verified = new Map<string, Verified>();

  constructor(settings: AuthSettings, keys: Pick<KeySource, 'find'>, now: () => number = Date.now) {
    this.#settings = settings;
    this.#keys = keys;
    this.#now = now;
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
      this.#verified.delete(hash);
    }
    return this.#verify(token, hash);
  }

  async #verify(token: string, hash: string): Promise<Principal> {
    const payload = await this.#payload(token);
    const { sub, exp } = payload;
    if (typeof sub !== 'string' || sub === '' || sub.length > LONGEST_SUBJECT) {
      throw new InvalidTokenError(`"sub" must be a text of 1 to ${LONGEST_SUBJECT} characters`);
    }
    const { rolesClaim, partitionsClaim } = this.#settings;
    const confined = partitionsClaim === undefined ? undefined : payload[partitionsClaim];
    const principal = {
      subject: sub,
      datasets: datasetsOf(payload[rolesClaim]),
      // A claim of another form allows nothing.
      partitions: confined === undefined ? undefined : new Set(wordsOf(confined)),
    };
    if (this.#verified.size >= REMEMBERED) this.#forget();
    const believedUntil = performance.now() + BELIEVED_MS;
    this.#verified.set(hash, { principal, expires: (exp ?? 0) * 1000, believedUntil });
    return principal;
  }

  /** Key ids are not always unique, so each key that may be meant is tried. */
  async #payload(token: string): Promise<JWTPayload> {
    const { issuer, audience, algorithms } = this.#settings;
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
            audience,
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

  /** Drops the older half; those tokens are verified once more. */
  #forget(): void {
    let left = REMEMBERED / 2;
    for (const hash of this.#verified.keys()) {
      if (left === 0) return;
      this.#verified.delete(hash);
      left -= 1;
    }
  }
}

/** Roles `ingest:<dataset>`, as words of one text or as an array of texts. */
function datasetsOf(claim: unknown): ReadonlySet<string> {
  return new Set(wordsOf(claim).flatMap((word) => (word.startsWith('ingest:') ? [word.slice(7)] : [])));
}

function wordsOf(claim: unknown): readonly string[] {
  const words: readonly unknown[] = typeof claim === 'string' ? claim.split(' ') : Array.isArray(claim) ? claim : [];
  return words.filter((word) => typeof word === 'string');
}

function refusal(error: unknown): Error {
  if (error instanceof InvalidTokenError || error instanceof KeysUnavailableError) return error;
  if (error instanceof errors.JOSEError) return new InvalidTokenError(error.message);
  return error instanceof Error ? error : new Error(String(error));
}
