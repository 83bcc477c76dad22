import { seconds } from '../../cli/format';
import type { Scenario } from './scenarios';
import type { YearOutcome } from './year';

const count = (value: number): string => Math.round(value).toLocaleString('en-US');

/** One column a scenario, in Markdown. */
export function table(rows: readonly (readonly [Scenario, YearOutcome])[]): string {
  const line = (name: string, cell: (outcome: YearOutcome, scenario: Scenario) => string): readonly string[] => [
    name,
    ...rows.map(([scenario, outcome]) => cell(outcome, scenario)),
  ];
  const most = ({ samples }: YearOutcome, of: (sample: YearOutcome['samples'][number]) => number): number =>
    Math.max(...samples.map(of));
  const last = ({ samples }: YearOutcome) => samples.at(-1);
  const lines = [
    ['', ...rows.map(([{ title }]) => title)],
    ['---', ...rows.map(() => '---')],
    line('most files of a partition', (outcome) => count(most(outcome, ({ mostFiles }) => mostFiles))),
    line('most files of a closed one', (outcome) => count(most(outcome, ({ closedFiles }) => closedFiles))),
    line('files of a partition at the end, mean', (outcome) => (last(outcome)?.meanFiles ?? 0).toFixed(1)),
    line('bytes written for each byte of the tables', (outcome) => (last(outcome)?.writeAmplification ?? 0).toFixed(1)),
    line(
      'longest wait of an object',
      (outcome) => `${(most(outcome, ({ pendingSeconds }) => pendingSeconds) / 3_600).toFixed(1)} h`,
    ),
    line('longest plan', (outcome) => seconds(most(outcome, ({ planSeconds }) => planSeconds))),
    line('most tasks of a day', (outcome) => count(most(outcome, ({ tasks }) => tasks))),
    line('most LISTs, PUTs, GETs of a day', (outcome) =>
      [most(outcome, ({ lists }) => lists), most(outcome, ({ puts }) => puts), most(outcome, ({ gets }) => gets)]
        .map(count)
        .join(', '),
    ),
    line(
      'runs, and those left out because another was active',
      ({ runs, skipped }) => `${count(runs)}, ${count(skipped)}`,
    ),
    line(
      'rows that arrived, and rows in tables',
      (outcome) => `${count(outcome.rows.arrived)}, ${count(outcome.rows.visible)}`,
    ),
  ];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
