import { isUtf8 } from 'node:buffer';
import type { Dataset } from '../dataset/model';
import { withOwnNames } from '../dataset/sources';
import { ASCII } from './bytes';
import { Header } from './csv-header';
import { JsonWriter } from './csv-values';
import { UnreadableObjectError } from './errors';
import { Fields } from './fields';
import { MAX_LINE_BYTES } from './limits';
import { LineMatcher } from './line-matcher';
import { Output } from './output';
import { PatternRows } from './pattern-rows';
import { RowChecker } from './row';
import type { UnknownField } from './unknown';
import type { Rejection, RowValidator } from './validator';
import { Vetoes, type VetoList } from './vetoes';
import { passOn } from './written-line';

const { NEWLINE, RETURN, SPACE, TAB } = ASCII;

/**
 * Checks lines whose fields are the groups of a pattern against a dataset: each line becomes one of NDJSON, which then has to
 * pass the same rules as any other. A group that is empty or took no part is null.
 */
export class LinesValidator implements RowValidator {
  accepted = 0;
  rejected = 0;
  readonly otherUnknownFields = 0;
  readonly unknownFields: readonly UnknownField[] = [];
  readonly #onReject: (rejected: Rejection) => void;
  readonly #matcher: LineMatcher;
  readonly #fields = new Fields();
  readonly #writer: JsonWriter;
  readonly #row: RowChecker;
  readonly #vetoes: Vetoes | undefined;
  readonly #output = new Output();
  /** Takes the usual lines. */
  readonly #plain: PatternRows | undefined;
  /** The start of a line whose end has not come yet. */
  #held: Buffer[] = [];
  #heldBytes = 0;
  #line = 0;

  /** @throws Error for a dataset without a pattern */
  constructor(dataset: Pick<Dataset, 'columns' | 'input'>, onReject: (rejected: Rejection) => void, vetoes?: VetoList) {
    this.#vetoes = vetoes && new Vetoes(vetoes);
    const { columns, input } = dataset;
    if (input.lines === undefined) throw new Error('the dataset has no pattern for lines');
    const { pattern, nulls = [] } = input.lines;
    this.#onReject = onReject;
    this.#matcher = new LineMatcher(pattern);
    const { columns: written, isOwn } = new Header(columns, 'input.lines.pattern').read(this.#matcher.groups);
    this.#row = new RowChecker(isOwn ? withOwnNames(columns) : columns);
    this.#writer = new JsonWriter(written, { quote: false, nulls }, isOwn ? this.#row : undefined);
    if (isOwn && vetoes === undefined) {
      const { groups } = this.#matcher;
      this.#plain = PatternRows.of(
        { pattern, nulls, groups, written, declared: columns, row: this.#row },
        this.#writer.lines,
      );
    }
  }

  push(chunk: Buffer): Buffer[] {
    let from = 0;
    if (this.#heldBytes > 0) {
      const newline = chunk.indexOf(NEWLINE);
      if (newline === -1) {
        this.#hold(chunk, 0);
        return [];
      }
      from = newline + 1;
      const line = Buffer.concat([...this.#held, chunk.subarray(0, from)]);
      this.#held = [];
      this.#heldBytes = 0;
      this.#check(line, 0, line.length);
    }
    const end = chunk.lastIndexOf(NEWLINE) + 1;
    if (end > from) this.#check(chunk, from, end);
    this.#hold(chunk, Math.max(from, end));
    return this.#output.take();
  }

  end(): Buffer[] {
    return this.#heldBytes === 0 ? [] : this.push(Buffer.from('\n'));
  }

  #hold(chunk: Buffer, from: number): void {
    if (from === chunk.length) return;
    this.#held.push(Buffer.from(chunk.subarray(from)));
    this.#heldBytes += chunk.length - from;
    if (this.#heldBytes > MAX_LINE_BYTES) throw this.#tooLong();
  }

  #tooLong(): UnreadableObjectError {
    return new UnreadableObjectError(`line ${this.#line + 1} is longer than ${MAX_LINE_BYTES} bytes`);
  }

  /** Checks the whole lines in `[start, end)`. */
  #check(buf: Buffer, start: number, end: number): void {
    const wellFormed = isUtf8(buf.subarray(start, end));
    let from = start;
    if (this.#line === 0 && buf[from] === 0xef && buf[from + 1] === 0xbb && buf[from + 2] === 0xbf) from += 3;
    const plain = wellFormed ? this.#plain : undefined;
    while (from < end) {
      if (plain !== undefined) {
        from = plain.run(buf, from, end, this.#output);
        this.#line += plain.count;
        this.accepted += plain.count;
        if (from >= end) break;
      }
      const newline = buf.indexOf(NEWLINE, from);
      if (newline - from > MAX_LINE_BYTES) throw this.#tooLong();
      this.#line++;
      const to = buf[newline - 1] === RETURN ? newline - 1 : newline;
      if (!isBlank(buf, from, to)) {
        const reason = wellFormed || isUtf8(buf.subarray(from, to)) ? this.#convert(buf, from, to) : 'not UTF-8';
        if (reason === undefined) {
          this.accepted++;
        } else {
          this.rejected++;
          this.#onReject({ line: this.#line, reason, raw: buf.subarray(from, to) });
        }
      }
      from = newline + 1;
    }
  }

  /** Passes a line on as one of NDJSON, or says why it cannot. */
  #convert(buf: Buffer, from: number, to: number): string | undefined {
    if (!this.#matcher.match(buf, from, to, this.#fields)) return this.#matcher.describeStop(buf, from, to);
    const writer = this.#writer;
    const start = writer.write(buf, this.#fields, to - from);
    return passOn(writer, start, this.#row, this.#output, this.#vetoes);
  }
}

function isBlank(buf: Buffer, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (buf[i] !== SPACE && buf[i] !== TAB && buf[i] !== RETURN) return false;
  return true;
}
