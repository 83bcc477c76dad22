import type { Redis } from 'ioredis';
import type { CircuitBreaker } from '../rate/breaker';
import type { EventMemory } from './committer';

/** Events of one command; more would keep the store from others for too long. */
const EVENTS_A_COMMAND = 1_000;

/**
 * Identities travel as one JSON text: as arguments of their own they would cost this process more than everything else
 * that it does for an event.
 */
const KNOWN = `
local found = {}
for index, identity in ipairs(cjson.decode(ARGV[1])) do
  if redis.call('EXISTS', 'ingest:event:' .. identity) == 1 then found[#found + 1] = index end
end
return found
`;
const REMEMBER = `
for _, identity in ipairs(cjson.decode(ARGV[1])) do redis.call('SET', 'ingest:event:' .. identity, '', 'EX', ARGV[2]) end
return 1
`;

type ScriptedRedis = Redis & {
  /** @returns positions of those that are known, from 1 */
  ingestKnown(identities: string): Promise<number[]>;
  ingestRemember(identities: string, seconds: number): Promise<number>;
};

/**
 * Events that any node has stored, in Redis or Valkey. While the store is down nothing is known and nothing is marked:
 * then a repeated event is stored once more, and compaction drops it by its dedupe key.
 */
export class RedisEventMemory implements EventMemory {
  readonly #redis: ScriptedRedis;
  readonly #breaker: CircuitBreaker;
  readonly #seconds: number;

  constructor(redis: Redis, breaker: CircuitBreaker, seconds: number) {
    redis.defineCommand('ingestKnown', { numberOfKeys: 0, lua: KNOWN });
    redis.defineCommand('ingestRemember', { numberOfKeys: 0, lua: REMEMBER });
    this.#redis = redis as ScriptedRedis;
    this.#breaker = breaker;
    this.#seconds = seconds;
  }

  async known(identities: readonly string[]): Promise<ReadonlySet<string>> {
    if (identities.length === 0) return new Set();
    try {
      const found = await this.#breaker.call(() =>
        Promise.all(
          chunks(identities).map(async (chunk) => {
            const positions = await this.#redis.ingestKnown(JSON.stringify(chunk));
            return positions.map((position) => chunk[position - 1] as string);
          }),
        ),
      );
      return new Set(found.flat());
    } catch {
      return new Set();
    }
  }

  remember(identities: readonly string[]): void {
    for (const chunk of chunks(identities)) {
      const mark = () => this.#redis.ingestRemember(JSON.stringify(chunk), this.#seconds);
      this.#breaker.call(mark).catch(() => {});
    }
  }
}

const chunks = (identities: readonly string[]): string[][] =>
  Array.from({ length: Math.ceil(identities.length / EVENTS_A_COMMAND) }, (_, index) =>
    identities.slice(index * EVENTS_A_COMMAND, (index + 1) * EVENTS_A_COMMAND),
  );
