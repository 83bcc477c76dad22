import type { Held, HeldResources } from '../../cli/diff/held';

/** One line a resource: stack, logical id, what makes it the same. */
export const baselineText = (resources: HeldResources): string =>
  Object.entries(resources)
    .flatMap(([stack, held]) => Object.entries(held).map(([id, one]) => `${stack} ${id} ${JSON.stringify(one)}\n`))
    .join('');

export function parseBaseline(text: string): HeldResources {
  const resources: Record<string, Record<string, Held>> = {};
  for (const line of text.split('\n').filter((one) => one !== '')) {
    const [, stack = '', id = '', json = ''] = /^(\S+) (\S+) (.+)$/.exec(line) ?? [];
    resources[stack] = { ...resources[stack], [id]: JSON.parse(json) as Held };
  }
  return resources;
}
