import type { Context } from './context';
import type { Scope } from './scope';

/**
 * `error`: the deployment would fail or be useless. `warning`: it works, and somebody will regret it. `ok`: looked at, and
 * fine. `skipped`: not looked at, and `found` says why.
 */
export type Level = 'error' | 'warning' | 'ok' | 'skipped';

export interface Finding {
  readonly level: Level;
  readonly found: string;
  /** What to do about it. Errors and warnings always have it. */
  readonly todo?: string;
  /** IAM actions that the caller lacks; set when that is why the check was skipped. */
  readonly missing?: readonly string[];
}

export interface Permission {
  readonly action: string;
  /** ARN or pattern. `*` where IAM knows no resource for the action. */
  readonly resource: string;
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
export const warning = (found: string, todo: string): Finding => ({ level: 'warning', found, todo });
export const error = (found: string, todo: string): Finding => ({ level: 'error', found, todo });

/** Permissions on actions for which IAM accepts `*` alone. */
export const onAnything = (...actions: readonly string[]): readonly Permission[] =>
  actions.map((action) => ({ action, resource: '*' }));
