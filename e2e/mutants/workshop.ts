import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Supervised, Supervisor } from '../tools/supervisor';
import { copyWorkingTree } from '../tools/working-copy';
import { applyMistake, type Mistake } from './mistake';

/** Longest that the tests of one mistake may take: one that makes a test wait for ever is noticed too. */
const TIMEOUT_SECONDS = 300;

export type Verdict =
  /** Tests failed, and others may have passed before. */
  | { readonly outcome: 'killed'; readonly by: readonly string[]; readonly passed: readonly string[] }
  /** A test waited for ever. */
  | { readonly outcome: 'late'; readonly why: string }
  /** Every test passed. */
  | { readonly outcome: 'survived' }
  /** Nothing was proven: no test ran, or a file did not even load. */
  | { readonly outcome: 'unclear'; readonly why: string };

/** What `jest-process.js` answers. */
interface Answer {
  /** Titles of the tests that failed, and of those that passed. */
  readonly failed: readonly string[];
  readonly passed: readonly string[];
  /** Why a file could not be run. */
  readonly broken?: string;
  /** Whether the process ends with this. */
  readonly ends: boolean;
}

const ANSWER = '@answer ';

/** A copy of the tree in which mistakes are made one after another, so that the tree itself never has one. */
export class Workshop {
  readonly #supervisor: Supervisor;
  readonly #folder: string;
  #jest: JestProcess | undefined;

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
    const jest = this.#jest ?? this.#start();
    this.#jest = jest;
    const answer = await jest.ask(JSON.stringify({ tests, titles }));
    if (typeof answer === 'string' || answer.ends) {
      this.#jest = undefined;
      await jest.process.kill();
    }
    if (answer === 'late') return { outcome: 'late', why: `longer than ${TIMEOUT_SECONDS} s` };
    if (typeof answer === 'string') return { outcome: 'unclear', why: answer };
    if (answer.failed.length > 0) return { outcome: 'killed', by: answer.failed, passed: answer.passed };
    if (answer.broken !== undefined) return { outcome: 'unclear', why: answer.broken.slice(0, 1_000) };
    return answer.passed.length === 0
      ? { outcome: 'unclear', why: 'no test has such a title' }
      : { outcome: 'survived' };
  }

  #start(): JestProcess {
    return new JestProcess(
      this.#supervisor.spawn(process.execPath, ['e2e/mutants/jest-process.js'], { cwd: this.#folder }),
    );
  }
}

/** Jest in a process of its own, see `jest-process.js`. */
class JestProcess {
  readonly process: Supervised;
  #output = '';
  #errors = '';
  #answered: (answer: Answer) => void = () => {};

  constructor(process: Supervised) {
    this.process = process;
    process.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      const lines = `${this.#output}${text}`.split('\n');
      this.#output = lines.pop() ?? '';
      const answer = lines.find((line) => line.startsWith(ANSWER));
      if (answer !== undefined) this.#answered(JSON.parse(answer.slice(ANSWER.length)) as Answer);
    });
    process.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#errors = `${this.#errors}${text}`.slice(-1_000);
    });
  }

  /** @returns the answer, "late", or what the process wrote before it ended without one */
  async ask(request: string): Promise<Answer | string> {
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<Answer | string>((resolve) => {
        this.#answered = resolve;
        timer = setTimeout(() => resolve('late'), TIMEOUT_SECONDS * 1_000);
        void this.process.exited.then((code) => resolve(`Jest ended with ${code}: ${this.#errors}`));
        this.process.child.stdin?.write(`${request}\n`);
      });
    } finally {
      clearTimeout(timer);
    }
  }
}
