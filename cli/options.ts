import { parseCommandLine, readWholeNumber, UsageError } from './command-line';
import { bytesPerDayOf } from './estimate/units';

/** Defaults that `--help` prints and the run uses. */
export const DEFAULT_ROWS = 450_000;
export const MAX_ROWS = 50_000_000;
export const DEFAULT_REPORT = 'report.html';

export interface Options {
  /** What fills the lake: generated rows, a folder of the user's own files, or nothing beyond what is in it. */
  readonly source: { readonly rows: number } | { readonly directory: string } | { readonly kept: true };
  /** Whether generated rows go through the ingest gateway. */
  readonly throughIngest: boolean;
  readonly dataset: string;
  /** Whether the command line says which; else it is the first. */
  readonly namesDataset: boolean;
  /** Folder that holds the buckets and outlives the run; a temporary one when absent. */
  readonly keep: string | undefined;
  readonly json: string | undefined;
  readonly report: string;
  /** Least share of rows, 0 to 1, that must be accepted; undefined: at least one row. */
  readonly minAccepted: number | undefined;
  /** For what amount of raw data the report says what it would cost; undefined: for none. */
  readonly scale: Scale | undefined;
}

export interface Scale {
  /** As it was written. */
  readonly given: string;
  readonly bytesPerDay: number;
}

const THROUGH_INGEST = `\
  --through-ingest send the generated rows through the ingest gateway, over HTTP, instead of writing objects
`;

/** @param hasIngest whether the lake has the ingest tier */
export const helpText = (datasets: readonly string[], hasIngest: boolean): string => `\
Runs the whole data lake on this machine: fills the raw zone with small files, compacts them with the planner and
compactor handlers that run on AWS, and compares queries on both zones.

Usage: npm start -- [options]

Options:
  --rows N         rows to generate, 1 to ${MAX_ROWS.toLocaleString('en-US')} (default ${DEFAULT_ROWS.toLocaleString('en-US')}, thousands of small files),
                   made from the declaration of the dataset; web logs where it is access_logs as shipped
  --input DIR      load the files of a folder and its sub-folders instead of generated rows: JSON (.json, .jsonl,
                   .ndjson), CSV (.csv) or Parquet, plain, gzip or zstd. Other names, such as log.gz or .txt, mean the
                   dataset's first format, as in compaction. Hive folders such as year=2026/month=06/day=15, and those
                   of the dataset's layout, decide the partition; other rows are placed by their event time. Skipped
                   files are listed: names that begin with "." or "_", archives, documents, empty files
  --compact        load nothing; compact the pending objects of --keep${hasIngest ? ', for example those of npm run ingest' : ''}
  --dataset NAME   dataset of the rows (default ${datasets[0]}): ${datasets.join(', ')}.
                   For --input it is required, unless there is only one dataset. The default of --compact is the one
                   with pending objects
${hasIngest ? THROUGH_INGEST : ''}  --keep DIR       keep the lake in this folder, the buckets as plain folders (default: a temporary folder, removed at
                   the end). A second run on the same folder loads only new files
  --json FILE      write all figures as JSON
  --report FILE    write the HTML report here (default ${DEFAULT_REPORT})
  --min-accepted S least share of rows that must not go to quarantine, such as 90% or 0.9 (default: at least one row).
                   An object whose rows cannot be counted counts as one
  --scale AMOUNT   add to the report what the same data would cost and read if so much of it came, as stored: 1TB/day,
                   500GB/day, 2.5TB/month
  --help           show this text

Examples:
  npm start
  npm start -- --scale 1TB/day
  npm start -- --rows 2000000 --keep lake
  npm start -- --input ~/files --dataset ${datasets[0]} --json out.json
  npm start -- --keep lake --compact

Exit code: 0 if every row is accounted for and the answers of both zones are equal, 1 if not or if the run fails, 2 for
a mistake on the command line or in the configuration, 3 if no row or fewer than --min-accepted were accepted, 130 after
Ctrl-C.
`;

const FLAGS = {
  rows: { type: 'string' },
  compact: { type: 'boolean' },
  'through-ingest': { type: 'boolean' },
  input: { type: 'string' },
  dataset: { type: 'string' },
  keep: { type: 'string' },
  json: { type: 'string' },
  report: { type: 'string' },
  'min-accepted': { type: 'string' },
  scale: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

/**
 * @param datasets Names of the configured datasets, at least one: the first is the default.
 * @returns The options, or `'help'` when the user asked for it.
 * @throws UsageError naming the option.
 */
export function parseOptions(args: readonly string[], datasets: readonly string[]): Options | 'help' {
  const { values } = parseCommandLine(args, FLAGS);
  if (values.help === true) {
    return 'help';
  }
  const { dataset } = values;
  if (dataset !== undefined && !datasets.includes(dataset)) {
    throw new UsageError('--dataset', `there is no dataset "${dataset}"`, `write one of ${datasets.join(', ')}`);
  }
  const isKept = values.compact === true;
  if (isKept) {
    if (values.rows !== undefined || values.input !== undefined) {
      throw new UsageError(
        '--compact',
        'compacts what is in the lake, and takes no new rows',
        'leave out --rows and --input, or --compact',
      );
    }
    if (values.keep === undefined) {
      throw new UsageError('--compact', 'no lake is named', 'add --keep DIR, the lake to compact');
    }
  }
  const throughIngest = values['through-ingest'] === true;
  if (throughIngest && (isKept || values.input !== undefined)) {
    throw new UsageError('--through-ingest', 'is for generated rows', 'leave it out with --input and --compact');
  }
  if (values.input !== undefined) {
    if (values.rows !== undefined) {
      throw new UsageError('--rows', 'is for generated rows', 'leave it out with --input');
    }
    if (dataset === undefined && datasets.length > 1) {
      throw new UsageError('--input', 'no dataset is named', `add --dataset, one of ${datasets.join(', ')}`);
    }
  }
  return {
    source: isKept
      ? { kept: true }
      : values.input === undefined
        ? { rows: parseRows(values.rows) }
        : { directory: values.input },
    throughIngest,
    dataset: dataset ?? datasets[0] ?? '',
    namesDataset: dataset !== undefined,
    keep: values.keep,
    json: values.json,
    report: values.report ?? DEFAULT_REPORT,
    minAccepted: parseShare(values['min-accepted']),
    scale: parseScale(values.scale),
  };
}

function parseScale(given: string | undefined): Scale | undefined {
  if (given === undefined) return undefined;
  const bounds = { least: 1, most: 10e15, words: 'from 1 byte to 10PB a day' };
  return { given: given.trim(), bytesPerDay: bytesPerDayOf('--scale', given, bounds) };
}

/** `90%` or `0.9`. */
function parseShare(text: string | undefined): number | undefined {
  if (text === undefined) {
    return undefined;
  }
  const [, digits, percent] = /^(\d{1,3}(?:\.\d+)?|\.\d+)(%?)$/.exec(text.trim()) ?? [];
  const share = digits === undefined ? Number.NaN : Number(digits) / (percent === '%' ? 100 : 1);
  if (!(share >= 0 && share <= 1)) {
    throw new UsageError(
      '--min-accepted',
      `must be a share from 0% to 100%, but got "${text}"`,
      'write a share such as 90% or 0.9',
    );
  }
  return share;
}

function parseRows(text: string | undefined): number {
  if (text === undefined) {
    return DEFAULT_ROWS;
  }
  return readWholeNumber('--rows', text, 1, MAX_ROWS, DEFAULT_ROWS);
}
