const INTEGER = /^-?(?:0|[1-9]\d*)$/;
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.(\d+))?(?:[eE][+-]?\d+)?$/;
const MAX_BIGINT = 2n ** 63n - 1n;
/** An `int` gets room to grow: larger ones are proposed as `bigint`. */
const ROOMY_INT = 10_000_000;

/** Whether a text is a number as JSON writes it: no plus, no zeros before it. */
export const isNumber = (text: string): boolean => NUMBER.test(text);

/** What the numbers of a column have in common. */
export class NumberStats {
  count = 0;
  integers = 0;
  /** Least and largest, as doubles. */
  least = Number.POSITIVE_INFINITY;
  largest = Number.NEGATIVE_INFINITY;
  #beyondBigint = false;
  #beyond53 = false;
  /** Fewest and most digits behind the point. */
  #scale = { fewest: Number.POSITIVE_INFINITY, most: 0, significant: 0 };
  #whole = 0;
  #exponents = 0;
  /** Numbers that a double does not hold. */
  #inexact = 0;
  #infinite = 0;
  /** A number with zeros at its end, such as `1.10`, which say something that a double does not keep. */
  #zeros: string | undefined;
  /** Fewest digits behind the point of those that have one. */
  #fewestBehind = Number.POSITIVE_INFINITY;
  /** Numbers such as `12e4`, which no program writes for 120000: those are words. */
  #words: string | undefined;

  add(text: string): void {
    this.count += 1;
    const value = Number(text);
    this.least = Math.min(this.least, value);
    this.largest = Math.max(this.largest, value);
    if (!Number.isFinite(value)) this.#infinite += 1;
    if (INTEGER.test(text)) {
      this.integers += 1;
      this.#whole = Math.max(this.#whole, text.length - (text.startsWith('-') ? 1 : 0));
      this.#scale.fewest = 0;
      if (Number.isSafeInteger(value)) return;
      this.#beyond53 = true;
      const exact = BigInt(text);
      if (exact > MAX_BIGINT || exact < -MAX_BIGINT - 1n) this.#beyondBigint = true;
      if (BigInt(value) !== exact) this.#inexact += 1;
      return;
    }
    if (/e/i.test(text)) {
      this.#exponents += 1;
      if (/^-?\d+e\d+$/i.test(text)) this.#words ??= text;
      if (!isSameNumber(text, value)) this.#inexact += 1;
      return;
    }
    const [whole = '', fraction = ''] = text.replace('-', '').split('.');
    this.#whole = Math.max(this.#whole, whole.length);
    this.#scale.fewest = Math.min(this.#scale.fewest, fraction.length);
    this.#scale.most = Math.max(this.#scale.most, fraction.length);
    const significant = fraction.replace(/0+$/, '').length;
    this.#scale.significant = Math.max(this.#scale.significant, significant);
    this.#fewestBehind = Math.min(this.#fewestBehind, fraction.length);
    if (fraction.endsWith('0')) this.#zeros = longer(this.#zeros, text);
    if (!isSameNumber(text, value)) this.#inexact += 1;
  }

  /** Takes the numbers of another column as well. */
  addAll(other: NumberStats): void {
    this.count += other.count;
    this.integers += other.integers;
    this.least = Math.min(this.least, other.least);
    this.largest = Math.max(this.largest, other.largest);
    this.#beyondBigint ||= other.#beyondBigint;
    this.#beyond53 ||= other.#beyond53;
    this.#exponents += other.#exponents;
    this.#inexact += other.#inexact;
    this.#infinite += other.#infinite;
    this.#zeros = longer(this.#zeros, other.#zeros);
    this.#words ??= other.#words;
    this.#fewestBehind = Math.min(this.#fewestBehind, other.#fewestBehind);
    this.#whole = Math.max(this.#whole, other.#whole);
    this.#scale = {
      fewest: Math.min(this.#scale.fewest, other.#scale.fewest),
      most: Math.max(this.#scale.most, other.#scale.most),
      significant: Math.max(this.#scale.significant, other.#scale.significant),
    };
  }

  /**
   * The type that holds all of them exactly; undefined where there is none.
   *
   * @param isText of delimited text, which may as well be a string
   */
  type(isText: boolean): { readonly type: string; readonly doubt?: string } | undefined {
    if (this.integers === this.count) {
      if (this.#beyondBigint) return this.#decimal('numbers are larger than a bigint holds');
      const fits = Math.max(Math.abs(this.least), Math.abs(this.largest)) <= ROOMY_INT;
      return fits ? { type: 'int' } : { type: 'bigint' };
    }
    const { fewest, most } = this.#scale;
    const isFixed = this.#exponents === 0 && fewest === most && most >= 2 && most <= 12;
    const zeros = this.#zeros;
    if (zeros !== undefined && isFixed && this.#whole + most <= 36) {
      const type = `decimal(${Math.max(18, this.#whole + most + 2)},${most})`;
      return { type, doubt: `every value has ${most} digits behind the point; a double holds them too` };
    }
    // Versions are no numbers: 1.1 and 1.10 are two of them.
    if (isText && zeros !== undefined && this.#fewestBehind !== most && /\.\d+0$/.test(zeros)) {
      return {
        type: 'string',
        doubt: `a number does not tell ${zeros} from the same without the zero: text, as for versions`,
      };
    }
    if (isText && this.#words !== undefined) {
      return { type: 'string', doubt: `a number does not give ${this.#words} back: text` };
    }
    if (this.#inexact > 0) {
      return this.#exponents === 0 ? this.#decimal('a double would round some of the numbers') : undefined;
    }
    if (this.#infinite > 0) return undefined;
    const doubts = [
      ...(this.integers === 0 ? [] : ['some of the numbers are whole']),
      ...(zeros !== undefined && fewest !== most
        ? [
            `zeros at the end, as of ${zeros}, are not kept: ${isText ? 'as a string they are' : 'a decimal has as many as it says'}`,
          ]
        : []),
    ];
    return { type: 'double', ...(doubts.length === 0 ? {} : { doubt: doubts.join('; ') }) };
  }

  /** Whether integers are beyond 2^53, which JavaScript and others round. */
  get isLong(): boolean {
    return this.#beyond53;
  }

  #decimal(doubt: string): { readonly type: string; readonly doubt: string } | undefined {
    const scale = this.#scale.significant;
    const precision = Math.min(38, Math.max(20, this.#whole + scale));
    if (this.#whole + scale > 38) return undefined;
    return { type: `decimal(${precision},${scale})`, doubt };
  }
}

const longer = (a: string | undefined, b: string | undefined): string | undefined =>
  (b?.length ?? 0) > (a?.length ?? 0) ? b : a;

/** Whether the shortest text of the double is the number, so that nothing was lost in it. */
function isSameNumber(text: string, value: number): boolean {
  const digits = (of: string): string => of.replace(/^-|\.|e.*$/g, '').replace(/^0+|0+$/g, '');
  const written = digits(text);
  if (value === 0) return written === '';
  return written.length <= 15 || written === digits(String(value));
}
