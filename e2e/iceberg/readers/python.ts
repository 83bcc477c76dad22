import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { environment } from '../../../cli/environment';
import { keptArtifact, type MavenArtifact } from '../../tools/maven';
import { pythonEnvironment, requirementsOf } from '../../tools/python';
import type { Supervised, Supervisor } from '../../tools/supervisor';
import { canonicalRow, type Question, quoted, type Reader, type Value } from './reader';

const ANSWER_SECONDS = 120;

/** Where readers find files, and those that need one a catalog. */
export interface Endpoints {
  readonly s3: string;
  readonly glue: string;
  readonly database: string;
}

/**
 * pyiceberg, and DuckDB with its Iceberg extension, from PyPI.
 *
 * @throws CannotRun without Python, or when pip fails
 */
export async function pythonReaders(supervisor: Supervisor, endpoints: Endpoints): Promise<readonly Reader[]> {
  const python = await environmentOf(supervisor, 'iceberg', 'requirements.txt');
  return ['pyiceberg', 'duckdb'].map((name) => new PythonReader(supervisor, python, name, endpoints));
}

/** DuckDB without metadata: it reads the files of a question, as an engine reads those of manifests. @throws CannotRun as above */
export async function symlinkReader(supervisor: Supervisor, endpoints: Endpoints): Promise<Reader> {
  return new PythonReader(
    supervisor,
    await environmentOf(supervisor, 'iceberg', 'requirements.txt'),
    'symlinks',
    endpoints,
  );
}

const JARS: readonly MavenArtifact[] = [
  {
    coordinates: 'org.apache.iceberg:iceberg-spark-runtime-4.0_2.13:1.10.0:jar',
    sha256: '0480f1248e0a8b50ae2a730d7ad3e1a727351c362ca63f4a0c35182087a49323',
  },
  {
    coordinates: 'org.apache.iceberg:iceberg-aws-bundle:1.10.0:jar',
    sha256: '172370cfc32a5f1ae5399b210e86fc04a366dc29a112d97ac8ffc74df7525596',
  },
];

/** Spark 4.0.1 with Iceberg 1.10, which is the reference implementation, over Glue. @throws CannotRun without Python, Java 17 or Maven */
export async function sparkReader(supervisor: Supervisor, endpoints: Endpoints): Promise<Reader> {
  const python = await environmentOf(supervisor, 'iceberg-spark', 'requirements-spark.txt');
  const jars: string[] = [];
  for (const jar of JARS) jars.push(await keptArtifact(supervisor, jar, environment().JAVA_HOME ?? ''));
  return new PythonReader(supervisor, python, 'spark', endpoints, jars);
}

async function environmentOf(supervisor: Supervisor, name: string, file: string): Promise<string> {
  const requirements = requirementsOf(join(__dirname, file));
  return (await pythonEnvironment({ name, requirements, supervisor })).python;
}

interface Answer {
  readonly rows?: readonly (readonly Value[])[];
  readonly error?: string;
}

/** One process, which answers a question at a time. */
class PythonReader implements Reader {
  readonly emptiesNullLists: boolean;
  readonly isSlow: boolean;
  readonly literal = quoted;
  readonly canonicalRow = canonicalRow;
  readonly #process: Supervised;
  readonly #lines: AsyncIterator<string>;
  readonly #log: string;

  constructor(
    supervisor: Supervisor,
    python: string,
    readonly name: string,
    { s3, glue, database }: Endpoints,
    jars: readonly string[] = [],
  ) {
    this.emptiesNullLists = name === 'pyiceberg';
    this.isSlow = name === 'spark';
    const folder = supervisor.folder(name);
    this.#log = join(folder, 'log');
    const args = [join(__dirname, 'reader.py'), name, s3, glue, database, ...jars];
    this.#process = supervisor.spawn(python, args, { cwd: folder, env: environment(), log: this.#log });
    const { stdout } = this.#process.child;
    if (stdout === null) throw new Error(`${name} has no output`);
    this.#lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  }

  async read(question: Question): Promise<readonly (readonly Value[])[]> {
    this.#process.child.stdin?.write(`${JSON.stringify(question)}\n`);
    const late = setTimeout(() => void this.#process.kill(), ANSWER_SECONDS * 1_000);
    const { value, done } = await this.#lines.next();
    clearTimeout(late);
    if (done === true) {
      const end = readFileSync(this.#log, 'utf8').slice(-2_000);
      throw new Error(`${this.name} ended without an answer within ${ANSWER_SECONDS} s:\n${end}`);
    }
    const { rows, error } = JSON.parse(value) as Answer;
    if (rows === undefined) throw new Error(`${this.name}: ${error}`);
    return rows;
  }
}
