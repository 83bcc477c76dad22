import type { Load } from './load';
import { type Scenario, SINKS } from './scenarios';

export interface Result extends Scenario {
  readonly load: Load;
  /** Acknowledged events. */
  readonly eventsPerSecond: number;
  /** Largest resident memory of the gateway, millions of bytes. */
  readonly memoryMb: number;
  /** Processor time of the gateway, all threads, by event; without start and warm-up. */
  readonly cpuMicrosPerEvent: number;
  readonly eventsPerPut: number;
  /** Processors that each process kept busy, on average; empty where the system does not tell. */
  readonly processors: Readonly<Record<string, number>>;
}

const whole = (value: number): string => Math.round(value).toLocaleString('en-US');
const millis = (value: number): string => `${value < 100 ? value.toFixed(1) : whole(value)} ms`;

/** Prints a Markdown table: what is in the documentation is what was printed. */
export function printTable(machine: Readonly<Record<string, string | number>>, results: readonly Result[]): void {
  const head = [
    'load',
    'sink',
    'events/s',
    'average',
    'p99',
    'memory',
    'CPU per event',
    'events per PUT',
    'processors: gateway, load, sink, rate limit',
    'not 200',
    'target',
  ];
  const rows = results.map((result) => {
    const { load } = result;
    const others = Object.entries(load.statuses).flatMap(([status, count]) =>
      status === '200' ? [] : [`${whole(count)} x ${status}`],
    );
    if (load.late > 0) others.push(`${whole(load.late)} not sent`);
    return [
      result.title,
      `${result.sink}, ${SINKS[result.sink].join('/')} ms`,
      whole(result.eventsPerSecond),
      millis(load.average),
      millis(load.p99),
      `${whole(result.memoryMb)} MB`,
      `${result.cpuMicrosPerEvent.toFixed(1)} us`,
      whole(result.eventsPerPut),
      Object.values(result.processors)
        .map((share) => share.toFixed(2))
        .join(', '),
      others.length === 0 ? 'none' : others.join(', '),
      verdict(result),
    ];
  });
  console.log(
    `${machine.model}, ${machine.processors} processors, Node.js ${machine.node}, rate limit: ${machine.rateLimit}\n`,
  );
  for (const row of [head, head.map(() => '---'), ...rows]) console.log(`| ${row.join(' | ')} |`);
}

function verdict({ target = {}, load, eventsPerSecond, memoryMb }: Result): string {
  const parts = [
    target.average === undefined
      ? undefined
      : ([`average ${target.average} ms`, load.average <= target.average] as const),
    target.p99 === undefined ? undefined : ([`p99 ${target.p99} ms`, load.p99 <= target.p99] as const),
    target.memoryMb === undefined ? undefined : ([`${target.memoryMb} MB`, memoryMb <= target.memoryMb] as const),
    target.eventsPerSecond === undefined
      ? undefined
      : ([`${whole(target.eventsPerSecond)}/s`, eventsPerSecond >= target.eventsPerSecond] as const),
  ];
  return parts.flatMap((part) => (part === undefined ? [] : [`${part[0]}: ${part[1] ? 'yes' : 'no'}`])).join(', ');
}
