import { parseCommandLine, UsageError } from './command-line';

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
}

const THROUGH_INGEST = `\
  --through-ingest send the generated rows through the ingest gateway, over HTTP, instead of writing objects
`;

/** @param hasIngest whether the lake has the ingest tier */
export const helpText = (datasets: readonly string[], hasIngest: boolean): string => `\
Runs the whole data lake on this machine: fills the raw zone with small files, compacts them through the same planner
and compactor handlers that run on AWS, and compares queries on both zones.

Usage: npm start -- [options]

Options:
  --rows N         rows to generate, 1 to ${MAX_ROWS.toLocaleString('en-US')} (default ${DEFAULT_ROWS.toLocaleString('en-US')}, thousands of small files),
                   made from the declaration of the dataset; web logs where it is access_logs as shipped
  --input DIR      take in the files of a folder and its sub-folders instead of generating some: JSON (.json, .jsonl,
                   .ndjson), CSV (.csv) or Parquet, plain, gzip or zstd. A name that says nothing, as log.gz or .txt do,
                   means the dataset's first format, as in compaction. Hive folders such as year=2026/month=06/day=15,
                   and those of the dataset's layout, decide the partition; other rows are placed by their event time.
                   What is left out is listed: names that begin with "." or "_", archives, documents, empty files
  --compact        take nothing in; compact what lies in the raw zone of --keep${hasIngest ? ', for example what npm run ingest took' : ''}
  --dataset NAME   dataset of the rows (default ${datasets[0]}): ${datasets.join(', ')}.
                   Files of --input have no default, unless there is one dataset only. The default of --compact is the
                   one whose objects wait in the raw zone
${hasIngest ? THROUGH_INGEST : ''}  --keep DIR       keep the lake in this folder, the buckets as plain folders (default: a temporary folder, removed at
                   the end). A second run on the same folder takes in only what is new
  --json FILE      write every figure as JSON, for machines
  --report FILE    where the HTML report goes (default ${DEFAULT_REPORT})
  --min-accepted S least share of rows that must not end in quarantine, such as 90% or 0.9 (default: at least one row).
                   An object whose rows cannot be counted is taken for one
  --help           this text

Examples:
  npm start
  npm start -- --rows 2000000 --keep lake
  npm start -- --input ~/files --dataset ${datasets[0]} --json out.json
  npm start -- --keep lake --compact

Exit code: 0 when every row is accounted for and the answers of both zones are equal, 1 when not or when the run fails,
2 for a mistake on the command line or in the configuration, 3 when no row was accepted, or fewer than --min-accepted
asks for, 130 after Ctrl-C.
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
  };
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
  const rows = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(rows >= 1 && rows <= MAX_ROWS)) {
    throw new UsageError(
      '--rows',
      `must be a whole number from 1 to ${MAX_ROWS.toLocaleString('en-US')}, but got "${text}"`,
      `write one such as ${DEFAULT_ROWS}`,
    );
  }
  return rows;
}
