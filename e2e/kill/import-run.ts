import { spawn } from 'node:child_process';
import { join } from 'node:path';

/** Runs an import as a process, and kills it once it is time. @returns its exit code */
export async function runImport(
  project: string,
  args: readonly string[],
  isTime: () => boolean,
  pause: () => Promise<void>,
): Promise<number | 'killed'> {
  const child = spawn(process.execPath, ['--import', 'tsx', join('e2e', 'kill', 'import-process.ts'), ...args], {
    cwd: project,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? -1));
  });
  let code: number | undefined;
  void ended.then((own) => {
    code = own;
  });
  while (code === undefined) {
    if (isTime()) {
      child.kill('SIGKILL');
      await ended;
      return 'killed';
    }
    await pause();
  }
  return code;
}
