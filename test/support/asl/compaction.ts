import { CrossStackReferences, ReferenceStrength } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type { Dataset } from '../../../lib/dataset';
import type { StageDefinition } from '../../../lib/settings';
import { CompactionStack } from '../../../lib/stacks/compaction-stack';
import { StorageStack } from '../../../lib/stacks/storage-stack';
import { datasets as shipped } from '../../fixtures/datasets';
import { testApp } from '../cdk';
import { parseStage } from '../extensions';
import { definitionOf } from './definition';
import type { StateMachineDefinition } from './types';

/** The compaction stack of a stage, as synth would make it. */
export function compactionTemplate(
  compaction: NonNullable<StageDefinition['compaction']> = {},
  datasets: readonly Dataset[] = shipped,
): Template {
  const settings = parseStage({ name: 'test', compaction });
  const app = testApp();
  CrossStackReferences.of(app).consume(ReferenceStrength.STRONG); // as LakeStage does
  const storage = new StorageStack(app, 'Storage', { settings, datasets });
  return Template.fromStack(new CompactionStack(app, 'Compaction', { settings, datasets, storage }));
}

/** What the references of the definition are called in the tests. */
export const NAMES = {
  planner: 'planner',
  compactor: 'compactor',
  publisher: 'publisher',
  curated: 'curated-bucket',
  queue: 'dead-letters',
};

/** The synthesized definition of the compaction state machine. */
export function compactionDefinition(template: Template): StateMachineDefinition {
  return definitionOf(template, (reference) => {
    const text = JSON.stringify(reference);
    const name = Object.entries({
      PlannerFunction: NAMES.planner,
      CompactorFunction: NAMES.compactor,
      PublisherFunction: NAMES.publisher,
      RefCurated: NAMES.curated,
      DeadLetters: NAMES.queue,
    }).find(([part]) => text.includes(part))?.[1];
    if (name === undefined) throw new Error(`The definition refers to ${text}, which this test does not know`);
    return name;
  });
}
