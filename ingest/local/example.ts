import { Random } from '../../cli/generate/random';
import { leadingValues } from '../../cli/generate/rows';
import { RowMaker } from '../../cli/generate/values';
import { fitsWebLogs } from '../../cli/web-logs/fits';
import { type Dataset, isScalar } from '../../lib/dataset';

/** Columns without `notNull` that an example has, so that it is short. */
const OPTIONAL = 2;

/**
 * An event of a dataset for a command line, in double quotes of a shell, which puts in the time: as short as the declaration allows,
 * with its leading partition keys as members.
 */
export function exampleEvent(dataset: Dataset): string {
  const { columns, eventTime, partition } = dataset;
  const random = new Random(1);
  const row = new RowMaker(dataset, random).row(random, 0);
  const optional = columns.filter(({ notNull, type }) => !notNull && isScalar(type)).slice(0, OPTIONAL);
  const isDate = columns.some(({ name, type }) => name === eventTime && type.kind === 'date');
  const now = isDate ? '$(date -u +%F)' : '$(date -u +%FT%TZ)';
  const event = fitsWebLogs(dataset)
    ? { event_id: 'hello-1', event_time: now, path: '/hello', status: 200 }
    : {
        ...leadingValues(partition.leading)[0],
        ...Object.fromEntries(
          columns
            .filter((column) => column.notNull || optional.includes(column))
            .map(({ name }) => [name, name === eventTime ? now : (row[name] ?? null)]),
        ),
      };
  return JSON.stringify(event).replaceAll('"', '\\"');
}
