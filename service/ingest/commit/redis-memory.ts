import type { Redis } from 'ioredis';
import type { CircuitBreaker } from '../rate/breaker';
import type { EventMemory } from './committer';

/** Keys of one command; more would keep the store from others for too long. */
const KEYS_A_COMMAND = 1_000;

/** One command marks many events: as many SETs would cost this process more than everything else it does for them. */
const REMEMBER = `
for i = 1, #KEYS do redis.call('SET', KEYS[i], '', 'EX', ARGV[1]) end
return #KEYS
`;

type ScriptedRedis = Redis & { ingestRemember(count: number, ...keysAndSeconds: (string | number)[]): Promise<number> };

/**
 * Events that any node has stored, in Redis or Valkey. While the store is down nothing is known and nothing is marked:
 * then a repeated event is stored once more, and compaction drops it by its dedupe key.
 */
export class RedisEventMemory implements EventMemory {
  readonly #redis: ScriptedRedis;
  readonly #breaker: CircuitBreaker;
  readonly #seconds: number;

  constructor(redis: Redis, breaker: CircuitBreaker, seconds: number) {
    redis.defineCommand('ingestRemember', { lua: REMEMBER });
    this.#redis = redis as ScriptedRedis;
    this.#breaker = breaker;
    this.#seconds = seconds;
  }

  async known(identities: readonly string[]): Promise<ReadonlySet<string>> {
    if (identities.length === 0) return new Set();
    try {
      const found = await this.#breaker.call(async () => {
        const answers = await Promise.all(chunks(identities).map((chunk) => this.#redis.mget(chunk.map(keyOf))));
        return answers.flat();
      });
      return new Set(identities.filter((_, index) => found[index] !== null));
    } catch {
      return new Set();
    }
  }

  remember(identities: readonly string[]): void {
    for (const chunk of chunks(identities)) {
      const mark = () => this.#redis.ingestRemember(chunk.length, ...chunk.map(keyOf), this.#seconds);
      this.#breaker.call(mark).catch(() => {});
    }
  }
}

const keyOf = (identity: string): string => `ingest:event:${identity}`;

const chunks = (identities: readonly string[]): string[][] =>
  Array.from({ length: Math.ceil(identities.length / KEYS_A_COMMAND) }, (_, index) =>
    identities.slice(index * KEYS_A_COMMAND, (index + 1) * KEYS_A_COMMAND),
  );
