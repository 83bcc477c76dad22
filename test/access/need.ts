import { PLAN_PREFIX } from '../../lib/dataset/layout';

/** Something that a role must be able to do, and where that follows from. */
export interface Need {
  /** ARN of the role. */
  readonly role: string;
  readonly action: string;
  readonly resource: string;
  readonly context?: Readonly<Record<string, string>>;
  readonly why: string;
}

/** Any object below a prefix. */
export const SOME_OBJECT = 'any/object.json';
export const SOME_PLAN = `${PLAN_PREFIX}${SOME_OBJECT}`;
export const need = (
  role: string,
  action: string,
  resource: string,
  why: string,
  context: Readonly<Record<string, string>> = {},
): Need => ({ role, action, resource, why, context });

export const tracing = (role: string, id: string, actions: readonly string[]): readonly Need[] =>
  actions.map((action) => need(role, `xray:${action}`, '*', `${id} is traced`));
