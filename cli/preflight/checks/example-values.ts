import { extensions } from '../../../config/extensions';
import { exampleValues as examplesOf } from '../../../lib/settings';
import { type Check, error, ok } from '../check';

/** Values of the shipped configuration, or of AWS's documentation, that must be replaced: nothing is deployed with them. */
export const exampleValues: Check = {
  id: 'example-values',
  permissions: () => [],
  run({ settings }) {
    const examples = examplesOf(settings, extensions);
    if (examples.length === 0) return [ok('no setting of the stage is an example')];
    return examples.map(({ field, value, write }) =>
      error(`${field} is an example: ${value}`, `Write into config/stages/${settings.name}.ts ${write}.`),
    );
  },
};
