import type { Freshness } from '../freshness';
import { type Cursor, show } from './cursor';

const SECONDS: Readonly<Record<string, number>> = { minute: 60, hour: 3_600, day: 86_400 };
/** Alarms look at an hour at a time. */
const LEAST_SECONDS = 3_600;
const MOST_SECONDS = 366 * 86_400;
const FIX = "write for example '90 minutes', '26 hours' or '3 days', from 1 hour to 366 days";

export function checkFreshness(cursor: Cursor): Freshness | undefined {
  if (cursor.isMissing) return undefined;
  const example = "write for example { warnAfter: '26 hours', errorAfter: '3 days' }";
  const object = cursor.object(['warnAfter', 'errorAfter'], example);
  if (object === undefined) return undefined;
  if (object.warnAfter.isMissing && object.errorAfter.isMissing) return cursor.problem('has no limit', example);
  const warnAfterSeconds = object.warnAfter.isMissing ? undefined : readAge(object.warnAfter);
  const errorAfterSeconds = object.errorAfter.isMissing ? undefined : readAge(object.errorAfter);
  if (warnAfterSeconds !== undefined && errorAfterSeconds !== undefined && warnAfterSeconds >= errorAfterSeconds) {
    object.errorAfter.problem(
      `${show(object.errorAfter.value)} is not more than warnAfter, ${show(object.warnAfter.value)}`,
      'write a longer time, or remove one of the two',
    );
  }
  return {
    ...(warnAfterSeconds === undefined ? {} : { warnAfterSeconds }),
    ...(errorAfterSeconds === undefined ? {} : { errorAfterSeconds }),
  };
}

function readAge(cursor: Cursor): number | undefined {
  const text = cursor.text(FIX);
  if (text === undefined) return undefined;
  const [, number, unit] = /^([1-9]\d{0,6}) (minute|hour|day)s?$/.exec(text) ?? [];
  if (number === undefined || unit === undefined) return cursor.problem(`${show(text)} is not an age`, FIX);
  const seconds = Number(number) * (SECONDS[unit] ?? 0);
  if (seconds < LEAST_SECONDS || seconds > MOST_SECONDS) return cursor.problem(`${show(text)} is not allowed`, FIX);
  return seconds;
}
