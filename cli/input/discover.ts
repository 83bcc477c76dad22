import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import {
  type Dataset,
  type InputFormat,
  inputFormat,
  isIgnored,
  type PathValues,
  parsePartitionPath,
  partitionKeys,
  placeInLayout,
} from '../../lib/dataset';
import { UsageError } from '../command-line';
import { messageOf } from '../failure';
import { contentOf, foreignContent } from './decode';

export interface InputFile {
  readonly path: string;
  /** Path below the input folder, with forward slashes on every system. */
  readonly relative: string;
  readonly size: number;
  readonly format: InputFormat;
  readonly compression: 'none' | 'gzip' | 'zstd';
  /** From the folders of its path, when they spell a partition of the dataset in Hive or in its layout; else the rows tell. */
  readonly partition: string | undefined;
  /** What the layout covers of its path. Undefined in Hive folders. */
  readonly prefix?: string;
  /** Columns that its path gives. */
  readonly columns?: PathValues | undefined;
  /** Values of the dataset's leading keys, from the Hive folders. */
  readonly leading: Readonly<Record<string, string>>;
}

export interface Discovered {
  /** In the order of their relative paths. */
  readonly files: readonly InputFile[];
  /** Relative paths of files left out, with the reason. */
  readonly skipped: readonly LeftOut[];
}

/** What lies beside data in exports: what tools write about the data, documents, programs. Told by the name's ending. */
const NO_DATA: Readonly<Record<string, string>> = {
  ...named('a checksum', 'crc', 'md5', 'sha1', 'sha256', 'sha512', 'sig', 'asc'),
  ...named('a document', 'md', 'rst', 'pdf', 'doc', 'docx', 'rtf', 'htm', 'html', 'xls', 'xlsx', 'ods', 'ppt', 'pptx'),
  ...named('an image', 'png', 'jpg', 'jpeg', 'gif', 'svg', 'webp', 'ico', 'tif', 'tiff'),
  ...named('a program', 'py', 'sh', 'js', 'ts', 'sql', 'ipynb', 'jar', 'exe', 'dll', 'so', 'bat', 'ps1'),
  ...named('a setting', 'yml', 'yaml', 'toml', 'ini', 'cfg', 'conf', 'properties', 'xml', 'avsc', 'lock', 'pem', 'key'),
  ...named('what a service notes about its files', 'metadata', 'ctl'),
  ...named('a database', 'db', 'sqlite', 'mdb', 'accdb'),
  ...named('a file that is being written', 'tmp', 'temp', 'partial', 'crdownload', 'swp'),
};

/** Whole names that tools and AWS services write beside data: manifests of exports, and objects that try whether they may write. */
const BESIDE_DATA = new RegExp(
  '^(?:desktop\\.ini|Thumbs\\.db|.*_\\$folder\\$|(?:.*[-_.])?manifest(?:-files|-summary)?(?:\\.json|\\.csv|\\.checksum)?|symlink\\.txt' +
    '|ELBAccessLogTestFile|ConfigWritabilityCheckFile|aws-logs-write-test|aws-programmatic-access-test-object)$',
  'i',
);

function named(kind: string, ...endings: readonly string[]): Record<string, string> {
  return Object.fromEntries(endings.map((ending) => [ending, kind]));
}

export interface LeftOut {
  readonly file: string;
  readonly reason: string;
}

/**
 * The files of a folder and its sub-folders that can be taken in: what compaction would take, in the format that it would
 * take it for. Everything else is left out, with the reason.
 *
 * @throws UsageError when the folder does not exist, or holds no such file
 */
export async function discover(folder: string, dataset: Dataset): Promise<Discovered> {
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory() !== true) {
    throw new UsageError(
      '--input',
      `must be a folder, but "${folder}" ${found === undefined ? 'does not exist' : 'is a file'}`,
      'write the folder that holds the files',
    );
  }
  const files: InputFile[] = [];
  const skipped: LeftOut[] = [];
  for await (const relative of walk(folder, skipped)) {
    const file = await examine(folder, relative, dataset).catch((error: unknown) => unreadable(error));
    if (typeof file === 'string') skipped.push({ file: relative, reason: file });
    else files.push(file);
  }
  if (files.length === 0) {
    throw new UsageError(
      '--input',
      `"${folder}" holds no file that ${dataset.name} accepts${reasons(skipped)}`,
      'write a folder with such files, or change the dataset',
    );
  }
  return { files, skipped };
}

function reasons(skipped: readonly LeftOut[]): string {
  const shown = skipped.slice(0, 3).map(({ file, reason }) => `\n  ${file}: ${reason}`);
  const more = skipped.length - shown.length;
  return `${shown.length === 0 ? '' : ':'}${shown.join('')}${more > 0 ? `\n  and ${more} more` : ''}`;
}

const unreadable = (error: unknown): string => `cannot be read: ${messageOf(error).replace(/, \w+ '.*$/s, '')}`;

/** Why a file is left out whatever the dataset, by its path and size alone. */
export function whyNoData(relative: string, size: number): string | undefined {
  if (relative.split('/').some((part) => part.startsWith('.') || part.startsWith('_'))) {
    return 'hidden: a name begins with "." or "_"';
  }
  if (size === 0) return 'empty';
  const name = basename(relative);
  if (BESIDE_DATA.test(name)) return 'no data by its name: tools write it beside data';
  const kind = NO_DATA[/\.([a-z0-9]+)$/i.exec(name)?.[1]?.toLowerCase() ?? ''];
  return kind === undefined ? undefined : `no data by its name: ${kind}`;
}

/** The file, or why it is left out. */
async function examine(folder: string, relative: string, dataset: Dataset): Promise<InputFile | string> {
  const path = join(folder, relative);
  const name = basename(path);
  const { size } = await stat(path);
  const reason = whyNoData(relative, size);
  if (reason !== undefined) return reason;
  if (isNoData(relative, dataset)) return 'no data of the dataset: its input.ignore says so';
  const content = await contentOf(path);
  const foreign = await foreignContent(path);
  if (foreign !== undefined) return foreign;
  const compression = content === 'gzip' || content === 'zstd' ? content : 'none';
  const format = content === 'parquet' || /\.parquet$/i.test(name) ? 'parquet' : inputFormat(dataset, name);
  const { formats } = dataset.input;
  if (!formats.includes(format)) {
    return `${format}, which dataset ${dataset.name} does not take: its input.formats are ${formats.join(', ')}`;
  }
  const placed = place(relative, dataset);
  const keys = dataset.partition.leading.map((key) => key.name);
  if (placed.partition === undefined && keys.some((key) => !(key in placed.leading))) {
    const { layout } = dataset.input;
    if (layout !== undefined) return `outside of the layout ${layout}, which dataset ${dataset.name} is partitioned by`;
    const such = keys.map((key) => `${key}=...`).join('/');
    return `outside of a folder such as ${such}, which dataset ${dataset.name} is partitioned by`;
  }
  return { path, relative, size, format, compression, ...placed };
}

/**
 * Files below a folder in the order of their names. Links are followed to files only: a link to a folder could be a loop.
 *
 * @param skipped takes what is neither file nor folder
 */
export async function* walk(folder: string, skipped: LeftOut[], prefix = ''): AsyncGenerator<string> {
  const entries = await readdir(join(folder, prefix), { withFileTypes: true }).catch((error: unknown) => {
    skipped.push({ file: `${prefix}/`, reason: unreadable(error) });
    return [];
  });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const relative = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
    if (entry.isDirectory()) {
      yield* walk(folder, skipped, relative);
    } else {
      const reason = entry.isFile() ? undefined : await noFile(join(folder, relative), entry.isSymbolicLink());
      if (reason === undefined) yield relative;
      else skipped.push({ file: relative, reason });
    }
  }
}

async function noFile(path: string, isLink: boolean): Promise<string | undefined> {
  const target = await stat(path).catch(() => undefined);
  if (target?.isFile() === true) return undefined;
  if (!isLink) return 'neither a file nor a folder';
  if (target === undefined) return 'a link that leads to nothing';
  return target.isDirectory() ? 'a link to a folder, which is not followed' : 'a link to what is not a file';
}

/** Whether `input.ignore` leaves a file out, below any folders as in `place`. */
function isNoData(relative: string, dataset: Dataset): boolean {
  for (const path of below(relative)) {
    if (isIgnored(dataset, path)) return true;
    if (dataset.input.layout !== undefined && placeInLayout(dataset, path).ok) return false;
  }
  return false;
}

/** A path, and the same without its first folders. */
function* below(relative: string): Generator<string> {
  for (let from = 0; ; from = relative.indexOf('/', from) + 1) {
    yield relative.slice(from);
    if (!relative.includes('/', from)) return;
  }
}

/** Reads the layout, below any folders, or `key=value` segments; those of other keys do no harm. */
function place(relative: string, dataset: Dataset): Pick<InputFile, 'partition' | 'leading' | 'prefix' | 'columns'> {
  for (const path of dataset.input.layout === undefined ? [] : below(relative)) {
    const placed = placeInLayout(dataset, path);
    if (placed.ok) {
      const { partition, prefix, columns } = placed;
      return { partition, leading: {}, prefix, columns };
    }
  }
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
