import { existsSync } from 'node:fs';
import { join, posix } from 'node:path';
import { scripts } from '../../package.json';
import { filesBelow, hasIngest, PROJECT, page, pages, read, SOURCES } from './pages';
import { recipeOf } from './recipe';

/** Parts that a fork may have removed. */
const OPTIONAL = ['.ci/run', 'bench', 'e2e', ...(hasIngest ? [] : ['ingest', 'packages/ingest-client'])].filter(
  (folder) => !existsSync(join(PROJECT, folder)),
);
const isRemoved = (path: string): boolean => OPTIONAL.some((folder) => `${path}/`.startsWith(`${folder}/`));
const exists = (path: string): boolean => existsSync(join(PROJECT, path)) || isRemoved(path);
/** A page may name an example of `config` that a fork has deleted: those of the tests are the same. */
const isExample = (path: string): boolean => exists(path.replace(/^config\//, 'test/fixtures/'));
/** Files that somebody who follows the README makes. */
const MADE = ['### Your datasets', '### Your names']
  .flatMap((heading) => recipeOf(read('README.md'), heading))
  .flatMap((step) =>
    step.kind === 'run' ? [...step.script.matchAll(/^mv \S+ (\S+)$/gm)].map(([, file = '']) => file) : [step.file],
  );
const ALL_FILES = SOURCES.flatMap(filesBelow);
const TOP = new Set([...SOURCES, ...OPTIONAL, 'docs', '.ci']);

/** What is wrong with a reference to a file, and to an anchor if it is a page. */
function broken(path: string, anchor: string | undefined): boolean {
  if (!exists(path)) return true;
  return anchor !== undefined && path.endsWith('.md') && !isRemoved(path) && !page(path).anchors.has(anchor);
}

describe.each(pages.map((one) => [one.path, one] as const))('%s', (path, { prose, code }) => {
  test('links to pages, files and anchors that exist', () => {
    const links = [...prose.matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)];
    const dead = links.filter(([, target = '', anchor]) =>
      broken(target === '' ? path : posix.join(posix.dirname(path), target), anchor),
    );
    expect(dead.map(([link]) => link)).toEqual([]);
  });

  test('names files and folders that exist', () => {
    const paths = code.filter((text) => TOP.has(text.split('/')[0] ?? '') && /^[\w./*-]+$/.test(text));
    const missing = paths.filter((text) => {
      const [folder = ''] = text.split('*');
      return text.includes('*')
        ? !exists(posix.dirname(`${folder}x`))
        : ![exists, isExample].some((is) => is(text)) && !MADE.includes(text);
    });
    expect(missing).toEqual([]);
    // Others are given from the folder that the page speaks of: `engine/session.ts`.
    const parts = code.filter((text) => /^[\w-]+(\/[\w-]+)+\.ts$/.test(text));
    expect(
      parts.filter((text) => ![...ALL_FILES, ...MADE].some((file) => file.endsWith(text)) && !isExample(text)),
    ).toEqual([]);
  });
});

test('every script that the pages name is one of package.json', () => {
  const names = pages.flatMap(({ text }) =>
    [...text.matchAll(/npm run (?:-s )?([\w:-]+)/g)].map(([, name = '']) => name),
  );
  expect(names.length).toBeGreaterThan(5);
  // Those of a part that a fork has removed have gone with it.
  if (OPTIONAL.length === 0) expect(names.filter((name) => !(name in scripts))).toEqual([]);
  expect(Object.keys(scripts)).toEqual(expect.arrayContaining(['start', 'test']));
});

/** A decision is for the readers of the list of decisions. */
const ADDRESSED = pages.filter(({ path }) => !/^CHANGELOG|^test\/|\/decisions\/(?!README)/.test(path));

test.each(ADDRESSED.map((one) => [one.path, one] as const))('%s begins with whom it is for', (_, { text }) =>
  expect(text).toMatch(/^# .+\n\nFor [a-z]/),
);

test('what CONTRIBUTING says to change is in the file that it names', () => {
  const named = [...page('CONTRIBUTING.md').text.matchAll(/`([A-Za-z_]+)` in `([\w/-]+\.ts)`/g)].map(
    ([, name = '', file = '']) => ({ name, file }),
  );
  expect(named.length).toBeGreaterThan(6);
  const isWord = (name: string, file: string): boolean => new RegExp(`\\b${name}\\b`).test(read(file));
  expect(named.filter(({ name, file }) => !isRemoved(file) && !isWord(name, file))).toEqual([]);
});

test('a page can be read in one sitting: 500 lines, and the runbook, at night, 250', () => {
  const long = ADDRESSED.filter(
    ({ path, text }) => text.split('\n').length > (path.endsWith('operations.md') ? 250 : 500),
  );
  expect(long.map(({ path }) => path)).toEqual([]);
});

test('two screens of the README say what it is, how to try and deploy it, and show the tree, before the first link', () => {
  const { text } = page('README.md');
  const [start = ''] = text.split(/(?<!!)\[[^\]]*\]\(/);
  expect(start.split('\n').length).toBeLessThanOrEqual(100);
  for (const part of ['npm ci && npm start', 'cdk bootstrap', 'cdk deploy', 'cdk destroy', '## The tree']) {
    expect(start).toContain(part);
  }
});

test('every folder of tests is described, and no other', () => {
  const described = [...page('docs/proof.md').prose.matchAll(/^\| ((?:`(?:[\w-]+\/)*test(?:\/[\w-]+)?`(?:, )?)+) \|/gm)]
    .flatMap(([, cell = '']) => cell.split(', '))
    .map((cell) => cell.replaceAll('`', ''));
  const folders = [
    ...new Set(
      ['test', 'cli/test', 'e2e/test', 'ingest/test', 'packages']
        .filter((folder) => existsSync(join(PROJECT, folder)))
        .flatMap(filesBelow)
        .filter((file) => file.endsWith('.test.ts'))
        .map(posix.dirname),
    ),
  ];
  const isIn = (folder: string, part: string): boolean => folder === part || folder.startsWith(`${part}/`);
  expect(described.length).toBeGreaterThan(15);
  expect(folders.filter((folder) => !described.some((part) => isIn(folder, part)))).toEqual([]);
  expect(described.filter((part) => !folders.some((folder) => isIn(folder, part)) && !isRemoved(part))).toEqual([]);
});

test('comments and messages of the sources point to pages and anchors that exist', () => {
  const references = ALL_FILES.filter((file) => /\.(ts|snap)$/.test(file)).flatMap((file) =>
    [...read(file).matchAll(/\b((?:ingest\/)?docs\/[\w/-]+\.md)(?:#([\w-]+))?/g)].map(
      ([text, target = '', anchor]) => ({
        file,
        text,
        dead: broken(target, anchor),
      }),
    ),
  );
  expect(references.some(({ text }) => text.includes('#'))).toBe(true);
  expect(references.filter(({ dead }) => dead)).toEqual([]);
});

test.each(pages.map(({ path }) => path).filter((path) => path.endsWith('docs/decisions/README.md')))(
  '%s lists each decision beside it',
  (index) => {
    const listed = [...page(index).prose.matchAll(/^\| \[([\w-]+\.md)\]/gm)].map(([, name]) => name);
    const files = filesBelow(posix.dirname(index)).map((path) => posix.basename(path));
    expect(listed.sort()).toEqual(files.filter((name) => name !== 'README.md').sort());
  },
);
