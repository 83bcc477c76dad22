import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

export const PROJECT = join(__dirname, '..', '..');

/** A fork may be without the ingest tier; what the pages say of it is then about nothing. */
export const hasIngest = existsSync(join(PROJECT, 'ingest'));

export const read = (path: string): string => readFileSync(join(PROJECT, path), 'utf8');

/** Files below a folder of the project, by their paths from its root. */
export const filesBelow = (folder: string): string[] =>
  readdirSync(join(PROJECT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = posix.join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });

/** Folders of sources, whose comments and messages point to the pages. */
export const SOURCES = ['bench', 'bin', 'cli', 'config', 'e2e', 'ingest', 'lambda', 'lib', 'packages', 'test'].filter(
  (folder) => existsSync(join(PROJECT, folder)),
);

export interface Page {
  readonly path: string;
  readonly text: string;
  /** The text without fenced blocks of code. */
  readonly prose: string;
  /** What stands between single backticks in the prose. */
  readonly code: readonly string[];
  /** Targets that a link may name after `#`. */
  readonly anchors: ReadonlySet<string>;
}

function readPage(path: string): Page {
  const text = read(path);
  const prose = text.replace(/^ *```.*?^ *```$/gms, '');
  const headings = [...prose.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => slug(heading));
  const ids = [...prose.matchAll(/<a id="([^"]+)">/g)].map(([, id = '']) => id);
  const code = [...prose.matchAll(/`([^`\n]+)`/g)].map(([, inner = '']) => inner);
  return { path, text, prose, code, anchors: new Set([...headings, ...ids]) };
}

/** The anchor that GitHub gives a heading. */
const slug = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');

export const pages: readonly Page[] = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'MIGRATION.md',
  ...['docs', ...SOURCES].flatMap(filesBelow).filter((path) => path.endsWith('.md')),
].map(readPage);

export function page(path: string): Page {
  const found = pages.find((candidate) => candidate.path === path);
  if (found === undefined) throw new Error(`no page ${path}`);
  return found;
}

/** The part of a page from one heading to the next of the same level or above. */
export function section(path: string, heading: string): string {
  const { text } = page(path);
  const start = text.indexOf(`\n${heading}\n`);
  if (start < 0) throw new Error(`${path} has no heading '${heading}'`);
  const rest = text.slice(start + 1 + heading.length);
  const level = /^#+/.exec(heading)?.[0].length ?? 1;
  const end = rest.search(new RegExp(`^#{1,${level}} `, 'm'));
  return end < 0 ? rest : rest.slice(0, end);
}

/** Rows of the tables in a text, as cells; the header and the rule below it left out. */
export function tableRows(text: string, firstHeader: RegExp): string[][] {
  const rows: string[][] = [];
  let inTable = false;
  for (const line of text.split('\n')) {
    const cells = line.startsWith('|')
      ? line
          .slice(1, -1)
          .split(/(?<!\\)\|/)
          .map((cell) => cell.trim())
      : undefined;
    if (cells === undefined) inTable = false;
    else if (firstHeader.test(cells[0] ?? '')) inTable = true;
    else if (inTable && !/^-+$/.test(cells[0] ?? '')) rows.push(cells);
  }
  return rows;
}

/** Fields of an interface, from the source that declares it. */
export function interfaceFields(path: string, name: string): string[] {
  const body = new RegExp(`interface ${name} (?:extends \\w+ )?\\{\\n(.*?)\\n\\}`, 's').exec(read(path))?.[1];
  if (body === undefined) throw new Error(`${path} declares no interface ${name}`);
  return [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, field = '']) => field);
}
