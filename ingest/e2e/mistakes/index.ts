import type { Mistake } from '../../../e2e/mutants/mistake';
import { CLIENT } from './client';
import { GATEWAY } from './gateway';
import { INFRA } from './infra';
import { SMOKE } from './smoke';

/** Mistakes in the ingest tier and its client. */
export const INGEST: readonly Mistake[] = [...GATEWAY, ...CLIENT, ...INFRA, ...SMOKE];
