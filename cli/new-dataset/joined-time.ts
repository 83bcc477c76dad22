import type { ResolvedColumn } from './columns';
import { plainName } from './names';
import type { Resolved } from './resolve';
import type { TimeFinding } from './time-candidates';

const CLOCKS: readonly (readonly [form: RegExp, pattern: string])[] = [
  [/^\d{1,2}:\d\d:\d\d$/, '%H:%M:%S'],
  [/^\d{1,2}:\d\d:\d\d\.\d{1,9}$/, '%H:%M:%S.%f'],
  [/^\d{1,2}:\d\d$/, '%H:%M'],
];

/** Columns in which a date and the time of the day stand in two, as one: where it is clear which belong together. */
export function joinTimes(columns: readonly ResolvedColumn[]): readonly ResolvedColumn[] {
  const dates = columns.filter(({ resolved, canBeTime }) => canBeTime && resolved.times?.[0]?.kind === 'date');
  const clocks = columns.flatMap((column) => {
    const pattern = clockOf(column);
    return pattern === undefined ? [] : [{ column, pattern }];
  });
  const [date, ...otherDates] = dates;
  const [clock, ...otherClocks] = clocks;
  const [day] = date?.resolved.times ?? [];
  if (
    date === undefined ||
    clock === undefined ||
    day === undefined ||
    otherDates.length > 0 ||
    otherClocks.length > 0
  ) {
    return columns;
  }
  const joined: ResolvedColumn = {
    ...date,
    source: plainName(`${date.source} ${clock.column.source}`),
    join: [date.source, clock.column.source],
    resolved: joinedType(day, clock.pattern, date.source, clock.column.source),
    isComplete: date.isComplete && clock.column.isComplete,
  };
  return columns.flatMap((column) => (column === date ? [joined] : column === clock.column ? [] : [column]));
}

function clockOf({ shape, resolved }: ResolvedColumn): string | undefined {
  if (resolved.node.kind !== 'scalar' || resolved.node.type !== 'string' || shape.examples.size === 0) return undefined;
  return CLOCKS.find(([form]) => [...shape.examples].every((text) => form.test(text)))?.[1];
}

function joinedType(day: TimeFinding, clock: string, date: string, time: string): Resolved {
  const dated = day.format !== undefined && 'pattern' in day.format ? day.format.pattern : '%Y-%m-%d';
  const format = { pattern: `${dated} ${clock}` };
  return {
    node: { kind: 'scalar', type: 'timestamp', format },
    doubts: [`${JSON.stringify(date)} and ${JSON.stringify(time)} taken for one time, in UTC`],
    times: [{ ...day, kind: 'timestamp', format }],
  };
}
