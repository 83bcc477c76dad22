import type { Column, Dataset, LeadingKey } from '../model';
import { formatHiveType } from '../types';
import { type Change, RULES, type RuleId } from './rules';
import { compareTypes, same, text } from './types';

export { type Change, type ChangeClass, RULES, type RuleId } from './rules';

/**
 * What changed between two declarations of a lake's datasets, and what that does to data that is there.
 *
 * @param before as they were, also as read from JSON
 */
export function compareDatasets(before: readonly Dataset[], after: readonly Dataset[]): readonly Change[] {
  const changes: Change[] = [];
  const old = new Map(before.map((dataset) => [dataset.name, dataset]));
  const names = new Set(after.map(({ name }) => name));
  const add = (dataset: string) => (subject: string, rule: RuleId, from?: string, to?: string) =>
    changes.push({ dataset, subject, rule, class: RULES[rule].class, from, to });
  for (const { name } of before) if (!names.has(name)) add(name)('', 'dataset-removed');
  for (const dataset of after) {
    const own = old.get(dataset.name);
    if (own === undefined) add(dataset.name)('', 'dataset-added');
    else compareDataset(own, dataset, add(dataset.name));
  }
  return changes;
}

type Add = (subject: string, rule: RuleId, from?: string, to?: string) => void;

function compareDataset(before: Dataset, after: Dataset, add: Add): void {
  compareColumns(before.columns, after.columns, after.iceberg === true ? refusingInIceberg(add) : add);
  comparePartitions(before.partition, after.partition, add);
  const setting = (name: 'dedupe' | 'eventTime' | 'input' | 'sortBy', rule: RuleId): void => {
    if (!same(before[name], after[name])) add(name, rule, text(before[name]), text(after[name]));
  };
  setting('dedupe', 'dedupe');
  setting('eventTime', 'event-time');
  setting('input', 'input');
  setting('sortBy', 'files');
  for (const name of Object.keys(after.compaction) as (keyof Dataset['compaction'])[]) {
    const [from, to] = [before.compaction[name], after.compaction[name]];
    if (from !== to) add(`compaction.${name}`, 'files', text(from), text(to));
  }
  for (const name of ['rawNoncurrentDays', 'curatedDays'] as const) {
    const days = ({ retention }: Dataset): number => retention[name] ?? Number.POSITIVE_INFINITY;
    if (days(before) === days(after)) continue;
    const rule = days(after) > days(before) ? 'retention-longer' : 'retention-shorter';
    add(`retention.${name}`, rule, text(before.retention[name]), text(after.retention[name]));
  }
}

/**
 * Numbers that become text, or whole ones that become floating, are no promotions of Iceberg: its readers fail on old files, which the
 * symlink table reads. https://iceberg.apache.org/spec/#schema-evolution
 */
const refusingInIceberg =
  (add: Add): Add =>
  (subject, rule, from, to) => {
    const isWidened = rule === 'type-widened' || rule === 'type-widened-inside';
    const isPromotion = to !== 'string' && (to !== 'double' || from === 'float');
    add(subject, isWidened && !isPromotion ? 'type-changed' : rule, from, to);
  };

function compareColumns(before: readonly Column[], after: readonly Column[], add: Add): void {
  const old = new Map(before.map((column) => [column.name, column]));
  const gone = before.filter(({ name }) => !after.some((column) => column.name === name));
  const fresh = after.filter(({ name }) => !old.has(name));
  for (const { name } of gone) add(name, 'removed', name);
  for (const { name, type, notNull } of fresh)
    add(name, notNull ? 'column-added-not-null' : 'column-added', undefined, formatHiveType(type));
  for (const column of after) {
    const own = old.get(column.name);
    if (own === undefined) continue;
    compareTypes(column.name, own.type, column.type, add);
    if (own.notNull !== column.notNull) add(column.name, column.notNull ? 'not-null-added' : 'not-null-removed');
    if (!same(own.from, column.from)) add(column.name, 'source', text(own.from), text(column.from));
  }
  // One that goes and one of its type that comes look like a rename: its values go with the old name.
  for (const { name, type } of gone) {
    const likely = fresh.filter((column) => formatHiveType(column.type) === formatHiveType(type));
    if (likely.length === 1) add(name, 'renamed', name, likely[0]?.name);
  }
}

function comparePartitions(before: Dataset['partition'], after: Dataset['partition'], add: Add): void {
  const keys = (leading: readonly LeadingKey[]): string =>
    leading.map(({ name, kind }) => `${name} (${kind})`).join(', ');
  if (before.scheme !== after.scheme) add('partition.scheme', 'partition-keys', before.scheme, after.scheme);
  if (keys(before.leading) !== keys(after.leading))
    add('partition.leading', 'partition-keys', keys(before.leading), keys(after.leading));
  // Days as `yyyy-MM-dd` compare as texts.
  if (before.from !== after.from)
    add('partition.from', after.from < before.from ? 'range-widened' : 'range-narrowed', before.from, after.from);
  if (before.to !== after.to)
    add('partition.to', after.to > before.to ? 'range-widened' : 'range-narrowed', before.to, after.to);
  for (const key of after.leading) {
    const own = before.leading.find(({ name }) => name === key.name);
    if (key.kind !== 'enum' || own?.kind !== 'enum') continue;
    const missing = own.values.filter((value) => !key.values.includes(value));
    const more = key.values.filter((value) => !own.values.includes(value));
    if (missing.length > 0) add(`partition.leading.${key.name}`, 'range-narrowed', missing.join(', '));
    if (more.length > 0) add(`partition.leading.${key.name}`, 'range-widened', undefined, more.join(', '));
  }
}
