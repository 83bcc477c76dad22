/** `safe`: nothing to do. `care`: works, with an effect that somebody has to want. `refused`: breaks queries or hides data. */
export type ChangeClass = 'safe' | 'care' | 'refused';

interface Rule {
  readonly class: ChangeClass;
  /** Both as the guide's table has them, in Markdown. */
  readonly change: string;
  readonly effect: string;
}

/** What a change of a dataset that has data does. docs/guide.md#schema-evolution is this table; a test compares them. */
export const RULES = {
  'dataset-added': { class: 'safe', change: 'add a dataset', effect: 'new tables' },
  'column-added': { class: 'safe', change: 'add a column that may be null', effect: 'NULL in old rows' },
  'column-added-not-null': {
    class: 'care',
    change: 'add a `notNull` column',
    effect: 'old rows have NULL; pending lines without it go to quarantine, so producers must send it first',
  },
  'not-null-added': {
    class: 'care',
    change: 'make a column `notNull`',
    effect: 'pending lines without it go to quarantine; old rows stay as they are',
  },
  'not-null-removed': { class: 'safe', change: 'let a column be null', effect: 'new rows only' },
  'field-added': {
    class: 'safe',
    change: 'add a field to a struct',
    effect: 'as for a column; merged files have the new form',
  },
  removed: {
    class: 'care',
    change: 'remove a column, or a field of a struct',
    effect: 'it disappears from the table; files keep it, even when merged',
  },
  renamed: {
    class: 'care',
    change: 'rename',
    effect: 'the same as removing one column and adding another; old values are no longer visible',
  },
  source: {
    class: 'care',
    change: 'add a `from` or `format`, or change it',
    effect: 'new rows only; when the source renames a member, name both with `firstOf`',
  },
  'type-widened': {
    class: 'safe',
    change:
      '`int` to `bigint`, `float` to `double`, `int` to `double`, `decimal(5,2)` to `decimal(10,2)`, `int` to `string`',
    effect: 'old files are read correctly (measured with Trino 476, outside of this repository)',
  },
  'type-widened-inside': {
    class: 'care',
    change: 'one of these within a struct, an array or a map',
    effect: 'not measured: query old partitions first',
  },
  'type-narrowed': {
    class: 'refused',
    change: 'narrow a type: `bigint` to `int`, `decimal(10,2)` to `decimal(5,2)`',
    effect: '**do not**: there is no error, and large values overflow later',
  },
  'type-changed': {
    class: 'refused',
    change: '`date` to `timestamp`, `string` to a number, any other',
    effect: '**do not**: queries on old files fail. Add a new column',
  },
  files: {
    class: 'safe',
    change: '`codec`, `rowGroupRows`, `sortBy`, `targetFileMiB` and the rest of `compaction`',
    effect: 'new and merged files only',
  },
  dedupe: {
    class: 'care',
    change: '`dedupeKey`, `dedupe`',
    effect:
      'applies to new rows; several old rows of a key stay until the key arrives again. A change of `key` or `by` discards the recorded deletions',
  },
  'event-time': { class: 'care', change: '`eventTime`', effect: 'new rows only' },
  input: {
    class: 'care',
    change: '`input`',
    effect:
      'holds for objects that are pending as well: what no longer fits goes to quarantine, or is not in a partition',
  },
  'range-widened': { class: 'safe', change: 'widen `from`, `to`, add enum `values`', effect: 'safe' },
  'range-narrowed': {
    class: 'care',
    change: 'narrow them',
    effect: 'rows outside become invisible, but are not deleted',
  },
  'partition-keys': {
    class: 'refused',
    change: 'scheme or leading keys',
    effect: '**not in place**: declare a new dataset',
  },
  'retention-longer': { class: 'safe', change: 'a longer `retention`', effect: 'from now on' },
  'retention-shorter': {
    class: 'care',
    change: 'a shorter one',
    effect: 'what is older is deleted by the next maintenance, or by the lifecycle of the raw bucket',
  },
  'dataset-removed': {
    class: 'refused',
    change: '`name`, or remove a dataset',
    effect: 'the tables are deleted, a new name is another dataset; data does not move and is not deleted',
  },
} as const satisfies Readonly<Record<string, Rule>>;

export type RuleId = keyof typeof RULES;

/** One change of a dataset. */
export interface Change {
  readonly dataset: string;
  /** The column, field or setting: `items.price`, `partition.to`. Empty: the dataset as a whole. */
  readonly subject: string;
  readonly rule: RuleId;
  readonly class: ChangeClass;
  readonly from: string | undefined;
  readonly to: string | undefined;
}
