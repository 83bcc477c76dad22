import { datasets } from '../../../test/fixtures/datasets';
import prod from '../../../test/fixtures/stages/prod';
import { parseStage } from '../../../test/support/extensions';
import { type SynthesizedStack, synthesize } from '../../../test/support/synthesize';
import { INGEST_STAGE } from '../support/definitions';

/** The stacks of a tier with an issuer of its own, and of one that uses another's; those of the lake are left out. */
export const tiers = (): readonly SynthesizedStack[] =>
  [prod, { name: 'tier', ...INGEST_STAGE }]
    .flatMap((stage) => synthesize({ name: stage.name, settings: parseStage(stage), datasets }))
    .filter(({ stackName }) => /-(?:network|issuer|ingest)$/.test(stackName));
