import { UsageError } from './command-line';
import { BrokenTableError } from './tables/table-files';
import { visibleLines } from './visible';

/**
 * Tells on the standard error why a command failed. What a user can put right (an option, a folder, a full disk, a port
 * in use) is one sentence; anything else is a bug, and its stack helps.
 *
 * @param command as it is typed, such as `npm start`
 * @returns the exit code: 2 for a mistake on the command line, else 1
 */
export function tellFailure(error: unknown, command: string): 1 | 2 {
  if (error instanceof UsageError) {
    process.stderr.write(`${visibleLines(error.message)}\nTry ${command} -- --help\n`);
    return 2;
  }
  if (error instanceof BrokenTableError) {
    process.stderr.write(`${visibleLines(error.message)}\n`);
    return 1;
  }
  // No instanceof: an error of Node itself may come from another realm.
  const { message, stack, syscall } = (
    typeof error === 'object' && error !== null ? error : {}
  ) as Partial<NodeJS.ErrnoException>;
  process.stderr.write(`${visibleLines((syscall === undefined ? stack : message) ?? String(error))}\n`);
  return 1;
}

/** What an error says. No instanceof: one of Node or DuckDB itself may come from another realm. */
export const messageOf = (error: unknown): string =>
  (typeof error === 'object' && error !== null ? (error as Partial<Error>).message : undefined) ?? String(error);

/** A failed `listen` in words. */
export function asListenMistake(error: unknown): unknown {
  const { code, port } = error as NodeJS.ErrnoException & { readonly port?: number };
  switch (code) {
    case 'EADDRINUSE':
      return new UsageError(`--port ${port} is in use; give another one, or 0 for any free one.`);
    case 'EACCES':
      return port === undefined ? error : new UsageError(`--port ${port} must not be opened; give one above 1023.`);
    default:
      return error;
  }
}
