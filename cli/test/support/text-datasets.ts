/** Datasets of text as services and tools write it, in place of those of the tests: import this before what reads the configuration. */
import { parseDatasets } from '../../../lib/dataset';
import { TEXT_SAMPLES } from '../../../test/support/text-samples';

Object.defineProperty(globalThis, '__LAKE_DATASETS__', {
  configurable: true,
  value: parseDatasets(TEXT_SAMPLES.map(({ definition }) => ({ file: `${definition.name}.ts`, definition }))),
});
