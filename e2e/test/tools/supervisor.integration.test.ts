import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Supervisor } from '../../tools/supervisor';

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // A zombie that nobody waits for any more runs nothing; only Linux tells.
  return !existsSync(`/proc/${pid}/stat`) || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
};

/** What is still there after a second; a process that was killed needs an instant to be gone. */
async function remains(pids: readonly number[], folders: readonly string[]): Promise<unknown[]> {
  for (let i = 0; ; i++) {
    const found = [...pids.filter(isAlive), ...folders.filter((folder) => existsSync(folder))];
    if (found.length === 0 || i === 200) return found;
    await sleep(50);
  }
}

interface Started {
  readonly root: string;
  readonly folder: string;
  readonly pids: readonly number[];
}

/** Runs the program; `end` is what happens to it once it has said what it owns. */
async function program(mode: string, end: (pid: number) => void = () => {}) {
  const half = mkdtempSync(join(tmpdir(), 'half-done-'));
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', join(__dirname, 'supervised-program.ts'), '--end', mode, '--half', half],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const exited = new Promise<{ code: number | null; signal: string | null }>((resolve) =>
    child.once('exit', (code, signal) => resolve({ code, signal })),
  );
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding('utf8').once('data', resolve);
    child.once('exit', () => reject(new Error(`it ended early: ${errors}`)));
  });
  const started = JSON.parse(line) as Started;
  expect(existsSync(started.folder)).toBe(true);
  end(child.pid ?? 0);
  const { code, signal } = await exited;
  return { code, signal, errors, pids: started.pids, folders: [started.root, half] };
}

describe('nothing outlives a supervised program', () => {
  test.each([
    ['its normal end', 'return', undefined, 0, null],
    ['an error', 'throw', undefined, 1, null],
    ['process.exit in the middle', 'exit', undefined, 7, null],
    ['Ctrl-C', 'wait', 'SIGINT', 130, null],
    ['SIGTERM', 'wait', 'SIGTERM', 143, null],
    ['a terminal that closes', 'wait', 'SIGHUP', 129, null],
  ] as const)('after %s: all is gone when it exits', async (_, mode, signal, code, by) => {
    const ended = await program(mode, (pid) => signal !== undefined && process.kill(pid, signal));

    expect(ended.folders.filter((folder) => existsSync(folder))).toEqual([]); // at once, not a little later
    expect(await remains(ended.pids, [])).toEqual([]);
    expect(ended).toMatchObject({ code, signal: by });
  });

  test('after SIGKILL: all is gone a moment later', async () => {
    const ended = await program('wait', (pid) => process.kill(pid, 'SIGKILL'));

    expect(ended.signal).toBe('SIGKILL');
    expect(await remains(ended.pids, ended.folders)).toEqual([]);
  });
});

describe('a supervisor', () => {
  let supervisor: Supervisor;
  beforeEach(() => {
    supervisor = new Supervisor();
  });
  afterEach(async () => {
    await supervisor.close();
    expect(existsSync(supervisor.root)).toBe(false);
  });

  test('gives back the exit code and what was written', async () => {
    const result = await supervisor.run('/bin/sh', ['-c', 'echo out; echo err >&2; exit 3']);
    expect(result).toEqual({ code: 3, stdout: 'out\n', stderr: 'err\n' });
  });

  test('answers 127 for a program that does not exist', async () => {
    expect((await supervisor.run('no-such-program-here', [])).code).toBe(127);
  });

  test('gives arguments and environment as they are', async () => {
    const args = ['a b', "it's", '$HOME', ''];
    const result = await supervisor.run(
      process.execPath,
      ['-p', 'JSON.stringify([process.argv.slice(1), process.env.X])', ...args],
      {
        env: { X: '1 "2"' },
      },
    );
    expect(JSON.parse(result.stdout)).toEqual([args, '1 "2"']);
  });

  test('ends what a process leaves behind in its group', async () => {
    const { stdout } = await supervisor.run('/bin/sh', ['-c', 'sleep 600 >/dev/null 2>&1 & echo $!']);
    expect(await remains([Number(stdout)], [])).toEqual([]);
  });

  test('kills a process that takes too long, with its children', async () => {
    const late = supervisor.run('/bin/sh', ['-c', 'sleep 600 & echo $!; wait'], { timeoutSeconds: 2 });
    await expect(late).rejects.toThrow(/took longer than 2 s and was killed.\n\d+/);
  });

  test('copies output into a log', async () => {
    const log = join(supervisor.folder('logs'), 'log');
    await supervisor.run('/bin/sh', ['-c', 'echo out; echo err >&2'], { log });
    expect(readFileSync(log, 'utf8').split('\n').sort()).toEqual(['', 'err', 'out']);
  });

  test('leaves a guarded folder alone once it is released', async () => {
    const half = mkdtempSync(join(tmpdir(), 'half-done-'));
    supervisor.guard(half)();
    await supervisor.close();
    expect(existsSync(half)).toBe(true);
    rmSync(half, { recursive: true });
  });

  test('starts nothing after its end', async () => {
    await supervisor.close();
    expect(() => supervisor.spawn('/bin/true', [])).toThrow('closed');
  });
});
