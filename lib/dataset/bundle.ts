import type { Dataset } from './model';

/** Global variable that holds the datasets in a bundle, which has no folder to read them from. */
declare global {
  var __LAKE_DATASETS__: readonly Dataset[] | undefined;
}

/**
 * JavaScript that gives a bundle its datasets, parsed and checked: put it before the bundle's code (esbuild `banner`, or
 * a file named by `inject`).
 */
export function datasetsScript(datasets: readonly Dataset[]): string {
  // As JSON in a text: the engine parses that in half the time of a literal, which counts when there are a thousand.
  return `globalThis.__LAKE_DATASETS__ = JSON.parse(${JSON.stringify(JSON.stringify(datasets))});`;
}

/** The datasets that `datasetsScript` put into this bundle; undefined when run from source. */
export function bundledDatasets(): readonly Dataset[] | undefined {
  return globalThis.__LAKE_DATASETS__;
}
