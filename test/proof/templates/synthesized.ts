import { type SynthesizedStack, synthesize } from '../../../proof/templates/synthesize';
import { VARIANTS, type Variant } from '../../../proof/templates/variants';

/** Every variant with its stacks, synthesized once for all suites of this folder. */
export const SYNTHESIZED: readonly { readonly variant: Variant; readonly stacks: readonly SynthesizedStack[] }[] =
  VARIANTS.map((variant) => ({ variant, stacks: synthesize(variant) }));
