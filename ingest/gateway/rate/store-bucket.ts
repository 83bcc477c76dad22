import type { Redis } from 'ioredis';

/**
 * A token bucket in one key, by the clock of the store, so that the clocks of the nodes do not matter. All numbers are
 * whole: tokens are kept in millionths, which at a whole rate a second are gained one by one each microsecond.
 *
 * The clock may go back, because of an operator, NTP or a failover to a replica. Then the bucket continues from the new time with
 * what it holds: it neither gains nor waits for the difference. So no wait is longer than burst / rate seconds.
 *
 * KEYS[1] the bucket; ARGV rate a second, burst, tokens needed, tokens wanted (at least those needed).
 * Returns tokens granted (0, or from needed to wanted) and, when 0, milliseconds until there are enough.
 */
export const GRANT_SCRIPT = `
local rate = tonumber(ARGV[1])
local burst = tonumber(ARGV[2]) * 1000000
local need = tonumber(ARGV[3]) * 1000000
local want = tonumber(ARGV[4]) * 1000000
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000000 + tonumber(clock[2])
local state = redis.call('HMGET', KEYS[1], 'n', 't')
local tokens = tonumber(state[1]) or burst
local at = tonumber(state[2]) or now
if now < at then at = now end
local full = math.ceil((burst - tokens) / rate)
if now - at >= full then tokens = math.max(tokens, burst) else tokens = tokens + (now - at) * rate end
if tokens > burst then tokens = burst end
local granted = 0
local wait = 0
if tokens >= need then
  granted = math.min(want, tokens - tokens % 1000000)
  if granted < need then granted = need end
  tokens = tokens - granted
else
  wait = math.ceil((need - tokens) / rate / 1000)
end
redis.call('HSET', KEYS[1], 'n', string.format('%.0f', tokens), 't', string.format('%.0f', now))
redis.call('PEXPIRE', KEYS[1], math.ceil((burst - tokens) / rate / 1000) + 1000)
return { granted / 1000000, wait }
`;

export interface Grant {
  readonly tokens: number;
  readonly retryAfterMs: number;
}

/** The shared half of the limiter: one script call grants tokens of one subject. */
export interface TokenStore {
  /** @throws when the store does not answer */
  grant(subject: string, need: number, want: number): Promise<Grant>;
}

type ScriptedRedis = Redis & {
  ingestGrant(key: string, rate: number, burst: number, need: number, want: number): Promise<[number, number]>;
};

export function redisTokenStore(redis: Redis, perSecond: number, burst: number): TokenStore {
  redis.defineCommand('ingestGrant', { numberOfKeys: 1, lua: GRANT_SCRIPT });
  const scripted = redis as ScriptedRedis;
  return {
    async grant(subject, need, want) {
      const [tokens, retryAfterMs] = await scripted.ingestGrant(
        `ingest:rate:{${subject}}`,
        perSecond,
        burst,
        need,
        want,
      );
      return { tokens, retryAfterMs };
    },
  };
}
