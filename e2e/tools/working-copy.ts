import { copyFileSync, mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PROJECT_ROOT } from './project';
import { projectFiles } from './sources';

/** Copies the files of the project, as they are in the working tree, into a folder. */
export function copyFiles(folder: string): void {
  for (const file of projectFiles()) {
    const target = join(folder, file);
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(join(PROJECT_ROOT, file), target);
  }
}

/** The same, in which mistakes can be made, with its packages linked. */
export function copyWorkingTree(folder: string): void {
  copyFiles(folder);
  symlinkSync(join(PROJECT_ROOT, 'node_modules'), join(folder, 'node_modules'));
}
