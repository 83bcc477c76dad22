/** Records of envelopes are counted on input as compaction finds them, whatever is broken: who counts does not look into a record. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { NdjsonValidator } from '../../lib/rows';
import { dataset } from '../../test/dataset/helpers';
import { jsonRecords } from '../input/records';
import { collect, folderWith } from './support/folder';

const RUNS = { seed: 20_260_615, numRuns: 800 };
const AT = '"at":"2026-06-15T10:00:00Z"';

/** Records that fit, do not, hold what looks like records, or are broken. They begin with the key of an envelope. */
const record = fc.constantFrom(
  `{"id":1,${AT}}`,
  `{"id":"x",${AT}}`,
  `{"id":2,"R":[{"id":3,${AT}}],${AT}}`,
  `{"id":"y","R":[{"id":3,${AT}}]}`,
  `{"o":"q","R":{"id":5,${AT}}}`,
  `{"id":6,\n${AT}\n}`,
  `{"id":4,${AT}`,
  '{"id":4,"o":"a',
);
const between = fc.constantFrom(',', ',', ',\n', ',\n  ', '', '\n');
const records = fc.tuple(fc.array(record, { maxLength: 4 }), between).map(([all, by]) => `[${all.join(by)}]`);
const envelope = fc
  .tuple(
    fc.constantFrom('{"id":"e","o":"z",', '{"o":"z",', '{'),
    fc.oneof({ weight: 4, arbitrary: records }, { weight: 1, arbitrary: fc.constant(`{"id":8,${AT}}`) }),
    fc.constantFrom('}', '}', '}', ',"o":"late"}', ''),
  )
  .map(([before, inner, after]) => `${before}"R":${inner}${after}`);
const text = fc
  .tuple(fc.array(envelope, { minLength: 1, maxLength: 3 }), fc.constantFrom('\n', '', ',', '\n\n'), fc.nat(400))
  .map(([all, by, cut]) => all.join(by).slice(0, cut < 100 ? 1 + cut : undefined));

test.each([
  ['none', undefined],
  ['a member', ['o']],
])('of envelopes that carry %s', async (_, carry) => {
  const of = dataset({
    columns: [
      { name: 'id', type: 'int', notNull: true },
      { name: 'at', type: 'timestamp', notNull: true },
      { name: 'o', type: 'string' },
    ],
    eventTime: 'at',
    ...{ dedupeKey: undefined, sortBy: undefined },
    input: { formats: ['json'], json: { unwrap: 'R', ...(carry && { carry }) } },
  });
  const path = join(folderWith(), 'a.json');
  let accepted = 0;
  await fc.assert(
    fc.asyncProperty(text, async (bytes) => {
      const validator = new NdjsonValidator(of, () => undefined);
      validator.push(Buffer.from(bytes));
      validator.end();
      accepted += validator.accepted;
      writeFileSync(path, bytes);
      expect((await collect(jsonRecords(path, of))).length).toBe(validator.accepted + validator.rejected);
    }),
    RUNS,
  );
  expect(accepted).toBeGreaterThan(RUNS.numRuns / 2);
});
