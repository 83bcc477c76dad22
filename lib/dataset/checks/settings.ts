import type { CompactionSettings, Dataset } from '../model';
import { type Cursor, count } from './cursor';
import { readIgnore } from './ignore';
import { checkJson } from './json-input';
import { readLayout } from './layout';
import { checkCsv, checkLines, readNulls } from './text-formats';

export const FORMATS = ['ndjson', 'json', 'csv', 'lines', 'parquet'] as const;

export function checkInput(cursor: Cursor): Dataset['input'] | undefined {
  const object = cursor.object(
    ['formats', 'json', 'csv', 'lines', 'nulls', 'layout', 'ignore'],
    "write for example { formats: ['ndjson'] }",
  );
  if (object === undefined) return undefined;
  const formats: Dataset['input']['formats'][number][] = [];
  const items = object.formats.array("write for example ['ndjson']");
  if (items?.length === 0) object.formats.problem('is empty', "write for example ['ndjson']");
  for (const item of items ?? []) {
    const format = item.oneOf(FORMATS);
    if (format === undefined) continue;
    if (formats.includes(format)) item.problem(`format '${format}' occurs twice`, 'remove one of them');
    formats.push(format);
  }
  const json = checkJson(object.json);
  if (!object.json.isMissing && items !== undefined && !formats.includes('json') && !formats.includes('ndjson')) {
    object.json.problem(
      'settings of a format that the dataset does not accept',
      "add 'json' to input.formats or remove them",
    );
  }
  const csv = object.csv.isMissing ? undefined : checkCsv(object.csv);
  const lines = object.lines.isMissing ? undefined : checkLines(object.lines);
  for (const format of ['csv', 'lines'] as const) {
    if (object[format].isMissing || items === undefined || formats.includes(format)) continue;
    object[format].problem(
      'settings of a format that the dataset does not accept',
      `add '${format}' to input.formats or remove them`,
    );
  }
  if (object.lines.isMissing && formats.includes('lines')) {
    object.lines.problem(
      'is missing',
      "write how lines are divided, for example { pattern: '^(?<client>\\\\S+) (?<rest>.*)$' }",
    );
  }
  const nulls = object.nulls.isMissing ? undefined : readNulls(object.nulls, true);
  if (
    !object.nulls.isMissing &&
    items !== undefined &&
    !formats.some((format) => format !== 'csv' && format !== 'lines')
  ) {
    object.nulls.problem(
      'is about JSON and Parquet, which the dataset does not accept',
      'write input.csv.nulls or input.lines.nulls',
    );
  }
  const layout = object.layout.isMissing ? undefined : readLayout(object.layout);
  const ignore = object.ignore.isMissing ? undefined : readIgnore(object.ignore);
  return {
    formats,
    ...(json === undefined ? {} : { json }),
    csv: csv ?? { delimiter: ',' },
    ...(lines === undefined ? {} : { lines }),
    ...(nulls === undefined ? {} : { nulls }),
    ...(layout === undefined ? {} : { layout }),
    ...(ignore === undefined ? {} : { ignore }),
  };
}

const MAX_DAYS = 36_500;
const MAX_HOURS = 8760;

export function checkRetention(cursor: Cursor): Dataset['retention'] | undefined {
  const defaults = { rawNoncurrentDays: 30, curatedDays: undefined };
  if (cursor.isMissing) return defaults;
  const object = cursor.object(['rawNoncurrentDays', 'curatedDays'], 'write for example { rawNoncurrentDays: 30 }');
  if (object === undefined) return undefined;
  const days = (value: Cursor) => (value.isMissing ? undefined : value.integer(1, MAX_DAYS));
  return {
    rawNoncurrentDays: days(object.rawNoncurrentDays) ?? defaults.rawNoncurrentDays,
    curatedDays: days(object.curatedDays),
  };
}

/** @param sorted whether the dataset's files are sorted, which decides the default of `rowGroupRows` */
export function checkCompaction(cursor: Cursor, sorted: boolean): Required<CompactionSettings> | undefined {
  const defaults: Required<CompactionSettings> = {
    codec: 'snappy',
    targetFileMiB: 512,
    rowGroupRows: sorted ? 122_880 : 500_000,
    graceHours: 24,
    maxUndersizedFiles: 8,
    closeAfterHours: 6,
  };
  if (cursor.isMissing) return defaults;
  const object = cursor.object(
    ['codec', 'targetFileMiB', 'rowGroupRows', 'graceHours', 'maxUndersizedFiles', 'closeAfterHours'],
    'write for example { targetFileMiB: 256 }',
  );
  if (object === undefined) return undefined;
  const integer = (value: Cursor, min: number, max: number) => (value.isMissing ? undefined : value.integer(min, max));
  return {
    codec: (object.codec.isMissing ? undefined : object.codec.oneOf(['snappy', 'gzip', 'zstd'])) ?? defaults.codec,
    targetFileMiB: integer(object.targetFileMiB, 128, 512) ?? defaults.targetFileMiB,
    // 2,048 is one vector of DuckDB, the least that it writes as a row group.
    rowGroupRows: integer(object.rowGroupRows, 2048, 10_000_000) ?? defaults.rowGroupRows,
    graceHours: integer(object.graceHours, 24, MAX_HOURS) ?? defaults.graceHours,
    maxUndersizedFiles: integer(object.maxUndersizedFiles, 2, 64) ?? defaults.maxUndersizedFiles,
    closeAfterHours: integer(object.closeAfterHours, 0, MAX_HOURS) ?? defaults.closeAfterHours,
  };
}

/** What is deleted must outlive the queries that may still read it. */
export function checkRetentionOutlivesGrace(
  cursor: Cursor,
  retention: Dataset['retention'],
  { graceHours }: Dataset['compaction'],
): void {
  const least = Math.ceil(graceHours / 24);
  for (const name of ['rawNoncurrentDays', 'curatedDays'] as const) {
    const days = retention[name];
    if (days === undefined || days >= least) continue;
    cursor.report.add(
      `retention.${name}`,
      `${count(days)} ${days === 1 ? 'day' : 'days'} is shorter than the compaction grace of ${count(graceHours)} hours`,
      `write at least ${count(least)}, or lower compaction.graceHours`,
    );
  }
}
