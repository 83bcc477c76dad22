import { runVerb } from './run-verb';

export const run = runVerb('compact', 'Compacts what waits in the inbox, and follows the run to its end.');
