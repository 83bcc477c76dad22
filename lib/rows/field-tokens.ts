import type { ColumnType } from '../dataset/model';
import { ASCII } from './bytes';
import * as json from './json';

const { LOWER_F, LOWER_T } = ASCII;
// Taken out of its module for the same reason as the constants.
const { skipFalse, skipNumber, skipSpace, skipTrue, skipValue } = json;

/** Whether values of a kind are strings in JSON. */
export const isQuotedKind = (kind: ColumnType['kind']): boolean =>
  kind === 'string' || kind === 'date' || kind === 'binary' || kind === 'decimal';

export function isNumber(kind: ColumnType['kind']): boolean {
  switch (kind) {
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'bigint':
    case 'float':
    case 'double':
      return true;
    default:
      return false;
  }
}

/** Whether the text at a position is one JSON token of the kind, so that it may stand without quotes. */
export function isToken(kind: ColumnType['kind'], buf: Buffer, at: number, end: number): boolean {
  switch (kind) {
    case 'boolean':
      if (buf[at] === LOWER_T) return skipTrue(buf, at) === end;
      return buf[at] === LOWER_F && skipFalse(buf, at) === end;
    case 'array':
    case 'map':
    case 'struct': {
      const after = skipValue(buf, skipSpace(buf, at));
      return after >= 0 && skipSpace(buf, after) === end;
    }
    default:
      return skipNumber(buf, at) === end;
  }
}
