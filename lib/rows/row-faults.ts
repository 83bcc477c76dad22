import type { KeyEntry, ValueType } from './compiled';
import * as json from './json';
import { describeValue, Fault, hintFor, limitsOf, pathName, quoteName } from './reasons';
import { strictProblem } from './strict';

const { skipValue } = json;

/** The line does not fit; `reason` says why. */
export const REJECTED = -1;

/** What may follow a value, or a key. */
export const DELIMITER: ReadonlySet<number> = new Set(Buffer.from(' \t\r\n,:]}'));

/** Says why a line does not fit, from where it does not; each answers `REJECTED`. */
export abstract class RowFaults {
  /** The same in two parts: `items[2].price` (empty for the line as a whole) and `expected a double, found true`. */
  readonly fault = new Fault();
  /** What is checked, and where its line starts. */
  protected buf: Buffer = Buffer.alloc(0);
  protected lineStart = 0;

  protected hint({ kind }: ValueType, at: number, end: number): string {
    return kind === 'date' || kind === 'timestamp' ? hintFor(this.buf, at, end) : '';
  }

  protected narrower(type: ValueType, at: number, end: number): number {
    this.fault.set(strictProblem(this.buf, at, end, type));
    return REJECTED;
  }

  protected outOfRange(type: ValueType, at: number): number {
    const buf = this.buf;
    const end = skipValue(buf, at);
    if (end < 0) return this.syntax(~end);
    if (!DELIMITER.has(buf[end] as number)) return this.syntax(end);
    this.fault.set(`${describeValue(buf, at, end)} ${limitsOf(type)}${this.hint(type, at, end)}`);
    return REJECTED;
  }

  protected twice(key: string): number {
    this.fault.set(`the key ${quoteName(key)} occurs twice`);
    return REJECTED;
  }

  protected faultAt(entry: KeyEntry, problem: string): number {
    return this.faultIn(entry.route === undefined ? entry.name : pathName(entry.name), problem);
  }

  protected faultIn(segment: string, problem: string): number {
    this.fault.set(problem);
    return this.inside(segment);
  }

  protected inside(segment: string): number {
    this.fault.prefix(segment);
    return REJECTED;
  }

  protected syntax(at: number): number {
    this.fault.setSyntax(this.buf, this.lineStart, at);
    return REJECTED;
  }
}
