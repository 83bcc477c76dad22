import type { Context } from './context';
import type { Permission } from './permission';
import type { Scope } from './scope';

/**
 * `error`: the deployment would fail or be useless. `warning`: it works, and somebody will regret it. `unknown`: could not
 * be looked at, and `found` says why. `ok`: looked at, and fine. `skipped`: nothing of the stage needs it.
 */
export type Level = 'error' | 'warning' | 'unknown' | 'ok' | 'skipped';

export interface Finding {
  readonly level: Level;
  readonly found: string;
  /** What to do about it. All but `ok` and `skipped` have it. */
  readonly todo?: string;
  /** IAM actions that the caller lacks; set when that is why it is unknown. */
  readonly missing?: readonly string[];
}

export interface Check {
  /** Stable: `--json` and the docs name it. */
  readonly id: string;
  /** The IAM permissions of every call that `run` makes. `--policy` is built from them, and a test compares. */
  permissions(scope: Scope): readonly Permission[];
  run(context: Context): Promise<readonly Finding[]> | readonly Finding[];
}

export const ok = (found: string): Finding => ({ level: 'ok', found });
export const skipped = (found: string): Finding => ({ level: 'skipped', found });
export const unknown = (found: string, todo: string): Finding => ({ level: 'unknown', found, todo });
export const warning = (found: string, todo: string): Finding => ({ level: 'warning', found, todo });
export const error = (found: string, todo: string): Finding => ({ level: 'error', found, todo });
