import { createHash } from 'node:crypto';
import type { Erasure } from '../../../lambda/compaction/protocol/erasures';

const SALT = 'salt';
const digest = (text: string): string =>
  createHash('sha256')
    .update(SALT + text)
    .digest('hex');

/** An erase of keys by their texts, as it is kept: in every partition, and not ended. */
export const testErasure = (column: string, ...texts: readonly string[]): Erasure => ({
  column,
  keys: texts.length,
  salt: SALT,
  values: texts.map(digest),
  forms: [],
  partition: null,
  from: null,
  to: null,
  began: '',
  erased: null,
});
