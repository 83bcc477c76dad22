import type { Mistake } from '../mistake';
import { PROTOCOL } from './protocol';
import { STORE } from './store';

/** Another room is one line here. */
export const MISTAKES: readonly Mistake[] = [...STORE, ...PROTOCOL];
