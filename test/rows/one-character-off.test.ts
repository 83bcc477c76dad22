/** Values at the bounds of their types, and all that is one character off them: judged and passed on as a plain model has it. */
import { isDeepStrictEqual } from 'node:util';
import { Output } from '../../lib/rows/output';
import { RowChecker } from '../../lib/rows/row';
import { columnsOf } from './helpers';
import { NEAR, tokensOf } from './neighbours';
import { judge } from './reference';

/** The token that DuckDB reads as the value that the model has. */
function canonical(type: string, token: string, value: unknown): string {
  const isText = token.startsWith('"');
  if (type === 'timestamp') {
    const iso = new Date(Number(value)).toISOString().slice(0, -1);
    const [, time = '', fraction = '', zone = ''] = /^"(.{19})(?:\.(\d+))?(.*)"$/.exec(token) ?? [];
    if (!isText || /[1-9]/.test(zone)) return `"${iso}"`;
    return `"${time}${fraction && `.${fraction.slice(0, 3)}`}${zone === 'Z' ? 'Z' : ''}"`;
  }
  if (/^(float|double)$/.test(type) && token === '-0') return '-0.0';
  if (type.startsWith('decimal') && !isText) {
    const [whole = '', fraction] = token.replace('-', '').split('.');
    const digits = (whole === '0' ? 0 : whole.length) + (fraction === undefined ? 0 : Number(/\d+(?=\))/.exec(type)));
    if (digits > 15) return `"${token}"`;
  }
  return token;
}

/** Texts that have the form of a value of a type, be it one that the type holds or not. */
const FORMS: Readonly<Record<string, RegExp>> = {
  tinyint: /^-?(0|[1-9]\d*)$/,
  smallint: /^-?(0|[1-9]\d*)$/,
  int: /^-?(0|[1-9]\d*)$/,
  bigint: /^-?(0|[1-9]\d*)$/,
  float: /^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/,
  double: /^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/,
  'decimal(8,2)': /^-?(0|[1-9]\d*)(\.\d+)?$/,
  'decimal(20,4)': /^-?(0|[1-9]\d*)(\.\d+)?$/,
  date: /^\d{4}-\d\d-\d\d$/,
  timestamp: /^(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[-+]\d\d(:?\d\d)?)?|-?(0|[1-9]\d*))$/,
};

/** Whether a value is refused for its size, as its reason says, though it has the form; `undefined` for what is no JSON. */
function isTooLarge(type: string, token: string): boolean | undefined {
  let value: unknown;
  try {
    value = JSON.parse(token);
  } catch {
    return undefined;
  }
  const isText = typeof value === 'string';
  if (!isText && typeof value !== 'number') return false;
  if (isText && /^(float|double)$/.test(type)) return false;
  if (!isText && type === 'date') return false;
  const text = isText ? String(value) : token.trim();
  if (type === 'timestamp' && isText === /^-?\d+$/.test(text)) return false;
  return FORMS[type]?.test(text) === true;
}

test.each(NEAR)('%s', (type, alphabet, near) => {
  const columns = columnsOf({ v: type });
  const checker = new RowChecker(columns);
  const output = new Output();
  const differing: unknown[] = [];
  const seen = { taken: 0, refused: 0 };
  for (const token of tokensOf(type, alphabet, near)) {
    const line = Buffer.from(`{"v":${token}}\n`);
    const verdict = judge(columns, line.subarray(0, -1));
    const newline = checker.check(line, 0);
    if (newline < 0 || verdict.kind !== 'accepted') {
      seen.refused++;
      const { reason } = checker;
      if (newline >= 0 !== (verdict.kind === 'accepted')) differing.push({ token, reason });
      const isSaid = / does not fit | is not a (day|time) /.test(reason);
      if (type !== 'string' && isSaid !== (isTooLarge(type, token) ?? isSaid)) differing.push({ token, reason });
      continue;
    }
    seen.taken++;
    const run = output.appendPatched(line, 0, checker.patches);
    output.append(line, run, newline);
    const found = Buffer.concat(output.take()).toString();
    const value = token.trim();
    const expected = value === '' || value === 'null' ? line.toString() : canonical(type, value, verdict.row.v);
    const own = type === 'string' ? line.toString().trimEnd() : `{"v":${token.replace(value, expected)}}`;
    if (!isDeepStrictEqual(found, own)) differing.push({ token, found, own });
  }
  expect(differing).toEqual([]);
  expect([seen.taken > 4, seen.refused > 50]).toEqual([true, true]);
});
