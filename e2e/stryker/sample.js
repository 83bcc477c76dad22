/** StrykerJS's plugin for a random sample: a checker is asked about every mutant before the first test runs, also about those that no test reaches. */
const { createHash } = require('node:crypto');

/** What the report says of a mutant that was not drawn. */
const NOT_DRAWN = 'not drawn';

/**
 * Mutants of the lowest hashes: each has the same chance. The same seed draws the same of code that has not changed, whatever the
 * order of the files or of the mutants, so that a sample can be measured again when tests were added.
 *
 * @param mutants id, fileName (a path from the root of the project), location, mutatorName and replacement of each
 * @returns ids of `size` of them, of all when there are fewer
 */
function draw(mutants, size, seed) {
  const ranked = mutants.map(({ id, fileName, location, mutatorName, replacement }) => {
    const text = JSON.stringify([seed, fileName, location.start, location.end, mutatorName, replacement]);
    return { id, rank: createHash('sha256').update(text).digest('hex') };
  });
  ranked.sort((a, b) => (a.rank < b.rank ? -1 : 1));
  return new Set(ranked.slice(0, size).map(({ id }) => id));
}

class Sample {
  static inject = ['options'];

  constructor({ sample: { size, seed, root } }) {
    this.draw = (mutants) =>
      draw(
        mutants.map((mutant) => ({ ...mutant, fileName: mutant.fileName.replace(`${root}/`, '') })),
        size,
        seed,
      );
  }

  async init() {}

  /** All of them at once. */
  async group(mutants) {
    return mutants.length === 0 ? [] : [mutants.map(({ id }) => id)];
  }

  async check(mutants) {
    const drawn = this.draw(mutants);
    const results = mutants.map(({ id }) => {
      return [id, drawn.has(id) ? { status: 'passed' } : { status: 'compileError', reason: NOT_DRAWN }];
    });
    return Object.fromEntries(results);
  }
}

// As assignments: StrykerJS imports it as an ES module, and Node.js finds the names of no other form.
exports.draw = draw;
exports.strykerPlugins = [{ kind: 'Checker', name: 'sample', injectableClass: Sample }];
exports.strykerValidationSchema = { type: 'object', properties: { sample: { type: 'object' } } };
