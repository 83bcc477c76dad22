/**
 * The shipped examples are what the tests have as their own: what is proven of those holds for these. A fork that changes or
 * deletes an example deletes this file.
 */
import { join } from 'node:path';
import { loadDatasets } from '../../config/datasets';
import { loadStages } from '../../config/stages';
import { datasets } from '../fixtures/datasets';
import { stages } from '../fixtures/stages';

const CONFIG = join(__dirname, '..', '..', 'config');

test('the example datasets are those of the tests', () => {
  expect(loadDatasets(join(CONFIG, 'datasets'))).toEqual(datasets);
});

test('the example stages are those of the tests', () => {
  expect(loadStages(join(CONFIG, 'stages'))).toEqual(stages);
});
