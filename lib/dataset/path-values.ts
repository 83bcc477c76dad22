/**
 * Values that may stand in an S3 key, in a Hive path, in a projected `storage.location.template` and in a list of enum
 * values without escaping. Hive escapes some characters and projection none, lists split at commas, URLs decode `+` and
 * `%`, and engines skip names that begin with `_` or `.`: only a narrow alphabet means the same to all of them.
 */
const SAFE = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

const MAX_PATH_VALUE_LENGTH = 128;

export const PATH_VALUE_RULE = `use letters, digits, '.', '_' and '-', beginning with a letter or digit, at most ${MAX_PATH_VALUE_LENGTH} characters`;

export function isSafePathValue(value: string): boolean {
  return value.length <= MAX_PATH_VALUE_LENGTH && SAFE.test(value);
}
