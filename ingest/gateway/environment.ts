import { type Problem, ProblemsError } from '../../lib/dataset/problems';

/** Thrown when settings are wrong; carries every variable that cannot be used. */
export class IngestSettingsError extends ProblemsError {
  override readonly name = 'IngestSettingsError';

  constructor(problems: readonly Problem[]) {
    super(problems, 'the ingest settings');
  }
}

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads typed variables and collects every mistake. An empty variable counts as absent, because templates write empty
 * strings for values that they leave out.
 */
export class EnvironmentReader {
  readonly problems: Problem[] = [];
  readonly #environment: Environment;
  readonly #known = new Set<string>();

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  fail(variable: string, problem: string, fix: string): void {
    this.problems.push({ subject: variable, problem, fix });
  }

  optional(variable: string): string | undefined {
    this.#known.add(variable);
    const value = this.#environment[variable];
    return value === undefined || value === '' ? undefined : value;
  }

  required(variable: string, what: string): string {
    const value = this.optional(variable);
    if (value === undefined) this.fail(variable, 'is not set', `set it to ${what}`);
    return value ?? '';
  }

  /** A whole number within limits, both included. */
  whole(variable: string, fallback: number, min: number, max: number): number {
    const text = this.optional(variable);
    if (text === undefined) return fallback;
    const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    this.fail(variable, `must be a whole number, but is ${shown(text)}`, `write a number from ${min} to ${max}`);
    return fallback;
  }

  oneOf<T extends string>(variable: string, fallback: T, values: readonly T[]): T {
    const text = this.optional(variable);
    const value = values.find((candidate) => candidate === (text ?? fallback));
    if (value !== undefined) return value;
    this.fail(variable, `has no value ${shown(text)}`, `write one of ${values.join(', ')}`);
    return fallback;
  }

  /** Words separated by commas, each from a list. */
  listOf<T extends string>(variable: string, fallback: readonly T[], values: readonly T[]): readonly T[] {
    const text = this.optional(variable);
    if (text === undefined) return fallback;
    const words = text.split(',').map((word) => word.trim());
    const found = values.filter((value) => words.includes(value));
    const unknown = words.filter((word) => !values.some((value) => value === word));
    if (unknown.length === 0) return found;
    this.fail(variable, `has no value ${unknown.map(shown).join(', ')}`, `write some of ${values.join(',')}`);
    return fallback;
  }

  /** Variables with the gateway's prefix that nothing has asked for: most likely misspelt. */
  unknown(prefix: string): string[] {
    return Object.keys(this.#environment).filter((name) => name.startsWith(prefix) && !this.#known.has(name));
  }
}

/** A value in a message: quoted, on one line, shortened. */
const shown = (text: string | undefined): string => JSON.stringify((text ?? '').slice(0, 80));
