import { CHECKS } from '../../../cli/preflight/checks';
import { postRows } from '../../../cli/through-ingest';
import { extensions } from '../../../config/extensions';
import { ingestTier } from '../../infra';
import { ingestSettings } from '../../infra/settings';
import { postGenerated } from '../../local/post-generated';
import { ingestChecks } from '../../preflight';

/** Where a lake names its optional parts: one that is left out somewhere would be missing there without a word. */
test('the tier is named wherever a lake has a place for it', () => {
  expect(extensions).toContain(ingestSettings);
  expect(ingestTier.settings).toBe(ingestSettings);
  expect(CHECKS).toEqual(expect.arrayContaining([...ingestChecks]));
  expect(postRows).toBe(postGenerated);
});
