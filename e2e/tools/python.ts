import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CannotRun } from './errors';
import { TOOLS_FOLDER } from './project';
import { type RunResult, Supervisor } from './supervisor';

export interface PythonTool {
  /** First part of the folder's name, for people. */
  readonly name: string;
  /** Lines of a requirements file, each with an exact version. A tool gets an environment of its own: some conflict. */
  readonly requirements: readonly string[];
  /** Smallest version of Python that the packages take. @default [3, 10] */
  readonly atLeast?: readonly [number, number];
  /** @default `python3` of the PATH */
  readonly python?: string;
  /** @default TOOLS_FOLDER */
  readonly folder?: string;
  /** Runs the installation. @default one of its own */
  readonly supervisor?: Supervisor;
}

export interface PythonEnvironment {
  /** Folder of the environment's programs. */
  readonly bin: string;
  readonly python: string;
}

const PINNED = /^[\w.-]+(\[[\w,-]+\])?==[\w.!+-]+( *;.*)?$/;

/** The lines of a requirements file, without comments. */
export const requirementsOf = (file: string): string[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.replace(/(^|\s)#.*/, '').trim())
    .filter((line) => line !== '');

/**
 * A virtual environment with exactly these packages, made once for each set of versions and each version of Python, in
 * `.tools/python`, and found again at later calls. Several processes may ask for it at the same time: each makes its own, and
 * one of them is kept.
 *
 * @throws CannotRun when there is no suitable Python with `venv`, or pip fails; Error when a version is not exact
 */
export async function pythonEnvironment(tool: PythonTool): Promise<PythonEnvironment> {
  const inexact = tool.requirements.find((line) => !PINNED.test(line));
  if (inexact !== undefined) throw new Error(`${tool.name}: write '${inexact}' with its exact version, name==1.2.3`);
  const supervisor = tool.supervisor ?? new Supervisor();
  try {
    const link = environmentLink(tool, await pythonVersion(supervisor, tool));
    if (!existsSync(link)) await install(supervisor, tool, link);
    return { bin: join(link, 'bin'), python: join(link, 'bin', 'python') };
  } finally {
    if (tool.supervisor === undefined) await supervisor.close();
  }
}

/** `.tools/python/<name>-<digest of what it holds>`. */
function environmentLink({ name, requirements, folder = TOOLS_FOLDER }: PythonTool, version: string): string {
  const digest = createHash('sha256')
    .update([version, ...requirements].join('\n'))
    .digest('hex')
    .slice(0, 12);
  return join(folder, 'python', `${name}-${digest}`);
}

/** Programs of an environment name its folder in their first line, so it is made at its final place and a link published. */
async function install(supervisor: Supervisor, tool: PythonTool, link: string): Promise<void> {
  const { name, requirements, python = 'python3' } = tool;
  console.log(`Installing ${name} into ${link}`);
  const folder = `${link}.${randomUUID()}`;
  mkdirSync(folder, { recursive: true });
  const keep = supervisor.guard(folder);
  const pins = join(folder, 'requirements.txt');
  try {
    writeFileSync(pins, `${requirements.join('\n')}\n`);
    await attempt('Python 3 with its venv module is needed', supervisor.run(python, ['-m', 'venv', folder]));
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', '-r', pins];
    await attempt(`pip could not install ${name}`, supervisor.run(join(folder, 'bin', 'python'), pip));
    symlinkSync(folder, link);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    // Another process was faster; what it made came from the same pins.
    if (!existsSync(link)) throw error;
  } finally {
    keep();
  }
}

async function attempt(whatFailed: string, run: Promise<RunResult>): Promise<void> {
  const { code, stdout, stderr } = await run;
  if (code !== 0)
    throw new CannotRun(`${whatFailed}: ended with ${code}\n${`${stdout}${stderr}`.trim().slice(-4_000)}`);
}

async function pythonVersion(supervisor: Supervisor, { python = 'python3', atLeast = [3, 10] }: PythonTool) {
  const needed = `Python ${atLeast.join('.')} or newer`;
  const { code, stdout } = await supervisor.run(python, ['-c', 'import sys; print(sys.version.split()[0])']);
  if (code !== 0) {
    throw new CannotRun(`${python} was not found or does not start. Install ${needed} and put it on the PATH.`);
  }
  const version = stdout.trim();
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < atLeast[0] || (major === atLeast[0] && minor < atLeast[1])) {
    throw new CannotRun(`${python} is Python ${version}, but ${needed} is needed.`);
  }
  return version;
}
