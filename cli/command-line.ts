import { type ParseArgsConfig, parseArgs } from 'node:util';
import { closest } from '../lib/dataset/checks/closest';
import { ProblemsError } from '../lib/dataset/problems';

/** A mistake on the command line, in the form of all mistakes: printed without a stack, exit code 2. */
export class UsageError extends ProblemsError {
  override readonly name = 'UsageError';

  /**
   * @param subject the option or argument, such as `--rows`
   * @param problem what is wrong with it
   * @param fix what to write instead
   */
  constructor(subject: string, problem: string, fix: string) {
    super([{ subject, problem, fix }], 'the command line');
  }
}

/** Something that a user can correct, other than an option. Its message says what and how; it is printed without a stack. */
export class ExpectedError extends Error {
  /** @param exitCode 1 when the command failed at its work, 2 when it could not begin */
  constructor(
    message: string,
    readonly exitCode: 1 | 2,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Options of a command, as `parseArgs` of Node takes them. */
export type Options = NonNullable<ParseArgsConfig['options']>;

/**
 * Reads the arguments of a command.
 *
 * @param options as `parseArgs` of Node takes them
 * @param allowPositionals whether arguments that belong to no option are allowed. @default false
 * @throws UsageError naming the option that is unknown, has no value or has an empty one
 */
export function parseCommandLine<const T extends Options>(
  args: readonly string[],
  options: T,
  allowPositionals = false,
) {
  const parsed = parse(args, options, allowPositionals);
  for (const [name, value] of Object.entries<unknown>(parsed.values)) {
    if (typeof value === 'string' && value.trim() === '') {
      throw new UsageError(`--${name}`, 'its value is empty', `write --${name} VALUE, or leave it out`);
    }
  }
  return parsed;
}

function parse<T extends Options>(args: readonly string[], options: T, allowPositionals: boolean) {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals });
  } catch (error) {
    throw usageError(error as NodeJS.ErrnoException, options);
  }
}

/** What `parseArgs` refuses, by the code of its error: the words of its message differ between releases of Node. */
function usageError({ code, message }: NodeJS.ErrnoException, options: Options): unknown {
  const [, option = ''] = /'(?:-\w, )?(--?[\w-]+)/.exec(message) ?? [];
  const names = Object.keys(options).map((name) => `--${name}`);
  switch (code) {
    case 'ERR_PARSE_ARGS_UNKNOWN_OPTION': {
      const near = closest(option, names);
      return new UsageError(
        option,
        'there is no such option',
        near === undefined ? `write one of ${names.join(', ')}` : `write ${near}`,
      );
    }
    case 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE':
      return options[option.slice(2)]?.type === 'boolean'
        ? new UsageError(option, 'it has a value, but is either given or not', `write ${option} alone`)
        : new UsageError(
            option,
            'its value is missing',
            `write ${option} VALUE; ${option}=VALUE if it begins with "-"`,
          );
    case 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL': {
      const [, argument = ''] = /'(.*?)'\./s.exec(message) ?? [];
      return new UsageError(
        argument,
        'no argument belongs here',
        'write the option that it is the value of, or remove it',
      );
    }
    default:
      return new Error(message);
  }
}

/**
 * Reads the value of an option that is a whole number.
 *
 * @param option such as `--rows`
 * @param most the largest value; `Number.MAX_SAFE_INTEGER` when there is none
 * @throws UsageError with the range and the example
 */
export function readWholeNumber(option: string, given: string, least: number, most: number, example: number): number {
  const value = /^\d+$/.test(given) ? Number(given) : Number.NaN;
  if (value >= least && value <= most) return value;
  const upTo =
    most === Number.MAX_SAFE_INTEGER ? `, at least ${least}` : ` from ${least} to ${most.toLocaleString('en-US')}`;
  throw new UsageError(option, `must be a whole number${upTo}, but got "${given}"`, `write one such as ${example}`);
}

/**
 * Runs a command as this process, which ends when nothing is left to do.
 *
 * @param command returns the exit code
 * @param fail reports an error that the command did not handle, and returns the exit code
 */
export function runCommand(
  command: (args: readonly string[]) => Promise<number>,
  fail: (error: unknown) => number,
): void {
  // `npm start | head` closes the pipe early: the run continues and cleans up as usual.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  command(process.argv.slice(2))
    .catch(fail)
    .then((code) => {
      process.exitCode = code;
    });
}
