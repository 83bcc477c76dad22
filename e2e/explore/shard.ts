import { Random } from '../../cli/generate/random';
import {
  CONFIGURATIONS,
  type Configuration,
  S3_CONFIGURATIONS,
  S3_SMALL,
} from '../../test/compaction/explore/configurations';
import { type Bounds, execute, exploreAll, exploreOne } from '../../test/compaction/explore/explorer';

/** Distinct random executions of a run without `--minutes`, over all shards. */
export const RANDOM_EXECUTIONS = 20_000;
const FEW = { switches: 1, switchesWithCrash: 0 };
/** Steps of two processes beyond which there are thousands of orders with a switch and a crash. */
const MANY_STEPS = 50;
/**
 * Of three processes, and of two that take many steps, crashes come without a switch: there are many more orders. Where processes
 * take still more, there is one switch in all. Orders with more of both are drawn at random.
 */
async function boundsOf(configuration: Configuration): Promise<Bounds> {
  if (configuration.isLong) return FEW;
  const { chosen } = await execute(configuration, { switches: [], crashes: [] });
  const areMany = configuration.works.length > 2 || chosen.length > MANY_STEPS;
  return { switches: 2, switchesWithCrash: areMany ? 0 : 1 };
}
/** One in so many random executions goes over S3, where it takes a hundred times as long. */
const S3_EVERY = 100;
/** A broken protocol breaks in thousands of orders. */
const MAX_VIOLATIONS = 3;

export interface ShardOptions {
  readonly shard: number;
  readonly shards: number;
  readonly minutes: number;
  readonly seed: number;
}

export interface ShardResult {
  readonly exhaustive: number;
  /** Those over S3. */
  readonly s3: number;
  /** Distinct executions. */
  readonly random: number;
  readonly violations: readonly string[];
}

export async function exploreShard({ shard, shards, minutes, seed }: ShardOptions): Promise<ShardResult> {
  const violations: string[] = [];
  const attempt = async <T>(explore: () => Promise<T>, otherwise: T): Promise<T> => {
    try {
      return await explore();
    } catch (error) {
      violations.push((error as Error).message);
      return otherwise;
    }
  };
  let exhaustive = 0;
  let s3 = 0;
  for (const [index, configuration] of CONFIGURATIONS.entries()) {
    if (index % shards !== shard) continue;
    exhaustive += await attempt(async () => exploreAll(configuration, await boundsOf(configuration)), 0);
    if (violations.length >= MAX_VIOLATIONS) return { exhaustive, s3, random: 0, violations };
  }
  for (const [index, configuration] of S3_SMALL.entries()) {
    if (index % shards !== shard) continue;
    s3 += await attempt(() => exploreAll(configuration, FEW), 0);
    if (violations.length >= MAX_VIOLATIONS) return { exhaustive, s3, random: 0, violations };
  }
  const random = new Random(seed * 1_000 + shard);
  const seen = new Set<string>();
  const end = Date.now() + minutes * 60_000;
  const wanted = minutes > 0 ? Number.POSITIVE_INFINITY : RANDOM_EXECUTIONS / shards;
  while (seen.size < wanted && violations.length < MAX_VIOLATIONS && (minutes === 0 || Date.now() < end)) {
    const among = random.below(S3_EVERY) === 0 ? S3_CONFIGURATIONS : CONFIGURATIONS;
    const configuration = among[random.below(among.length)] as Configuration;
    seen.add(await attempt(() => exploreOne(configuration, random), ''));
  }
  seen.delete('');
  return { exhaustive, s3, random: seen.size, violations };
}
