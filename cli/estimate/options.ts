import { parseCommandLine, UsageError } from '../command-line';
import { bytesOf, numberOf, secondsOf, shareOf } from './units';
import { DEFAULT_WORKLOAD, type InputCodec, type Scheme, type Workload } from './workload';

export type EstimateOptions =
  | { readonly kind: 'help' }
  | { readonly kind: 'estimate'; readonly workload: Workload; readonly json: boolean }
  /** The tables of docs/scaling-lake.md and of the pages with prices; `write` renews them there. */
  | { readonly kind: 'tables'; readonly write: boolean };

export const HELP = `\
Estimates what a lake costs in a month, by part, and what its queries scan. List prices, not a bill.

Usage: npm run lake -- estimate [options]

Options, each with its default:
  --per-day SIZE        raw data a day, of all datasets, as text before compression: 500MB, 1.5TB (10GB)
  --object-size SIZE    of an object in the raw bucket, as stored (1MB)
  --input CODEC         compression of raw objects: none, gzip or zstd (gzip)
  --codec CODEC         compression of Parquet: snappy or zstd (snappy)
  --datasets N          (3)
  --partitions N        partitions of each dataset that receive data at a time: values of leading keys, such as
                        tenants (1)
  --scheme SCHEME       partitions by hour, day, dt or month (day)
  --every TIME          between two runs of the compaction: 5min, 1h (15min)
  --keep TIME           how long curated rows are kept: 90d, 3y (365d)
  --queries N           queries a day, of all workgroups (100)
  --query-range TIME    of data that a query reads: 1d, 4w (1d)
  --query-share SHARE   of the bytes of that time: columns and row groups that a query needs (25%)
  --freshness           with the metrics and alarms of freshness, both limits for each dataset
  --iceberg             with the metrics and alarms of Iceberg tables, one for each dataset; without their requests
  --ingest              with the ingest tier, as far as it stands without load
  --json                the same for programs. Its fields are only added to while "formatVersion" is 1
  --tables              prints the tables of the documentation that are made of prices, in Markdown
  --write               with --tables: renews them in the pages
  --help                show this text

Sizes are decimal (1 GB is 10^9 bytes); KiB, MiB, GiB, TiB and PiB are binary.
Exit code: 0, or 2 for a mistake on the command line.
`;

const FLAGS = {
  'per-day': { type: 'string' },
  'object-size': { type: 'string' },
  input: { type: 'string' },
  codec: { type: 'string' },
  datasets: { type: 'string' },
  partitions: { type: 'string' },
  scheme: { type: 'string' },
  every: { type: 'string' },
  keep: { type: 'string' },
  queries: { type: 'string' },
  'query-range': { type: 'string' },
  'query-share': { type: 'string' },
  freshness: { type: 'boolean' },
  iceberg: { type: 'boolean' },
  ingest: { type: 'boolean' },
  json: { type: 'boolean' },
  tables: { type: 'boolean' },
  write: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** @throws UsageError naming the option */
export function parseEstimate(args: readonly string[]): EstimateOptions {
  const { values } = parseCommandLine(args, FLAGS);
  if (values.help === true) return { kind: 'help' };
  if (values.tables === true) {
    const other = Object.keys(values).find((name) => name !== 'tables' && name !== 'write');
    if (other !== undefined)
      throw new UsageError(`--${other}`, 'it changes nothing beside --tables', 'leave one of the two out');
    return { kind: 'tables', write: values.write === true };
  }
  if (values.write === true) throw new UsageError('--write', 'it belongs to --tables', 'write --tables --write');
  const read = <T>(name: keyof typeof values, otherwise: T, parse: (option: string, text: string) => T): T => {
    const text = values[name];
    return typeof text === 'string' ? parse(`--${name}`, text) : otherwise;
  };
  const d = DEFAULT_WORKLOAD;
  const workload: Workload = {
    bytesPerDay: read('per-day', d.bytesPerDay, (o, t) =>
      bytesOf(o, t, { least: 0, most: 10e15, words: 'at most 10PB' }),
    ),
    objectBytes: read('object-size', d.objectBytes, (o, t) =>
      bytesOf(o, t, { least: 1, most: 5e12, words: 'from 1B to 5TB, the largest object of S3' }),
    ),
    inputCodec: read('input', d.inputCodec, (o, t) => oneOf<InputCodec>(o, t, ['none', 'gzip', 'zstd'])),
    outputCodec: read('codec', d.outputCodec, (o, t) => oneOf<Workload['outputCodec']>(o, t, ['snappy', 'zstd'])),
    datasets: read('datasets', d.datasets, (o, t) =>
      numberOf(o, t, { least: 1, most: 10_000, words: 'from 1 to 10,000', isWhole: true }),
    ),
    partitions: read('partitions', d.partitions, (o, t) =>
      numberOf(o, t, { least: 1, most: 1e6, words: 'from 1 to 1,000,000', isWhole: true }),
    ),
    scheme: read('scheme', d.scheme, (o, t) => oneOf<Scheme>(o, t, ['hour', 'day', 'dt', 'month'])),
    everySeconds: read('every', d.everySeconds, (o, t) =>
      secondsOf(o, t, { least: 60, most: 86_400, words: 'from 1min to 1d' }),
    ),
    keptDays:
      read('keep', d.keptDays * 86_400, (o, t) =>
        secondsOf(o, t, { least: 86_400, most: 100 * 365 * 86_400, words: 'from 1d to 100y' }),
      ) / 86_400,
    queriesPerDay: read('queries', d.queriesPerDay, (o, t) =>
      numberOf(o, t, { least: 0, most: 1e9, words: 'from 0 to 1,000,000,000' }),
    ),
    queryDays:
      read('query-range', d.queryDays * 86_400, (o, t) =>
        secondsOf(o, t, { least: 1, most: 100 * 365 * 86_400, words: 'from 1s to 100y' }),
      ) / 86_400,
    queryShare: read('query-share', d.queryShare, (o, t) =>
      shareOf(o, t, { least: 0, most: 1, words: 'from 0% to 100%' }),
    ),
    freshness: values.freshness === true,
    iceberg: values.iceberg === true,
    ingest: values.ingest === true,
  };
  if (workload.queryDays > workload.keptDays) {
    throw new UsageError(
      '--query-range',
      `it is longer than rows are kept, ${workload.keptDays} days`,
      'write a shorter one, or a longer --keep',
    );
  }
  return { kind: 'estimate', workload, json: values.json === true };
}

function oneOf<T extends string>(option: string, text: string, known: readonly T[]): T {
  const found = known.find((name) => name === text.trim().toLowerCase());
  if (found !== undefined) return found;
  throw new UsageError(option, `"${text}" is none of its values`, `write one of ${known.join(', ')}`);
}
