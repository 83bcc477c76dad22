/** Jest's filter of suites: with a mutant, those that reach it. */
const { activeMutant, suitesSeen } = require('./first-run.js');

module.exports = async (paths) => {
  const mutant = activeMutant();
  const reaching = paths.filter((path) => suitesSeen().get(path)?.mutants[mutant] !== undefined);
  return { filtered: reaching.length === 0 ? paths : reaching };
};
