import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../tools/project';

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly workspaces?: readonly string[];
}

interface Lock {
  readonly packages: Readonly<Record<string, Manifest>>;
}

const readJson = <T>(...path: readonly string[]): T => JSON.parse(readFileSync(join(...path), 'utf8')) as T;
const declaredBy = ({ dependencies, devDependencies }: Manifest): readonly string[] =>
  Object.keys({ ...dependencies, ...devDependencies });

/**
 * Checks that a fork has no package that only the given workspaces declared: neither in its lock file, nor installed.
 *
 * @returns how many packages have gone, those that came along with them included
 * @throws Error naming what is left
 */
export function packagesGone(fork: string, workspaces: readonly string[], original = PROJECT_ROOT): string {
  const { packages: before } = readJson<Lock>(original, 'package-lock.json');
  const { packages: after } = readJson<Lock>(fork, 'package-lock.json');
  const rooms = Object.keys(before).filter((path) => !path.includes('node_modules/'));
  const kept = new Set(
    rooms.filter((room) => !workspaces.includes(room)).flatMap((room) => declaredBy(before[room] ?? {})),
  );
  const gone = workspaces.flatMap((room) => declaredBy(before[room] ?? {})).filter((name) => !kept.has(name));
  if (gone.length === 0) throw new Error(`${workspaces.join(', ')} declare no package that nobody else does`);
  const left = [
    ...gone.map((name) => `node_modules/${name}`).filter((path) => path in after || existsSync(join(fork, path))),
    ...workspaces.filter((room) => room in after),
    ...(readJson<Manifest>(fork, 'package.json').workspaces ?? []).filter((room) => workspaces.includes(room)),
  ];
  if (left.length > 0) throw new Error(`left in package.json, package-lock.json or node_modules: ${left.join(', ')}`);
  const lost = [...kept].filter((name) => !existsSync(join(fork, 'node_modules', name)));
  if (lost.length > 0) throw new Error(`gone, although others need them: ${lost.join(', ')}`);
  return `${Object.keys(before).length - Object.keys(after).length} of ${Object.keys(before).length} packages have gone`;
}
