import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { main } from '../../main';
import type { RunResult } from '../../result';
import { Terminal } from '../../terminal';
import { folderWith } from './folder';

export interface Outcome {
  readonly code: number;
  readonly output: string;
  /** What went to the standard error. */
  readonly errors: string;
  /** What `--json` wrote; only defined when it was written. */
  readonly result: RunResult;
  readonly report: string;
}

/** What a command writes to its terminal, and to the standard error, and its exit code. */
export async function captured(
  run: (terminal: Terminal) => Promise<number>,
): Promise<Pick<Outcome, 'code' | 'output' | 'errors'>> {
  let output = '';
  let errors = '';
  const stderr = jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
    errors += String(text);
    return true;
  });
  try {
    const code = await run(new Terminal({ write: (text) => (output += text) }, {}));
    return { code, output, errors };
  } finally {
    stderr.mockRestore();
  }
}

/** `npm start -- ...args` in this process. */
export async function start(...args: readonly string[]): Promise<Outcome> {
  const folder = folderWith();
  const [json, report] = [join(folder, 'out.json'), join(folder, 'report.html')];
  const ended = await captured((terminal) => main(['--json', json, '--report', report, ...args], terminal));
  const read = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8') : '');
  return { ...ended, result: JSON.parse(read(json) || 'null') as RunResult, report: read(report) };
}
