const { existsSync } = require('node:fs');

// Node.js 20 is supported here on purpose; what the AWS SDK has to say about that would stand between all results.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: '<rootDir>/test/support/runner/environment.js',
  runtime: '<rootDir>/test/support/runner/runtime.js',
  testSequencer: '<rootDir>/test/support/runner/sequencer.js',
  // A fork may have removed some.
  roots: ['bench', 'cli', 'e2e', 'ingest', 'packages', 'test']
    .filter((folder) => existsSync(`${__dirname}/${folder}`))
    .map((folder) => `<rootDir>/${folder}`),
  testMatch: ['**/*.test.ts'],
  // Temporary files are in memory, and no result depends on the datasets of the fork.
  setupFiles: ['<rootDir>/test/support/in-memory.ts', '<rootDir>/test/fixtures/datasets/given.ts'],
  // Jest would leave one of two processors idle.
  maxWorkers: '100%',
  // Generous for a busy machine: what is slow shows in the report, not as a failure.
  testTimeout: 120_000,
  // Packages that export themselves to imports alone.
  moduleNameMapper: {
    '^(icebird|hyparquet)/(.+)$': '<rootDir>/node_modules/$1/$2',
    '^(hyparquet-compressors|hyparquet-writer|hysnappy)$': '<rootDir>/node_modules/$1',
    '^hyparquet$': '<rootDir>/node_modules/hyparquet/src/node.js',
  },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } },
    ],
    // Packages that have ES modules only.
    '/node_modules/(?:jose|@seriousme|hyparquet|hyparquet-compressors|hyparquet-writer|hysnappy|icebird)/.+\\.js$': [
      '@swc/jest',
      { jsc: { target: 'es2022' }, module: { type: 'commonjs' } },
    ],
  },
  transformIgnorePatterns: [
    '/node_modules/(?!(?:jose|@seriousme|hyparquet|hyparquet-compressors|hyparquet-writer|hysnappy|icebird)/)',
  ],
};
