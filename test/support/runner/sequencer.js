const { join } = require('node:path');
const { default: Sequencer } = require('@jest/test-sequencer');

/** Suites that take longest, so that none of them is the last to begin, alone on one of the processors. */
const LONGEST = [
  ...[
    'cli/test/query.integration',
    'ingest/test/infra/shipped-stages.integration',
    'test/compliance/app.integration',
    'ingest/test/gateway/hostile-load.integration',
  ],
  ...[
    'cli/test/own-files.integration',
    'cli/test/end-to-end.integration',
    'test/compliance/cloudformation.integration',
    'packages/s3-loopback/test/links.integration',
  ],
  ...[
    'packages/s3-loopback/test/contract.integration',
    'test/compliance/packs.integration',
    'test/compaction/downloads.integration',
  ],
  ...[
    'test/compaction/parquet-nested.integration',
    'cli/test/commands/mistakes.integration',
    'test/alarms/compaction.integration',
  ],
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
