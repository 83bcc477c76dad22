import { join, relative, sep } from 'node:path';

const PROJECT = join(__dirname, '..');

/** What a configuration file exports, or why it exports nothing. */
export type DefinitionFile = { readonly file: string } & (
  | { readonly definition: unknown }
  | { readonly problem: string }
);

/**
 * Reads the default export of a configuration file. A file that cannot be loaded (a slip in its syntax, an import that is
 * not there, a line that throws) is a mistake in the file, and is reported like any other.
 *
 * @param path absolute
 */
export function readDefinition(path: string): DefinitionFile {
  const file = relative(PROJECT, path);
  try {
    return { file, definition: (require(path) as { default?: unknown }).default };
  } catch (error) {
    return { file, problem: `the file cannot be loaded: ${describe(error, path)}` };
  }
}

function describe(error: unknown, path: string): string {
  // No instanceof: an error of Node itself may come from another realm.
  const { message, stack } = (typeof error === 'object' && error !== null ? error : {}) as Partial<Error>;
  if (message === undefined) return String(error);
  const line = stack?.split('\n').find((text) => /^\s+at /.test(text) && text.includes(path));
  const place = /:(\d+):\d+\)?$/.exec(line ?? '')?.[1];
  const text = message
    .split('\n')
    .map((part) => part.trim())
    .filter((part) => part !== '' && !part.startsWith('- ') && part !== 'Require stack:')
    .join(' ')
    .replaceAll(`${PROJECT}${sep}`, '');
  return place === undefined ? text : `${text} (line ${place})`;
}
