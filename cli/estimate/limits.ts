import { count, seconds } from '../format';
import { ESTIMATED_STAGE, type Figures } from './figures';
import { ASSUMED, PREFIX_LIMITS } from './measured';
import type { Workload } from './workload';

/** The planner begins no page after two thirds of the 15 minutes of its function. */
const PLAN_SECONDS = 600;
/** The most that a stage may set. */
const MOST_CONCURRENT = 1_000;

/** What of this workload is beyond a limit of AWS or a default of the lake, and what to do. */
export function limitsOf(workload: Workload, figures: Figures): readonly string[] {
  const { prefixWritesPerSecond, prefixReadsPerSecond, planSeconds, concurrency, transitions } = figures;
  const { maxConcurrency } = ESTIMATED_STAGE.compaction;
  const found: string[] = [];
  if (prefixWritesPerSecond > PREFIX_LIMITS.writes) {
    found.push(
      `Producers put ${count(prefixWritesPerSecond)} objects a second into one partition; S3 takes ${count(PREFIX_LIMITS.writes)} of one prefix. Write larger objects, or add a leading key.`,
    );
  }
  if (prefixReadsPerSecond > PREFIX_LIMITS.reads) {
    found.push(
      `Compactors read ${count(prefixReadsPerSecond)} objects a second of one partition; S3 takes ${count(PREFIX_LIMITS.reads)} of one prefix. Write larger objects, or add a leading key.`,
    );
  }
  if (planSeconds > PLAN_SECONDS) {
    found.push(
      `A plan would take ${seconds(planSeconds)}, and is handed over after ${seconds(PLAN_SECONDS)}: what is left waits for the next run. Write larger objects.`,
    );
  }
  if (planSeconds > workload.everySeconds) {
    found.push(`A plan takes longer than --every, ${seconds(workload.everySeconds)}: runs are skipped.`);
  }
  // What is compacted on average has to be compacted after a pause as well.
  const needed = Math.ceil(2 * concurrency);
  if (needed > MOST_CONCURRENT) {
    found.push(
      `Compaction needs about ${count(needed)} tasks at the same time; a stage runs at most ${count(MOST_CONCURRENT)}. Divide the datasets between stages.`,
    );
  } else if (needed > maxConcurrency) {
    found.push(
      `Set compaction.maxConcurrency to ${count(needed)} or more (its default is ${maxConcurrency}): twice what is at work on average, so that a backlog shrinks.`,
    );
  }
  if (transitions / 86_400 > ASSUMED.transitionsPerSecond) {
    found.push(
      `Step Functions would make ${count(transitions / 86_400)} state transitions a second, of ${count(ASSUMED.transitionsPerSecond)}. Write larger objects.`,
    );
  }
  return found;
}
