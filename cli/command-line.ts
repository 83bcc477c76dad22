import { type ParseArgsConfig, parseArgs } from 'node:util';

/** A mistake on the command line: printed without a stack, exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/**
 * Reads what stands behind the name of a command.
 *
 * @param options as `parseArgs` of Node takes them
 * @param allowPositionals whether words that belong to no option are taken. @default false
 * @throws UsageError naming the option that is unknown, has no value or has an empty one
 */
export function parseCommandLine<const T extends NonNullable<ParseArgsConfig['options']>>(
  args: readonly string[],
  options: T,
  allowPositionals = false,
) {
  const parsed = parse(args, options, allowPositionals);
  for (const [name, value] of Object.entries<unknown>(parsed.values)) {
    if (typeof value === 'string' && value.trim() === '') {
      throw new UsageError(`--${name} needs a value, but got an empty one.`);
    }
  }
  return parsed;
}

function parse<T extends NonNullable<ParseArgsConfig['options']>>(
  args: readonly string[],
  options: T,
  allowPositionals: boolean,
) {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals });
  } catch (error) {
    // parseArgs names the option; its first sentence is the message, the rest is advice about positionals.
    const [sentence = ''] = (error as Error).message.split('. ');
    throw new UsageError(sentence.replace(/\.?$/, '.'));
  }
}

/**
 * Runs a command as this process, which ends when nothing is left to do.
 *
 * @param command returns the exit code
 * @param fail tells an error that the command has not, and returns the exit code
 */
export function runCommand(
  command: (args: readonly string[]) => Promise<number>,
  fail: (error: unknown) => number,
): void {
  // `npm start | head` closes the pipe early: the run goes on and cleans up as ever.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  command(process.argv.slice(2))
    .catch(fail)
    .then((code) => {
      process.exitCode = code;
    });
}
