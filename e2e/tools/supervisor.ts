import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tellFailure } from '../../cli/failure';
import { type Option, type Program, runProgram, type ValuesOf } from '../../cli/program';
import { CannotRun } from './errors';

export interface SpawnOptions {
  /** @default that of this process */
  readonly cwd?: string;
  /** The whole environment. @default that of this process */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Everything that the process writes is appended to this file as well. */
  readonly log?: string;
}

export interface RunOptions extends SpawnOptions {
  /** Seconds after which the process is killed and the run fails. @default 600 */
  readonly timeoutSeconds?: number;
  /** Sees the output as it comes. @default nobody */
  readonly onOutput?: (text: string) => void;
}

export interface RunResult {
  /** Exit code; 128 plus the signal's number does not occur, a killed process has -1. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running process and everything that it started in its process group. */
export interface Supervised {
  readonly pid: number;
  /** Resolves with the exit code, -1 after a signal. Never rejects. */
  readonly exited: Promise<number>;
  readonly child: ChildProcess;
  /** Kills the whole group and waits for the process to be gone. */
  kill(): Promise<void>;
}

/**
 * Owns processes and temporary folders, and sees to it that none outlives this process: not on its normal end, nor after a
 * failure, Ctrl-C, SIGTERM or even SIGKILL. Each process gets a group of its own, and a watchdog beside this process kills the groups
 * and removes the folders. Linux and macOS.
 *
 * @example
 * supervised({ name: 'npm run serve', does: 'Serves a folder.', options: {} }, async (supervisor) => {
 *   const folder = supervisor.folder('data');
 *   const server = supervisor.spawn('python3', ['-m', 'http.server'], { cwd: folder });
 *   ...
 *   return 0; // the exit code
 * });
 */
export class Supervisor {
  /** Removed in the end. */
  readonly root: string;
  readonly #watchdog: ChildProcess;
  readonly #children = new Set<Supervised>();
  #closed = false;
  readonly #onExit = (): void => this.#closeNow();

  constructor() {
    this.root = mkdtempSync(join(tmpdir(), 'lake-proof-'));
    this.#watchdog = spawn(process.execPath, [join(__dirname, 'watchdog.js'), this.root], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.#watchdog.stdin?.on('error', () => {}); // its end is noticed below
    process.once('exit', this.#onExit);
  }

  /** Makes a folder that is removed in the end. `name` is for people. */
  folder(name: string): string {
    return mkdtempSync(join(this.root, `${name}-`));
  }

  /** Has a folder removed in the end unless the returned function is called before: for work that is half done. */
  guard(folder: string): () => void {
    this.#tell(`+${folder}\n`);
    return () => this.#tell(`-${folder}\n`);
  }

  /** Starts a process in a group of its own. It does nothing until the watchdog knows of it. */
  spawn(command: string, args: readonly string[], options: SpawnOptions = {}): Supervised {
    if (this.#closed) throw new Error(`The supervisor is closed; it does not start ${command}.`);
    // The shell waits for a line, which comes after the watchdog was told: no instant at which a crash would forget it.
    const child = spawn('/bin/sh', ['-c', 'read -r go && exec "$@"', 'sh', command, ...args], {
      detached: true,
      stdio: 'pipe',
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      env: { TMPDIR: this.#temporary(), ...(options.env ?? { ...process.env, TMPDIR: this.#temporary() }) },
    });
    const { pid } = child;
    const exited = new Promise<number>((resolve) => {
      child.once('error', () => resolve(-1));
      child.once('exit', (code) => resolve(code ?? -1));
    });
    if (pid === undefined) throw new CannotRun(`/bin/sh could not be started to run ${command}.`);
    const { log } = options;
    for (const stream of [child.stdout, child.stderr]) {
      if (log === undefined) stream.resume();
      else stream.on('data', (chunk: Buffer | string) => appendFileSync(log, chunk));
    }
    const supervised: Supervised = {
      pid,
      child,
      exited,
      kill: async () => {
        killGroup(pid);
        await exited;
      },
    };
    this.#children.add(supervised);
    this.#tell(`+${pid}\n`);
    child.stdin.on('error', () => {}); // the process may end without reading
    child.stdin.write('go\n');
    void exited.then(() => {
      killGroup(pid); // what the process left in its group ends with it
      this.#children.delete(supervised);
      this.#tell(`-${pid}\n`);
    });
    return supervised;
  }

  /**
   * Runs a process to its end.
   *
   * @throws when it takes longer than `timeoutSeconds`. A failing process is a result, not an error.
   */
  async run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
    const { timeoutSeconds = 600, onOutput = () => {}, ...rest } = options;
    const started = this.spawn(command, args, rest);
    started.child.stdin?.end();
    const texts = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      started.child[name]?.setEncoding('utf8').on('data', (text: string) => {
        texts[name] += text;
        onOutput(text);
      });
    }
    const closed = new Promise<void>((resolve) => started.child.once('close', () => resolve()));
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      void started.kill();
    }, timeoutSeconds * 1000);
    const code = await started.exited;
    clearTimeout(timer);
    await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 2_000).unref())]);
    if (late) {
      const output = `${texts.stdout}${texts.stderr}`.slice(-4_000);
      throw new Error(`${command} ${args.join(' ')} took longer than ${timeoutSeconds} s and was killed.\n${output}`);
    }
    return { code, ...texts };
  }

  /** Kills every process that still runs and removes every folder. Nothing can be started afterwards. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    process.removeListener('exit', this.#onExit);
    await Promise.all([...this.#children].map((child) => child.kill()));
    const gone = new Promise<void>((resolve) => this.#watchdog.once('exit', () => resolve()));
    if (this.#watchdog.exitCode === null && this.#watchdog.signalCode === null) {
      this.#watchdog.stdin?.end();
      await gone;
    }
    rmSync(this.root, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 }); // if somebody killed the watchdog
  }

  /** The same in an `exit` handler, where nothing asynchronous runs any more: waits for the watchdog to be done. */
  #closeNow(): void {
    this.#closed = true;
    for (const { pid } of this.#children) killGroup(pid);
    this.#watchdog.stdin?.destroy(); // a signal could come before the watchdog handles it and just end it
    const clock = new Int32Array(new SharedArrayBuffer(4));
    for (let i = 0; i < 1_000 && existsSync(this.root); i++) Atomics.wait(clock, 0, 0, 10);
    rmSync(this.root, { recursive: true, force: true }); // if somebody killed the watchdog
  }

  #tell(line: string): void {
    if (this.#watchdog.stdin?.writable === true) this.#watchdog.stdin.write(line);
  }

  /** Where the processes put their own temporary files. */
  #temporary(): string {
    const folder = join(this.root, 'tmp');
    mkdirSync(folder, { recursive: true });
    return folder;
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Runs a program under a supervisor, as this process. It exits with the number that `run` returns: 2 after a mistake on the command
 * line or `CannotRun`, 1 after any other error, 130 after Ctrl-C. With `--help` nothing is started.
 */
export function supervised<const O extends Readonly<Record<string, Option<unknown>>>>(
  program: Program<O>,
  run: (supervisor: Supervisor, values: ValuesOf<Program<O>>) => Promise<number>,
): void {
  runProgram(program, async (values): Promise<never> => {
    const supervisor = new Supervisor();
    for (const [signal, code] of Object.entries(SIGNALS)) {
      process.on(signal, () => {
        process.stderr.write(`\n${signal}: stopping what was started.\n`);
        process.exit(code); // the exit handler cleans up
      });
    }
    const code = await run(supervisor, values).catch((error: unknown) => tellFailure(error, program.name));
    await supervisor.close();
    process.exit(code);
  });
}
