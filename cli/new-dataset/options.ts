import { isReserved } from '../../lib/dataset/checks/reserved-words';
import { parseCommandLine, readWholeNumber, UsageError } from '../command-line';
import type { S3Limits } from './s3-samples';

export const DEFAULTS = { objects: 100, mebibytes: 256 };
const MOST = { objects: 10_000, mebibytes: 65_536 };

export interface NewDatasetOptions extends S3Limits {
  /** Files, folders, or `s3://bucket/prefix`. */
  readonly named: readonly string[];
  readonly name: string | undefined;
  readonly out: string | undefined;
  readonly force: boolean;
}

export const HELP = `\
Reads samples of your data, and writes a dataset file that accepts them: format, names, times, types, partitions, keys.
Comments in the file mark uncertain decisions. Then it loads the samples into a temporary lake, and reports the share of
rows that are accepted: npm start -- --input with the written dataset accepts the same.

Usage: npm run lake -- new-dataset FILES [options]

  FILES            files and folders: JSON in any arrangement, delimited text, lines such as those of logs, or Parquet;
                   plain, gzip or zstd, all of one format. Those of a service that has a preset get the preset.
                   Patterns such as 'logs/**/*.gz' too. Or one s3://BUCKET/PREFIX, read with the credentials of the AWS SDK

Options:
  --name NAME      name of the dataset (default: that of the first file or folder)
  --out FILE       where the dataset goes (default config/datasets/NAME.ts)
  --force          replace that file if it exists
  --max-objects N  objects to download from a bucket, spread over the first 10,000 (default ${DEFAULTS.objects}); files that are
                   read where all of them are more than --max-mib
  --max-mib N      MiB that are downloaded of a bucket, or read of files: of more, the first lines (default ${DEFAULTS.mebibytes})
  --help           show this text

Exit code: 0 if the file was written, 1 if the samples have no dataset, 2 for a mistake on the command line or unreadable
files, 3 if the file was written but accepts no row.
`;

const FLAGS = {
  name: { type: 'string' },
  out: { type: 'string' },
  force: { type: 'boolean' },
  'max-objects': { type: 'string' },
  'max-mib': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** @throws UsageError naming the option */
export function parseNewDataset(args: readonly string[]): NewDatasetOptions | 'help' {
  const { values, positionals } = parseCommandLine(args, FLAGS, true);
  if (values.help === true) return 'help';
  if (positionals.length === 0) {
    throw new UsageError('FILES', 'no file is named', 'write npm run lake -- new-dataset FILES');
  }
  const remote = positionals.filter((name) => /^s3:\/\//i.test(name));
  if (remote.length > 0 && positionals.length > 1) {
    throw new UsageError(
      remote[0] ?? '',
      'it is not the only argument',
      'write one s3://BUCKET/PREFIX alone, or files and folders of this machine',
    );
  }
  if (values.name !== undefined && !/^[a-z][a-z0-9_]{0,63}$/.test(values.name)) {
    throw new UsageError(
      '--name',
      `"${values.name}" cannot be the name of a dataset`,
      'write lowercase letters, digits and underscores, beginning with a letter, at most 64',
    );
  }
  if (values.name !== undefined && isReserved(values.name)) {
    throw new UsageError(
      '--name',
      `"${values.name}" is a reserved word of Athena`,
      `write another name, such as ${values.name}_events`,
    );
  }
  if (values.out !== undefined && !/\.ts$/.test(values.out)) {
    throw new UsageError('--out', `"${values.out}" does not end in .ts`, 'write the name of a file that ends in .ts');
  }
  return {
    named: positionals,
    name: values.name,
    out: values.out,
    force: values.force === true,
    maxObjects: whole('--max-objects', values['max-objects'], DEFAULTS.objects, MOST.objects),
    maxBytes: whole('--max-mib', values['max-mib'], DEFAULTS.mebibytes, MOST.mebibytes) * 1024 * 1024,
  };
}

const whole = (option: string, text: string | undefined, otherwise: number, most: number): number =>
  text === undefined ? otherwise : readWholeNumber(option, text, 1, most, otherwise);
