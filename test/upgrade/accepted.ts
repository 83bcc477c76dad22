import type { AcceptedLoss } from './losses';

/** Losses since the last release that are meant. docs/upgrades.md explains each to those who upgrade; a release empties the list. */
export const ACCEPTED: readonly AcceptedLoss[] = [];
