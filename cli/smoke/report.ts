import type { StageSettings } from '../../lib/settings';
import { dollars, seconds } from '../format';
import { answersOf, type Outcome, type SmokeCheck } from './check';

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
  }[];
  /** What held of the last column of docs/proof.md, because each check that looks at it passed. None on an emulator. */
  readonly proven: readonly Proven[];
}

export interface Proven {
  /** First cell of the row. */
  readonly row: string;
  /** Part of its last cell, word by word. */
  readonly part: string;
}

/** @param all every check that looks at a part, whether it ran or not */
export function reportOf(
  place: Pick<SmokeReport, 'stage' | 'region' | 'isEmulated' | 'at'>,
  outcomes: readonly Outcome[],
  all: readonly SmokeCheck[],
  settings: StageSettings,
): SmokeReport {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const { result } of outcomes) counts[result] += 1;
  return {
    formatVersion: 1,
    ...place,
    counts,
    checks: outcomes.map(({ check: { id, proves }, result, detail, seconds: took }) => ({
      ...{ id, result, proves, detail, seconds: took },
    })),
    proven: place.isEmulated ? [] : provenBy(outcomes, all, settings),
  };
}

function provenBy(
  outcomes: readonly Outcome[],
  all: readonly SmokeCheck[],
  settings: StageSettings,
): readonly Proven[] {
  const passed = new Set(outcomes.filter(({ result }) => result === 'passed').map(({ check }) => check.id));
  const looked = all.flatMap((check) =>
    Object.entries(answersOf(check, settings)).flatMap(([row, parts]) =>
      parts.map((part) => ({ row, part, id: check.id })),
    ),
  );
  const held = looked.filter(({ row, part }) =>
    looked.every((other) => other.row !== row || other.part !== part || passed.has(other.id)),
  );
  const once = new Map(held.map(({ row, part }) => [`${row}\n${part}`, { row, part }]));
  return [...once.values()].sort((a, b) => (a.row < b.row ? -1 : a.row > b.row ? 1 : 0));
}

/** The page of proofs with what held struck out, with the day and the region. May be repeated. */
export function updatedProof(page: string, { proven, at, region }: SmokeReport): string {
  const lines = page.split('\n').map((line) => {
    const [, first = ''] = /^\| (.+?) \|/.exec(line) ?? [];
    const end = line.lastIndexOf(' |');
    const begin = line.lastIndexOf('| ', end - 1);
    let open = line.slice(begin, end);
    for (const { row, part } of proven) {
      if (row !== first.replaceAll('`', '') || open.includes(`~~${part}~~`)) continue;
      open = open.replace(part, () => `~~${part}~~ (held on ${at.slice(0, 10)}, ${region})`);
    }
    return begin < 0 ? line : `${line.slice(0, begin)}${open}${line.slice(end)}`;
  });
  return lines.join('\n');
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
    '## What docs/proof.md calls not proven, and held',
    '',
    ...(report.proven.length === 0 ? ['Nothing.'] : report.proven.map(({ row, part }) => `- ${row}: ${part}`)),
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
    'It puts objects into empty partitions at the end of the ranges of one dataset or two, and deletes them at the end.',
  ];
}
