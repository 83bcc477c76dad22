/**
 * Sets environment variables of this process; undefined removes one.
 *
 * @returns puts back what was there before
 */
export function setEnvironment(wanted: Readonly<Record<string, string | undefined>>): () => void {
  const before = Object.keys(wanted).map((name) => [name, process.env[name]] as const);
  apply(Object.entries(wanted));
  return () => apply(before);
}

function apply(variables: Iterable<readonly [string, string | undefined]>): void {
  for (const [name, value] of variables) {
    if (value === undefined) {
      delete process.env[name];
    } else {
      process.env[name] = value;
    }
  }
}
