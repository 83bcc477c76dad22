import { BadCredentials, ServiceNotActivated } from './aws/errors';
import { type Check, error, type Finding, type Level } from './check';
import type { Context } from './context';
import { unseen } from './unseen';

/** A finding, and the check that it is from. */
export interface Reported extends Finding {
  readonly check: string;
}

/**
 * Runs every check, all at once, whatever the others find. What a check cannot look at is reported as unknown.
 *
 * @returns findings in the order of the checks
 * @throws BadCredentials when the credentials expire on the way
 */
export async function runChecks(context: Context, checks: readonly Check[]): Promise<readonly Reported[]> {
  const found = await Promise.all(checks.map(async (check) => ({ check, findings: await attempt(check, context) })));
  return found.flatMap(({ check, findings }) => findings.map((finding) => ({ check: check.id, ...finding })));
}

async function attempt(check: Check, context: Context): Promise<readonly Finding[]> {
  try {
    return await check.run(context);
  } catch (cause) {
    if (cause instanceof BadCredentials) throw cause;
    if (cause instanceof ServiceNotActivated) {
      return [
        error(
          cause.message,
          'Finish the sign-up of the account: payment method, telephone verification, support plan. It can take a day.',
        ),
      ];
    }
    // A service that fails is no reason to keep back what the others say.
    return [unseen(cause)];
  }
}

export type Counts = Readonly<Record<Level, number>>;

export function count(findings: readonly Finding[]): Counts {
  const counts = { error: 0, warning: 0, unknown: 0, ok: 0, skipped: 0 };
  for (const { level } of findings) counts[level] += 1;
  return counts;
}

/** @returns 0 when the deployment may begin, 1 when not */
export const exitCode = ({ error: errors, warning, unknown }: Counts, isStrict: boolean): 0 | 1 =>
  errors > 0 || (isStrict && warning + unknown > 0) ? 1 : 0;
