import { readFileSync } from 'node:fs';
import { dirname, join, normalize, sep } from 'node:path';
import { importsOf, isThere, root, sourcesIn } from './sources';

/** Which file imports which, types included: what is known only to the compiler is read together all the same. */
function graphOf(sources: ReadonlyMap<string, string>): ReadonlyMap<string, readonly string[]> {
  const resolve = (file: string, target: string): string | undefined => {
    const path = normalize(join(dirname(file), target))
      .split(sep)
      .join('/');
    return [`${path}.ts`, `${path}/index.ts`].find((candidate) => sources.has(candidate));
  };
  return new Map(
    [...sources].map(([file, source]) => [
      file,
      importsOf(source)
        .map(({ target }) => target)
        .filter((target) => target.startsWith('.'))
        .flatMap((target) => resolve(file, target) ?? []),
    ]),
  );
}

/** One circle for each file that a search from it finds again, as a path of files. */
function circlesIn(graph: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const circles: string[] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): void => {
    const from = path.indexOf(file);
    if (from >= 0) circles.push([...path.slice(from), file].join(' -> '));
    if (from >= 0 || done.has(file)) return;
    path.push(file);
    for (const target of graph.get(file) ?? []) visit(target);
    path.pop();
    done.add(file);
  };
  for (const file of graph.keys()) visit(file);
  return circles;
}

test('no file imports itself by way of others, not even for a type', () => {
  const { include } = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8')) as { include: string[] };
  const files = include.filter((folder) => isThere(folder)).flatMap(sourcesIn);
  const sources = new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]));
  expect(sources.size).toBeGreaterThan(100);
  expect(circlesIn(graphOf(sources))).toEqual([]);
});

test.each([
  ['of two, one for a type', { 'a/b.ts': "import type { C } from './c';", 'a/c.ts': "import { b } from './b';" }, 1],
  ['of itself', { 'a.ts': "export * from './a';" }, 1],
  ['through an index', { 'a/index.ts': "export { b } from './b';", 'a/b.ts': "import { b } from '.';" }, 1],
  ['by a type within a type', { 'a.ts': "let b: import('./b').B;", 'b.ts': "import './a';" }, 1],
  ['no circle', { 'a.ts': "import './b';\nimport './c';", 'b.ts': "import './c';", 'c.ts': '' }, 0],
])('finds a circle: %s', (_, sources, count) => {
  expect(circlesIn(graphOf(new Map(Object.entries(sources))))).toHaveLength(count);
});
