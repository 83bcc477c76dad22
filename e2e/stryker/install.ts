import { createHash, randomUUID } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CannotRun } from '../tools/errors';
import { TOOLS_FOLDER } from '../tools/project';
import type { Supervisor } from '../tools/supervisor';

const MANIFEST = join(__dirname, 'tool');
const FILES = ['package.json', 'package-lock.json'];

/**
 * StrykerJS as its own lock file has it, installed once for each content of that file, into `.tools/stryker`.
 *
 * @returns its command, for Node.js
 * @throws CannotRun when npm fails
 */
export async function installStryker(supervisor: Supervisor): Promise<string> {
  const digest = createHash('sha256');
  for (const name of FILES) digest.update(readFileSync(join(MANIFEST, name)));
  const folder = join(TOOLS_FOLDER, 'stryker', digest.digest('hex').slice(0, 12));
  if (!existsSync(folder)) await install(supervisor, folder);
  return join(folder, 'node_modules', '@stryker-mutator', 'core', 'bin', 'stryker.js');
}

async function install(supervisor: Supervisor, folder: string): Promise<void> {
  console.log(`Installing StrykerJS into ${folder}`);
  mkdirSync(dirname(folder), { recursive: true });
  const draft = `${folder}.${randomUUID()}`;
  mkdirSync(draft);
  const keep = supervisor.guard(draft);
  for (const name of FILES) copyFileSync(join(MANIFEST, name), join(draft, name));
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund'];
  const { code, stdout, stderr } = await supervisor.run('npm', args, { cwd: draft });
  if (code !== 0) throw new CannotRun(`npm could not install StrykerJS: ended with ${code}\n${stdout}${stderr}`);
  try {
    renameSync(draft, folder);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    // Another process was faster; what it made came from the same lock file.
    if (!existsSync(folder)) throw error;
  } finally {
    keep();
  }
}
