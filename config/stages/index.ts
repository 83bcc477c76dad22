import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Problem, parseStages, SettingsError, type StageDefinition, type StageSettings } from '../../lib/settings';
import { readDefinition } from '../definition-file';
import { extensions } from '../extensions';

/**
 * Reads every stage of a folder, in the order of the file names. Every file is a stage: adding one is adding a file.
 *
 * @throws SettingsError with every mistake of every file
 */
export function loadStages(folder: string): readonly StageSettings[] {
  const read = readdirSync(folder)
    .filter((name) => /^(?!index\.)[^.].*(?<!\.d)\.ts$/.test(name))
    .sort()
    .map((name) => readDefinition(join(folder, name)));
  if (read.length === 0) {
    throw new SettingsError([mistake('config/stages', 'the folder holds no stage', 'add a file such as dev.ts')]);
  }
  return parseStages(
    read.flatMap((source) =>
      'problem' in source ? [] : [{ file: source.file, definition: source.definition as StageDefinition }],
    ),
    extensions,
    read.flatMap((source) => ('problem' in source ? [mistake(source.file, source.problem, 'correct it')] : [])),
  );
}

const mistake = (file: string, problem: string, fix: string): Problem => ({
  file,
  subject: '(none)',
  field: 'default export',
  problem,
  fix,
});

/** The validated stages. @throws SettingsError with every mistake of every file */
export const stages: readonly StageSettings[] = loadStages(__dirname);
