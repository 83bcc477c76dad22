import type { Check } from './check';
import type { Scope } from './scope';

interface Statement {
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
}

/** The smallest IAM policy with which every check can look, put together from what the checks say that they call. */
export function minimalPolicy(checks: readonly Check[], scope: Scope): object {
  const resources = new Map<string, Set<string>>();
  for (const { action, resource } of checks.flatMap((check) => check.permissions(scope))) {
    resources.set(action, (resources.get(action) ?? new Set()).add(resource));
  }
  // Actions on the same resources share a statement: managed policies are limited to 6,144 characters.
  const statements = new Map<string, Statement>();
  for (const [action, set] of [...resources].sort(([a], [b]) => a.localeCompare(b))) {
    const Resource = set.has('*') ? ['*'] : withoutCovered([...set]).sort();
    const key = Resource.join(' ');
    statements.set(key, {
      Effect: 'Allow',
      Action: [...(statements.get(key)?.Action ?? []), action],
      Resource,
    });
  }
  return { Version: '2012-10-17', Statement: [...statements.values()] };
}

/** `role/aws-service-role/*` goes without saying beside `role/*`. */
const withoutCovered = (patterns: readonly string[]): string[] =>
  patterns.filter(
    (one) => !patterns.some((other) => other !== one && other.endsWith('*') && one.startsWith(other.slice(0, -1))),
  );
