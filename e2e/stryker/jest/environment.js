/**
 * Jest's environment for runs with mutants. Without one it notes which mutants a suite reaches; with one it skips what is left
 * after the first failure. Stryker's Jest runner does neither: it would load every suite for every mutant, and run on.
 */
const TestEnvironment = require('../../../test/support/runner/environment.js');
const { activeMutant, remember } = require('./first-run.js');

let failed;

module.exports = class extends TestEnvironment {
  #suite;
  #started;
  #before;

  constructor(config, context) {
    super(config, context);
    this.#suite = context.testPath;
  }

  async setup() {
    await super.setup();
    this.#started = performance.now();
    this.#before = hits(this.global.__stryker__);
  }

  async handleTestEvent(event) {
    const mutant = activeMutant();
    if (mutant === undefined) return;
    if (event.name === 'test_fn_failure' || event.name === 'hook_failure') failed = mutant;
    if (event.name === 'test_start' && failed === mutant) event.test.mode = 'skip';
  }

  async teardown() {
    if (activeMutant() === undefined) {
      const milliseconds = performance.now() - this.#started;
      const reached = [...hits(this.global.__stryker__)]
        .map(([id, count]) => [id, count - (this.#before.get(id) ?? 0)])
        .filter(([, count]) => count > 0);
      remember({ suite: this.#suite, milliseconds, mutants: Object.fromEntries(reached) });
    }
    await super.teardown();
  }
};

/** How often each mutant was reached until now, while suites were loaded and in their tests. */
function hits(context) {
  const counts = new Map();
  const { static: loading = {}, perTest = {} } = context?.mutantCoverage ?? {};
  for (const part of [loading, ...Object.values(perTest)]) {
    for (const [id, count] of Object.entries(part)) counts.set(id, (counts.get(id) ?? 0) + count);
  }
  return counts;
}
