import type { CsvSettings } from '../../lib/dataset/text-format';
import type { Field } from './fields';

/** How numbers are written, where it is not as JSON has them. */
export interface Marks {
  readonly csv: Pick<CsvSettings, 'decimal' | 'thousands'>;
  readonly doubts: readonly string[];
}

type Thousands = NonNullable<CsvSettings['thousands']>;

/** What some write between groups of three digits; blanks are mostly those that do not break. */
const THOUSANDS: readonly Thousands[] = ['.', ',', "'", '’', '\u00a0', '\u202f', ' ', '_'];

const escaped = (mark: string): string => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`;

const numberOf = (decimal: string, thousands: string | undefined): RegExp => {
  const whole = thousands === undefined ? '\\d+' : `(?:\\d+|\\d{1,3}(?:${escaped(thousands)}\\d{3})+)`;
  return new RegExp(`^-?${whole}(?:${escaped(decimal)}\\d+)?$`);
};

/** A number of thousands that can be nothing else: with both marks, or with several groups. */
const sureOf = (decimal: string, thousands: string): RegExp => {
  const mark = escaped(thousands);
  // A mark that is in no number elsewhere needs no more.
  const isMark = thousands === '.' || thousands === ',';
  const group = `${mark}\\d{3}`;
  return new RegExp(
    `^-?\\d{1,3}(?:${isMark ? `(?:${group})+${escaped(decimal)}\\d+|(?:${group}){2,}` : `(?:${group})+(?:${escaped(decimal)}\\d+)?`})$`,
  );
};

/** Marks of numbers that fit all columns: of thousands where some number tells them, else of decimals. */
export function marksOf(rows: readonly (readonly Field[])[]): Marks | undefined {
  const width = rows[0]?.length ?? 0;
  const columns = Array.from({ length: width }, (_, index) =>
    rows.flatMap((row) => ((row[index]?.text ?? '') === '' ? [] : [row[index]?.text ?? ''])),
  ).filter((texts) => texts.length > 0);
  for (const decimal of [',', '.'] as const) {
    for (const thousands of THOUSANDS) {
      if (thousands === decimal) continue;
      const [number, sure] = [numberOf(decimal, thousands), sureOf(decimal, thousands)];
      const told = columns.filter((texts) => texts.every((text) => number.test(text)));
      if (!told.some((texts) => texts.some((text) => sure.test(text)))) continue;
      const other = otherwise(columns, decimal, thousands);
      const csv = { thousands, ...(decimal === ',' ? { decimal } : {}) };
      const doubts = [
        `thousands are marked by ${JSON.stringify(thousands)} in some numbers, and decimals by ${JSON.stringify(decimal)}`,
        ...(other === undefined
          ? []
          : [`numbers of another form, such as ${JSON.stringify(other)}, are in columns of strings`]),
      ];
      return { csv, doubts };
    }
  }
  const comma = numberOf(',', undefined);
  const isComma = columns.filter(
    (texts) => texts.every((text) => comma.test(text)) && texts.some((text) => text.includes(',')),
  );
  if (isComma.length === 0) return undefined;
  const groups = isComma.flat().filter((text) => text.includes(','));
  const areThousands = groups.every((text) => /^-?[1-9]\d{0,2},\d{3}$/.test(text));
  return {
    csv: { decimal: ',' },
    doubts: areThousands
      ? [
          `${JSON.stringify(groups[0])} is read as a number with decimals: where it means thousands, write thousands: ',' instead of decimal`,
        ]
      : [],
  };
}

/** A number with a fraction whose column the marks do not fit. */
function otherwise(columns: readonly (readonly string[])[], decimal: string, thousands: string): string | undefined {
  const own = numberOf(decimal, thousands);
  const other = decimal === ',' ? /^-?\d+\.\d+$/ : /^-?\d+,\d+$/;
  const found = columns.find(
    (texts) => texts.every((text) => /^-?\d+(?:[.,]\d+)?$/.test(text)) && !texts.every((text) => own.test(text)),
  );
  return found?.find((text) => other.test(text));
}

/** Reads numbers with marks. */
export class MarkedNumbers {
  readonly #number: RegExp;
  readonly #marks: Pick<CsvSettings, 'decimal' | 'thousands'>;

  /** @returns undefined where numbers are as in JSON */
  static of(csv: CsvSettings): MarkedNumbers | undefined {
    return csv.decimal === ',' || csv.thousands !== undefined ? new MarkedNumbers(csv) : undefined;
  }

  private constructor(csv: CsvSettings) {
    this.#marks = csv;
    this.#number = numberOf(csv.decimal ?? '.', csv.thousands);
  }

  /** Whether a text is one of these numbers. */
  has(text: string): boolean {
    return this.#number.test(text);
  }

  /** The number as JSON has it; any other text as it is. */
  plain(text: string): string {
    if (!this.has(text)) return text;
    const { decimal = '.', thousands } = this.#marks;
    return (thousands === undefined ? text : text.replaceAll(thousands, '')).replace(decimal, '.');
  }
}
