import { mkdir, stat, symlink } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { UsageError } from '../command-line';
import { messageOf } from '../failure';
import { plural } from '../format';
import { type LeftOut, walk, whyNoData } from '../input/discover';
import { withAdvice } from './advice';
import { detectContent } from './content';
import type { Dialect } from './delimited';
import { filesOf, isGlob } from './globs';
import { type JsonLook, lookAtJson } from './json-look';
import type { LineLook } from './line-look';
import { lookAtTexts } from './text-look';

export interface SampleFile {
  readonly path: string;
  /** Path below the folder of all samples, with forward slashes. */
  readonly relative: string;
  readonly size: number;
}

/** A file that something can be read from. */
export type Sample = SampleFile &
  (
    | { readonly format: 'parquet' }
    | { readonly format: 'json'; readonly look: JsonLook }
    | { readonly format: 'delimited'; readonly dialect: Dialect }
    | { readonly format: 'lines'; readonly look: LineLook }
  );

/** Files as they were named, below one folder. */
export interface FoundFiles {
  /** The folder that all of them lie in: with nothing but them, so that the lake can be given it. */
  readonly folder: string;
  readonly files: readonly SampleFile[];
  readonly leftOut: readonly LeftOut[];
}

/**
 * The files behind the arguments of the command. A folder alone is taken as it is; else links to the files are made below
 * `scratch`, in the folders that they come from as far as these may tell a partition.
 *
 * @throws UsageError when one does not exist, or nothing is left
 */
export async function findFiles(named: readonly string[], scratch: string): Promise<FoundFiles> {
  const leftOut: LeftOut[] = [];
  const names = (await Promise.all(named.map(expanded))).flat();
  const found = await Promise.all(
    names.map(async (name) => {
      const info = await stat(name).catch((error: NodeJS.ErrnoException) => {
        const problem = error.code === 'ENOENT' ? 'there is no such file or folder' : messageOf(error);
        throw new UsageError(name, problem, 'write files or folders that can be read');
      });
      return { path: resolve(name), isFolder: info.isDirectory() };
    }),
  );
  const paths: string[] = [];
  for (const { path, isFolder } of found) {
    if (!isFolder) paths.push(path);
    else for await (const below of walk(path, leftOut)) paths.push(join(path, below));
  }
  const [only, ...others] = found;
  const isFolder = only?.isFolder === true && others.length === 0;
  const root = isFolder ? only.path : rootOf(found.map(({ path, isFolder: is }) => (is ? path : dirname(path))));
  const folder = isFolder ? root : join(scratch, 'samples');
  const files: SampleFile[] = [];
  for (const path of new Set(paths)) {
    const below = relative(root, path).split(sep).join('/');
    const reason = whyNoData(below, (await stat(path)).size);
    if (reason !== undefined) {
      leftOut.push({ file: below, reason });
      continue;
    }
    if (!isFolder) {
      await mkdir(dirname(join(folder, below)), { recursive: true });
      await symlink(path, join(folder, below));
    }
    files.push({ path, relative: below, size: (await stat(path)).size });
  }
  return { folder, files, leftOut };
}

/** The files behind a pattern, where nothing is called so itself. */
async function expanded(name: string): Promise<readonly string[]> {
  if (!isGlob(name) || (await stat(name).catch(() => undefined)) !== undefined) return [name];
  const files = await filesOf(name);
  if (files.length === 0) throw new UsageError(name, 'no file is called so', 'write a pattern of files that are there');
  return files;
}

/** The deepest folder that all lie in, above those whose names may be a partition's or a service's. */
function rootOf(folders: readonly string[]): string {
  let root = folders[0] ?? '.';
  while (
    !folders.every((folder) => folder === root || folder.startsWith(root.endsWith(sep) ? root : `${root}${sep}`))
  ) {
    root = dirname(root);
  }
  const parts = root.split(sep);
  const telling = parts.findIndex((part) => /^[^=]+=.|^AWSLogs$|^(?:19|20)\d\d(?:-\d\d(?:-\d\d)?)?$/.test(part));
  return telling <= 0 ? root : parts.slice(0, telling).join(sep) || sep;
}

/** What is read, and what is not, with the reason. */
export interface Samples {
  readonly samples: readonly Sample[];
  readonly leftOut: readonly LeftOut[];
}

/**
 * Detects what each file holds.
 *
 * @throws UsageError when nothing can be read, or the formats are mixed
 */
export async function readSamples({ files, leftOut }: FoundFiles): Promise<Samples> {
  const { samples, unread } = await detectAll(files);
  const all = [...unread, ...leftOut].map(({ file, reason }) => ({ file, reason: withAdvice(file, reason) }));
  if (samples.length === 0) {
    throw new UsageError(
      'FILES',
      all.length === 0
        ? 'there is no file'
        : `no file can be read${shown(all.map(({ file, reason }) => `${file}: ${reason}`))}`,
      'write files of JSON, delimited text or Parquet, plain, gzip or zstd',
    );
  }
  refuseMixed(samples);
  return { samples, leftOut: all };
}

/** What each file holds; what holds for all of a kind together is looked for in all of them. */
async function detectAll(files: readonly SampleFile[]): Promise<{ samples: readonly Sample[]; unread: LeftOut[] }> {
  const found = new Map<SampleFile, Sample>();
  const unread: LeftOut[] = [];
  const jsons: SampleFile[] = [];
  const texts: { readonly file: SampleFile; readonly head: string }[] = [];
  for (const one of files) {
    const content = await detectContent(one.path);
    if ('problem' in content) {
      unread.push({ file: one.relative, reason: content.problem });
      continue;
    }
    if (content.format === 'parquet') found.set(one, { ...one, format: 'parquet' });
    else if (content.format === 'json') jsons.push(one);
    else texts.push({ file: one, head: content.head });
  }
  if (jsons.length > 0) {
    const look = await lookAtJson(jsons.map(({ path }) => path));
    for (const file of jsons) found.set(file, { ...file, format: 'json', look });
  }
  for (const [index, look] of lookAtTexts(texts.map(({ head }) => head)).entries()) {
    const file = texts[index]?.file;
    if (file === undefined) continue;
    if ('problem' in look) unread.push({ file: file.relative, reason: look.problem });
    else if ('dialect' in look) found.set(file, { ...file, format: 'delimited', dialect: look.dialect });
    else found.set(file, { ...file, format: 'lines', look: look.lines });
  }
  const samples = files.flatMap((file) => found.get(file) ?? []);
  return { samples, unread: unread.sort((a, b) => order(files, a) - order(files, b)) };
}

const order = (files: readonly SampleFile[], { file }: LeftOut): number =>
  files.findIndex(({ relative: path }) => path === file);

const NAMES = { json: 'JSON', parquet: 'Parquet', delimited: 'delimited text', lines: 'lines' } as const;

export function describeFormat(sample: Sample): string {
  if (sample.format === 'lines')
    return `${NAMES.lines} ${sample.look.name === undefined ? 'by a pattern' : `of ${sample.look.name}`}`;
  if (sample.format !== 'delimited') return NAMES[sample.format];
  const { delimiter, header = true } = sample.dialect.csv;
  const mark = { ',': 'commas', '\t': 'tabs', ';': 'semicolons', '|': 'bars', ' ': 'blanks' }[delimiter];
  const names = Array.isArray(header)
    ? `, ${plural(header.length, 'field')} without a header`
    : header === true
      ? ''
      : `, ${header}`;
  return `${NAMES.delimited}, separated by ${mark ?? JSON.stringify(delimiter)}${names}`;
}

/** Whether some files have the rows of others without the operation before them, as a full load of DMS does. */
function isFullLoad(samples: readonly Sample[]): boolean {
  const headers = samples.flatMap((sample) =>
    sample.format === 'delimited' && Array.isArray(sample.dialect.csv.header)
      ? [sample.dialect.csv.header as readonly string[]]
      : [],
  );
  const changes = headers.find(([first]) => first === 'op');
  return changes !== undefined && headers.some((header) => header[0] !== 'op' && header.length === changes.length - 1);
}

/** A dataset reads files of several formats, but their columns would be guessed from two sources at once. */
function refuseMixed(samples: readonly Sample[]): void {
  const kinds = new Map<string, Sample[]>();
  for (const sample of samples) {
    const kind = describeFormat(sample);
    kinds.set(kind, [...(kinds.get(kind) ?? []), sample]);
  }
  if (kinds.size === 1) return;
  const found = [...kinds].map(([kind, of]) => `${plural(of.length, 'file')} of ${kind}, such as ${of[0]?.relative}`);
  throw new UsageError(
    'FILES',
    `they are of several formats${shown(found)}`,
    isFullLoad(samples)
      ? 'if they are of AWS DMS, set includeOpForFullLoad at the endpoint and load again, so that rows of the full load begin with I as well; or write files of one format only'
      : 'write files of one format only',
  );
}

export function shown(lines: readonly string[], most = 5): string {
  const more = lines.length - most;
  return `:${lines
    .slice(0, most)
    .map((line) => `\n  ${line}`)
    .join('')}${more > 0 ? `\n  and ${more} more` : ''}`;
}

/** The name of the folder or file that was named first, without what names a day, a number or a format. */
export function nameOfSamples(named: string): string {
  return basename(named.replace(/[/\\]?[^/\\]*[*?[].*$/, '').replace(/[/\\]+$/, '')).replace(
    /\.[a-z][a-z0-9]*(?:\.(?:gz|gzip|zst|zstd))?$/i,
    '',
  );
}
