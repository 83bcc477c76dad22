/**
 * The first import of the command: gives this process datasets of its own, at first none. Those of the configuration are not
 * read, because there may be none yet; and the lake of this process shall know the one that is proposed.
 */
import type { Dataset } from '../../lib/dataset/model';

const held: Dataset[] = [];

if (globalThis.__LAKE_DATASETS__ === undefined) {
  Object.defineProperty(globalThis, '__LAKE_DATASETS__', { configurable: true, writable: true, value: held });
}

/** Makes a dataset the only one that the lake of this process knows. */
export function useDataset(dataset: Dataset): void {
  const known = globalThis.__LAKE_DATASETS__ as Dataset[];
  known.splice(0, known.length, dataset);
}
