import { Random } from '../../local/web-logs/random';
import { CONFIGURATIONS, type Configuration } from '../../test/compaction/explore/configurations';
import { exploreAll, exploreOne } from '../../test/compaction/explore/explorer';

/** Distinct random executions of a run without `--minutes`, over all shards. */
export const RANDOM_EXECUTIONS = 10_000;
/** Of three processes, crashes come without a switch: there are many more orders. */
const bounds = ({ works }: Configuration) => ({ switches: 2, switchesWithCrash: works.length > 2 ? 0 : 1 });
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
  for (const [index, configuration] of CONFIGURATIONS.entries()) {
    if (index % shards !== shard) continue;
    exhaustive += await attempt(() => exploreAll(configuration, bounds(configuration)), 0);
    if (violations.length >= MAX_VIOLATIONS) return { exhaustive, random: 0, violations };
  }
  const random = new Random(seed * 1_000 + shard);
  const seen = new Set<string>();
  const end = Date.now() + minutes * 60_000;
  const wanted = minutes > 0 ? Number.POSITIVE_INFINITY : RANDOM_EXECUTIONS / shards;
  while (seen.size < wanted && violations.length < MAX_VIOLATIONS && (minutes === 0 || Date.now() < end)) {
    const configuration = CONFIGURATIONS[random.below(CONFIGURATIONS.length)] as Configuration;
    seen.add(await attempt(() => exploreOne(configuration, random), ''));
  }
  seen.delete('');
  return { exhaustive, random: seen.size, violations };
}
