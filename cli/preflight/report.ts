import { type Environment, environment } from '../environment';
import type { Level } from './check';
import { type Counts, count, type Reported } from './preflight';

export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

export interface Subject {
  readonly stage: string;
  readonly account: string;
  readonly region: string;
}

const MARKS: Readonly<Record<Level, { mark: string; colour: string }>> = {
  error: { mark: '✗', colour: '31' },
  warning: { mark: '!', colour: '33' },
  unknown: { mark: '?', colour: '33' },
  ok: { mark: '✓', colour: '32' },
  skipped: { mark: '-', colour: '2' },
};

/** Prints findings for people: one line each, and below those that ask for it what to do. */
export function printReport(
  out: Output,
  { stage, account, region }: Subject,
  findings: readonly Reported[],
  env: Environment = environment(),
): void {
  const isColoured = out.isTTY === true && env.TERM !== 'dumb' && (env.NO_COLOR ?? '') === '';
  const paint = (colour: string, text: string): string => (isColoured ? `\u001b[${colour}m${text}\u001b[0m` : text);
  const width = Math.max(...findings.map(({ check }) => check.length));
  out.write(`${paint('1', `Preflight of stage ${stage}`)}: account ${account}, ${region}\n\n`);
  for (const { check, level, found, todo } of findings) {
    const { mark, colour } = MARKS[level];
    const text = level === 'skipped' ? paint(colour, found) : found;
    out.write(`${paint(colour, mark)} ${check.padEnd(width)}  ${text}\n`);
    if (todo !== undefined) out.write(`  ${''.padEnd(width)}  → ${todo}\n`);
  }
  const missing = [...new Set(findings.flatMap((finding) => finding.missing ?? []))].sort();
  if (missing.length > 0) {
    out.write(`\nThe caller lacks ${missing.join(', ')}. All that preflight calls: --policy\n`);
  }
  out.write(`\n${summary(count(findings))}\n`);
}

const summary = ({ error, warning, unknown, ok, skipped }: Counts): string =>
  `${plural(error, 'error')}, ${plural(warning, 'warning')}, ${unknown} unknown, ${ok} ok, ${skipped} not needed`;

const plural = (number: number, word: string): string => `${number} ${word}${number === 1 ? '' : 's'}`;
