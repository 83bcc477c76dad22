import { cpSync, existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../tools/project';

/** What takes long to get and is never written by the commands: the copy links to it. */
const SHARED = ['node_modules', '.cache'];
const LEFT_OUT = new Set([...SHARED, '.git', '.tools', 'cdk.out', 'coverage', 'lake']);

/** Copies the project, so that commands which change its files change the copy. @returns the copy's folder */
export function copyProject(target: string): string {
  const copy = join(target, 'lake-project');
  mkdirSync(copy);
  for (const name of readdirSync(PROJECT_ROOT)) {
    if (!LEFT_OUT.has(name)) cpSync(join(PROJECT_ROOT, name), join(copy, name), { recursive: true });
  }
  for (const name of SHARED) {
    if (existsSync(join(PROJECT_ROOT, name))) symlinkSync(join(PROJECT_ROOT, name), join(copy, name));
  }
  return copy;
}
