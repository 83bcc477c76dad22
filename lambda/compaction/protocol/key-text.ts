/** As UUIDs are written in upper or lower case. */
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const UUID_LENGTH = 36;

/** @returns a text in the form in which it is compared: a UUID is the same in either case */
export const canonical = (value: string): string =>
  value.length === UUID_LENGTH && UUID.test(value) ? value.toLowerCase() : value;

export const isUuid = (value: string): boolean => UUID.test(value);

const NUMBER = /^\s*([+-]?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d{1,2}))?\s*$/;

/** A number as `42` or `-0.5`, however it is written: `42.0`, `4.2e1`, `042`. Undefined: the text is none. */
export function plainNumber(text: string): string | undefined {
  const [, sign, whole = '', fraction = '', exponent = '0'] = NUMBER.exec(text) ?? [];
  if (sign === undefined) return undefined;
  const point = whole.length + Number(exponent);
  const digits = `${'0'.repeat(Math.max(0, -point))}${whole}${fraction}`.padEnd(Math.max(0, point), '0');
  const at = Math.max(0, point);
  const [before, after] = [digits.slice(0, at).replace(/^0+/, ''), digits.slice(at).replace(/0+$/, '')];
  if (before === '' && after === '') return '0';
  return `${sign === '-' ? '-' : ''}${before || '0'}${after === '' ? '' : `.${after}`}`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  b: '\b',
  f: '\f',
  v: '\v',
  0: '\0',
  Z: '\x1a',
};

/** What the escapes of JSON and of delimited text mean, one level of them. */
export const unescaped = (text: string): string =>
  text.replace(/\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([\s\S]))/g, (_, unit?: string, byte?: string, one = '') => {
    const code = unit ?? byte;
    return code === undefined ? (ESCAPES[one] ?? one) : String.fromCharCode(Number.parseInt(code, 16));
  });
