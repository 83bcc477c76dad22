export interface Permission {
  readonly action: string;
  /** ARN or pattern. `*` where IAM knows no resource for the action. */
  readonly resource: string;
}

/** Permissions on actions for which IAM accepts `*` alone. */
export const onAnything = (...actions: readonly string[]): readonly Permission[] =>
  actions.map((action) => ({ action, resource: '*' }));
