import { spawnSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';

/** The platform that the native library is for. Lambda's is `{ os: 'linux', cpu: 'arm64' }`. */
export interface BindingTarget {
  readonly os: string;
  readonly cpu: string;
}

export interface BindingOptions {
  /** Folder with `package-lock.json` and `node_modules`. */
  readonly projectRoot: string;
  readonly target: BindingTarget;
  /** Runs `npm` in a folder that holds a manifest and a lock file of the one package. @default spawns npm */
  readonly install?: (folder: string) => { readonly ok: boolean; readonly output: string };
}

/** Where fetched bindings are kept, relative to the project. Safe to delete; copy it to work without a network. */
export const BINDING_CACHE = path.join('.cache', 'lambda-binding');

/** The files that make the binding; everything else in the package (documentation, licence aside) is left out. */
const BINDING_FILES = ['package.json', 'LICENSE', 'duckdb.node'];
const SHARED_LIBRARY = /^libduckdb\.(so|dylib)$|^duckdb\.dll$/;

export const bindingPackage = (target: BindingTarget): string => `@duckdb/node-bindings-${target.os}-${target.cpu}`;

/**
 * The folder that holds DuckDB's native library for `target`, at the version and hash of `package-lock.json`: from
 * `node_modules` when the project runs on that platform, else from the cache, else fetched once from the npm registry
 * into the cache. Several processes may do so at the same time: each works in a folder of its own and renames it.
 *
 * @throws when the package is not in the lock file, cannot be fetched, or holds no library for the target.
 */
export function duckdbBinding(options: BindingOptions): string {
  const { projectRoot, target } = options;
  const name = bindingPackage(target);
  const locked = lockedPackage(projectRoot, name);

  const installed = path.join(projectRoot, 'node_modules', name);
  if (installedVersion(installed) === locked.version) {
    assertBinding(installed, target);
    return installed;
  }

  const fingerprint = createHash('sha256').update(locked.integrity).digest('hex').slice(0, 12);
  const cached = path.join(projectRoot, BINDING_CACHE, `${target.os}-${target.cpu}-${locked.version}-${fingerprint}`);
  if (!fs.existsSync(cached)) {
    fetchInto(cached, name, locked, options);
  }
  assertBinding(cached, target);
  return cached;
}

/** Names of the files of a binding that belong into a Lambda asset. */
export function bindingFiles(folder: string): string[] {
  return fs.readdirSync(folder).filter((file) => BINDING_FILES.includes(file) || SHARED_LIBRARY.test(file));
}

interface LockedPackage {
  readonly version: string;
  readonly integrity: string;
}

function lockedPackage(projectRoot: string, name: string): LockedPackage {
  const lock = JSON.parse(fs.readFileSync(path.join(projectRoot, 'package-lock.json'), 'utf8')) as {
    packages?: Record<string, Partial<LockedPackage>>;
  };
  const { version, integrity } = lock.packages?.[`node_modules/${name}`] ?? {};
  if (version === undefined || integrity === undefined) {
    throw new Error(`package-lock.json must pin ${name} with a version and an integrity hash, but does not.`);
  }
  return { version, integrity };
}

function installedVersion(folder: string): string | undefined {
  const manifest = path.join(folder, 'package.json');
  return fs.existsSync(manifest) ? (JSON.parse(fs.readFileSync(manifest, 'utf8')).version as string) : undefined;
}

function fetchInto(cached: string, name: string, locked: LockedPackage, options: BindingOptions): void {
  // Beside its final place, because a rename is atomic only within one file system.
  const work = `${cached}.${randomUUID()}.partial`;
  try {
    fs.mkdirSync(work, { recursive: true });
    writeManifests(work, name, locked, options.projectRoot);
    const result = (options.install ?? npmCi)(work);
    if (!result.ok) {
      throw new Error(
        `The compaction Lambda needs ${name}@${locked.version}, which is not in ${path.dirname(cached)} yet and could ` +
          'not be fetched with npm. Run synth once with access to the npm registry, or copy that folder from another ' +
          `clone.\n${result.output.trim()}`,
      );
    }
    const fetched = path.join(work, 'node_modules', name);
    assertBinding(fetched, options.target);
    renameUnlessPresent(fetched, cached);
  } finally {
    fs.rmSync(work, { recursive: true, force: true });
  }
}

/**
 * A lock file of only this package. It leaves out the platform conditions of the original, so that npm on any host
 * installs it or fails; as an optional dependency of another platform it would be skipped silently. npm checks the hash.
 */
function writeManifests(folder: string, name: string, locked: LockedPackage, projectRoot: string): void {
  const manifest = {
    name: 'duckdb-binding',
    version: '0.0.0',
    private: true,
    dependencies: { [name]: locked.version },
  };
  const lock = {
    name: manifest.name,
    version: manifest.version,
    lockfileVersion: 3,
    requires: true,
    packages: { '': manifest, [`node_modules/${name}`]: { version: locked.version, integrity: locked.integrity } },
  };
  fs.writeFileSync(path.join(folder, 'package.json'), JSON.stringify(manifest));
  fs.writeFileSync(path.join(folder, 'package-lock.json'), JSON.stringify(lock));
  const npmrc = path.join(projectRoot, '.npmrc');
  if (fs.existsSync(npmrc)) {
    fs.copyFileSync(npmrc, path.join(folder, '.npmrc')); // a fork may name its own registry there
  }
}

function npmCi(folder: string): { ok: boolean; output: string } {
  const run = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: folder,
    encoding: 'utf8',
    shell: process.platform === 'win32', // npm is a .cmd file there
  });
  return { ok: run.status === 0, output: run.error?.message ?? `${run.stdout}${run.stderr}` };
}

function renameUnlessPresent(from: string, to: string): void {
  try {
    fs.renameSync(from, to);
  } catch (error) {
    // Another process was faster; what it put there came from the same hash.
    if (!fs.existsSync(to)) {
      throw error;
    }
  }
}

const ELF_MACHINE: Readonly<Record<string, number>> = { x64: 0x3e, arm64: 0xb7 };

/** An installation for another platform can succeed and leave no library, or the wrong one. */
function assertBinding(folder: string, target: BindingTarget): void {
  const files = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
  const libraries = files.filter((file) => file === 'duckdb.node' || SHARED_LIBRARY.test(file));
  if (!libraries.includes('duckdb.node') || libraries.length < 2) {
    throw new Error(`${folder} must hold duckdb.node and its shared library, but holds: ${files.join(', ')}.`);
  }
  for (const library of target.os === 'linux' ? libraries : []) {
    const machine = elfMachine(path.join(folder, library));
    if (machine !== ELF_MACHINE[target.cpu]) {
      throw new Error(`${path.join(folder, library)} is not a Linux library for ${target.cpu}. Delete the folder.`);
    }
  }
}

/** `e_machine` of an ELF header, little endian at offset 18. */
function elfMachine(file: string): number | undefined {
  const header = Buffer.alloc(20);
  const handle = fs.openSync(file, 'r');
  try {
    const read = fs.readSync(handle, header, 0, header.length, 0);
    return read === header.length && header.readUInt32BE(0) === 0x7f454c46 ? header.readUInt16LE(18) : undefined;
  } finally {
    fs.closeSync(handle);
  }
}
