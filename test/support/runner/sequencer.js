const { join } = require('node:path');
const { default: Sequencer } = require('@jest/test-sequencer');

/** Suites that take longest, so that none of them is the last to begin, alone on one of the processors. */
const LONGEST = [
  ...['local/query', 'stacks/shipped-stages', 'compliance/app', 'ingest/hostile-load', 'local/own-files'],
  ...['local/end-to-end', 'compliance/cloudformation', 's3/links', 's3/contract', 'compliance/packs'],
  ...['compaction/downloads', 'compaction/parquet-nested', 'commands/mistakes', 'alarms/compaction'],
].map((name) => join(__dirname, '..', '..', `${name}.test.ts`));

/** Jest begins with what took longest the last time, and knows nothing in a clean checkout but the sizes of files. */
class LongestFirst extends Sequencer {
  time(test) {
    const place = LONGEST.indexOf(test.path);
    return super.time(test) ?? (place < 0 ? 0 : LONGEST.length - place);
  }
}

module.exports = LongestFirst;
module.exports.LONGEST = LONGEST;
