import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const PROJECT = join(__dirname, '..', '..');
/** What takes long to get and is never written by commands: a copy links to it. */
const SHARED = ['node_modules', '.cache'];
const LEFT_OUT = new Set([...SHARED, '.git', '.tools', 'cdk.out', 'coverage', 'lake']);

/**
 * Copies the project, with the datasets and stages of the tests in place of those of its configuration: what runs there gives the
 * same results in every fork.
 *
 * @param folder is made, unless it is there
 */
export function copyProject(folder: string): string {
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(PROJECT)) {
    if (!LEFT_OUT.has(name)) cpSync(join(PROJECT, name), join(folder, name), { recursive: true });
  }
  for (const name of SHARED) {
    if (existsSync(join(PROJECT, name))) symlinkSync(join(PROJECT, name), join(folder, name));
  }
  for (const part of ['datasets', 'stages']) replaceConfig(join(folder, 'config', part), part);
  return folder;
}

function replaceConfig(target: string, part: string): void {
  for (const name of readdirSync(target)) if (name !== 'index.ts') rmSync(join(target, name));
  const fixtures = join(PROJECT, 'test', 'fixtures', part);
  for (const name of readdirSync(fixtures)) {
    const isDefinition = name.endsWith('.ts') && !['index.ts', 'given.ts'].includes(name);
    if (!isDefinition) continue;
    const text = readFileSync(join(fixtures, name), 'utf8').replaceAll("'../../../lib/", "'../../lib/");
    writeFileSync(join(target, name), text);
  }
}
