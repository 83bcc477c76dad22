/**
 * The lake's datasets. Adding one is adding one file to this folder, whose default export is a `DatasetDefinition`.
 *
 * Run from source (CDK app, local lake, tests), the folder is read. A bundle has no folder: whoever bundles injects the
 * text of `datasetsModule()` as a module that runs first (esbuild `inject`), and the very same datasets, already parsed,
 * are taken from there.
 */
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Dataset, type DatasetDefinition, parseDatasets } from '../../lib/dataset';

declare global {
  var __LAKE_DATASETS__: readonly Dataset[] | undefined;
}

/**
 * Reads every dataset of a folder, by file name.
 *
 * @throws ConfigError that lists every mistake of every file
 */
export function loadDatasets(folder: string): readonly Dataset[] {
  const files = readdirSync(folder)
    .filter((file) => /^(?!index\.)[^.].*(?<!\.d)\.[jt]s$/.test(file))
    .sort();
  return parseDatasets(
    files.map((file) => ({
      file: `config/${basename(folder)}/${file}`,
      definition: (require(join(folder, file)) as { default: DatasetDefinition }).default,
    })),
  );
}

/** Every dataset, parsed and checked. */
export const datasets: readonly Dataset[] = globalThis.__LAKE_DATASETS__ ?? loadDatasets(__dirname);

/** @throws Error that lists the known names */
export function datasetByName(name: string): Dataset {
  const dataset = datasets.find((candidate) => candidate.name === name);
  if (dataset !== undefined) return dataset;
  throw new Error(`unknown dataset '${name}'; known are ${datasets.map((known) => known.name).join(', ')}`);
}

/** JavaScript that gives a bundle its datasets: write it to a file and pass that to esbuild's `inject`. */
export function datasetsModule(): string {
  return `globalThis.__LAKE_DATASETS__ = ${JSON.stringify(datasets, undefined, 1)};\n`;
}
