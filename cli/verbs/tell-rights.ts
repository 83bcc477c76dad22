import { BadCredentials, MissingPermission } from '../preflight/aws/errors';
import { visibleLines } from '../visible';

/** Runs a command whose credentials may lack something; then that is told, and its exit code is 2. */
export async function tellRights(work: () => Promise<number>): Promise<number> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof MissingPermission || error instanceof BadCredentials)) throw error;
    const todo = error instanceof BadCredentials ? error.todo : 'Use credentials that may: docs/commands.md#rights';
    process.stderr.write(`${visibleLines(`${error.message}\n  → ${todo}`)}\n`);
    return 2;
  }
}
