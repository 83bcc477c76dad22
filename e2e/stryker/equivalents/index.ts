import type { Equivalent } from '../report';
import { CLIENT } from './client';

/** The one list of mutants that no test can notice. An entry that no longer matches the code, or that a test notices, fails. */
export const EQUIVALENTS: readonly Equivalent[] = [...CLIENT];
