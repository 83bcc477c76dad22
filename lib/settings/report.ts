/** Takes down one mistake of a stage: which field, what is wrong, what to write instead. */
export type Report = (field: string, problem: string, fix: string) => void;

export function checkKeys(given: object, known: readonly string[], path: string, report: Report): void {
  for (const key of Object.keys(given)) {
    if (!known.includes(key)) report(`${path}${key}`, 'is not a setting', `use one of ${known.join(', ')}`);
  }
}

export const show = (value: unknown): string => (typeof value === 'string' ? `'${value}'` : String(value));
