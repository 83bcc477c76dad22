import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packagesGone } from '../../fork/packages';

/** A project with a root and two rooms: `shared` is needed by both, `own` by the one that goes. */
const ROOT = { dependencies: { core: '1.0.0' } };
const KEPT = { devDependencies: { shared: '1.0.0' } };
const GONE = { dependencies: { own: '1.0.0', shared: '1.0.0' } };
const before = {
  '': ROOT,
  cli: KEPT,
  ingest: GONE,
  ...Object.fromEntries(['core', 'own', 'shared', 'of-own'].map((name) => [`node_modules/${name}`, {}])),
};
const after = { '': ROOT, cli: KEPT, 'node_modules/core': {}, 'node_modules/shared': {} };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'packages-gone-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function project(name: string, packages: object, workspaces = ['cli'], installed = ['core', 'shared']): string {
  const root = join(folder, name);
  for (const one of installed) mkdirSync(join(root, 'node_modules', one), { recursive: true });
  writeFileSync(join(root, 'package.json'), JSON.stringify({ ...ROOT, workspaces }));
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ packages }));
  return root;
}

const check = (...fork: [packages: object, workspaces?: string[], installed?: string[]]): string =>
  packagesGone(project('fork', ...fork), ['ingest'], project('original', before));

test('a room that took its packages along has, with what they brought', () => {
  expect(check(after)).toBe('3 of 7 packages have gone');
});

test.each([
  ['its line that is left', [after, ['cli', 'ingest']], /left in .*: ingest$/],
  ['a package in the lock file that is left', [{ ...after, 'node_modules/own': {} }], /left in .*: node_modules\/own$/],
  ['its entry in the lock file that is left', [{ ...after, ingest: GONE }], /left in .*: ingest$/],
  ['an installed package that is left', [after, ['cli'], ['core', 'shared', 'own']], /left in .*: node_modules\/own$/],
  ['a package that others need and is gone', [after, ['cli'], ['core']], /gone, although others need them: shared$/],
] as const)('%s is found', (_, fork, message) => {
  expect(() => check(...(fork as unknown as Parameters<typeof check>))).toThrow(message);
});

test('a room without its own packages proves nothing', () => {
  const packages = { ...before, ingest: KEPT };
  expect(() => packagesGone(project('fork', after), ['ingest'], project('original', packages))).toThrow(
    'ingest declare no package that nobody else does',
  );
});
