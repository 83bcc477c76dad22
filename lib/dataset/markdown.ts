import { takesEvents } from './events';
import type { Dataset } from './model';
import { partitionForm, partitionForTime, partitionKeys, partitionPredicate } from './partitions';
import { pathColumns } from './placement';
import type { CheckAction } from './row-checks';
import { describeEnvelope, describeSource } from './sources';
import { describeText } from './text-format';
import { formatHiveType } from './types';

/** Documentation of a dataset's table for its users, as one section of Markdown. */
export function tableMarkdown(dataset: Dataset): string {
  const { partition, compaction, retention } = dataset;
  const { json } = dataset.input;
  const keys = partitionKeys(dataset);
  const given = new Set(pathColumns(dataset).map(({ name }) => name));
  const isSourced = given.size > 0 || dataset.columns.some(({ from }) => from !== undefined);
  const facts: readonly (readonly [string, string])[] = [
    ['Partitions', `${code(partitionForm(dataset))}, ${partition.from} to ${partition.to}`],
    ['Event time', code(dataset.eventTime)],
    ['Kept once for each', keptOnce(dataset)],
    ...deletions(dataset),
    ['Sorted by', dataset.sortBy.length === 0 ? 'not sorted' : list(dataset.sortBy)],
    ['Accepted input', dataset.input.formats.join(', ')],
    ...(json === undefined ? [] : [['Records of JSON', text(describeEnvelope(json))] as const]),
    ['Events of the ingest gateway', takesEvents(dataset) ? 'one object each, members named as the columns' : 'none'],
    ...describeText(dataset.input).map(([name, value]) => [name, text(value)] as const),
    ...(dataset.input.layout === undefined ? [] : [['Paths', code(dataset.input.layout)] as const]),
    ['Files', `Parquet, ${compaction.codec}, about ${compaction.targetFileMiB} MiB`],
    ['Kept', retention.curatedDays === undefined ? 'forever' : `${retention.curatedDays} days`],
  ];
  return [
    `## ${dataset.name}`,
    '',
    text(dataset.description),
    '',
    ...table(
      ['Column', 'Type', 'Null', ...(isSourced ? ['In files'] : []), 'Meaning'],
      dataset.columns.map((column) => [
        code(column.name),
        code(formatHiveType(column.type)),
        column.notNull ? 'no' : 'yes',
        ...(isSourced ? [text(given.has(column.name) ? 'the path' : (describeSource(column) ?? ''))] : []),
        text(column.comment ?? ''),
      ]),
    ),
    '',
    ...table(
      ['Partition key', 'Type', 'Meaning'],
      keys.map((key) => [code(key.name), code(key.type), text(key.comment)]),
    ),
    '',
    ...table(['Property', 'Value'], facts),
    '',
    ...checksTable(dataset),
    'Name every partition key that you can, so that a query reads only what it needs:',
    '',
    '```sql',
    exampleQuery(dataset),
    '```',
    '',
  ].join('\n');
}

const FAILED_ROWS: Readonly<Record<CheckAction, string>> = {
  warn: 'are stored, and counted',
  quarantine: 'are in quarantine',
  fail: 'keep their partition waiting',
};

function checksTable({ checks = [] }: Dataset): readonly string[] {
  if (checks.length === 0) return [];
  const rows = checks.map(({ name, expects, onFail }) => [code(name), text(expects), FAILED_ROWS[onFail]]);
  return [...table(['Check', 'Expects', 'Rows that fail it'], rows), ''];
}

function keptOnce({ dedupe: { key, keep, by } }: Dataset): string {
  if (key.length === 0) return 'every row is kept';
  return by.length === 0 ? list(key) : `${list(key)}: the ${keep} by ${list(by)}`;
}

function deletions({ dedupe: { deleted } }: Dataset): readonly (readonly [string, string])[] {
  if (deleted === undefined) return [];
  const values = deleted.values.map((value) => code(JSON.stringify(value)));
  return [['Rows that delete their key', `${code(deleted.column)} is ${values.join(' or ')}; they are not shown`]];
}

/** A query over one partition, the first of the dataset's range. */
function exampleQuery(dataset: Dataset): string {
  const first = new Date(`${dataset.partition.from}T00:00:00Z`);
  const leading = dataset.partition.leading.map((key) => [
    key.name,
    (key.kind === 'enum' ? key.values[0] : undefined) ?? 'example',
  ]);
  const path = partitionForTime(dataset, first, Object.fromEntries(leading));
  return `SELECT count(*)\nFROM ${dataset.name}\nWHERE ${partitionPredicate(dataset, path)}`;
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
}

const code = (value: string): string => `\`${value}\``;
const list = (names: readonly string[]): string => names.map(code).join(', ');
/** Free text that neither ends a table cell nor is taken for markup. */
const text = (value: string): string => value.replace(/[\\|<>`*_[\]]/g, (char) => `\\${char}`);
