import { ingestTier } from '../../ingest/infra'; // with ingest
import {
  parseStage as parse,
  parseStages as parseAll,
  type StageDefinition,
  type StageSettings,
  type StageSource,
} from '../../lib/settings';
import type { LakeExtension } from '../../lib/stacks/extension';

/** What the stages of the tests have besides the lake itself. */
export const extensions: readonly LakeExtension[] = [
  ingestTier, // with ingest
];

const settings = extensions.map((extension) => extension.settings);

/** `parseStage`, with the settings of every extension. */
export const parseStage = (definition: StageDefinition, file?: string): StageSettings =>
  parse(definition, settings, file);

/** The same of `parseStages`. */
export const parseStages = (sources: readonly StageSource[]): StageSettings[] => parseAll(sources, settings);
