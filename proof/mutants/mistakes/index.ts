import type { Mistake } from '../mistake';
import { COMPACTION } from './compaction';
import { PROTOCOL } from './protocol';
import { STORE } from './store';

/** Another room is one line here. */
export const MISTAKES: readonly Mistake[] = [...STORE, ...PROTOCOL, ...COMPACTION];
