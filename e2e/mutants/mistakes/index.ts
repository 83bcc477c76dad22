import { INGEST } from '../../../ingest/e2e/mistakes'; // with ingest
import type { Mistake } from '../mistake';
import { CHANGES } from './changes';
import { CHECKS } from './checks';
import { CLI } from './cli';
import { COMPACTION } from './compaction';
import { DATASET } from './dataset';
import { DOWNLOADS } from './downloads';
import { ENGINE } from './engine';
import { ERASE } from './erase';
import { ICEBERG } from './iceberg';
import { PREFLIGHT } from './preflight';
import { PROTOCOL } from './protocol';
import { ROWS } from './rows';
import { SAMPLES } from './samples';
import { SETTINGS } from './settings';
import { SMOKE } from './smoke';
import { STACKS } from './stacks';
import { STORE } from './store';
import { VERBS } from './verbs';

/** Another room is one line here. */
export const MISTAKES: readonly Mistake[] = [
  ...DOWNLOADS,
  ...STORE,
  ...PROTOCOL,
  ...ICEBERG,
  ...VERBS,
  ...SMOKE,
  ...ERASE,
  ...CHANGES,
  ...COMPACTION,
  ...ENGINE,
  ...CHECKS,
  ...ROWS,
  ...INGEST, // with ingest
  ...CLI,
  ...SAMPLES,
  ...DATASET,
  ...SETTINGS,
  ...STACKS,
  ...PREFLIGHT,
];
