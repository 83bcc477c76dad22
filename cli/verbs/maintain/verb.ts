import { runVerb } from '../compact/run-verb';

export const run = runVerb(
  'maintain',
  'Merges small files, empties partitions whose retention is over, and vacuums; and follows the run to its end.',
);
