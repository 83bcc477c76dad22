import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { BINDING_CACHE, type BindingTarget, duckdbBinding } from '../../lib/constructs/lambda-bundle/duckdb-binding';

const ARM64: BindingTarget = { os: 'linux', cpu: 'arm64' };
const NAME = '@duckdb/node-bindings-linux-arm64';
const AARCH64 = 0xb7;
const X86_64 = 0x3e;

let projectRoot: string;

beforeEach(() => {
  projectRoot = fs.mkdtempSync(path.join(os.tmpdir(), 'binding-'));
  writeLock({ version: '1.2.3', integrity: 'sha512-first' });
});

afterEach(() => fs.rmSync(projectRoot, { recursive: true, force: true }));

function writeLock(entry: Record<string, string>): void {
  const lock = { packages: { [`node_modules/${NAME}`]: entry } };
  fs.writeFileSync(path.join(projectRoot, 'package-lock.json'), JSON.stringify(lock));
}

const elf = (machine: number): Buffer => {
  const header = Buffer.alloc(64);
  header.write('\x7fELF', 'latin1');
  header.writeUInt16LE(machine, 18);
  return header;
};

function writePackage(folder: string, libraries: Record<string, Buffer>): void {
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ name: NAME, version: '1.2.3' }));
  for (const [name, content] of Object.entries(libraries)) {
    fs.writeFileSync(path.join(folder, name), content);
  }
}

const ARM64_LIBRARIES = { 'duckdb.node': elf(AARCH64), 'libduckdb.so': elf(AARCH64) };

/** Stands in for `npm ci`: puts the package where npm would. */
const installer = (libraries: Record<string, Buffer> = ARM64_LIBRARIES) =>
  jest.fn((folder: string) => {
    writePackage(path.join(folder, 'node_modules', NAME), libraries);
    return { ok: true, output: '' };
  });

const fetchBinding = (install: (folder: string) => { ok: boolean; output: string }) =>
  duckdbBinding({ projectRoot, target: ARM64, install });

const cacheEntries = (): string[] => fs.readdirSync(path.join(projectRoot, BINDING_CACHE));

test('fetches once, then needs no npm', () => {
  const install = installer();
  const first = fetchBinding(install);
  const second = fetchBinding(install);

  expect(second).toBe(first);
  expect(install).toHaveBeenCalledTimes(1);
  expect(fs.existsSync(path.join(first, 'libduckdb.so'))).toBe(true);
  expect(cacheEntries()).toEqual([path.basename(first)]); // no working folder stays behind
});

test('asks npm for exactly the locked version and hash, for any host', () => {
  let lock: unknown;
  fetchBinding((folder) => {
    lock = JSON.parse(fs.readFileSync(path.join(folder, 'package-lock.json'), 'utf8'));
    return installer()(folder);
  });

  expect(lock).toMatchObject({
    packages: { [`node_modules/${NAME}`]: { version: '1.2.3', integrity: 'sha512-first' } },
  });
  expect(JSON.stringify(lock)).not.toMatch(/"(os|cpu|libc|optional)"/);
});

test('fetches again when the lock file changes', () => {
  const before = fetchBinding(installer());
  writeLock({ version: '1.2.3', integrity: 'sha512-second' });
  const install = installer();

  expect(fetchBinding(install)).not.toBe(before);
  expect(install).toHaveBeenCalledTimes(1);
});

test('uses node_modules on the platform itself', () => {
  const installed = path.join(projectRoot, 'node_modules', NAME);
  writePackage(installed, ARM64_LIBRARIES);
  const install = installer();

  expect(fetchBinding(install)).toBe(installed);
  expect(install).not.toHaveBeenCalled();
});

test('another process that finishes first wins, and nothing is left behind', () => {
  const binding = fetchBinding((folder) => {
    const rival = installer();
    fetchBinding(rival);
    expect(rival).toHaveBeenCalledTimes(1);
    return installer()(folder);
  });

  expect(cacheEntries()).toEqual([path.basename(binding)]);
});

test('without a network and a cache, says what to do', () => {
  const offline = () => ({ ok: false, output: 'npm error code ENOTFOUND' });

  expect(() => fetchBinding(offline)).toThrow(/@duckdb\/node-bindings-linux-arm64@1\.2\.3.*npm registry.*ENOTFOUND/s);
  expect(cacheEntries()).toEqual([]);
});

test.each([
  ['no library at all', {}, 'must hold duckdb.node'],
  ['no shared library', { 'duckdb.node': elf(AARCH64) }, 'must hold duckdb.node'],
  [
    'libraries of another processor',
    { 'duckdb.node': elf(X86_64), 'libduckdb.so': elf(X86_64) },
    'not a Linux library',
  ],
  ['an empty library', { ...ARM64_LIBRARIES, 'libduckdb.so': Buffer.alloc(0) }, 'not a Linux library'],
])('refuses an installation with %s, and does not cache it', (_, libraries, message) => {
  expect(() => fetchBinding(installer(libraries as Record<string, Buffer>))).toThrow(message);
  expect(cacheEntries()).toEqual([]);
});

test('refuses a lock file that does not pin the package', () => {
  writeLock({ version: '1.2.3' });
  expect(() => fetchBinding(installer())).toThrow('must pin @duckdb/node-bindings-linux-arm64');
});
