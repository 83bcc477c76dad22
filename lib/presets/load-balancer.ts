import type { ColumnDefinition, CsvSettings, DatasetDefinition, DeliveryService } from '../dataset';
import { ACCOUNT, applyOptions, type PresetOptions, REGION } from './preset';

/** What the logs of one kind of load balancer are. */
interface LoadBalancerLog {
  readonly name: string;
  readonly description: string;
  /** Fields in the order of the line. */
  readonly fields: readonly ColumnDefinition[];
  /** How texts are quoted. */
  readonly quoting: Pick<CsvSettings, 'quote' | 'escape'>;
  readonly delivery: DeliveryService;
  /** Templates of what else lies in the same folders. */
  readonly others?: readonly string[];
}

/**
 * Access logs of Elastic Load Balancing: blanks between fields, `-` for null, and fields that are added at the end of the line.
 *
 * The test file: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
 */
export function loadBalancerLog(log: LoadBalancerLog, options: PresetOptions): DatasetDefinition {
  const { name, description, fields, quoting, delivery, others = [] } = log;
  const preset = {
    name,
    description,
    columns: [...fields, ACCOUNT, REGION],
    eventTime: 'event_time',
    input: {
      formats: ['csv'],
      csv: {
        delimiter: ' ',
        header: fieldNames([...fields, ...addedColumns(fields, options)]),
        nulls: ['-', '"-"'],
        ...quoting,
        extraFields: 'ignore',
        missingFields: 'null',
      },
      layout: 'AWSLogs/{account}/elasticloadbalancing/{region}/{yyyy}/{MM}/{dd}/',
      ignore: ['AWSLogs/*/ELBAccessLogTestFile', ...others],
    },
    delivery,
  } as const;
  return applyOptions(preset, options);
}

/** Columns that a fork adds to fields at the end of a line. */
const addedColumns = (
  fields: readonly ColumnDefinition[],
  { columns = [] }: PresetOptions,
): readonly ColumnDefinition[] =>
  columns.filter(({ name }) => ![...fields, ACCOUNT, REGION].some((field) => field.name === name));

/** What columns are called in the input, in their order. */
const fieldNames = (columns: readonly ColumnDefinition[]): readonly string[] =>
  columns.map(({ name, from }) => (typeof from === 'string' ? from : name));
