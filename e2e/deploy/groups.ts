import { parseArgs } from 'node:util';
import { CannotRun } from '../tools/errors';

/** Scenarios that belong together and run in their order. */
export interface Group<Name extends string = string> {
  readonly name: Name;
  /** Groups whose outcome it works with: they run before it, also when only this one is asked for. @default none */
  readonly needs?: readonly Name[];
}

/**
 * The groups that a command line asks for, in the order of the list: all, or those of `--only NAME`, which may be repeated,
 * and the ones that they need.
 *
 * @throws CannotRun for a name that no group has, or another argument: a run of nothing must not pass
 */
export function chosenGroups<Name extends string, G extends Group<Name>>(
  groups: readonly G[],
  args: readonly string[],
): readonly G[] {
  const names = groups.map(({ name }) => name);
  const usage = `Write --only NAME, once or more; the groups are ${names.join(', ')}.`;
  const only = parseOnly(args, usage);
  if (only === undefined) return groups;
  const chosen = new Set<Name>();
  const choose = (wanted: string): void => {
    const group = groups.find(({ name }) => name === wanted);
    if (group === undefined) throw new CannotRun(`There is no group '${wanted}'. ${usage}`);
    if (chosen.has(group.name)) return;
    chosen.add(group.name);
    for (const needed of group.needs ?? []) choose(needed);
  };
  for (const name of only) choose(name);
  return groups.filter(({ name }) => chosen.has(name));
}

function parseOnly(args: readonly string[], usage: string): readonly string[] | undefined {
  try {
    return parseArgs({ args: [...args], options: { only: { type: 'string', multiple: true } } }).values.only;
  } catch (error) {
    throw new CannotRun(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
  }
}
