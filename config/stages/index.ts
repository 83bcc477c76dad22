import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseStages, type StageDefinition, type StageSettings, type StageSource } from '../../lib/settings';

/** Every file of this folder is a stage: adding one is adding a file. */
const sources: StageSource[] = readdirSync(__dirname)
  .filter((name) => name.endsWith('.ts') && name !== 'index.ts')
  .sort()
  .map((name) => ({
    file: `config/stages/${name}`,
    definition: (require(join(__dirname, name)) as { default: StageDefinition }).default,
  }));

/** The validated stages. @throws SettingsError with every mistake of every file */
export const stages: readonly StageSettings[] = parseStages(sources);
