import { type Check, ok, warning } from '../check';

/** Names that people give a stage which they would not like to lose. */
const PRECIOUS = /^(?:prod|prd|production|live)(?:-|\d|$)/;

export const dataRemoval: Check = {
  id: 'data-removal',
  permissions: () => [],
  run({ settings: { name, dataRemoval: removal } }) {
    if (removal === 'retain') return [ok('buckets and keys stay when the stacks are deleted')];
    if (!PRECIOUS.test(name)) {
      return [ok(`buckets and keys are deleted with the stacks, if -c allowDataDeletion=${name} is given as well`)];
    }
    return [
      warning(
        `the stage ${name} says dataRemoval: 'delete', one of two switches that delete its data`,
        `Remove it from config/stages/${name}.ts unless its data is expendable. Its stacks are not protected from deletion either.`,
      ),
    ];
  },
};
