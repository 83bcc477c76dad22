import type { Dataset } from '../dataset/model';
import { ASCII } from './bytes';
import { JsonRecords, type RecordReader } from './json-records';
import { MAX_LINE_BYTES } from './limits';
import { Output } from './output';
import { REJECTED, RowChecker } from './row';
import type { UnknownField } from './unknown';
import type { Rejection, RowValidator } from './validator';

const { COMMA, LEFT_BRACE, NEWLINE, RETURN } = ASCII;

/**
 * Checks JSON against a dataset. Strict JSON (RFC 8259) in UTF-8, objects in any arrangement that `JsonRecords` finds, a byte
 * order mark and CRLF tolerated. Every accepted record is one line, and is converted exactly by `readLinesSql`; nothing is
 * coerced.
 */
export class NdjsonValidator implements RowValidator {
  readonly #reader: RowReader;
  readonly #records: JsonRecords;

  constructor(
    dataset: Pick<Dataset, 'columns'> & { readonly input?: Pick<Dataset['input'], 'json'> | undefined },
    onReject: (rejected: Rejection) => void,
  ) {
    const { columns, input } = dataset;
    this.#reader = new RowReader(new RowChecker(columns), (reason, raw) =>
      onReject({ ...this.#records.place, reason, raw }),
    );
    const snake = columns.some(({ from }) => from === 'snake');
    this.#records = new JsonRecords(this.#reader, input?.json === undefined ? undefined : { ...input.json, snake });
  }

  get accepted(): number {
    return this.#reader.accepted;
  }

  get rejected(): number {
    return this.#reader.rejected;
  }

  get unknownFields(): readonly UnknownField[] {
    const { envelope } = this.#records;
    const around = [...(envelope?.undeclared ?? [])].map(([name, count]) => ({ name, count, similarTo: undefined }));
    return [...around, ...this.#reader.row.unknownFields];
  }

  get otherUnknownFields(): number {
    return (this.#records.envelope?.otherUndeclared ?? 0) + this.#reader.row.otherUnknownFields;
  }

  push(chunk: Buffer): Buffer[] {
    this.#records.push(chunk);
    return this.#reader.output.take();
  }

  end(): Buffer[] {
    this.#records.end();
    return this.#reader.output.take();
  }
}

const NO_RECORD = -1;

/** Where the next record, or line, begins behind a record that does not end its line; one before `at` if none does at once. */
function nextRecord(buf: Buffer, at: number, end: number, onlyAfterCommas: boolean): number {
  const c = buf[at];
  if (c === LEFT_BRACE && !onlyAfterCommas) return at;
  if (c !== COMMA || at + 1 >= end) return at + NO_RECORD;
  if (buf[at + 1] === LEFT_BRACE) return at + 1;
  return buf[at + 1] === NEWLINE ? at + 2 : at + NO_RECORD;
}

/** Records as rows. */
class RowReader implements RecordReader {
  accepted = 0;
  rejected = 0;
  reason = '';
  lines = 0;
  records = 0;
  to = 0;
  readonly output = new Output();
  readonly #onReject: (reason: string, raw: Buffer) => void;

  constructor(
    readonly row: RowChecker,
    onReject: (reason: string, raw: Buffer) => void,
  ) {
    this.#onReject = onReject;
  }

  read(buf: Buffer, at: number): number {
    return this.#judged(at, this.row.checkObject(buf, at));
  }

  acceptRun(buf: Buffer, at: number, end: number, onlyAfterCommas: boolean): number {
    const { row, output } = this;
    let from = at;
    /** Start of the bytes that are accepted as they are and not yet passed on. */
    let run = at;
    let lines = 0;
    let records = 0;
    let to = REJECTED;
    while (from < end && buf[from] === LEFT_BRACE) {
      to = row.checkObject(buf, from);
      if (to < 0 || to >= end || to - from > MAX_LINE_BYTES) break;
      if (row.patches.needed && row.tooLong(from, to) !== undefined) break;
      const follow = buf[to] === RETURN ? to + 1 : to;
      if (buf[follow] === NEWLINE && follow < end && !onlyAfterCommas) {
        if (row.patches.count > 0) run = output.appendPatched(buf, run, row.patches);
        lines++;
        from = follow + 1;
      } else {
        const next = nextRecord(buf, to, end, onlyAfterCommas);
        if (next === to + NO_RECORD) break;
        if (run < from) output.append(buf, run, from);
        output.appendLine(buf, row.patches.count > 0 ? output.appendPatched(buf, from, row.patches) : from, to);
        if (buf[next - 1] === NEWLINE) lines++;
        from = next;
        run = next;
      }
      records++;
    }
    output.append(buf, run, from);
    this.accepted += records;
    this.lines = lines;
    this.records = records;
    if (from < end && buf[from] === LEFT_BRACE) this.to = this.#judged(from, to);
    else row.keep();
    return from;
  }

  /** What `read` answers of the object that was checked last. */
  #judged(at: number, to: number): number {
    const { row } = this;
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
    const run = row.patches.count > 0 ? output.appendPatched(buf, from, row.patches) : from;
    if (isLine) output.append(buf, run, to);
    else output.appendLine(buf, run, to);
  }

  reject(reason: string, raw: Buffer): void {
    this.rejected++;
    this.row.keep();
    this.#onReject(reason, raw);
  }
}
