import { PRICE_LIST } from '../../lib/prices';
import { bytes, count, dollars, plural, seconds } from '../format';
import type { Terminal } from '../terminal';
import { billOf, type Part, totalOf } from './bill';
import { type Figures, figuresOf } from './figures';
import { limitsOf } from './limits';
import { HELP, parseEstimate } from './options';
import { printTables, writeTables } from './tables';
import type { Workload } from './workload';

/** What another way of writing saves in a month. Negative: it costs more. */
export interface Saving {
  readonly change: string;
  readonly dollars: number;
}

/** `npm run lake -- estimate`. @returns the exit code @throws UsageError */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const options = parseEstimate(args);
  if (options.kind === 'help') terminal.line(HELP.trimEnd());
  else if (options.kind === 'tables') {
    if (options.write) for (const page of writeTables()) terminal.line(`Renewed: ${page}`);
    else terminal.line(printTables());
  } else if (options.json) terminal.line(JSON.stringify(resultOf(options.workload), undefined, 2));
  else print(options.workload, terminal);
  return 0;
}

/** What `--json` prints. */
export function resultOf(workload: Workload) {
  const figures = figuresOf(workload);
  const parts = billOf(workload, figures);
  return {
    formatVersion: 1,
    prices: PRICE_LIST,
    workload,
    perDay: figures,
    month: { dollars: totalOf(parts), parts },
    limits: limitsOf(workload, figures),
    savings: savingsOf(workload, totalOf(parts)),
  };
}

/** Larger objects and other codecs, as far as they are not what the workload has. */
export function savingsOf(workload: Workload, total: number): readonly Saving[] {
  const { objectBytes, inputCodec, outputCodec } = workload;
  const changes: [string, Partial<Workload>][] = [];
  for (const size of [1e6, 10e6]) {
    if (size >= 2 * objectBytes) changes.push([`raw objects of ${bytes(size)}`, { objectBytes: size }]);
  }
  // The same rows in an object, which then is smaller.
  if (inputCodec === 'none')
    changes.push(['gzip at the producer', { inputCodec: 'gzip', objectBytes: objectBytes / 10 }]);
  if (outputCodec === 'snappy') changes.push(["codec: 'zstd' for Parquet", { outputCodec: 'zstd' }]);
  return changes.map(([change, change_]) => {
    const other = { ...workload, ...change_ };
    return { change, dollars: total - totalOf(billOf(other, figuresOf(other))) };
  });
}

function print(workload: Workload, terminal: Terminal): void {
  const { perDay, month, limits, savings } = resultOf(workload);
  terminal.line(
    `${terminal.bold('A month of this lake')}: list prices of ${PRICE_LIST.region}, ${PRICE_LIST.date}, without free tiers`,
  );
  terminal.line();
  terminal.table({
    head: ['part', 'dollars', 'of'],
    align: ['left', 'right', 'left'],
    rows: [
      ...month.parts.map(({ part, dollars: sum, of }: Part) => [part, dollars(sum), of]),
      'rule' as const,
      ['all', dollars(month.dollars), ''],
    ],
  });
  terminal.line();
  for (const line of describe(workload, perDay)) terminal.line(line);
  if (limits.length > 0) terminal.line();
  for (const limit of limits) terminal.line(`${terminal.bad('!')} ${limit}`);
  if (savings.length > 0) terminal.line();
  for (const { change, dollars: saved } of savings) {
    terminal.line(
      `${change}: ${Math.abs(saved) < 0.005 ? 'saves nothing' : saved > 0 ? `saves ${dollars(saved)} a month` : `costs ${dollars(-saved)} more a month`}`,
    );
  }
}

function describe(workload: Workload, figures: Figures): readonly string[] {
  const isMinimum = workload.queriesPerDay > 0 && figures.queryBytes < 10e6;
  return [
    `A day: ${bytes(workload.bytesPerDay)} of text in ${plural(Math.round(figures.objects), 'object')} become ${bytes(figures.parquetBytes)} of Parquet, by ${plural(Math.round(figures.tasks), 'task')}.`,
    `A query reads ${bytes(figures.queryBytes)}${isMinimum ? ', and is billed for 10 MB' : ''}; all queries of a day, ${bytes(figures.queryBytes * workload.queriesPerDay)}.`,
    `A partition ends with ${plural(Math.max(0, Math.ceil(figures.filesPerPartition)), 'file')}; each of its bytes is written ${figures.writeAmplification.toFixed(1)} times.`,
    `A plan takes ${seconds(figures.planSeconds)}. Compactors at work at the same time, on average: ${figures.concurrency >= 10 ? count(figures.concurrency) : Number(figures.concurrency.toPrecision(2))}.`,
  ];
}
