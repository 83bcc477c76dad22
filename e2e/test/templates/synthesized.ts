import { type SynthesizedStack, synthesize } from '../../../test/support/synthesize';
import { VARIANTS, type Variant } from '../../../test/support/variants';

/** Every variant with its stacks, synthesized once for all suites of this folder. */
export const SYNTHESIZED: readonly { readonly variant: Variant; readonly stacks: readonly SynthesizedStack[] }[] =
  VARIANTS.map((variant) => ({ variant, stacks: synthesize(variant) }));
