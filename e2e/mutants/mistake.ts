/** A mistake that somebody could make, and the tests that notice it. */
export interface Mistake {
  /** What goes wrong, in the words of a bug report. Unique. */
  readonly name: string;
  /** Path from the root of the project. */
  readonly file: string;
  /** Text that stands exactly once in the file. */
  readonly find: string;
  readonly replace: string;
  /** Test files that are run. */
  readonly tests: readonly string[];
  /** Regular expression of the titles that are run, as `jest --testNamePattern` takes it. @default all */
  readonly titles?: string;
  /** Whether its tests notice it by waiting, for about a minute. Such mistakes come first. @default false */
  readonly waits?: boolean;
}

/** The source with the mistake in it. @throws Error when the text to replace does not stand exactly once in it */
export function applyMistake({ name, file, find, replace }: Mistake, source: string): string {
  const pieces = source.split(find);
  if (pieces.length !== 2) {
    throw new Error(
      `Mistake "${name}": its text stands ${pieces.length - 1} times in ${file}, not once. ` +
        `Adapt the mistake to the code as it is now:\n${find}`,
    );
  }
  return pieces.join(replace);
}
