/**
 * The lake's datasets. Adding one is adding one file to this folder, whose default export is a `DatasetDefinition`.
 *
 * Run from source (CDK app, local lake, tests), the folder is read. A bundle has no folder: whoever makes one puts
 * `datasetsScript(datasets)` before its code, and gets the very same datasets, already checked.
 */
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { bundledDatasets, type Dataset, type DatasetDefinition, parseDatasets } from '../../lib/dataset';

/** Every source file but this one and type declarations. */
const DATASET_FILE = /^(?!index\.)[^.].*(?<!\.d)\.[jt]s$/;

/**
 * Reads every dataset of a folder, in the order of the file names.
 *
 * @throws ConfigError that lists every mistake of every file
 */
export function loadDatasets(folder: string): readonly Dataset[] {
  const project = join(__dirname, '..', '..');
  const files = readdirSync(folder)
    .filter((file) => DATASET_FILE.test(file))
    .sort();
  return parseDatasets(
    files.map((file) => ({
      file: relative(project, join(folder, file)),
      definition: (require(join(folder, file)) as { default: DatasetDefinition }).default,
    })),
  );
}

/** Every dataset of the lake. */
export const datasets: readonly Dataset[] = bundledDatasets() ?? loadDatasets(__dirname);

/** @throws Error that lists the known names */
export function datasetByName(name: string): Dataset {
  const dataset = datasets.find((candidate) => candidate.name === name);
  if (dataset !== undefined) return dataset;
  throw new Error(`unknown dataset '${name}'; known are ${datasets.map((known) => known.name).join(', ')}`);
}
