import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/** Where tools that npm does not install are kept: in the project, out of git, safe to delete. */
export const TOOLS_FOLDER = resolve(__dirname, '../../.tools');

export interface PythonTool {
  /** First part of the folder's name, for people. */
  readonly name: string;
  /** Lines of a requirements file, each with an exact version. A tool gets an environment of its own: some conflict. */
  readonly requirements: readonly string[];
  /** @default `python3` of the PATH */
  readonly python?: string;
  /** @default TOOLS_FOLDER */
  readonly folder?: string;
}

export interface PythonEnvironment {
  /** Folder of the environment's programs. */
  readonly bin: string;
  readonly python: string;
}

/** `.tools/python/<name>-<digest of what it holds>`: another version is another folder. */
export const environmentFolder = ({ name, requirements, folder = TOOLS_FOLDER }: PythonTool): string => {
  const digest = createHash('sha256').update(requirements.join('\n')).digest('hex').slice(0, 12);
  return join(folder, 'python', `${name}-${digest}`);
};

/**
 * A virtual environment with exactly these packages, made at the first call and found again at later ones. One that was
 * interrupted is made anew.
 *
 * @throws Error when there is no Python 3 with `venv`, a version is not exact, or pip fails
 */
export async function pythonEnvironment(tool: PythonTool): Promise<PythonEnvironment> {
  const inexact = tool.requirements.find((line) => !/^[\w.-]+(\[[\w,-]+\])?==[\w.!+-]+( *;.*)?$/.test(line));
  if (inexact !== undefined) throw new Error(`${tool.name}: write '${inexact}' with its exact version, name==1.2.3`);
  const folder = environmentFolder(tool);
  const bin = join(folder, 'bin');
  const environment = { bin, python: join(bin, 'python') };
  const complete = join(folder, 'complete');
  if (existsSync(complete)) return environment;

  console.log(`Installing ${tool.name} into ${folder}`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await run(tool.python ?? 'python3', ['-m', 'venv', folder], 'Python 3 with its venv module is needed');
  const requirements = join(folder, 'requirements.txt');
  await writeFile(requirements, `${tool.requirements.join('\n')}\n`);
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--requirement', requirements];
  await run(environment.python, pip, `pip could not install ${tool.name}`);
  await writeFile(complete, '');
  return environment;
}

function run(program: string, args: readonly string[], whatFailed: string): Promise<void> {
  return new Promise((done, fail) => {
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors = `${errors}${text}`.slice(-4_000);
    });
    child.on('error', (error) => fail(new Error(`${whatFailed}: ${program}: ${error.message}`)));
    child.on('close', (code, signal) => {
      if (code === 0) done();
      else fail(new Error(`${whatFailed}: ${program} ended with ${signal ?? code}\n${errors.trim()}`));
    });
  });
}
