import { PRICES } from '../../lib/prices';
import type { Measured } from './child';
import { median } from './figures';
import type { Size } from './harness';

/** Memory that comes with one processor in Lambda. https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
const MIB_A_PROCESSOR = 1_769;

/**
 * What a TB of NDJSON costs. Lambda bills memory over time, and memory stands for processors: a processor second is worth
 * that much of it, as long as the work keeps its processors busy. That a processor there does as much as one here is assumed.
 */
export function dollarsOf(runs: readonly Measured[], { raw }: Size, objects: number): string {
  const perTb = 1e12 / raw;
  const cpu = median(runs.map(({ cpuSeconds }) => cpuSeconds));
  const compute = cpu * (MIB_A_PROCESSOR / 1024) * PRICES.lambdaArm64.usd * perTb;
  const gets = objects * PRICES.s3Read.usd * perTb;
  return `A TB of NDJSON at ${cpu.toFixed(1)} processor seconds: ${compute.toFixed(2)} USD of Lambda on arm64; and ${gets.toFixed(2)} USD of GET requests\n`;
}
