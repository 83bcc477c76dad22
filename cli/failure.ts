import { ProblemsError } from '../lib/dataset/problems';
import { ExpectedError, UsageError } from './command-line';
import { visibleLines } from './visible';

/**
 * Writes why a command failed. What a user can correct (an option, a setting, a folder, a full disk, a port in use) is a
 * message without a stack; anything else is a bug, and its stack helps.
 *
 * @param command as it is typed, such as `npm start`
 * @param err @default standard error
 * @returns the exit code: 2 for a mistake on the command line or in the environment, else 1
 */
export function tellFailure(
  error: unknown,
  command: string,
  err: { write(text: string): unknown } = process.stderr,
): 1 | 2 {
  if (error instanceof ProblemsError) {
    // What follows the first `--` is the command's own.
    const help = error instanceof UsageError ? `Try ${command}${command.includes(' -- ') ? '' : ' --'} --help\n` : '';
    err.write(`${visibleLines(error.message)}\n${help}`);
    return 2;
  }
  if (error instanceof ExpectedError) {
    err.write(`${visibleLines(error.message)}\n`);
    return error.exitCode;
  }
  // No instanceof: an error of Node itself may come from another realm.
  const { message, stack, syscall, Reason, Resource } = (
    typeof error === 'object' && error !== null ? error : {}
  ) as Partial<NodeJS.ErrnoException & LocalServerError>;
  const isOfSystem = syscall !== undefined || SYSTEM_ERROR.test(Reason ?? '');
  const told = Reason === undefined ? message : `${Resource} of the local lake: ${Reason}`;
  err.write(`${visibleLines((isOfSystem ? told : stack) ?? String(error))}\n`);
  return 1;
}

/** What the S3 server on this machine says of an error of its own, such as a full disk. */
interface LocalServerError {
  readonly Reason: string;
  /** Bucket and key. */
  readonly Resource: string;
}

/** As messages of Node begin. https://nodejs.org/api/errors.html#common-system-errors */
const SYSTEM_ERROR = /^E[A-Z0-9]+: /;

/** What an error says. No instanceof: one of Node or DuckDB itself may come from another realm. */
export const messageOf = (error: unknown): string =>
  (typeof error === 'object' && error !== null ? (error as Partial<Error>).message : undefined) ?? String(error);

/** A failed `listen` in words. */
export function asListenMistake(error: unknown): unknown {
  const { code, port } = error as NodeJS.ErrnoException & { readonly port?: number };
  switch (code) {
    case 'EADDRINUSE':
      return new UsageError('--port', `${port} is in use`, 'write another one, or 0 for any free port');
    case 'EACCES':
      return port === undefined
        ? error
        : new UsageError('--port', `this user may not open ${port}`, 'write one above 1023, or 0 for any free port');
    default:
      return error;
  }
}
