import { sizesOf } from '../assembly/limits';
import { type Check, error, type Finding, ok, warning } from '../check';

/** Above this share of a limit the next dataset may not fit. */
const NEARLY_FULL = 0.9;

const REMEDY =
  'See docs/scaling-lake.md#datasets: manyDatasets of the stage, and where a dataset goes when a stack is full.';

/** Limits of AWS that no account can have raised: sizes of templates, policies, definitions, environments. */
export const templateLimits: Check = {
  id: 'template-limits',
  permissions: () => [],
  run({ assembly }) {
    const sizes = assembly.stacks.flatMap(sizesOf);
    const full = sizes.flatMap(({ what, size, limit }): Finding[] => {
      const found = `${what}: ${size.toLocaleString('en-US')} of ${limit.toLocaleString('en-US')}`;
      if (size > limit) return [error(found, REMEDY)];
      return size > NEARLY_FULL * limit && limit > MANAGED_POLICIES ? [warning(`${found}: nearly full`, REMEDY)] : [];
    });
    return full.length > 0
      ? full
      : [ok(`${assembly.stacks.length} templates, their policies and definitions are within the limits of AWS`)];
  },
};

/** Ten of ten is as it should be: more datasets change the form of the policies before. */
const MANAGED_POLICIES = 10;
