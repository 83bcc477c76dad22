const { join } = require('node:path');
const { default: Sequencer } = require('@jest/test-sequencer');

/** Suites that take longest, so that none of them is the last to begin, alone on one of the processors. */
const LONGEST = [
  'test/stacks/thousand-datasets.integration',
  'cli/test/generate-any.integration',
  'cli/test/text-formats.integration',
  'cli/test/presets.integration',
  'cli/test/commands/mistakes.integration',
  'test/rows/fuzz.integration',
  'cli/test/own-files.integration',
  'ingest/test/infra/shipped-stages.integration',
  'cli/test/layouts.integration',
  'test/compaction/layouts.integration',
  'ingest/test/local/through-ingest.integration',
  'test/compliance/app.integration',
  'test/compliance/packs.integration',
  'ingest/test/gateway/hostile-load.integration',
  'cli/test/end-to-end.integration',
  'test/compaction/change-sets.integration',
  'test/alarms/compaction.integration',
  'test/compaction/downloads.integration',
  'test/compaction/crash.integration',
].map((name) => join(__dirname, '..', '..', '..', `${name}.test.ts`));

/** Jest begins with what took longest the last time, and knows nothing in a clean checkout but the sizes of files. */
class LongestFirst extends Sequencer {
  time(test) {
    const place = LONGEST.indexOf(test.path);
    return super.time(test) ?? (place < 0 ? 0 : LONGEST.length - place);
  }
}

module.exports = LongestFirst;
module.exports.LONGEST = LONGEST;
