import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Dataset, type InputFormat, parsePartitionPath, partitionKeys } from '../../lib/dataset';
import { UsageError } from '../options';
import { contentOf } from './decode';

export interface InputFile {
  readonly path: string;
  /** Path below the input folder, with forward slashes on every system. */
  readonly relative: string;
  readonly size: number;
  readonly format: InputFormat;
  readonly compression: 'none' | 'gzip' | 'zstd';
  /** From the Hive folders of its path, when they spell a partition of the dataset; else the rows tell. */
  readonly partition: string | undefined;
  /** Values of the dataset's leading keys, from the Hive folders. */
  readonly leading: Readonly<Record<string, string>>;
}

export interface Discovered {
  /** In the order of their relative paths. */
  readonly files: readonly InputFile[];
  /** Relative paths of files left out, with the reason. */
  readonly skipped: readonly { readonly file: string; readonly reason: string }[];
}

const EXTENSIONS: Readonly<Record<string, InputFormat>> = {
  json: 'ndjson',
  jsonl: 'ndjson',
  ndjson: 'ndjson',
  csv: 'csv',
  parquet: 'parquet',
};

/**
 * The files of a folder and its sub-folders that can be taken in.
 *
 * @throws UsageError when the folder does not exist, holds no such file, or files do not suit the dataset
 */
export async function discover(folder: string, dataset: Dataset): Promise<Discovered> {
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory() !== true) {
    throw new UsageError(
      `--input must be a folder, but "${folder}" ${found === undefined ? 'does not exist' : 'is a file'}.`,
    );
  }
  const files: InputFile[] = [];
  const skipped: { file: string; reason: string }[] = [];
  for (const relative of await walk(folder)) {
    const path = join(folder, relative);
    if (relative.split('/').some((part) => part.startsWith('.') || part.startsWith('_'))) {
      skipped.push({ file: relative, reason: 'hidden: a name begins with "." or "_"' });
      continue;
    }
    const { size } = await stat(path);
    if (size === 0) {
      skipped.push({ file: relative, reason: 'empty' });
      continue;
    }
    const content = await contentOf(path);
    const compression = content === 'gzip' || content === 'zstd' ? content : 'none';
    const format = content === 'parquet' ? 'parquet' : formatOf(path);
    if (format === undefined) {
      skipped.push({
        file: relative,
        reason: 'neither NDJSON (.json, .jsonl, .ndjson), CSV (.csv) nor Parquet (.parquet)',
      });
    } else {
      files.push({ path, relative, size, format, compression, ...place(relative, dataset) });
    }
  }
  if (files.length === 0) {
    throw new UsageError(`--input "${folder}" holds no NDJSON, CSV or Parquet file (${skipped.length} others).`);
  }
  refuse(
    files.filter(({ format }) => !dataset.input.formats.includes(format)),
    `in a format that dataset ${dataset.name} does not take: its input.formats are ${dataset.input.formats.join(', ')}`,
  );
  const keys = dataset.partition.leading.map(({ name }) => name);
  refuse(
    files.filter(({ partition, leading }) => partition === undefined && keys.some((key) => !(key in leading))),
    `outside of a folder such as ${keys.map((key) => `${key}=...`).join('/')}, which dataset ${dataset.name} is partitioned by`,
  );
  return { files, skipped };
}

function refuse(files: readonly InputFile[], problem: string): void {
  if (files.length > 0) {
    const shown = files.slice(0, 3).map(({ relative }) => relative);
    const more = files.length > shown.length ? ` and ${files.length - shown.length} more` : '';
    throw new UsageError(`--input holds files ${problem}: ${shown.join(', ')}${more}.`);
  }
}

/** Files below a folder in the order of their names, links followed to files only (a link to a folder could be a loop). */
async function walk(folder: string, prefix = ''): Promise<string[]> {
  const entries = await readdir(join(folder, prefix), { withFileTypes: true });
  const files: string[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const relative = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
    if (entry.isDirectory()) {
      files.push(...(await walk(folder, relative)));
    } else if (entry.isFile() || (await stat(join(folder, relative)).catch(() => undefined))?.isFile() === true) {
      files.push(relative);
    }
  }
  return files;
}

function formatOf(path: string): InputFormat | undefined {
  const extension = /\.([a-z]+)$/i.exec(basename(path).replace(/\.(gz|gzip|zst|zstd)$/i, ''))?.[1];
  return EXTENSIONS[extension?.toLowerCase() ?? ''];
}

/** Reads `key=value` segments; those of other keys do no harm. */
function place(relative: string, dataset: Dataset): Pick<InputFile, 'partition' | 'leading'> {
  const values = new Map<string, string>();
  for (const segment of relative.split('/').slice(0, -1)) {
    const equals = segment.indexOf('=');
    if (equals > 0) {
      values.set(segment.slice(0, equals), segment.slice(equals + 1));
    }
  }
  const path = partitionKeys(dataset)
    .map(({ name }) => `${name}=${values.get(name) ?? ''}`)
    .join('/');
  const parsed = parsePartitionPath(dataset, path);
  const leading = dataset.partition.leading.filter(({ name }) => values.has(name));
  return {
    partition: parsed.ok ? path : undefined,
    leading: Object.fromEntries(leading.map(({ name }) => [name, values.get(name) ?? ''])),
  };
}
