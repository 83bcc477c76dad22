import { join } from 'node:path';
import type { Room } from './room';
import { LEFT_OUT } from './rooms';

export interface RoomRun {
  /** A copy of the tree. */
  readonly folder: string;
  readonly room: Room;
  /** Files to mutate, from the root of the project. */
  readonly files: readonly string[];
  /** Processes that run tests. */
  readonly concurrency: number;
  /** File for the results, which people read and the next run may start from. */
  readonly results: { readonly json: string; readonly html: string; readonly incremental: string };
  /** Whether mutants whose code and tests are as they were in the last run are taken from there. */
  readonly isIncremental: boolean;
  /** Which mutants are tried. @default all */
  readonly sample?: Sample | undefined;
}

/** A random part of the mutants of a room. */
export interface Sample {
  /** How many. */
  readonly size: number;
  /** The same draws the same. */
  readonly seed: number;
}

/** Settings of StrykerJS, https://stryker-mutator.io/docs/stryker-js/configuration. Every kind of mutant is made, static ones too. */
export const configurationOf = ({
  folder,
  room,
  files,
  concurrency,
  results,
  isIncremental,
  sample,
}: RoomRun): object => ({
  testRunner: 'jest',
  plugins: ['@stryker-mutator/jest-runner', ...(sample === undefined ? [] : [join(folder, 'e2e/stryker/sample.js')])],
  ...(sample !== undefined && { checkers: ['sample'], sample: { ...sample, root: folder } }),
  coverageAnalysis: 'perTest',
  mutate: files,
  jest: {
    projectType: 'custom',
    configFile: 'jest.config.js',
    // Follows imports to suites that have nothing to do with a room; its own are named.
    enableFindRelatedTests: false,
    config: {
      testMatch: room.suites.map((pattern) => `<rootDir>/${pattern}`),
      testPathIgnorePatterns: Object.keys(LEFT_OUT).map((suite) => `<rootDir>/${suite.replaceAll('.', '\\.')}$`),
      // StrykerJS wraps it, and takes no <rootDir> here.
      testEnvironment: join(folder, 'e2e/stryker/jest/environment.js'),
      runner: '<rootDir>/e2e/stryker/jest/runner.js',
      filter: '<rootDir>/e2e/stryker/jest/filter.js',
      testSequencer: '<rootDir>/e2e/stryker/jest/sequencer.js',
      cacheDirectory: '<rootDir>/.jest-cache',
      watchman: false,
      // What waits for a mutant's answer in vain fails, and the process goes on to the next.
      testTimeout: 60_000,
    },
  },
  // The tree is a copy already.
  inPlace: true,
  // Only suites are rewritten for TypeScript's sake, and swc looks at no types.
  disableTypeChecks: false,
  // There is no such file: StrykerJS would load TypeScript's JavaScript API, which version 7 has not.
  tsconfigFile: 'none.json',
  concurrency,
  // Every run leaves some megabytes behind: with two gigabytes of them, collecting garbage takes longer than the tests.
  maxTestRunnerReuse: 50,
  // Generous, for a busy machine: a mutant that is merely slow must not count as noticed.
  timeoutMS: 40_000,
  timeoutFactor: 3,
  dryRunTimeoutMinutes: 30,
  incremental: isIncremental,
  incrementalFile: results.incremental,
  reporters: ['json', 'html', 'progress-append-only'],
  jsonReporter: { fileName: results.json },
  htmlReporter: { fileName: results.html },
  allowConsoleColors: false,
});
