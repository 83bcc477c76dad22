/**
 * Runs entries of the project one after another in this process, each as its main module with arguments of its own, because
 * the start of a process and the packages that it loads take a hundred times as long as what most tests of a command look at.
 * Usage: run-entries JOBS, a JSON array of `Job`; prints a JSON array of `Ended`, one for each.
 */
import Module from 'node:module';

export interface Job {
  /** Absolute path of the entry. */
  readonly entry: string;
  readonly args: readonly string[];
  /** Changes of the environment. @default none */
  readonly env?: Readonly<Record<string, string>>;
  /** Modules that are loaded before it, as by `--require`. @default none */
  readonly given?: readonly string[];
}

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What `process.exit` throws, so that nothing behind it runs. */
const EXIT = new Error('process.exit');
const EVENTS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'exit', 'uncaughtException', 'unhandledRejection'] as const;

const load = (Module as unknown as { _load(path: string, parent: null, isMain: boolean): unknown })._load;
const exit = process.exit.bind(process);
const env = { ...process.env };

/** Modules of the project, and the datasets that one of them has given; modules of packages stay. */
function forget(): void {
  Reflect.deleteProperty(globalThis, '__LAKE_DATASETS__');
  for (const path of Object.keys(require.cache)) {
    if (!path.includes('/node_modules/') && path !== __filename) delete require.cache[path];
  }
}

async function run({ entry, args, env: changes = {}, given = [] }: Job): Promise<Ended> {
  forget();
  process.argv = [process.execPath, entry, ...args];
  process.env = { ...env, ...changes };
  process.exitCode = undefined;
  for (const event of EVENTS) process.removeAllListeners(event);
  process.stdout.removeAllListeners('error');

  const texts = { stdout: '', stderr: '' };
  let ended: number | undefined;
  for (const name of ['stdout', 'stderr'] as const) {
    process[name].write = ((text: string | Uint8Array, ...rest: unknown[]) => {
      if (ended === undefined) texts[name] += typeof text === 'string' ? text : Buffer.from(text).toString();
      for (const callback of rest) if (typeof callback === 'function') callback();
      return true;
    }) as typeof process.stdout.write;
  }
  const code = await new Promise<number>((resolve) => {
    const end = (value: unknown): void => {
      ended ??= Number(value ?? 0);
      resolve(ended);
    };
    process.exit = ((value?: number) => {
      end(value ?? process.exitCode);
      throw EXIT;
    }) as typeof process.exit;
    const fail = (error: unknown): void => {
      if (error === EXIT) return;
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
      end(1);
    };
    process.on('uncaughtException', fail).on('unhandledRejection', fail);
    // The loop is empty, and the process would end here: something must be in it for the next entry.
    process.once('beforeExit', () => setImmediate(() => end(process.exitCode)));
    try {
      for (const path of given) require(path);
      load(entry, null, true);
    } catch (error) {
      fail(error);
    }
  });
  process.removeAllListeners('beforeExit');
  return { code, ...texts };
}

async function main(jobs: readonly Job[]): Promise<void> {
  const print = process.stdout.write.bind(process.stdout);
  const results: Ended[] = [];
  for (const job of jobs) results.push(await run(job));
  print(JSON.stringify(results), () => exit(0));
}

void main(JSON.parse(process.argv[2] ?? '[]') as Job[]);
