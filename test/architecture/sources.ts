import { existsSync, readdirSync } from 'node:fs';
import { join, sep } from 'node:path';

export const root = join(__dirname, '..', '..');

export const isThere = (path: string): boolean => existsSync(join(root, path));

/** Sources below a folder, relative to the project, with forward slashes. */
export function sourcesIn(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.[jt]s$/.test(file) && !file.split(sep).includes('node_modules'))
    .map((file) => `${folder}/${file.split(sep).join('/')}`);
}

/** Folders at the top of the project that may hold sources. */
export const topFolders: readonly string[] = readdirSync(root, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !/^(?:\..*|node_modules|cdk\.out|coverage|lake)$/.test(entry.name))
  .map((entry) => entry.name);

export interface Import {
  /** Path or package, as written. */
  readonly target: string;
  /** The last line of it, with the comment behind it. */
  readonly line: string;
}

const IMPORT =
  /^\s*(?:import|export)\s[^;'"`]*?\bfrom\s*['"]([^'"]+)['"]|^\s*import\s*['"]([^'"]+)['"]|\b(?:import|require)\(\s*['"]([^'"]+)['"]/gm;

/** What a source imports, at the top of it or while it runs. */
export const importsOf = (source: string): readonly Import[] =>
  [...source.matchAll(IMPORT)].map((match) => {
    const end = match.index + match[0].length;
    const rest = source.slice(end).split('\n')[0] ?? '';
    return { target: match[1] ?? match[2] ?? match[3] ?? '', line: `${match[0].split('\n').at(-1)}${rest}` };
  });
