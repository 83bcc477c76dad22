import { Members, NumberText } from './json-value';

/** When a change was made at the source, as the preset calls it. */
export const CHANGE_TIME = 'change_time';

const member = ({ entries }: Members, name: string) => entries.find(([found]) => found === name)?.[1];

/** The change that an event of Debezium is, with or without a schema; undefined for anything else. */
function changeOf(record: Members): Members | undefined {
  const payload = member(record, 'payload');
  const change = payload instanceof Members ? payload : record;
  const isChange =
    /^[crudtm]$/.test(String(member(change, 'op'))) &&
    member(change, 'source') instanceof Members &&
    change.entries.some(([name]) => name === 'after' || name === 'before');
  return isChange ? change : undefined;
}

/** Whether records are change events of Debezium; some may be broken. */
export const areChanges = (records: readonly Members[]): boolean =>
  records.filter((record) => changeOf(record) !== undefined).length > records.length / 2;

/** The row that an event is about, with the time of the change; undefined for an event without one. */
export function changedRow(record: Members): Members | undefined {
  const change = changeOf(record);
  if (change === undefined) return undefined;
  const [after, before, source] = ['after', 'before', 'source'].map((name) => member(change, name));
  const row = after instanceof Members ? after : before;
  const time = source instanceof Members ? member(source, 'ts_ms') : undefined;
  if (!(row instanceof Members)) return undefined;
  return new Members([
    ...row.entries.filter(([name]) => name !== CHANGE_TIME),
    ...(time instanceof NumberText ? [[CHANGE_TIME, time] as const] : []),
  ]);
}
