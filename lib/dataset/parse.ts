import { checkColumns } from './checks/columns';
import { checkContradictions } from './checks/contradictions';
import { Cursor, ROOT } from './checks/cursor';
import { checkDedupe, withDeletions } from './checks/dedupe';
import { checkFitsText } from './checks/fits-text';
import { checkFreshness } from './checks/freshness';
import { checkIceberg } from './checks/iceberg';
import { checkIgnore } from './checks/ignore';
import { checkCarried } from './checks/json-input';
import { checkLayout, namesInPath } from './checks/layout';
import { readTableName } from './checks/names';
import { checkPartition } from './checks/partition';
import { checkEventTime, checkSortBy } from './checks/references';
import { checkRowChecks } from './checks/row-checks';
import { checkCompaction, checkInput, checkRetention, checkRetentionOutlivesGrace } from './checks/settings';
import { readDescription } from './checks/texts';
import { DELIVERY_SERVICES } from './delivery';
import type { Column, Dataset, DatasetDefinition } from './model';
import { ConfigError, type Problem, Report } from './problems';

export interface DatasetSource {
  /** Where the definition comes from, for messages. */
  readonly file: string;
  /** Not trusted to be one: definitions may come from plain JavaScript. */
  readonly definition: DatasetDefinition;
}

const PROPERTIES = [
  'name',
  'description',
  'columns',
  'columnNames',
  'partition',
  'eventTime',
  'dedupe',
  'dedupeKey',
  'sortBy',
  'input',
  'delivery',
  'freshness',
  'iceberg',
  'checks',
  'retention',
  'compaction',
] as const;

/**
 * Checks a definition and fills in every default.
 *
 * @param file where the definition comes from, for messages
 * @throws ConfigError that lists every mistake
 */
export function parseDataset(definition: DatasetDefinition, file = '(inline)'): Dataset {
  const report = new Report(file, nameOf(definition));
  const dataset = readDataset(definition, report);
  if (dataset === undefined || report.problems.length > 0) throw new ConfigError(report.problems);
  return dataset;
}

/**
 * Checks all definitions of a lake together.
 *
 * @param others mistakes of files that could not be loaded, to be told with the rest
 * @throws ConfigError that lists every mistake of every definition, two datasets of one name included
 */
export function parseDatasets(sources: readonly DatasetSource[], others: readonly Problem[] = []): readonly Dataset[] {
  const reports: Report[] = [];
  const datasets: Dataset[] = [];
  const files = new Map<string, string>();
  for (const { file, definition } of sources) {
    const name = nameOf(definition);
    const report = new Report(file, name);
    reports.push(report);
    const dataset = readDataset(definition, report);
    if (dataset !== undefined) datasets.push(dataset);
    const folded = name.toLowerCase();
    const earlier = files.get(folded);
    if (earlier !== undefined && name !== UNNAMED) {
      report.add('name', `'${name}' is also the name of the dataset in ${earlier}`, 'give each dataset its own name');
    }
    if (earlier === undefined) files.set(folded, file);
  }
  const problems = [...others, ...reports.flatMap((report) => report.problems)];
  if (problems.length > 0) throw new ConfigError(problems);
  return datasets;
}

const UNNAMED = '(unnamed)';

function nameOf(definition: unknown): string {
  const isNamed = typeof definition === 'object' && definition !== null && 'name' in definition;
  return isNamed && typeof definition.name === 'string' && definition.name !== '' ? definition.name : UNNAMED;
}

/** The dataset, as long as nothing that makes it up is missing; whether it is valid is for the report to say. */
function readDataset(definition: unknown, report: Report): Dataset | undefined {
  const object = new Cursor(definition, ROOT, report).object(PROPERTIES, 'make a DatasetDefinition the default export');
  if (object === undefined) return undefined;
  const name = readTableName(object.name);
  const description = readDescription(object.description);
  const checked = checkColumns(
    object.columns,
    object.columnNames.isMissing ? undefined : object.columnNames.oneOf(['exact', 'snake']),
  );
  const names = checked.map((column) => column.name).filter((column) => column !== undefined);
  const partition = checkPartition(object.partition, names);
  const eventTime = checkEventTime(object.eventTime, checked, partition?.scheme);
  const dedupe = checkDedupe(object.dedupe, object.dedupeKey, checked);
  const sortBy = checkSortBy(object.sortBy, checked);
  const input = checkInput(object.input);
  if (input !== undefined) {
    const fromPath = namesInPath(input.layout);
    checkFitsText(object.input, checked, input, fromPath);
    checkContradictions(object.input, { checked, dedupe, input, fromPath });
  }
  const delivery = object.delivery.isMissing ? undefined : object.delivery.oneOf(DELIVERY_SERVICES);
  if (input?.layout !== undefined) checkLayout(object.input, input.layout, { checked, partition, eventTime });
  const retention = checkRetention(object.retention);
  const freshness = checkFreshness(object.freshness);
  const checks = checkRowChecks(object.checks, checked, dedupe);
  const compaction = checkCompaction(object.compaction, sortBy.length > 0);
  if (retention !== undefined && compaction !== undefined) {
    checkRetentionOutlivesGrace(object.retention, retention, compaction);
  }
  const iceberg = checkIceberg(object.iceberg, { names, partition, compaction });
  const plain = checked.flatMap(({ name: column, type, notNull, comment, from }): Column[] =>
    column === undefined || type === undefined
      ? []
      : [{ name: column, type, notNull, comment, ...(from === undefined ? {} : { from }) }],
  );
  const columns = withDeletions(plain, dedupe);
  checkCarried(object.input, input?.json, columns, namesInPath(input?.layout));
  if (
    name === undefined ||
    description === undefined ||
    partition === undefined ||
    eventTime === undefined ||
    input === undefined ||
    retention === undefined ||
    compaction === undefined
  ) {
    return undefined;
  }
  const fixed = { name, description, columns, partition, eventTime, dedupe, sortBy, input, retention, compaction };
  // What it asks can only be asked of a dataset without mistakes.
  if (report.problems.length === 0) checkIgnore(object.input, fixed);
  return {
    ...fixed,
    ...(delivery === undefined ? {} : { delivery }),
    ...(freshness === undefined ? {} : { freshness }),
    ...(iceberg ? { iceberg } : {}),
    ...(checks.length === 0 ? {} : { checks }),
  };
}
