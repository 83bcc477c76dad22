/** What the first run, without a mutant, has seen of the suites: Jest's environments write it; its filter and its sequencer read it. */
const { appendFileSync, existsSync, readFileSync } = require('node:fs');
const { join } = require('node:path');

/** Id of the mutant that is active; none in the first run. */
const activeMutant = () => process.env.__STRYKER_ACTIVE_MUTANT__;

/** Shared by the processes that run tests: all of them work in the same copy of the tree. */
const FILE = join(process.cwd(), 'suites.jsonl');

/** @param seen path of a suite, its milliseconds, and how often it reached each mutant, by id */
const remember = (seen) => appendFileSync(FILE, `${JSON.stringify(seen)}\n`);

let suites;

/** The suites by their paths, once the first run is over. */
function suitesSeen() {
  if (activeMutant() === undefined || !existsSync(FILE)) return new Map();
  suites ??= new Map(
    readFileSync(FILE, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .map((seen) => [seen.suite, seen]),
  );
  return suites;
}

module.exports = { activeMutant, remember, suitesSeen };
