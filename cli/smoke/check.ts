import type { StageSettings } from '../../lib/settings';
import type { SmokeContext } from './context';

/** One question about a deployed stage that only a deployed stage can answer. */
export interface SmokeCheck {
  /** Stable: `--only` and the report name it. */
  readonly id: string;
  /** What holds when it passes. */
  readonly proves: string;
  /** What it answers of the last column of docs/proof.md: by the first cell of a row, parts of its last cell, word by word. */
  readonly answers: Answered | ((settings: StageSettings) => Answered);
  /** IAM actions that it needs besides those of every smoke test. */
  readonly permissions: readonly string[];
  /** Checks that must have passed, because it looks at what they left. @default none */
  readonly needs?: readonly string[];
  /** It changes the stage, and runs only with this option of the command line. @default it runs */
  readonly asked?: string;
  /** Why an emulator cannot answer. @default it can */
  readonly notEmulated?: string;
  /** USD, at list prices, rounded up. @default nothing worth counting */
  dollars?(settings: StageSettings): number;
  /** Removes what it left when it was interrupted, if anything. @default it leaves objects alone */
  remove?(context: SmokeContext): Promise<void>;
  /** @returns what was seen, in a few words @throws Skipped, or any error: then it failed */
  run(context: SmokeContext): Promise<string>;
}

export type Answered = Readonly<Record<string, readonly string[]>>;

export const answersOf = ({ answers }: SmokeCheck, settings: StageSettings): Answered =>
  typeof answers === 'function' ? answers(settings) : answers;

/** The stage gives no answer, and that is no fault of it. */
export class Skipped extends Error {
  override readonly name = 'Skipped';
}

/** What became of a check. */
export interface Outcome {
  readonly check: SmokeCheck;
  readonly result: 'passed' | 'failed' | 'skipped';
  /** What was seen, what is wrong, or why it was skipped. */
  readonly detail: string;
  readonly seconds: number;
}

/**
 * Runs checks one after another, in their order. One that fails stops only those that need it.
 *
 * @param told of each outcome as soon as it is there
 */
export async function runChecks(
  checks: readonly SmokeCheck[],
  context: SmokeContext,
  told: (outcome: Outcome) => void = () => {},
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const check of checks) {
    const started = Date.now();
    const outcome = { check, ...(await attempt(check, context, outcomes)), seconds: (Date.now() - started) / 1000 };
    outcomes.push(outcome);
    told(outcome);
  }
  return outcomes;
}

async function attempt(
  { needs = [], notEmulated, run }: SmokeCheck,
  context: SmokeContext,
  before: readonly Outcome[],
): Promise<Pick<Outcome, 'result' | 'detail'>> {
  if (context.isEmulated && notEmulated !== undefined) return { result: 'skipped', detail: notEmulated };
  const missing = needs.find((id) => !before.some(({ check, result }) => check.id === id && result === 'passed'));
  if (missing !== undefined) return { result: 'skipped', detail: `needs ${missing}, which did not pass` };
  try {
    return { result: 'passed', detail: await run(context) };
  } catch (error) {
    const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
    return error instanceof Skipped
      ? { result: 'skipped', detail: message }
      : { result: 'failed', detail: name === 'Error' ? message : `${name}: ${message}` };
  }
}

/** The checks with some names, and those that they need, in the order of the list. */
export function chosenChecks(checks: readonly SmokeCheck[], names: readonly string[]): readonly SmokeCheck[] {
  const chosen = new Set<string>();
  const choose = (id: string): void => {
    if (chosen.has(id)) return;
    chosen.add(id);
    for (const needed of checks.find((check) => check.id === id)?.needs ?? []) choose(needed);
  };
  for (const name of names) choose(name);
  return checks.filter(({ id }) => chosen.has(id));
}
