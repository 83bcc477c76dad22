import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RecipeError, replaced, type Step } from '../../test/docs/recipe';
import { PROJECT_ROOT } from '../tools/project';
import type { Supervisor } from '../tools/supervisor';
import { copyFiles } from '../tools/working-copy';

/**
 * Copies what git tracks, as it is in the working tree, with the installed packages as hard links. The copy is a repository of its own.
 */
export async function copyTree(supervisor: Supervisor, name: string): Promise<string> {
  const folder = join(supervisor.folder(name), 'lake');
  mkdirSync(folder);
  const run = (command: string, args: readonly string[]) => supervisor.run(command, args, { cwd: folder });
  copyFiles(folder);
  const modules = join(PROJECT_ROOT, 'node_modules');
  // Hard links end at the border of a file system.
  const linked = await run('cp', ['-al', modules, folder]);
  if (linked.code !== 0) {
    await run('rm', ['-rf', join(folder, 'node_modules')]);
    cpSync(modules, join(folder, 'node_modules'), { recursive: true, verbatimSymlinks: true });
  }
  // npm writes its list of what is installed in place, which must not reach the original.
  const list = join(folder, 'node_modules', '.package-lock.json');
  const text = readFileSync(list);
  rmSync(list);
  writeFileSync(list, text);
  // DuckDB's library for Lambda, which the first synth fetches.
  const cache = join(PROJECT_ROOT, '.cache');
  mkdirSync(cache, { recursive: true });
  symlinkSync(cache, join(folder, '.cache'));
  await run('git', ['init', '--quiet']);
  await run('git', ['add', '--all']);
  return folder;
}

/** Does what the README says. @throws RecipeError when a step cannot be followed */
export async function follow(supervisor: Supervisor, folder: string, steps: readonly Step[]): Promise<void> {
  for (const step of steps) {
    if (step.kind === 'run') {
      const { code, stdout, stderr } = await supervisor.run('/bin/sh', ['-ec', step.script], { cwd: folder });
      if (code !== 0) throw new RecipeError(`the commands of the README fail:\n${step.script}${stdout}${stderr}`);
    } else if (step.kind === 'write') {
      writeFileSync(join(folder, step.file), step.text);
    } else {
      const path = join(folder, step.file);
      writeFileSync(path, replaced(readFileSync(path, 'utf8'), step));
    }
  }
  await supervisor.run('git', ['add', '--all'], { cwd: folder });
}
