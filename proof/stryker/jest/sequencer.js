/** Jest's sequence of suites: with a mutant, the one that reaches it most in its time first, as the first failure ends the run. */
const Sequencer = require('@jest/test-sequencer').default;
const { activeMutant, suitesSeen } = require('./first-run.js');

module.exports = class extends Sequencer {
  sort(tests) {
    const mutant = activeMutant();
    const focus = ({ path }) => {
      const seen = suitesSeen().get(path);
      return seen === undefined ? 0 : (seen.mutants[mutant] ?? 0) / seen.milliseconds;
    };
    return [...tests].sort((a, b) => focus(b) - focus(a));
  }
};
