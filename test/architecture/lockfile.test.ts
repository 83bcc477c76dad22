import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface LockedPackage {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly inBundle?: boolean;
  /** A folder of the project: `resolved` says which. */
  readonly link?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

type Versions = Readonly<Record<string, string>>;

interface Manifest {
  readonly dependencies?: Versions;
  readonly devDependencies?: Versions;
  readonly overrides?: Versions;
}

interface Lock {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

const ROOT = join(__dirname, '..', '..');
const read = <T>(...path: readonly string[]): T => JSON.parse(readFileSync(join(ROOT, ...path), 'utf8')) as T;

/** The project itself, and a tool that is installed apart from it. */
const INSTALLED = ['.', 'e2e/stryker/tool'].filter((folder) => existsSync(join(ROOT, folder)));

describe.each(INSTALLED)('in %s', (folder) => {
  const { packages } = read<Lock>(folder, 'package-lock.json');
  /** Paths of the workspaces, which the lock file holds beside what npm installs; the project has the empty path. */
  const own = Object.keys(packages).filter((path) => !path.includes('node_modules/'));
  const manifests = own.map(
    (path) => [path === '' ? '.' : path, read<Manifest>(folder, path, 'package.json')] as const,
  );
  const installed = Object.entries(packages).filter(([path]) => !own.includes(path));

  test('the lock file names no registry host, so that it installs through any mirror', () => {
    const named = installed.filter(([, { resolved, link }]) => resolved !== undefined && link !== true);
    expect(named.map(([path]) => path)).toEqual([]);
    const linked = installed.flatMap(([, { resolved, link }]) => (link === true ? [resolved] : []));
    expect(linked.sort()).toEqual(own.filter((path) => path !== '').sort());
  });

  test('every package is pinned by its content', () => {
    // A bundled package is part of its parent's tarball, and so of the parent's hash.
    const loose = installed.filter(
      ([, { integrity, inBundle, link }]) =>
        inBundle !== true && link !== true && !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity ?? ''),
    );
    expect(loose.map(([path]) => path)).toEqual([]);
  });

  test.each(manifests)(
    'every package of %s is pinned to one version',
    (_, { dependencies, devDependencies, overrides }) => {
      const pinned = { ...dependencies, ...devDependencies, ...overrides };
      expect(Object.values(pinned).filter((version) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version))).toEqual([]);
      expect(Object.keys(pinned).map((name) => [name, packages[`node_modules/${name}`]?.version])).toEqual(
        Object.entries(pinned),
      );
    },
  );

  test.each(manifests)('the lock file is that of the package.json of %s', (name, { dependencies, devDependencies }) => {
    const locked = packages[name === '.' ? '' : name];
    expect(locked?.dependencies).toEqual(dependencies);
    expect(locked?.devDependencies).toEqual(devDependencies);
  });

  test.each(manifests)('%s needs no package both to run and to develop', (_, { dependencies, devDependencies }) => {
    expect(Object.keys(dependencies ?? {}).filter((name) => name in (devDependencies ?? {}))).toEqual([]);
  });

  test('packages lie in one place: no workspace has a folder of its own for them', () => {
    expect(installed.map(([path]) => path).filter((path) => !path.startsWith('node_modules/'))).toEqual([]);
  });
});
