/** Scenarios that belong together and run in their order. */
export interface Group<Name extends string = string> {
  readonly name: Name;
  /** Groups whose outcome it works with: they run before it, also when only this one is asked for. @default none */
  readonly needs?: readonly Name[];
}

/** The groups with some names, and those that they need, in the order of the list. */
export function chosenGroups<Name extends string, G extends Group<Name>>(
  groups: readonly G[],
  only: readonly Name[],
): readonly G[] {
  const chosen = new Set<Name>();
  const choose = (wanted: Name): void => {
    if (chosen.has(wanted)) return;
    chosen.add(wanted);
    for (const needed of groups.find(({ name }) => name === wanted)?.needs ?? []) choose(needed);
  };
  for (const name of only) choose(name);
  return groups.filter(({ name }) => chosen.has(name));
}
