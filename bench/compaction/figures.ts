import type { Measured } from './child';

export interface Row {
  readonly name: string;
  readonly runs: readonly Measured[];
}

/** Prints medians, a line for each row. */
export function table(rows: readonly Row[]): void {
  say(`  ${''.padEnd(56)} wall s    CPU s  peak MiB      rows  files  output`);
  for (const { name, runs } of rows) {
    const of = (pick: (run: Measured) => number, digits: number, width: number): string =>
      median(runs.map(pick)).toFixed(digits).padStart(width);
    const times = `${of((r) => r.seconds, 1, 6)} ${of((r) => r.cpuSeconds, 1, 8)}`;
    const counts = `${of((r) => r.peakMiB, 0, 9)} ${of((r) => r.rows, 0, 9)} ${of((r) => r.files, 0, 6)}`;
    say(`  ${name.padEnd(56)} ${times} ${counts}  ${mb(median(runs.map((r) => r.bytesOut)))}`);
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}

/** The median of ratios of runs that took turns, and each of them. */
export function ratio(of: readonly Measured[], to: readonly Measured[], pick: (run: Measured) => number): string {
  const ratios = of.map((run, index) => pick(run) / pick(to[index] as Measured));
  return `${median(ratios).toFixed(2)} (each run: ${ratios.map((r) => r.toFixed(2)).join(', ')})`;
}

export const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;
export const say = (line: string): void => void process.stdout.write(`${line}\n`);
