import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ADAPTED_IMAGES, adaptImages } from './adapt-images';
import { ADAPTED, adaptWorkflows } from './adapt-workflow';
import { filterTemplate, type Template } from './filter-template';
import { NOT_EMULATED, type NotEmulated } from './not-emulated';

const TEMPLATE = '.template.json';

/** Where the templates lie as they were synthesized, inside of a filtered assembly. */
export const UNFILTERED = 'unfiltered';

export interface FilteredAssembly {
  /** Number of resources taken out of all templates, by type, with what else proves the type. */
  readonly notProven: ReadonlyMap<string, { readonly count: number; readonly provenBy: string }>;
  /** What referred to them: `<template>: <path>`. */
  readonly references: readonly string[];
  /** What was changed instead of taken out. */
  readonly adapted: readonly string[];
}

/** Takes out of an assembly, in place, what the emulator does not know. The originals go to its folder `unfiltered`. */
export function filterAssembly(folder: string, list: readonly NotEmulated[] = NOT_EMULATED): FilteredAssembly {
  const files = readdirSync(folder).filter((file) => file.endsWith(TEMPLATE));
  mkdirSync(join(folder, UNFILTERED), { recursive: true });
  const templates = files.map((file) => {
    const text = readFileSync(join(folder, file), 'utf8');
    writeFileSync(join(folder, UNFILTERED, file), text);
    return { file, template: JSON.parse(text) as Template };
  });
  const count = new Map<string, number>();
  const references: string[] = [];
  let maps = 0;
  let images = 0;
  let lost = new Set<string>();
  for (const pass of ['exports', 'all'] as const) {
    // A template may import what another, read later, has lost: the first pass only collects.
    const found = new Set<string>();
    for (const { file, template } of templates) {
      const { template: kept, removed } = filterTemplate(template, list, lost);
      for (const name of removed.exports) found.add(name);
      if (pass === 'exports') continue;
      for (const type of removed.resources.values()) count.set(type, (count.get(type) ?? 0) + 1);
      references.push(...removed.references.map((path) => `${file.slice(0, -TEMPLATE.length)}: ${path}`));
      const workflows = adaptWorkflows(kept);
      maps += workflows.adapted;
      const adapted = adaptImages(workflows.template);
      images += adapted.adapted;
      writeFileSync(join(folder, file), JSON.stringify(adapted.template, undefined, 1));
    }
    lost = found;
  }
  const notProven = new Map(
    [...count]
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([type, number]) => [
        type,
        { count: number, provenBy: list.find((entry) => entry.type === type)?.provenBy ?? 'not proven' },
      ]),
  );
  return {
    notProven,
    references,
    adapted: [...(maps === 0 ? [] : ADAPTED), ...(images === 0 ? [] : [ADAPTED_IMAGES])],
  };
}

/** The lines that a run prints about what it leaves out. */
export function describeNotProven({ notProven, references, adapted }: FilteredAssembly): string {
  const lines = [...notProven].map(([type, { count, provenBy }]) => `  ${type}, ${count} of them: ${provenBy}`);
  const cut = references.map((path) => `  ${path}`);
  return [
    `Not proven here, because the emulator does not know it (${lines.length} types):`,
    ...lines,
    ...(cut.length === 0 ? [] : ['and what referred to it:', ...cut]),
    ...(adapted.length === 0
      ? []
      : ['Changed, because the emulator does it differently:', ...adapted.map((line) => `  ${line}`)]),
  ].join('\n');
}
