/** The environment of all tests, but one failure is enough: the tests after it are skipped, and properties are not shrunk. */
const fc = require('fast-check');
const OneRealmEnvironment = require('../../test/support/runner/environment');

class FirstFailureEnvironment extends OneRealmEnvironment {
  #failed = false;

  async setup() {
    await super.setup();
    fc.configureGlobal({ ...fc.readConfigureGlobal(), endOnFailure: true });
  }

  async handleTestEvent({ name, test }) {
    if (name === 'test_done') this.#failed ||= test.errors.length > 0;
    if (name === 'test_start' && this.#failed) test.mode = 'skip';
  }
}

module.exports = FirstFailureEnvironment;
