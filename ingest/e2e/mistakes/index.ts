import type { Mistake } from '../../../e2e/mutants/mistake';
import { CLIENT } from './client';
import { GATEWAY } from './gateway';
import { INFRA } from './infra';

/** Mistakes in the ingest tier and its client. */
export const INGEST: readonly Mistake[] = [...GATEWAY, ...CLIENT, ...INFRA];
