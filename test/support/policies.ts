/** A policy statement of a readable template. */
export interface Statement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Principal?: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** Whether the statements let their bearer do it. Conditions count as met, so use it for what must be impossible, too. */
export function allows(statements: readonly Statement[], action: string, resource: string): boolean {
  const applies = ({ Action, Resource }: Statement): boolean =>
    [Action].flat().some((pattern) => matches(pattern, action)) &&
    [Resource].flat().some((pattern) => matches(pattern, resource));
  const effects = statements.filter(applies).map(({ Effect }) => Effect);
  return effects.includes('Allow') && !effects.includes('Deny');
}

const matches = (pattern: string, value: string): boolean =>
  new RegExp(`^${pattern.split('*').map(escapeForRegExp).join('.*')}$`).test(value);

const escapeForRegExp = (text: string): string => text.replaceAll(/[\\^$.|?+()[\]{}]/g, '\\$&');
