import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Supervisor } from '../tools/supervisor';
import { copyWorkingTree } from '../tools/working-copy';
import { applyMistake, type Mistake } from './mistake';

/** Longest that the tests of one mistake may take: one that makes a test wait for ever is noticed too. */
const TIMEOUT_SECONDS = 300;

export type Verdict =
  /** Tests failed. */
  | { readonly outcome: 'killed'; readonly by: readonly string[] }
  /** A test waited for ever. */
  | { readonly outcome: 'late'; readonly why: string }
  /** Every test passed. */
  | { readonly outcome: 'survived' }
  /** Nothing was proven: no test ran, or a file did not even load. */
  | { readonly outcome: 'unclear'; readonly why: string };

interface JestResult {
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

/** A copy of the tree in which mistakes are made one after another, so that the tree itself never has one. */
export class Workshop {
  readonly #supervisor: Supervisor;
  readonly #folder: string;
  #runs = 0;

  constructor(supervisor: Supervisor) {
    this.#supervisor = supervisor;
    this.#folder = supervisor.folder('mutants');
    copyWorkingTree(this.#folder);
  }

  /** Makes the mistake, runs its tests, and takes it back. */
  async judge(mistake: Mistake): Promise<Verdict> {
    const path = join(this.#folder, mistake.file);
    const source = readFileSync(path, 'utf8');
    writeFileSync(path, applyMistake(mistake, source));
    try {
      return await this.run(mistake.tests, mistake.titles);
    } finally {
      writeFileSync(path, source);
    }
  }

  async run(tests: readonly string[], titles?: string): Promise<Verdict> {
    const output = join(this.#folder, `result-${++this.#runs}.json`);
    // What a failed test leaves open must not keep the process.
    const args = ['node_modules/jest/bin/jest.js', '--runInBand', '--forceExit', '--json', `--outputFile=${output}`];
    args.push('--env', join(__dirname, 'environment.js'));
    const filter = titles === undefined ? [] : ['--testNamePattern', titles];
    let text = '';
    try {
      const { stderr } = await this.#supervisor.run(
        process.execPath,
        [...args, ...filter, '--runTestsByPath', ...tests],
        {
          cwd: this.#folder,
          timeoutSeconds: TIMEOUT_SECONDS,
        },
      );
      text = stderr;
    } catch (error) {
      return { outcome: 'late', why: (error as Error).message.split('\n')[0] ?? '' };
    }
    let result: JestResult;
    try {
      result = JSON.parse(readFileSync(output, 'utf8')) as JestResult;
    } catch {
      return { outcome: 'unclear', why: text.slice(-1_000) };
    }
    const failed = result.testResults.flatMap((file) =>
      file.assertionResults.flatMap(({ status, fullName }) => (status === 'failed' ? [fullName] : [])),
    );
    if (failed.length > 0) return { outcome: 'killed', by: failed };
    const broken = result.testResults.find(({ message }) => message !== '');
    if (broken !== undefined) return { outcome: 'unclear', why: broken.message.slice(0, 1_000) };
    if (result.numPassedTests === 0) return { outcome: 'unclear', why: 'no test has such a title' };
    return { outcome: 'survived' };
  }
}
