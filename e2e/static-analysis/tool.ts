import { delimiter, join } from 'node:path';
import { type PythonEnvironment, pythonEnvironment, requirementsOf } from '../tools/python';
import type { RunResult, Supervisor } from '../tools/supervisor';

/** A port on which nobody listens: a tool that wants to call home fails at once, and its result does not depend on it. */
const NOWHERE = 'http://127.0.0.1:9';

/** One folder for all that a run writes, and the tools that work in it. */
export class Workbench {
  readonly folder: string;
  readonly #supervisor: Supervisor;

  constructor(supervisor: Supervisor) {
    this.#supervisor = supervisor;
    this.folder = supervisor.folder('static-analysis');
  }

  /** A tool of its own environment, whose exact packages are in `requirements/<name>.txt`. @throws CannotRun */
  environment(name: string): Promise<PythonEnvironment> {
    return pythonEnvironment({
      name,
      requirements: requirementsOf(join(__dirname, 'requirements', `${name}.txt`)),
      supervisor: this.#supervisor,
    });
  }

  /**
   * Runs a program of an environment to its end, without a network and with a home of its own.
   *
   * @param programs a folder of programs that come before those of the environment. @default none
   */
  async run(
    environment: PythonEnvironment,
    args: readonly string[],
    cwd = this.folder,
    programs?: string,
  ): Promise<RunResult> {
    const [program = '', ...rest] = args;
    return await this.#supervisor.run(join(environment.bin, program), rest, {
      cwd,
      // Of processor time the slowest takes a minute, and the machine may be busy.
      timeoutSeconds: 1_800,
      env: {
        PATH: [...(programs === undefined ? [] : [programs]), environment.bin, process.env.PATH ?? ''].join(delimiter),
        HOME: this.folder,
        LANG: 'C.UTF-8',
        HTTP_PROXY: NOWHERE,
        HTTPS_PROXY: NOWHERE,
        SEMGREP_SEND_METRICS: 'off',
        SEMGREP_ENABLE_VERSION_CHECK: '0',
        // Seconds for a rule and a file; 5 by default, too few for a large file on a busy machine.
        SEMGREP_TIMEOUT: '120',
      },
    });
  }
}

/** The JSON that a tool printed. @throws Error with all that it said instead */
export function jsonOf<T>(name: string, { code, stdout, stderr }: RunResult): T {
  try {
    return JSON.parse(stdout) as T;
  } catch {
    throw new Error(`${name} ended with ${code} and printed no JSON\n${stdout.slice(-2_000)}\n${stderr.slice(-2_000)}`);
  }
}
