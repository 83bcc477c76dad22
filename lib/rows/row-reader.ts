import { ASCII } from './bytes';
import type { Carried } from './carried';
import type { CarriedValues } from './carried-values';
import type { Flat } from './flat';
import { scanAcross } from './json';
import * as extents from './json-extent';
import { MAX_LINE_BYTES } from './limits';
import { Output } from './output';
import type { RecordReader } from './record-reader';
import { REJECTED, type RowChecker } from './row';
import type { UsualLines } from './usual-lines';

const { COMMA, LEFT_BRACE, NEWLINE, RETURN, SPACE } = ASCII;
const { isBlank } = extents;

const NO_RECORD = -1;
/** Records that are passed on together. */
const BATCH = 1024;

/** Where the next record, or line, begins behind a record that does not end its line; one before `at` if none does at once. */
function nextRecord(buf: Buffer, at: number, end: number, onlyAfterCommas: boolean): number {
  const c = buf[at];
  if (c === LEFT_BRACE && !onlyAfterCommas) return at;
  if (c !== COMMA || at + 1 >= end) return at + NO_RECORD;
  if (buf[at + 1] === LEFT_BRACE) return at + 1;
  if (buf[at + 1] === SPACE && at + 2 < end && buf[at + 2] === LEFT_BRACE) return at + 2;
  return buf[at + 1] === NEWLINE ? at + 2 : at + NO_RECORD;
}

/** Records as rows. */
export class RowReader implements RecordReader {
  accepted = 0;
  rejected = 0;
  reason = '';
  lines = 0;
  records = 0;
  to = 0;
  readonly output = new Output();
  readonly #onReject: (reason: string, raw: Buffer) => void;
  /** What stands before the members of each record that is read in place. */
  #carried: CarriedValues | undefined;
  /** Whether the record that was read last was read together with that. */
  #isCarried = false;
  /** Records that are accepted as they are, but do not end their lines, and are not yet passed on. */
  readonly #starts = new Int32Array(BATCH);
  readonly #ends = new Int32Array(BATCH);
  #batch = 0;
  /** Where the record ends that was taken last for its usual form. */
  #ended = 0;

  readonly #usual: UsualLines | undefined;

  /** @param usual takes the lines that need no second look. @default every line is read by `row` */
  constructor(
    readonly row: RowChecker,
    onReject: (reason: string, raw: Buffer) => void,
    usual?: UsualLines,
  ) {
    this.#onReject = onReject;
    this.#usual = usual;
  }

  carry(carried: Carried): boolean {
    this.#carried = carried.isEmpty ? undefined : this.row.carry(carried);
    return carried.isEmpty || this.#carried !== undefined;
  }

  read(buf: Buffer, at: number): number {
    this.#isCarried = false;
    return this.#judged(at, this.row.checkObject(buf, at));
  }

  acceptRun(buf: Buffer, at: number, end: number, onlyAfterCommas: boolean): number {
    const { row, output } = this;
    const carried = this.#carried;
    const usual = carried === undefined ? this.#usual : undefined;
    this.#isCarried = carried !== undefined;
    let from = at;
    /** Start of the bytes that are accepted as they are and not yet passed on. */
    let run = at;
    let lines = 0;
    let records = 0;
    let to = REJECTED;
    /** Whether the record before did not end its line, so that this one hardly will. */
    let isJoined = onlyAfterCommas;
    // A brace at the very end begins nothing yet.
    while (from + 1 < end && buf[from] === LEFT_BRACE) {
      if (usual !== undefined && !isJoined) {
        const stop = usual.take(buf, from, end);
        if (stop > from) {
          this.#passOn(buf);
          lines += usual.rows;
          records += usual.rows;
          from = stop;
          if (from + 1 >= end || buf[from] !== LEFT_BRACE) break;
        }
      }
      if (usual !== undefined && isJoined) {
        const next = this.#usualRecord(usual, buf, from, end, onlyAfterCommas);
        if (next > from) {
          this.#hold(buf, from, this.#ended);
          if (buf[next - 1] === NEWLINE) lines++;
          records++;
          from = next;
          run = next;
          continue;
        }
      }
      to = this.#checked(buf, from);
      if (to < 0 || to >= end || this.#isTooLong(from, to)) break;
      const follow = buf[to] === RETURN ? to + 1 : to;
      if (buf[follow] === NEWLINE && follow < end && !onlyAfterCommas) {
        this.#passOn(buf);
        if (row.patches.count > 0) run = output.appendPatched(buf, run, row.patches);
        lines++;
        from = follow + 1;
        isJoined = false;
        usual?.learn(row.type, buf);
      } else {
        const next = nextRecord(buf, to, end, onlyAfterCommas);
        if (next === to + NO_RECORD) break;
        if (run < from) output.append(buf, run, from);
        this.#add(buf, from, to);
        if (buf[next - 1] === NEWLINE) lines++;
        from = next;
        run = next;
        isJoined = true;
        usual?.learn(row.type, buf);
      }
      records++;
    }
    this.#passOn(buf);
    output.append(buf, run, from);
    this.accepted += records;
    this.lines = lines;
    this.records = records;
    if (from + 1 < end && buf[from] === LEFT_BRACE) {
      this.to = this.#judged(from, to);
    } else {
      this.to = REJECTED;
      row.keep();
    }
    return from;
  }

  acceptSpread(flat: Flat, at: number, onlyAfterCommas: boolean): number {
    const { bytes, end, lastRecord } = flat;
    this.#isCarried = this.#carried !== undefined;
    let from = at;
    let records = 0;
    scanAcross(flat);
    while (from < lastRecord) {
      const to = this.#checked(bytes, from);
      const isRecord = to >= 0 && to < end && !this.#isTooLong(from, to) && flat.spans(from, to);
      const next = isRecord ? flat.nextLine(to, onlyAfterCommas) : REJECTED;
      if (next < 0 || bytes[next] !== LEFT_BRACE) {
        // It is read again.
        this.row.forget();
        break;
      }
      this.#add(bytes, from, to);
      records++;
      from = next;
    }
    scanAcross(undefined);
    this.row.keep();
    this.#passOn(bytes);
    this.accepted += records;
    this.records = records;
    return from;
  }

  #checked(buf: Buffer, from: number): number {
    return this.#carried === undefined
      ? this.row.checkObject(buf, from)
      : this.row.checkCarried(buf, from, this.#carried);
  }

  /** Whether a record may be too long to be passed on as it is. */
  #isTooLong(from: number, to: number): boolean {
    const { patches } = this.row;
    const prefix = this.#carried?.prefix.length ?? 0;
    return to - from + prefix + Math.max(0, patches.growth) > MAX_LINE_BYTES || patches.overflow;
  }

  /** Takes a record that fits, and does not end its line. */
  #add(buf: Buffer, from: number, to: number): void {
    if (this.row.patches.count > 0) {
      this.#passOn(buf);
      this.#append(buf, from, to);
      return;
    }
    this.#hold(buf, from, to);
  }

  /** Keeps a record that is accepted as it is. */
  #hold(buf: Buffer, from: number, to: number): void {
    if (this.#batch === BATCH) this.#passOn(buf);
    this.#starts[this.#batch] = from;
    this.#ends[this.#batch] = to;
    this.#batch++;
  }

  /** @returns where the record or line behind one of the usual form begins; or `from`. The record ends at `#ended` */
  #usualRecord(usual: UsualLines, buf: Buffer, from: number, end: number, onlyAfterCommas: boolean): number {
    const to = usual.takeOne(buf, from, end);
    if (to < 0 || to - from > MAX_LINE_BYTES) return from;
    this.#ended = to;
    const next = nextRecord(buf, to, end, onlyAfterCommas);
    return next === to + NO_RECORD ? from : next;
  }

  #passOn(buf: Buffer): void {
    if (this.#batch === 0) return;
    this.output.appendRecords(buf, this.#starts, this.#ends, this.#batch, this.#carried?.prefix);
    this.#batch = 0;
  }

  /** Passes on the record that was read last. */
  #append(buf: Buffer, from: number, to: number): void {
    const { row, output } = this;
    let run = from;
    if (this.#isCarried && this.#carried !== undefined) {
      const { prefix } = this.#carried;
      output.append(prefix, 0, prefix.length);
      run = from + 1;
    }
    if (row.patches.count > 0) run = output.appendPatched(buf, run, row.patches);
    output.appendLine(buf, run, to);
  }

  /** What `read` answers of the object that was checked last. */
  #judged(at: number, to: number): number {
    const { row } = this;
    if (this.#isCarried && to >= 0 && this.#isTooLong(at, to)) return REJECTED;
    const problem = to === REJECTED ? row.reason : row.patches.needed ? row.tooLong(at, to) : undefined;
    if (problem === undefined) return to;
    this.reason = problem;
    return REJECTED;
  }

  explain(line: Buffer): string {
    return this.row.check(line, 0) === REJECTED ? this.row.reason : 'not JSON: what follows it is not another record';
  }

  forget(): void {
    this.row.forget();
  }

  keep(): void {
    this.row.keep();
  }

  accept(buf: Buffer, from: number, to: number, isLine: boolean): void {
    const { row, output } = this;
    this.accepted++;
    row.keep();
    if (!isLine || this.#isCarried) {
      let end = to;
      while (isBlank(buf[end - 1] as number)) end--;
      this.#append(buf, from, end);
      return;
    }
    const run = row.patches.count > 0 ? output.appendPatched(buf, from, row.patches) : from;
    output.append(buf, run, to);
  }

  reject(reason: string, raw: Buffer): void {
    this.rejected++;
    this.row.keep();
    this.#onReject(reason, raw);
  }
}
