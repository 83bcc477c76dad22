/** `npx tsx test/upgrade/record.ts`, at a release: from now on, nothing of what this version deploys may be lost. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ACCEPTED as OF_TIER } from '../../ingest/test/upgrade/accepted'; // with ingest
import { tiers } from '../../ingest/test/upgrade/tiers'; // with ingest
import { ACCEPTED } from './accepted';
import { baselineText } from './baseline';
import { heldResources, lakes } from './lakes';

const accepted = [
  ...ACCEPTED,
  ...OF_TIER, // with ingest
];
if (accepted.length > 0) {
  console.error('Empty ACCEPTED in accepted.ts first: docs/upgrades.md keeps its entries, under the version.');
  process.exitCode = 1;
} else {
  writeFileSync(join(__dirname, 'released.txt'), baselineText(heldResources(lakes())));
  // with ingest: begin
  const tier = join(__dirname, '../../ingest/test/upgrade/released.txt');
  writeFileSync(tier, baselineText(heldResources(tiers())));
  // with ingest: end
}
