/** Presets, and nothing else, in `npm start`. What the field delivers to them is in `cases.integration.test.ts`. */

import { PRESETS } from './support/preset-datasets';
import { start } from './support/run';

jest.setTimeout(120_000);

test.each(PRESETS)('npm start makes rows of %s, and both zones give the same answers', async (name) => {
  const { code, errors, result } = await start('--dataset', name, '--rows', '40');
  expect([code, errors, result.problems]).toEqual([0, '', []]);
  expect(result.total).toMatchObject({ rowsIn: 40, unaccounted: 0 });
});
