import { type HeldResources, heldIn } from '../../cli/diff/held';
import { LAKE_ROLES, type StageDefinition } from '../../lib/settings';
import { datasets } from '../fixtures/datasets';
import dev from '../fixtures/stages/dev';
import { deliveredDatasets } from '../support/deliveries';
import { parseStage } from '../support/extensions';
import { type SynthesizedStack, synthesize } from '../support/synthesize';

const EVERYBODY = Object.fromEntries(
  LAKE_ROLES.map((name) => [name, { roles: ['arn:aws:iam::123456789012:role/somebody'] }]),
);

/** Between them, every resource of the lake that must stay. */
const DEFINITIONS: readonly { readonly stage: StageDefinition; readonly delivered?: true }[] = [
  { stage: dev },
  { stage: { name: 'every', crawler: { mode: 'event' }, access: EVERYBODY }, delivered: true },
  { stage: { name: 'many', manyDatasets: { stacks: 2 } } },
];

/** The stacks of all lakes. */
export const lakes = (): readonly SynthesizedStack[] =>
  DEFINITIONS.flatMap(({ stage, delivered }) =>
    synthesize({
      name: stage.name,
      settings: parseStage(stage),
      datasets: delivered === true ? deliveredDatasets() : datasets,
    }),
  );

export const heldResources = (stacks: readonly SynthesizedStack[]): HeldResources =>
  Object.fromEntries(stacks.map(({ stackName, template }) => [stackName, heldIn(template)]));
