import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { importsOf, isThere, root, sourcesIn, topFolders } from './sources';

/**
 * Rooms that can be removed have packages of their own. Their code imports those and the root's, so that a room takes its packages
 * along, and what stays lacks none.
 */
interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly workspaces?: readonly string[];
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const manifestOf = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest;
const own = ({ dependencies, devDependencies }: Manifest): Readonly<Record<string, string>> => ({
  ...dependencies,
  ...devDependencies,
});

const project = manifestOf('.');
/** Folders of the workspaces; a fork may have removed some. */
const rooms = (project.workspaces ?? []).flatMap((pattern) =>
  pattern.endsWith('/*')
    ? readdirSync(join(root, pattern.slice(0, -2))).map((name) => `${pattern.slice(0, -1)}${name}`)
    : [pattern],
);
const manifests: Readonly<Record<string, Manifest>> = Object.fromEntries(
  ['.', ...rooms].map((room) => [room, manifestOf(room)]),
);
const packagesOf = (room: string): Readonly<Record<string, string>> => own(manifests[room] as Manifest);
const roomOf = (file: string): string => rooms.find((room) => file.startsWith(`${room}/`)) ?? '.';

/** Programs and settings name these; nobody imports them. */
const TOOLS = [
  ...['@biomejs/biome', 'aws-cdk', 'tsx', 'typescript'], // scripts of package.json
  ...['@swc/core', '@swc/jest', 'jest'], // jest.config.js
  ...['@types/jest', '@types/node'], // tsconfig.json
];
/** Imports of programs within a text, of packages that need not be there. */
const QUOTED: Readonly<Record<string, readonly string[]>> = {
  'test/architecture/runner.test.ts': ['semver'],
  'e2e/static-analysis/njsscan.ts': ['express', 'x'],
};
/** What the image of the gateway is built of is installed without the root, so the room repeats what it needs of it. */
const REPEATED: Readonly<Record<string, readonly string[]>> = {
  ingest: ['@aws-sdk/client-s3', 'esbuild', 'fzstd', 'tsx'],
};

const files = topFolders.flatMap(sourcesIn);

interface Use {
  readonly file: string;
  readonly room: string;
  readonly name: string;
  /** A line that a lake without the ingest tier is without. */
  readonly isMarked: boolean;
}

/** `@aws-sdk/client-s3` of `@aws-sdk/client-s3/dist-types`. */
const packageOf = (target: string): string =>
  target
    .split('/')
    .slice(0, target.startsWith('@') ? 2 : 1)
    .join('/');

const usesIn = (file: string, source: string): readonly Use[] =>
  importsOf(source)
    .filter(({ target }) => /^(?!node:)@?[a-z][\w./-]*$/.test(target))
    .map(({ target, line }) => ({
      file,
      room: roomOf(file),
      name: packageOf(target),
      isMarked: /\/\/ with ingest$/.test(line),
    }))
    .filter(({ name }) => QUOTED[file]?.includes(name) !== true);

const uses = files.flatMap((file) => usesIn(file, readFileSync(join(root, file), 'utf8')));

/** What a use lacks: its room and the root are without the package. */
const lacking = (all: readonly Use[]): readonly string[] =>
  all
    .filter(({ room, name, isMarked }) =>
      ['.', room, ...(isMarked ? ['ingest'] : [])].every((one) => !(one in manifests && name in packagesOf(one))),
    )
    .map(({ file, name }) => `${file} imports ${name}`);

test('a room imports packages of its own package.json or of the root', () => {
  expect(uses.length).toBeGreaterThan(100);
  expect(lacking(uses)).toEqual([]);
});

test('a room that imports a package of another is found', () => {
  const source = "import { createClient } from 'no-such-package/sub';\nimport { readFileSync } from 'node:fs';\n";
  expect(lacking(usesIn('cli/main.ts', source))).toEqual(['cli/main.ts imports no-such-package']);
  expect(lacking(usesIn('lib/a.ts', "export * from '@s3/none';"))).toEqual(['lib/a.ts imports @s3/none']);
});

test.each(Object.keys(manifests))('%s: every package is imported, and by that room', (room) => {
  const used = new Set([
    ...uses.filter((use) => use.room === room || (room === 'ingest' && use.isMarked)).map(({ name }) => name),
    ...(room === '.' ? TOOLS : (REPEATED[room] ?? [])),
  ]);
  expect(Object.keys(packagesOf(room)).filter((name) => !used.has(name))).toEqual([]);
});

test.each(rooms)('%s: has a name, a README and tests of its own, and repeats nothing of the root', (room) => {
  const manifest = manifestOf(room);
  expect(manifest.name).toBe(`@s3-data-lake/${room.split('/').at(-1)}`);
  expect(manifest).toMatchObject({ private: true, version: project.version, scripts: { test: expect.any(String) } });
  expect(manifest.scripts?.test).toMatch(new RegExp(` --roots ${room}$`));
  expect(existsSync(join(root, room, 'README.md'))).toBe(true);
  expect(sourcesIn(room).some((file) => file.endsWith('.test.ts'))).toBe(true);
  const repeated = Object.keys(packagesOf(room)).filter((name) => name in packagesOf('.'));
  expect(repeated).toEqual(REPEATED[room] ?? []);
});

test('a package has one version, whoever needs it', () => {
  const versions = new Map<string, Set<string>>();
  for (const room of Object.keys(manifests)) {
    for (const [name, version] of Object.entries(packagesOf(room))) {
      versions.set(name, (versions.get(name) ?? new Set()).add(version));
    }
  }
  expect([...versions].filter(([, of]) => of.size > 1).map(([name, of]) => `${name}: ${[...of].join(', ')}`)).toEqual(
    [],
  );
});

test('the rooms that can be removed are the workspaces', () => {
  const found = ['cli', 'e2e', 'ingest', 'packages/ingest-client', 'packages/s3-loopback'].filter(isThere);
  expect([...rooms].sort()).toEqual(found);
});
