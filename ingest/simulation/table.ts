import type { Outcome } from './run';
import type { NamedScenario } from './scenarios';

const count = (value: number): string => Math.round(value).toLocaleString('en-US');

/** One row a scenario, in Markdown. */
export function table(rows: readonly (readonly [NamedScenario, Outcome])[]): string {
  const head = [
    'scenario',
    'nodes',
    'settled after',
    'events',
    'answered 503',
    'given up',
    'hosts failed',
    'longest check',
  ];
  const lines = rows.map(([{ title }, outcome]) => {
    const { samples, produced, givenUp, unhealthy, changes } = outcome;
    const nodes = samples.map((sample) => sample.nodes);
    const shed = samples.reduce((sum, sample) => sum + sample.shed, 0);
    const longest = Math.max(...samples.map(({ healthDelay }) => healthDelay));
    const last = changes.at(-1);
    return [
      title,
      `${Math.min(...nodes)} to ${Math.max(...nodes)}`,
      last === undefined ? 'at once' : `${Math.round(last.at / 60)} min`,
      count(produced),
      count(shed),
      count(givenUp),
      count(unhealthy),
      `${longest.toFixed(1)} s`,
    ];
  });
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
