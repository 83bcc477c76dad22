import { ASCII } from './bytes';
import type { Patches } from './patches';

const { NEWLINE } = ASCII;
const NEWLINE_BYTE = Buffer.of(NEWLINE);

/** Runs shorter than this are gathered into one slice: a copy is cheaper than a write of its own. */
const COPY_BELOW = 4096;
const SCRATCH_BYTES = 64 * 1024;

/**
 * Collects accepted bytes as few slices. Adjacent runs of one buffer become one slice that shares its memory; short runs
 * and rewritten tokens are copied together.
 */
export class Output {
  #slices: Buffer[] = [];
  #run: Buffer | undefined;
  #runFrom = 0;
  #runTo = 0;
  #scratch: Buffer | undefined;
  #scratchFrom = 0;
  #scratchTo = 0;

  append(source: Buffer, from: number, to: number): void {
    if (from === to) return;
    if (this.#run === source && this.#runTo === from) {
      this.#runTo = to;
      return;
    }
    this.#closeRun();
    this.#run = source;
    this.#runFrom = from;
    this.#runTo = to;
  }

  /** Appends a line that has no newline yet. */
  appendLine(source: Buffer, from: number, to: number): void {
    if (to - from < COPY_BELOW) {
      this.#closeRun();
      const scratch = this.#room(to - from + 1);
      source.copy(scratch, this.#scratchTo, from, to);
      this.#scratchTo += to - from;
      scratch[this.#scratchTo++] = NEWLINE;
    } else {
      this.append(source, from, to);
      this.append(NEWLINE_BYTE, 0, 1);
    }
  }

  /**
   * Appends records that are no lines yet, in order: they are copied at once and then moved, as a call for each takes longer.
   *
   * @param prefix what stands at the start of each instead of its brace
   */
  appendRecords(source: Buffer, starts: Int32Array, ends: Int32Array, count: number, prefix?: Buffer): void {
    this.#closeRun();
    const from = starts[0] as number;
    const to = ends[count - 1] as number;
    const more = prefix === undefined ? 0 : prefix.length - 1;
    const scratch = this.#room(to - from + count * (more + 1));
    const start = this.#scratchTo;
    // As far to the right as is needed for none to be moved over another that is not.
    const shift = start + count * (more + 1) - from;
    let target = start;
    if (prefix === undefined && isSeparated(starts, ends, count)) {
      source.copy(scratch, start, from, to);
      for (let i = 0; i < count; i++) scratch[start + (ends[i] as number) - from] = NEWLINE;
      target = start + to - from + 1;
    } else {
      source.copy(scratch, from + shift, from, to);
      for (let i = 0; i < count; i++) {
        const [first, last] = [starts[i] as number, ends[i] as number];
        if (prefix !== undefined) for (let k = 0; k < more; k++) scratch[target++] = prefix[k] as number;
        scratch.copyWithin(target, first + shift, last + shift);
        if (prefix !== undefined) scratch[target] = prefix[more] as number;
        target += last - first;
        scratch[target++] = NEWLINE;
      }
    }
    this.#scratchTo = target;
  }

  /** Appends from `from` up to the last patch, with every patch applied; returns the position after the last one. */
  appendPatched(source: Buffer, from: number, patches: Patches): number {
    let run = from;
    for (let i = 0; i < patches.count; i++) {
      this.append(source, run, patches.from(i));
      this.#closeRun();
      // Copied at once: the next line overwrites the text.
      this.#copy(patches.text, patches.textFrom(i), patches.textTo(i));
      run = patches.to(i);
    }
    return run;
  }

  /** Everything appended since the last call, in order. */
  take(): Buffer[] {
    if (this.#run !== undefined && this.#slices.length === 0 && this.#scratchFrom === this.#scratchTo) {
      this.#slices.push(this.#run.subarray(this.#runFrom, this.#runTo));
      this.#run = undefined;
    }
    this.#closeRun();
    this.#closeScratch();
    // The slices belong to the caller now, so their memory is never written again.
    this.#scratch = undefined;
    this.#scratchFrom = 0;
    this.#scratchTo = 0;
    const slices = this.#slices;
    this.#slices = [];
    return slices;
  }

  #closeRun(): void {
    const run = this.#run;
    if (run === undefined) return;
    this.#run = undefined;
    if (this.#runTo - this.#runFrom < COPY_BELOW) {
      this.#copy(run, this.#runFrom, this.#runTo);
    } else {
      this.#closeScratch();
      this.#slices.push(run.subarray(this.#runFrom, this.#runTo));
    }
  }

  #copy(source: Buffer, from: number, to: number): void {
    const length = to - from;
    const scratch = this.#room(length);
    if (length < 32) {
      for (let i = 0; i < length; i++) scratch[this.#scratchTo + i] = source[from + i] as number;
    } else {
      source.copy(scratch, this.#scratchTo, from, to);
    }
    this.#scratchTo += length;
  }

  /** The scratch memory, with so many bytes left. */
  #room(length: number): Buffer {
    let scratch = this.#scratch;
    if (scratch === undefined || this.#scratchTo + length > scratch.length) {
      this.#closeScratch();
      scratch = Buffer.allocUnsafeSlow(Math.max(SCRATCH_BYTES, length));
      this.#scratch = scratch;
      this.#scratchFrom = 0;
      this.#scratchTo = 0;
    }
    return scratch;
  }

  #closeScratch(): void {
    if (this.#scratch !== undefined && this.#scratchTo > this.#scratchFrom) {
      this.#slices.push(this.#scratch.subarray(this.#scratchFrom, this.#scratchTo));
    }
    this.#scratchFrom = this.#scratchTo;
  }
}

/** Whether one byte stands between each record and the next, in whose place a newline can stand. */
function isSeparated(starts: Int32Array, ends: Int32Array, count: number): boolean {
  for (let i = 1; i < count; i++) if (starts[i] !== (ends[i - 1] as number) + 1) return false;
  return true;
}
