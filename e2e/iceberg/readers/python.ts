import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { environment } from '../../../cli/environment';
import { pythonEnvironment, requirementsOf } from '../../tools/python';
import type { Supervised, Supervisor } from '../../tools/supervisor';
import type { Question, Reader, Value } from './reader';

/** Readers of the same environment, in Python. */
const NAMES = ['pyiceberg', 'duckdb'] as const;

const ANSWER_SECONDS = 120;

/**
 * pyiceberg, and DuckDB with its Iceberg extension, from PyPI.
 *
 * @param endpoint of an S3 server
 * @throws CannotRun without Python, or when pip fails
 */
export async function pythonReaders(supervisor: Supervisor, endpoint: string): Promise<readonly Reader[]> {
  const { python } = await pythonEnvironment({
    name: 'iceberg',
    requirements: requirementsOf(join(__dirname, 'requirements.txt')),
    supervisor,
  });
  return NAMES.map((name) => {
    const script = join(__dirname, 'reader.py');
    const log = join(supervisor.folder(name), 'log');
    return new PythonReader(name, supervisor.spawn(python, [script, name, endpoint], { env: environment(), log }));
  });
}

interface Answer {
  readonly rows?: readonly (readonly Value[])[];
  readonly error?: string;
}

/** One process, which answers a question at a time. */
class PythonReader implements Reader {
  readonly name: string;
  readonly emptiesNullLists: boolean;
  readonly #process: Supervised;
  readonly #lines: AsyncIterator<string>;

  constructor(name: string, process: Supervised) {
    this.name = name;
    this.emptiesNullLists = name === 'pyiceberg';
    this.#process = process;
    this.#lines = createInterface({ input: process.child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
  }

  async read(question: Question): Promise<readonly (readonly Value[])[]> {
    this.#process.child.stdin?.write(`${JSON.stringify(question)}\n`);
    const late = setTimeout(() => void this.#process.kill(), ANSWER_SECONDS * 1_000);
    const { value, done } = await this.#lines.next();
    clearTimeout(late);
    if (done === true) throw new Error(`${this.name} ended without an answer within ${ANSWER_SECONDS} s`);
    const { rows, error } = JSON.parse(value) as Answer;
    if (rows === undefined) throw new Error(`${this.name}: ${error}`);
    return rows;
  }
}
