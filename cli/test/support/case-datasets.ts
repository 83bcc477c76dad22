/** Datasets of what the field delivers, in place of those of the tests: import this before what reads the configuration. */
import { parseDatasets } from '../../../lib/dataset';
import { CASES } from '../../../test/fixtures/cases';

Object.defineProperty(globalThis, '__LAKE_DATASETS__', {
  configurable: true,
  value: parseDatasets(CASES.map(({ dataset }) => ({ file: `${dataset.name}.ts`, definition: dataset }))),
});
