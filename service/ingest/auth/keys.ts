import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createLocalJWKSet, createRemoteJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';

/** How often a file of keys is looked at for a change. */
const CHECK_FILE_MS = 10_000;

/**
 * The public keys that tokens are verified with. A URL is fetched when needed, kept, and fetched again for an unknown
 * key id, at most every 30 seconds. A file is read again when it changes.
 */
export interface KeySource {
  readonly getKey: JWTVerifyGetKey;
  /** @throws Error when there are no keys to verify with */
  ready(): Promise<void>;
}

export function keySource(location: string): KeySource {
  return /^https?:\/\//.test(location) ? remoteKeys(new URL(location)) : new FileKeys(location);
}

function remoteKeys(url: URL): KeySource {
  const keys = createRemoteJWKSet(url, { timeoutDuration: 5_000, cooldownDuration: 30_000, cacheMaxAge: 600_000 });
  return {
    getKey: keys,
    async ready() {
      if (keys.jwks() === undefined) await keys.reload();
    },
  };
}

class FileKeys implements KeySource {
  readonly #path: string;
  #keys: JWTVerifyGetKey | undefined;
  #modified = 0;
  #checked = Number.NEGATIVE_INFINITY;

  constructor(path: string) {
    this.#path = path;
  }

  readonly getKey: JWTVerifyGetKey = async (header, token) => {
    await this.ready();
    if (this.#keys === undefined) throw new Error(`no keys in ${this.#path}`);
    return this.#keys(header, token);
  };

  async ready(): Promise<void> {
    const now = performance.now();
    if (this.#keys !== undefined && now - this.#checked < CHECK_FILE_MS) return;
    this.#checked = now;
    const modified = statSync(this.#path).mtimeMs;
    if (this.#keys !== undefined && modified === this.#modified) return;
    const text = await readFile(this.#path, 'utf8');
    try {
      // Throws for anything but a key set; a file that is being written keeps the keys of before.
      this.#keys = createLocalJWKSet(JSON.parse(text) as JSONWebKeySet);
      this.#modified = modified;
    } catch (error) {
      if (this.#keys !== undefined) return;
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`INGEST_JWKS: ${this.#path} is no JWK Set: ${reason}`);
    }
  }
}
