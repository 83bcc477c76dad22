/** Jest's runner of suites: with a mutant, the suites after the first that fails are not even loaded. */
const { createRequire } = require('node:module');
const { activeMutant } = require('./first-run.js');

/** The one that Jest has for itself. */
const { default: TestRunner } = createRequire(require.resolve('jest'))('jest-runner');

module.exports = class extends TestRunner {
  async runTests(tests, watcher, options) {
    let isNoticed = false;
    const note = (is) => {
      isNoticed ||= is && activeMutant() !== undefined;
    };
    const ends = [
      this.on('test-file-success', ([, { numFailingTests }]) => note(numFailingTests > 0)),
      this.on('test-file-failure', () => note(true)),
    ];
    for (const test of tests) {
      if (!isNoticed) await super.runTests([test], watcher, options);
    }
    for (const end of ends) end();
  }
};
