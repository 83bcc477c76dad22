import type { ColumnType } from '../dataset/model';
import { ASCII } from './bytes';

const { COLON, DOT, MINUS, SPACE, UPPER_T, UPPER_Z, ZERO } = ASCII;

/**
 * Code of compiled functions that checks a value as it stands in the bytes `b` from `i` on, and goes behind it. At a value that needs a
 * second look, it breaks out of the loop with the label `lines`. The variables are those of `VARIABLES`.
 */
export const VARIABLES = 'w = 0, x = 0, y = 0, m = 0, c = 0, n = 0, year = 0, month = 0, day = 0';

/** What a compiled function does not take. */
export class Unsupported extends Error {}

/** Bytes end at a newline at the latest, which is no digit. */
const DIGITS = `while (((b[i] - ${ZERO}) >>> 0) <= 9) i++;`;

/** A minus or none, and digits from `n` on without a leading zero. */
const DIGITS_OF_NUMBER = `if (b[i] === ${MINUS}) i++;
n = i; ${DIGITS} if (i === n || (b[n] === ${ZERO} && i - n > 1)) break lines;`;

/** Digits that every integer of a kind may have; more are for the general scanner. */
const INTEGER_DIGITS = { tinyint: 2, smallint: 4, int: 9, bigint: 15 } as const;

/** Reads so many digits, from a distance on, into a variable. */
function digits(variable: string, distance: number, count: number): string {
  const parts = [`${variable} = 0;`];
  for (let k = 0; k < count; k++) {
    parts.push(
      `c = b[i + ${distance + k}] - ${ZERO}; if ((c >>> 0) > 9) break lines; ${variable} = ${variable} * 10 + c;`,
    );
  }
  return parts.join(' ');
}

/** A number, as JSON writes it. @throws Unsupported */
export function numberCode(type: ColumnType): string {
  switch (type.kind) {
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'bigint':
      return `${DIGITS_OF_NUMBER} if (i - n > ${INTEGER_DIGITS[type.kind]}) break lines;`;
    case 'float':
    case 'double':
      // A minus zero is rewritten.
      return `w = i; ${DIGITS_OF_NUMBER}
if (b[i] === ${DOT}) { n = ++i; ${DIGITS} if (i === n) break lines; }
else if (b[n] === ${ZERO} && n !== w) break lines;
if (i - w > 38) break lines;`;
    case 'decimal': {
      const whole = Math.min(type.precision, 15) - type.scale;
      if (whole < 1) throw new Unsupported();
      return `${DIGITS_OF_NUMBER} if (i - n > ${whole}) break lines;
if (b[i] === ${DOT}) { n = ++i; ${DIGITS} if (i === n || i - n > ${type.scale}) break lines; }`;
    }
    default:
      throw new Unsupported();
  }
}

/** A day, without quotes. */
export const DATE = `if (b[i + 4] !== ${MINUS} || b[i + 7] !== ${MINUS}) break lines;
${digits('year', 0, 4)}
${digits('month', 5, 2)}
${digits('day', 8, 2)}
if (year === 0 || month === 0 || month > 12 || day === 0 || (day > 28 && day > daysInMonth(year, month))) break lines;
i += 10;`;

const LIMITS = [
  [1, 23],
  [4, 59],
  [7, 59],
] as const;

/** A day and a time to the millisecond at most, without quotes. */
export const TIMESTAMP = `${DATE}
if ((b[i] !== ${UPPER_T} && b[i] !== ${SPACE}) || b[i + 3] !== ${COLON} || b[i + 6] !== ${COLON}) break lines;
${LIMITS.map(([at, limit]) => `${digits('n', at, 2)} if (n > ${limit}) break lines;`).join('\n')}
i += 9;
if (b[i] === ${DOT}) { n = ++i; ${DIGITS} if (i === n || i - n > 3) break lines; }
if (b[i] === ${UPPER_Z}) i++;`;

export const wordOf = (text: string): number => Buffer.from(text).readInt32LE(0);
