/**
 * The lake's datasets. Adding one is adding one file to this folder, whose default export is a `DatasetDefinition`.
 *
 * Run from source (CDK app, local lake, tests), the folder is read. A bundle has no folder: anyone who makes one puts
 * `datasetsScript(datasets)` before its code, and gets the very same datasets, already checked.
 */
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { bundledDatasets, ConfigError, type Dataset, type DatasetDefinition, parseDatasets } from '../../lib/dataset';
import { readDefinition } from '../definition-file';

/** Every source file but this one and type declarations. */
const DATASET_FILE = /^(?!index\.)[^.].*(?<!\.d)\.[jt]s$/;

/**
 * Reads every dataset of a folder, in the order of the file names.
 *
 * @throws ConfigError that lists every mistake of every file
 */
export function loadDatasets(folder: string): readonly Dataset[] {
  const read = readdirSync(folder)
    .filter((name) => DATASET_FILE.test(name))
    .sort()
    .map((name) => readDefinition(join(folder, name)));
  if (read.length === 0) {
    throw mistake(relative(PROJECT, folder), 'the folder holds no dataset', 'add a file whose default export is one');
  }
  const broken = read.flatMap((source) =>
    'problem' in source ? mistake(source.file, source.problem, 'correct it').problems : [],
  );
  const sources = read.flatMap((source) =>
    'problem' in source ? [] : [{ file: source.file, definition: source.definition as DatasetDefinition }],
  );
  return parseDatasets(sources, broken);
}

const PROJECT = join(__dirname, '..', '..');

const mistake = (file: string, problem: string, fix: string): ConfigError =>
  new ConfigError([{ file, subject: '(none)', field: 'default export', problem, fix }]);

/** Every dataset of the lake. */
export const datasets: readonly Dataset[] = bundledDatasets() ?? loadDatasets(__dirname);

/** @throws Error that lists the known names */
export function datasetByName(name: string): Dataset {
  const dataset = datasets.find((candidate) => candidate.name === name);
  if (dataset !== undefined) return dataset;
  throw new Error(`unknown dataset '${name}'; known are ${datasets.map((known) => known.name).join(', ')}`);
}
