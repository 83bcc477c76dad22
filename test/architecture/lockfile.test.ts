import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface LockedPackage {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly inBundle?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

type Versions = Readonly<Record<string, string>>;

interface Manifest {
  readonly dependencies: Versions;
  readonly devDependencies?: Versions;
  readonly overrides?: Versions;
}

interface Lock {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

/** The project itself, and a tool that is installed apart from it. */
describe.each(['.', 'e2e/stryker/tool'].filter((folder) => existsSync(join(__dirname, '..', '..', folder))))(
  'in %s',
  (folder) => {
    const read = <T>(file: string): T =>
      JSON.parse(readFileSync(join(__dirname, '..', '..', folder, file), 'utf8')) as T;
    const { dependencies, devDependencies, overrides } = read<Manifest>('package.json');
    const { '': project, ...packages } = read<Lock>('package-lock.json').packages;

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

    test.each(Object.entries({ ...dependencies, ...devDependencies, ...overrides }))(
      '%s is pinned to one version',
      (name, version) => {
        expect(version).toMatch(/^\d+\.\d+\.\d+(?:-[\w.]+)?$/);
        expect(packages[`node_modules/${name}`]?.version).toBe(version);
      },
    );

    test('the lock file is that of package.json', () => {
      expect(project?.dependencies).toEqual(dependencies);
      expect(project?.devDependencies).toEqual(devDependencies);
    });

    test('no package is needed both to run and to develop', () => {
      expect(Object.keys(dependencies).filter((name) => name in (devDependencies ?? {}))).toEqual([]);
    });
  },
);
