/** Jest's sequence of suites: with a mutant, first the one that reaches it most for its time, as the first failure ends the run. */
const Sequencer = require('@jest/test-sequencer').default;
const { activeMutant, suitesSeen } = require('./first-run.js');

module.exports = class extends Sequencer {
  sort(tests) {
    const mutant = activeMutant();
    const focus = ({ path }) => {
      const seen = suitesSeen().get(path);
      return seen === undefined ? 0 : Math.log1p(seen.mutants[mutant] ?? 0) / seen.milliseconds;
    };
    return [...tests].sort((a, b) => focus(b) - focus(a));
  }
};
