import { join, sep } from 'node:path';
import { walk } from '../input/discover';

const MAGIC = /[*?[]/;

export const isGlob = (name: string): boolean => MAGIC.test(name);

/**
 * Files that a pattern of a shell names, for one that is quoted or comes from a shell without patterns: `*` and `?` within a
 * name, `[ab]`, and `**` for any folders.
 */
export async function filesOf(pattern: string): Promise<readonly string[]> {
  const parts = pattern.split(sep === '\\' ? /[\\/]/ : '/');
  const first = parts.findIndex((part) => MAGIC.test(part));
  const folder = parts.slice(0, first).join(sep) || (pattern.startsWith('/') ? sep : '.');
  const form = new RegExp(`^${parts.slice(first).map(sourceOf).join('/').replaceAll('(?:.*)/', '(?:.*/)?')}$`);
  const found: string[] = [];
  for await (const file of walk(folder, [])) if (form.test(file)) found.push(join(folder, file));
  return found;
}

function sourceOf(part: string): string {
  if (part === '**') return '(?:.*)';
  return part
    .replace(/[\\^$.+()|{}]/g, '\\$&')
    .replaceAll('*', '[^/]*')
    .replaceAll('?', '[^/]')
    .replaceAll('[!', '[^');
}
