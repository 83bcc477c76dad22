/**
 * The dataset model: what a fork declares, once, for each table of the lake. Everything else (Glue tables, partition
 * projection, crawler target, compaction, validation of events, documentation) is derived from it, never written by hand.
 *
 * Pure data: no CDK and no AWS SDK, so that stacks, Lambda handlers and the local lake share the very same declaration.
 */

import type { Dedupe, DedupeDefinition, DeletionMarker } from './dedupe';
import type { DeliveryService } from './delivery';
import type { Freshness, FreshnessDefinition } from './freshness';
import type { JsonInput, JsonInputSettings } from './json-input';
import type { CheckDefinition, RowCheck } from './row-checks';
import type { CsvDialect, CsvSettings, LineSettings } from './text-format';

/**
 * Input formats that the raw zone accepts. Each may be plain, gzip or zstd (Parquet: plain only). `ndjson` and `json` take the
 * same, JSON objects in any arrangement; `ndjson` promises that there is one a line, which is what its raw table reads.
 */
export type InputFormat = 'ndjson' | 'json' | 'csv' | 'lines' | 'parquet';

/** Compression codec of the curated Parquet files. */
export type ParquetCodec = 'snappy' | 'gzip' | 'zstd';

/**
 * Where a value stands in the input, by names that match exactly. A name may hold any characters.
 *
 * - `'eventTime'`: the member of that name, or the column of a CSV header or a Parquet file.
 * - `{ path: ['userIdentity', 'type'] }`: a member of a member, at most 32 names. For NDJSON and Parquet.
 * - `{ firstOf: ['eventTime', 'event-time'] }`: the first of several, in order of preference, that is there and not null.
 *   Each is a name or a path. The values of the others are dropped, but have to be of the type as well.
 * - `{ join: ['date', 'time'] }`: two or more texts or numbers with a blank between them, for a column of type `timestamp` or
 *   `string`. Null where one of them is absent or null. Each is a name or a path.
 */
export type SourceDefinition =
  | string
  | { readonly path: readonly string[] }
  | { readonly join: readonly (string | { readonly path: readonly string[] })[] }
  | { readonly firstOf: readonly (string | { readonly path: readonly string[] })[] };

/**
 * How times are written in the input. ISO 8601 with `T` and a zone, which events of the ingest gateway have, is taken as well.
 *
 * - `{ epoch: 's' }`: seconds since 1970; `ms`, `us` and `ns` are milli-, micro- and nanoseconds. A number, with or without a
 *   fraction or an exponent, or the same in a string. Digits beyond the milliseconds are cut off, towards the past.
 * - `{ pattern: '%d/%b/%Y:%H:%M:%S %z' }`: `%Y` (four digits), `%m`, `%d`, `%e` (a day that may begin with a blank), `%b` and
 *   `%B` (English names of months), `%a` and `%A` (of days of the week, not compared), `%H`, `%I` with `%p`, `%M`, `%S`, `%f`
 *   (one to nine digits), `%z` (`Z`, `+hh`, `+hhmm` or `+hh:mm`), `%Z` (`UTC`, `GMT` or `Z`), `%F`, `%T`, `%R` and `%%`; all
 *   else stands for itself. Numbers have one or two digits, two beside another digit. Names may be of any case.
 * - `zone` of a pattern without `%z`: `'UTC'`, or an offset such as `'+02:00'`. Names of regions are refused, because their
 *   clocks show an hour twice in autumn. @default 'UTC'
 */
export type TimeFormat =
  | { readonly epoch: 's' | 'ms' | 'us' | 'ns' }
  | { readonly pattern: string; readonly zone?: string };

/** Settings of a field of a struct. */
export type FieldDefinition = Pick<ColumnDefinition, 'from' | 'format'>;

export interface ColumnDefinition {
  /**
   * Lowercase letters, digits and underscores; starts with a letter or underscore; at most 255 characters; no reserved
   * word of Athena. Without `from`, the name of the member in JSON and of the column in CSV headers and Parquet as well.
   */
  readonly name: string;
  /**
   * Hive type, as Athena writes it: `boolean`, `tinyint`, `smallint`, `int`, `bigint`, `float`, `double`,
   * `decimal(p,s)`, `string`, `date`, `timestamp` (milliseconds, UTC), `binary`, `array<T>`, `map<K,V>`,
   * `struct<name:T,...>`, nested up to 32 levels. Keys of maps are `string` or integers, because in JSON they are names
   * of object members. CSV holds scalar types other than `binary` only.
   */
  readonly type: string;
  /**
   * Where the value stands in the input. The column's own name is taken too, after all others: it is what the ingest gateway
   * takes. @default the column's own name, or what `columnNames` says
   */
  readonly from?: SourceDefinition;
  /**
   * Settings of fields of structs within the type, by the names that lead to the field with dots between them; elements of
   * arrays and values of maps are passed through. `{ 'session.mfa': { from: 'mfaAuthenticated' } }` is about `mfa` of
   * `struct<session:struct<mfa:string>>`. What `from` names is looked up in the object of the struct. @default none
   */
  readonly fields?: Readonly<Record<string, FieldDefinition>>;
  /**
   * How the times of a `timestamp` are written in the input, also within arrays and maps; and the dates of a `date`, by a
   * pattern. `'json'` is for a `string`: it takes any JSON, a string as it is and everything else as its JSON text, byte for
   * byte. @default ISO 8601, or whole milliseconds since 1970; `yyyy-MM-dd` for a date; strings only for a `string`
   */
  readonly format?: TimeFormat | 'json';
  /** Whether a row without a value is rejected to quarantine. @default false */
  readonly notNull?: boolean;
  /** What the column means; shown in the catalog and in the table's documentation. One line, at most 255 bytes. */
  readonly comment?: string;
}

/** A partition key that precedes the time keys, for example `tenant`. Its values come from the object's path. */
export type LeadingKey =
  | {
      readonly name: string;
      readonly kind: 'enum';
      /**
       * Every value the key can take, at most 1,000. Queries without a predicate on the key visit all of them. Letters,
       * digits, `.`, `_` and `-`, beginning with a letter or digit, at most 128 characters; the same for injected values.
       */
      readonly values: readonly string[];
    }
  | {
      readonly name: string;
      /** Any value; every query must then give one with an equality predicate. */
      readonly kind: 'injected';
    };

export interface PartitionScheme {
  /**
   * `day`: `year=2026/month=06/day=15/` (integer keys, two digits). `hour`: the same with `hour=09/`.
   * `dt`: one string key, `dt=2026-06-15/`. `month`: `year=2026/month=06/`, for datasets of a few MB a day. A range of
   * `hour` spans at most 10 years, one of `month` whole months; any range, times the values of enum keys, projects at most
   * a million partitions.
   */
  readonly scheme: 'day' | 'hour' | 'dt' | 'month';
  /** First day that can hold data, `yyyy-MM-dd`. Rows outside the range are invisible to queries: keep it tight. */
  readonly from: string;
  /** Last day that can hold data, `yyyy-MM-dd`, inclusive. Whole years are projected for all schemes but `dt`. */
  readonly to: string;
  /** Keys before the time keys, outermost first. @default none */
  readonly leading?: readonly LeadingKey[];
}

export interface InputSettings {
  /** Formats that producers may write; the first is the one the raw table reads. */
  readonly formats: readonly InputFormat[];
  readonly json?: JsonInputSettings;
  /** How delimited text is written, for `'csv'`. @default as in RFC 4180, with commas and a header */
  readonly csv?: CsvSettings;
  /** How lines are divided, for `'lines'`, which need it. */
  readonly lines?: LineSettings;
  /**
   * Texts that mean null in JSON and Parquet, as the whole value of a column or of a field of a struct: `['-']`. For sources
   * that write every value as a text. `csv` and `lines` have their own. At most 20. @default none
   */
  readonly nulls?: readonly string[];
  /**
   * How producers lay out the inbox below `raw/<dataset>/`, up to where folders and names of their own begin. `hive`: the
   * partition's path. Else a template of folders such as `AWSLogs/{account}/CloudTrail/{region}/{yyyy}/{MM}/{dd}/`: the
   * placeholders `{yyyy}`, `{MM}` or `{M}`, `{dd}` or `{d}`, `{HH}` or `{H}` are times in UTC, any other is a leading key or a
   * column of that name, and `*` is any text. Without a slash at its end it goes into the object's name.
   * Hive paths are taken beside a template, with every column from the rows. @default 'hive'
   */
  readonly layout?: string;
  /**
   * Templates of folders, or of beginnings of names, in which objects are no data of the dataset: a service put them beside it.
   * They stay where they are, and nothing is reported. `*` is any text. At most 20. @default none
   */
  readonly ignore?: readonly string[];
}

export interface RetentionSettings {
  /** Days that a compacted (deleted) raw object stays recoverable as a noncurrent version, 1 to 36,500. @default 30 */
  readonly rawNoncurrentDays?: number;
  /** Days after which curated files expire by the vacuum of closed partitions, 1 to 36,500. @default kept forever */
  readonly curatedDays?: number;
}

export interface CompactionSettings {
  /** @default 'snappy' */
  readonly codec?: ParquetCodec;
  /** Size that output files aim at, 128 to 512 MiB. @default 512 */
  readonly targetFileMiB?: number;
  /** Rows in a row group, 2,048 to 10,000,000. Fewer prune better, more compress better. @default 122,880 when sorted, else 500,000 */
  readonly rowGroupRows?: number;
  /**
   * Hours that a superseded file outlives its replacement, so that no running query loses it. 24 to 8,760 (the default
   * timeout of DML queries in Athena is 30 minutes: https://docs.aws.amazon.com/athena/latest/ug/service-limits.html; the rest is
   * for people), and no longer than any retention. @default 24
   */
  readonly graceHours?: number;
  /** A partition never holds more undersized (below 128 MiB) files than this after a run. 2 to 64. @default 8 */
  readonly maxUndersizedFiles?: number;
  /** Hours after a partition's end, and after its last undersized file, at which it is merged fully, 0 to 8,760. @default 6 */
  readonly closeAfterHours?: number;
}

export interface DatasetDefinition {
  /** Table name: lowercase letters, digits, underscores; starts with a letter; at most 64 characters; no reserved word. */
  readonly name: string;
  /** What a row is and where it comes from, for analysts. One line, at most 2,048 bytes. */
  readonly description: string;
  /** At least one, at most 1,000. */
  readonly columns: readonly ColumnDefinition[];
  /**
   * What the names of columns and struct fields without `from` stand for in the input. `exact`: that very name. `snake`: any
   * name of which it is the snake case, so that `event_id` takes `eventID`, `EventId` or `event-id`. Two of them in one
   * object are a duplicate, and refused. @default 'exact'
   */
  readonly columnNames?: 'exact' | 'snake';
  readonly partition: PartitionScheme;
  /** The `timestamp` or `date` column that says when a row happened. It must be `notNull`, and a timestamp for `hour`. */
  readonly eventTime: string;
  /**
   * Columns that identify a row. When given, a row that arrives twice in a partition is kept once. Each must be
   * `notNull` and scalar. Short for `dedupe: { key, keep: 'earliest' }`. @default none: rows are kept as they arrive
   */
  readonly dedupeKey?: readonly string[];
  /** Which of several rows with one key stays, for data that changes. Instead of `dedupeKey`. @default what `dedupeKey` says */
  readonly dedupe?: DedupeDefinition;
  /** Scalar columns by which files are sorted, so that Athena skips row groups. @default none */
  readonly sortBy?: readonly string[];
  readonly input: InputSettings;
  /**
   * The AWS service that writes the raw objects. The bucket policies allow it, for the accounts that the stage names
   * in `delivery`. @default none: producers write with roles
   */
  readonly delivery?: DeliveryService;
  /**
   * How old the newest event may be before alarms ring: `{ warnAfter: '26 hours', errorAfter: '3 days' }`. Event times after their
   * compaction do not count, and a date counts from its end. @default not watched
   */
  readonly freshness?: FreshnessDefinition;
  /**
   * Whether the curated rows are an Iceberg table as well, over the same files, for engines that do not read the manifests.
   * `compaction.graceHours` is then how far back its snapshots go, 24 to 168. @default off
   */
  readonly iceberg?: boolean;
  /**
   * What values should be beyond their types, and what becomes of rows that fail. Compaction runs them; the ingest gateway checks types
   * only. At most 100. @default none
   */
  readonly checks?: readonly CheckDefinition[];
  readonly retention?: RetentionSettings;
  readonly compaction?: CompactionSettings;
}

/** A column type, parsed. */
export type ColumnType =
  | { readonly kind: 'boolean' | 'tinyint' | 'smallint' | 'int' | 'bigint' | 'float' | 'double' }
  /** With `json`, the text of any JSON value, in the input. */
  | { readonly kind: 'string'; readonly json?: true }
  | { readonly kind: 'binary' }
  | { readonly kind: 'date' | 'timestamp'; readonly format?: ValueFormat }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'array'; readonly element: ColumnType }
  | { readonly kind: 'map'; readonly key: ColumnType; readonly value: ColumnType }
  | { readonly kind: 'struct'; readonly fields: readonly StructField[] };

/** Names that lead to a value, from the outermost object to the member. */
export type SourcePath = readonly string[];

/** Texts that are joined with a blank. */
export interface JoinedSource {
  readonly join: readonly SourcePath[];
}

/** Paths in order of preference, before the own name; or every name of which the own one is the snake case; or several texts. */
export type ValueSource = 'snake' | readonly SourcePath[] | JoinedSource;

/** A format of times, checked; `offset` is that of its zone, in minutes east of UTC. */
export type ValueFormat =
  | { readonly epoch: 's' | 'ms' | 'us' | 'ns' }
  | { readonly pattern: string; readonly offset: number };

export interface StructField {
  readonly name: string;
  readonly type: ColumnType;
  /** Absent for a value that stands under its own name only. */
  readonly from?: ValueSource;
}

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly notNull: boolean;
  readonly comment: string | undefined;
  /** Absent for a value that stands under its own name only. */
  readonly from?: ValueSource;
  /** Of a `notNull` column: rows that need no value all the same, because they delete. @default every row needs one */
  readonly unless?: DeletionMarker;
}

/** A dataset after validation: types parsed, every default filled in. What the rest of the code works with. */
export interface Dataset {
  readonly name: string;
  readonly description: string;
  readonly columns: readonly Column[];
  readonly partition: {
    readonly scheme: PartitionScheme['scheme'];
    readonly from: string;
    readonly to: string;
    readonly leading: readonly LeadingKey[];
  };
  readonly eventTime: string;
  readonly dedupe: Dedupe;
  readonly sortBy: readonly string[];
  readonly input: {
    readonly formats: readonly InputFormat[];
    /** Absent where each object of JSON is a record. */
    readonly json?: JsonInput;
    readonly csv: CsvDialect;
    /** Absent where lines are not taken. */
    readonly lines?: LineSettings;
    readonly nulls?: readonly string[];
    /** Template of the inbox. Absent for Hive. */
    readonly layout?: string;
    readonly ignore?: readonly string[];
  };
  readonly delivery?: DeliveryService;
  readonly freshness?: Freshness;
  /** Absent where it is off. */
  readonly iceberg?: true;
  /** Absent for none. */
  readonly checks?: readonly RowCheck[];
  readonly retention: { readonly rawNoncurrentDays: number; readonly curatedDays: number | undefined };
  readonly compaction: Required<CompactionSettings>;
}

/**
 * A Glue table as pure data, the one source of both the CloudFormation table and the local query engine.
 * `location` and the values of `parameters` may contain the bucket name that the caller passed (a CDK token, or a folder).
 */
export interface TableDefinition {
  readonly name: string;
  readonly description: string;
  readonly columns: readonly { readonly name: string; readonly type: string; readonly comment?: string }[];
  readonly partitionKeys: readonly { readonly name: string; readonly type: string; readonly comment?: string }[];
  readonly location: string;
  readonly inputFormat: string;
  readonly outputFormat: string;
  readonly serializationLibrary: string;
  readonly serdeParameters: Readonly<Record<string, string>>;
  readonly parameters: Readonly<Record<string, string>>;
}
