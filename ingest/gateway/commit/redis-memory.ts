import type { Redis } from 'ioredis';
import type { CircuitBreaker } from '../rate/breaker';
import type { EventMemory } from './committer';

/** Most events of one command; more would block the store for other callers for too long. */
const EVENTS_A_COMMAND = 1_000;

/**
 * Identities are sent as one JSON text: as separate arguments they would cost this process more than everything else
 * that it does for an event.
 */
const KNOWN = `
local found = {}
for index, identity in ipairs(cjson.decode(ARGV[1])) do
  local content = redis.call('GET', 'ingest:event:' .. identity)
  if content then
    found[#found + 1] = index
    found[#found + 1] = content
  end
end
return found
`;
const REMEMBER = `
local events = cjson.decode(ARGV[1])
for i = 1, #events, 2 do redis.call('SET', 'ingest:event:' .. events[i], events[i + 1], 'EX', ARGV[2]) end
return 1
`;

type ScriptedRedis = Redis & {
  /** @returns for each known event in order: the position, from 1, and the content; empty from older versions */
  ingestKnown(identities: string): Promise<(number | string)[]>;
  /** @param events identity, content, identity, content ... */
  ingestRemember(events: string, seconds: number): Promise<number>;
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

  async known(identities: readonly string[]): Promise<ReadonlyMap<string, string>> {
    if (identities.length === 0) return new Map();
    try {
      const found = await this.#breaker.call(() =>
        Promise.all(
          chunks(identities, EVENTS_A_COMMAND).map(async (chunk) => {
            const pairs = await this.#redis.ingestKnown(JSON.stringify(chunk));
            return Array.from({ length: pairs.length / 2 }, (_, i): [string, string] => [
              chunk[(pairs[2 * i] as number) - 1] as string,
              pairs[2 * i + 1] as string,
            ]);
          }),
        ),
      );
      return new Map(found.flat());
    } catch {
      return new Map();
    }
  }

  remember(events: readonly string[]): void {
    for (const chunk of chunks(events, 2 * EVENTS_A_COMMAND)) {
      const mark = () => this.#redis.ingestRemember(JSON.stringify(chunk), this.#seconds);
      this.#breaker.call(mark).catch(() => {});
    }
  }
}

const chunks = <T>(all: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, index) => all.slice(index * size, (index + 1) * size));
