import { CLIENT, GATEWAY } from '../../../ingest/e2e/equivalents'; // with ingest
import type { Equivalent } from '../report';

/** The one list of mutants that no test can notice. An entry that no longer matches the code, or that a test notices, fails. */
export const EQUIVALENTS: readonly Equivalent[] = [
  ...CLIENT, // with ingest
  ...GATEWAY, // with ingest
];
