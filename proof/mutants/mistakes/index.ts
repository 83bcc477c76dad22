import type { Mistake } from '../mistake';
import { CLIENT } from './client';
import { COMPACTION } from './compaction';
import { DATASET } from './dataset';
import { DOWNLOADS } from './downloads';
import { ENGINE } from './engine';
import { GATEWAY } from './gateway';
import { LOCAL } from './local';
import { PREFLIGHT } from './preflight';
import { PROTOCOL } from './protocol';
import { ROWS } from './rows';
import { SETTINGS } from './settings';
import { STACKS } from './stacks';
import { STORE } from './store';

/** Another room is one line here. */
export const MISTAKES: readonly Mistake[] = [
  ...DOWNLOADS,
  ...STORE,
  ...PROTOCOL,
  ...COMPACTION,
  ...ENGINE,
  ...ROWS,
  ...GATEWAY,
  ...CLIENT,
  ...LOCAL,
  ...DATASET,
  ...SETTINGS,
  ...STACKS,
  ...PREFLIGHT,
];
