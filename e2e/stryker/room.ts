/** A part of the code in which every mutant is made, and the suites that are its tests. */
export interface Room {
  readonly name: string;
  /** Files, or folders of them, from the root of the project; with `:!` before them, those that are not meant. */
  readonly code: readonly string[];
  /**
   * Glob patterns of its suites, from the root, without those that are left out of every room. Those that reach a mutant are run for it
   * until a test fails.
   */
  readonly suites: readonly string[];
}

/** The same names below a folder. */
export const below = (folder: string, ...names: readonly string[]): readonly string[] =>
  names.map((name) => (name.startsWith(':!') ? `:!${folder}/${name.slice(2)}` : `${folder}/${name}`));

/** Suites of a folder, by their names. */
export const suites = (folder: string, ...names: readonly string[]): readonly string[] =>
  names.map((name) => `${folder}/${name}.test.ts`);
