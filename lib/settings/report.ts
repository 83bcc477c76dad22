/** Records one mistake of a stage: which field, what is wrong, what to write instead. */
export type Report = (field: string, problem: string, fix: string) => void;

export function checkKeys(given: object, known: readonly string[], path: string, report: Report): void {
  for (const key of Object.keys(given)) {
    if (!known.includes(key)) report(`${path}${key}`, 'is not a setting', `use one of ${known.join(', ')}`);
  }
}

export function oneOf(field: string, value: string, values: readonly string[], report: Report): void {
  if (!values.includes(value)) {
    report(field, `is ${show(value)}`, `write ${values.map((one) => `'${one}'`).join(' or ')}`);
  }
}

export function wholeNumber(field: string, value: unknown, least: number, most: number, report: Report): void {
  if (!Number.isInteger(value)) report(field, `${show(value)} is not a whole number`, between(least, most));
  else inRange(field, value, least, most, report);
}

export function inRange(field: string, value: unknown, least: number, most: number, report: Report): void {
  if (typeof value !== 'number' || !(value >= least && value <= most)) {
    report(field, `is ${show(value)}`, between(least, most));
  }
}

export function switchOf(field: string, value: unknown, report: Report): void {
  if (typeof value !== 'boolean') report(field, `is ${show(value)}`, 'write true or false');
}

export const between = (least: number, most: number): string =>
  `write a number from ${least.toLocaleString('en-US')} to ${most.toLocaleString('en-US')}`;

/** A value of any kind, short enough for a message of one line. */
export function show(value: unknown): string {
  if (typeof value === 'string') {
    const text = value.length > 80 ? `${value.slice(0, 77)}...` : value;
    return `'${text.replaceAll(/\p{C}/gu, (one) => `\\u{${one.codePointAt(0)?.toString(16)}}`)}'`;
  }
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
