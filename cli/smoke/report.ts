import type { StageSettings } from '../../lib/settings';
import { dollars, seconds } from '../format';
import type { Outcome, SmokeCheck } from './check';

export interface SmokeReport {
  readonly formatVersion: 1;
  readonly stage: string;
  readonly region: string;
  /** Whether an emulator answered: then nothing here is proof of AWS. */
  readonly isEmulated: boolean;
  readonly at: string;
  readonly counts: Readonly<Record<Outcome['result'], number>>;
  readonly checks: readonly {
    readonly id: string;
    readonly result: Outcome['result'];
    readonly proves: string;
    readonly detail: string;
    readonly seconds: number;
    /** Rows of docs/proof.md. */
    readonly rows: readonly string[];
  }[];
  /** Rows of docs/proof.md of which each check that looks at them passed. None on an emulator. */
  readonly proven: readonly string[];
}

/** @param at ISO 8601 */
export function reportOf(
  place: Pick<SmokeReport, 'stage' | 'region' | 'isEmulated' | 'at'>,
  outcomes: readonly Outcome[],
  all: readonly SmokeCheck[],
): SmokeReport {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const { result } of outcomes) counts[result] += 1;
  const passed = new Set(outcomes.filter(({ result }) => result === 'passed').map(({ check }) => check.id));
  const rows = [...new Set(all.flatMap((check) => check.rows))].sort();
  return {
    formatVersion: 1,
    ...place,
    counts,
    checks: outcomes.map(({ check: { id, proves, rows: own }, result, detail, seconds: took }) => ({
      ...{ id, result, proves, detail, seconds: took, rows: own },
    })),
    proven: place.isEmulated
      ? []
      : rows.filter((row) => all.every((check) => !check.rows.includes(row) || passed.has(check.id))),
  };
}

const MARKS: Readonly<Record<Outcome['result'], string>> = { passed: '✓', failed: '✗', skipped: '-' };

export const lineOfOutcome = ({ check, result, detail, seconds: took }: Outcome): string =>
  `${MARKS[result]} ${check.id}: ${detail} (${seconds(took)})`;

export function markdownOf(report: SmokeReport): string {
  const { passed, failed, skipped } = report.counts;
  const cell = (text: string): string => text.replaceAll('|', '\\|').replace(/\s+/g, ' ');
  return [
    `# Smoke test of stage ${report.stage}`,
    '',
    `${report.at}, ${report.isEmulated ? 'on an emulator of AWS, which proves nothing of AWS itself' : report.region}: ` +
      `${passed} passed, ${failed} failed, ${skipped} skipped.`,
    '',
    '| check | result | what holds when it passes | seen |',
    '|---|---|---|---|',
    ...report.checks.map(
      ({ id, result, proves, detail }) => `| \`${id}\` | ${result} | ${cell(proves)} | ${cell(detail)} |`,
    ),
    '',
    '## Rows of docs/proof.md that it proves',
    '',
    ...(report.proven.length === 0 ? ['None.'] : report.proven.map((row) => `- ${row}`)),
    '',
  ].join('\n');
}

/** What a smoke test would do, and what that costs. */
export function planLines(checks: readonly SmokeCheck[], settings: StageSettings): readonly string[] {
  const costs = checks.map((check) => check.dollars?.(settings) ?? 0);
  const total = costs.reduce((sum, own) => sum + own, 0);
  return [
    `Smoke test of stage ${settings.name}: ${checks.length} checks, about ${dollars(total)} at list prices.`,
    ...checks.map(({ id, proves }, index) => `  ${id}: ${proves} (${dollars(costs[index] ?? 0)})`),
    'It puts objects into two empty partitions at the end of the range of one dataset, and deletes them at the end.',
  ];
}
