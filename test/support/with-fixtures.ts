import { join } from 'node:path';

/** Arguments of Node.js for a process that runs TypeScript of the project on the datasets of the tests. */
export const WITH_FIXTURES: readonly string[] = [
  '--require',
  'tsx/cjs',
  '--require',
  join(__dirname, '../fixtures/datasets/given.ts'),
];
