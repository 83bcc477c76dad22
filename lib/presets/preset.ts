import type {
  ColumnDefinition,
  CompactionSettings,
  DatasetDefinition,
  DeliveryService,
  InputSettings,
  PartitionScheme,
  RetentionSettings,
} from '../dataset';

/** What a preset leaves to the fork. Everything is optional. */
export interface PresetOptions {
  /** Table name, and folder of the inbox. */
  readonly name?: string;
  readonly description?: string;
  /** Range, scheme and leading keys. A column that a leading key is named as makes way for it. @default days of 2024 to 2033 */
  readonly partition?: Partial<PartitionScheme>;
  /** Columns to add; one with the name of a column of the preset replaces it. */
  readonly columns?: readonly ColumnDefinition[];
  /** Settings of the input that differ, for example its layout. */
  readonly input?: Partial<InputSettings>;
  /** The service that delivers; `false` where a producer with a role brings the objects. @default that of the preset */
  readonly delivery?: DeliveryService | false;
  /** @default by event time */
  readonly sortBy?: readonly string[];
  readonly retention?: RetentionSettings;
  readonly compaction?: CompactionSettings;
}

/** Options of a preset for data that only the fork knows. */
export interface OwnDataOptions extends PresetOptions {
  readonly name: string;
  readonly columns: readonly ColumnDefinition[];
  /** The `notNull` timestamp or date among the columns that says when a row happened. */
  readonly eventTime: string;
}

const PARTITION: PartitionScheme = { scheme: 'day', from: '2024-01-01', to: '2033-12-31' };

/** What a preset says of itself. */
export type Preset = Omit<DatasetDefinition, 'partition'> & { readonly partition?: Partial<PartitionScheme> };

/** The dataset of a preset, with what the fork says otherwise. */
export function applyOptions(preset: Preset, options: PresetOptions): DatasetDefinition {
  const { partition, columns = [], input, delivery = preset.delivery, ...plain } = options;
  const { delivery: _own, ...base } = preset;
  const scheme = { ...PARTITION, ...preset.partition, ...partition };
  const keys = new Set(scheme.leading?.map(({ name }) => name));
  const replaced = new Map(columns.map((column) => [column.name, column]));
  const own = preset.columns.map((column) => replaced.get(column.name) ?? column);
  const added = columns.filter(({ name }) => !preset.columns.some((column) => column.name === name));
  return {
    ...base,
    ...plain,
    columns: [...own, ...added].filter(({ name }) => !keys.has(name)),
    partition: scheme,
    input: { ...preset.input, ...input },
    sortBy: options.sortBy ?? preset.sortBy ?? [preset.eventTime],
    ...(delivery === undefined || delivery === false ? {} : { delivery }),
  };
}

/** Shorthand for columns: name, type and meaning. */
export const column = (
  name: string,
  type: string,
  comment: string,
  more: Omit<ColumnDefinition, 'name' | 'type' | 'comment'> = {},
): ColumnDefinition => ({ name, type, comment, ...more });

/** A column of any JSON, as text. */
export const jsonColumn = (name: string, comment: string): ColumnDefinition =>
  column(name, 'string', comment, { format: 'json' });

/** The time of a request, as web servers log it: `[15/Jun/2026:10:00:00 +0000]`. */
export const REQUEST_TIME = column('event_time', 'timestamp', 'When the request was received', {
  from: 'time',
  notNull: true,
  format: { pattern: '%d/%b/%Y:%H:%M:%S %z' },
});

/** Columns that the path of an object gives. */
export const ACCOUNT = column('account', 'string', 'Account that the object was delivered for, from its path');
export const REGION = column('region', 'string', 'Region that the object was delivered for, from its path');
