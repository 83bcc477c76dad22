import type { JsonWriter } from './csv-values';
import type { Output } from './output';
import type { RowChecker } from './row';
import type { Vetoes } from './vetoes';

/** Passes on a line that was written, if it fits; says why it does not. @param start where it starts in the writer's lines */
export function passOn(
  writer: JsonWriter,
  start: number,
  row: RowChecker,
  output: Output,
  vetoes?: Vetoes,
): string | undefined {
  if (writer.problem !== undefined) return writer.problem;
  const line = writer.lines.bytes;
  let newline = start + writer.length - 1;
  if (!writer.fits) {
    newline = row.check(line, start);
    if (newline < 0) return row.reason;
  }
  const tooLong = row.tooLong(start, newline);
  if (tooLong !== undefined) return tooLong;
  const veto = vetoes?.reason;
  vetoes?.pass();
  if (veto !== undefined) return veto;
  const run = output.appendPatched(line, start, row.patches);
  output.append(line, run, newline + 1);
  return undefined;
}
