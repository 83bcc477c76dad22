const { join } = require('node:path');
const { default: Sequencer } = require('@jest/test-sequencer');

/** Suites that take longest, so that none of them is the last to begin, alone on one of the processors. */
const LONGEST = [
  ...['cli/test/query', 'ingest/test/infra/shipped-stages', 'test/compliance/app', 'ingest/test/gateway/hostile-load'],
  ...['cli/test/own-files', 'cli/test/end-to-end', 'test/compliance/cloudformation', 'packages/s3-loopback/test/links'],
  ...['packages/s3-loopback/test/contract', 'test/compliance/packs', 'test/compaction/downloads'],
  ...['test/compaction/parquet-nested', 'cli/test/commands/mistakes', 'test/alarms/compaction'],
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
