import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface LockedPackage {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly inBundle?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const read = (file: string) => JSON.parse(readFileSync(join(__dirname, '..', '..', file), 'utf8'));
const manifest: {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly overrides: Readonly<Record<string, string>>;
} = read('package.json');
const lock: { readonly packages: Readonly<Record<string, LockedPackage>> } = read('package-lock.json');
const { '': project, ...packages } = lock.packages;

const direct = { ...manifest.dependencies, ...manifest.devDependencies };

test('the lock file names no registry host, so that it installs through any mirror', () => {
  expect(Object.keys(packages).filter((path) => packages[path]?.resolved !== undefined)).toEqual([]);
});

test('every package is pinned by its content', () => {
  // A bundled package is part of its parent's tarball, and so of the parent's hash.
  const loose = Object.entries(packages).filter(
    ([, { integrity, inBundle }]) => inBundle !== true && !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity ?? ''),
  );
  expect(loose.map(([path]) => path)).toEqual([]);
});

test.each(Object.entries({ ...direct, ...manifest.overrides }))('%s is pinned to one version', (name, version) => {
  expect(version).toMatch(/^\d+\.\d+\.\d+(?:-[\w.]+)?$/);
  expect(packages[`node_modules/${name}`]?.version).toBe(version);
});

test('the lock file is that of package.json', () => {
  expect(project?.dependencies).toEqual(manifest.dependencies);
  expect(project?.devDependencies).toEqual(manifest.devDependencies);
});

test('no package is needed both to run and to develop', () => {
  expect(Object.keys(manifest.dependencies).filter((name) => name in manifest.devDependencies)).toEqual([]);
});
