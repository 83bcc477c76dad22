import { count, plural } from '../../format';
import type { Terminal } from '../../terminal';
import { visible } from '../../visible';
import { quarantineOf } from '../quarantined';
import { verb } from '../verb';
import { alone } from './alone';
import { type ReasonCount, Reasons } from './reasons';
import { type Retry, retry } from './retry';

export const run = verb({
  name: 'quarantine',
  about: `Shows why lines and whole objects were rejected, by reason, with counts and examples. With --retry it puts them back into the
inbox, once, after the declaration was corrected and deployed.`,
  options: [['--retry', 'put them back into the inbox, and take them out of quarantine']],
  flags: { retry: { type: 'boolean' } },
  changes: true,
  wrong: 'something cannot be put back',
  async run({ lake, selection, mayChange, progress }, { retry: isRetry = false }) {
    const found: DatasetReasons[] = [];
    for (const dataset of selection.datasets) {
      progress('read', found.length / selection.datasets.length);
      const reasons = new Reasons();
      const retried = new Retries();
      const readAll = async (tell?: () => Promise<void>): Promise<void> => {
        for await (const object of quarantineOf(lake, dataset, selection)) {
          reasons.add(object);
          await tell?.();
          if (isRetry) retried.add(await retry(lake, dataset, object, mayChange));
        }
      };
      // A folder is used by one process at a time.
      if (isRetry && mayChange && lake.aws !== undefined) await alone(lake, dataset.name, readAll);
      else await readAll();
      found.push({ dataset: dataset.name, reasons: reasons.counts(), retry: isRetry ? retried.counts() : undefined });
    }
    const retries = found.flatMap(({ retry: own }) => own ?? []);
    const isPlan = !mayChange && retries.some(({ lines, objects }) => lines + objects > 0);
    return {
      code: isPlan ? 3 : retries.some(({ left }) => left.length > 0) ? 1 : 0,
      json: { datasets: found },
      print(terminal) {
        for (const { dataset, reasons, retry: own } of found) {
          terminal.line(`${terminal.bold(dataset)}${reasons.length === 0 ? ': nothing in quarantine' : ''}`);
          for (const { reason, lines, objects, partitions, examples } of reasons) {
            const much = [
              ...(lines > 0 ? [`${count(lines)} ${lines === 1 ? 'line' : 'lines'}`] : []),
              ...(objects > 0 ? [plural(objects, 'object')] : []),
            ].join(' and ');
            terminal.line(`  ${much} in ${plural(partitions, 'partition')}: ${visible(reason)}`);
            for (const { source, line, text } of examples) {
              terminal.line(terminal.dim(`    ${visible(source)}${line === null ? '' : `, line ${line}`}`));
              if (text !== null) terminal.line(terminal.dim(`      ${visible(text)}`));
            }
          }
          if (own !== undefined) printRetry(terminal, own, mayChange);
        }
      },
    };
  },
});

interface DatasetReasons {
  readonly dataset: string;
  readonly reasons: readonly ReasonCount[];
  /** Undefined without `--retry`. */
  readonly retry: RetryCounts | undefined;
}

interface RetryCounts {
  /** Put back, or to be put back. */
  readonly lines: number;
  readonly objects: number;
  /** What stays in quarantine, and why. */
  readonly left: readonly { readonly problem: string; readonly lines: number; readonly objects: number }[];
}

class Retries {
  #back = { lines: 0, objects: 0 };
  readonly #left = new Map<string, { lines: number; objects: number }>();

  add({ lines, objects, problem }: Retry): void {
    const counts = problem === undefined ? this.#back : (this.#left.get(problem) ?? { lines: 0, objects: 0 });
    if (problem !== undefined) this.#left.set(problem, counts);
    counts.lines += lines;
    counts.objects += objects;
  }

  counts(): RetryCounts {
    return { ...this.#back, left: [...this.#left].map(([problem, counts]) => ({ problem, ...counts })) };
  }
}

const amount = ({ lines, objects }: { readonly lines: number; readonly objects: number }): string =>
  `${plural(lines, 'line')} and ${plural(objects, 'object')}`;

function printRetry(terminal: Terminal, counts: RetryCounts, isDone: boolean): void {
  const { lines, objects, left } = counts;
  if (lines + objects > 0) {
    terminal.line(
      `  ${amount(counts)} ${isDone ? 'put back into the inbox' : 'to put back: add --yes. Nothing was changed.'}`,
    );
  }
  for (const own of left) terminal.line(terminal.bad(`  ${amount(own)} cannot be put back: ${own.problem}`));
}
