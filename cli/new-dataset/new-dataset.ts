import './own-datasets';
import { access, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { ConfigError, parseDataset } from '../../lib/dataset';
import { isReserved } from '../../lib/dataset/checks/reserved-words';
import type { S3Settings } from '../../lib/dataset/s3-settings';
import { UnreadableObjectError } from '../../lib/rows';
import { UsageError } from '../command-line';
import { messageOf } from '../failure';
import { bytes, count, plural } from '../format';
import type { LeftOut } from '../input/discover';
import { QueryEngine } from '../tables/engine';
import type { Terminal } from '../terminal';
import { visibleLines } from '../visible';
import { cutSamples } from './cut-samples';
import type { Proposal } from './definition';
import { placeDoubts } from './doubts';
import { KeySearch } from './keys';
import { knownSource } from './known-sources';
import { plainName } from './names';
import { noRow } from './no-row';
import type { NewDatasetOptions } from './options';
import { draft, NoDatasetError, propose } from './propose';
import { declareParquet, readRows } from './read-rows';
import { downloadSamples, parseS3 } from './s3-samples';
import { describeFormat, type FoundFiles, findFiles, nameOfSamples, readSamples, type Sample, shown } from './samples';
import { SampleTable } from './table';
import { type Trial, tryOut, type Update } from './trial';
import { datasetFile, presetFile } from './write';

const PROJECT = join(__dirname, '..', '..');
/** Reasons that are printed. */
const REASONS = 5;

/**
 * Proposes a dataset for samples and writes its file.
 *
 * @param s3 how buckets are reached that samples are read from
 * @returns the exit code, as the help tells them
 * @throws UsageError for files that cannot be read, NoDatasetError when they hold no dataset
 */
export async function newDataset(
  options: NewDatasetOptions,
  terminal: Terminal,
  s3: S3Settings,
  now = new Date(),
): Promise<0 | 3> {
  const [first = ''] = options.named;
  const name = options.name ?? datasetName(first);
  const place = (dataset: string): string =>
    resolve(options.out ?? join(PROJECT, 'config', 'datasets', `${dataset}.ts`));
  await refuseExisting(place(name), options.force);
  const scratch = await mkdtemp(join(tmpdir(), 'new-dataset-'));
  try {
    const files = await cutSamples(await find(options, scratch, terminal, s3), options, scratch);
    if (files.taken !== undefined) terminal.line(`${terminal.good('✓')} Sample    ${files.taken}`);
    const known = await knownSource(files, options.name, terminal.progress('Try').update);
    if (known !== undefined) {
      const out = place(known.definition.name);
      await refuseExisting(out, options.force);
      const size = bytes(files.files.reduce((sum, file) => sum + file.size, 0));
      terminal.line(
        `${terminal.good('✓')} Read      ${plural(files.files.length, 'file')}, ${size}: known to the preset ${known.preset}`,
      );
      const lines = [
        `Proposed by npm run lake -- new-dataset from samples of which the preset accepts ${share(known.trial)}`,
        ...(files.taken === undefined ? [] : [`read: ${files.taken}`]),
        ...known.doubts,
      ];
      await write(
        out,
        presetFile(known.preset, known.options, importFrom(out, 'lib', 'presets'), lines),
        options.force,
      );
      report(
        terminal,
        { definition: known.definition, doubts: known.doubts.map((text) => ({ about: { member: 'input' }, text })) },
        known.trial,
        out,
      );
      return 0;
    }
    const { samples, leftOut } = await readSamples(files);
    const { proposal: found, broken } = await study(name, samples, scratch, now, terminal.progress('Read').update);
    const dataset = checked(found);
    const unplaced = placeDoubts(
      dataset,
      samples.map((sample) => sample.relative),
    );
    const proposal = { ...found, doubts: [...found.doubts, ...unplaced] };
    terminal.line(`${terminal.good('✓')} Read      ${describe(samples)}`);
    const unread = [...broken, ...leftOut];
    if (unread.length > 0) {
      terminal.line(`Left out${shown(unread.map(({ file, reason }) => visibleLines(`${file}: ${reason}`)))}`);
    }
    const trial = await tryOut(dataset, files.folder, terminal.progress('Try').update);
    const out = place(name);
    await write(
      out,
      datasetFile(
        proposal,
        { model: importFrom(out, 'lib', 'dataset', 'model'), presets: importFrom(out, 'lib', 'presets') },
        [...intro(samples, trial), ...(files.taken === undefined ? [] : [`read: ${files.taken}`])],
      ),
      options.force,
    );
    report(terminal, proposal, trial, out);
    return trial.isEnough ? 0 : 3;
  } finally {
    await rm(scratch, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** How a file imports a module of the project. */
function importFrom(out: string, ...module: readonly string[]): string {
  const path = relative(dirname(out), join(PROJECT, ...module))
    .split(sep)
    .join('/');
  return path.startsWith('.') ? path : `./${path}`;
}

async function write(out: string, text: string, force: boolean): Promise<void> {
  await mkdir(dirname(out), { recursive: true });
  await writeFile(out, text, { flag: force ? 'w' : 'wx' });
}

function datasetName(named: string): string {
  const name = plainName(nameOfSamples(named))
    .replace(/^[_0-9]+/, '')
    .slice(0, 57);
  if (name === '' || name === 'unnamed') return 'samples';
  return isReserved(name) ? `${name}_events` : name;
}

async function refuseExisting(out: string, force: boolean): Promise<void> {
  const isThere = await access(out).then(
    () => true,
    () => false,
  );
  if (isThere && !force) {
    throw new UsageError(
      '--out',
      `${relative(process.cwd(), out)} exists`,
      'choose another --name or --out, or replace the file with --force',
    );
  }
}

async function find(
  { named, maxObjects, maxBytes }: NewDatasetOptions,
  scratch: string,
  terminal: Terminal,
  s3: S3Settings,
): Promise<FoundFiles> {
  const place = parseS3(named[0] ?? '');
  if (place === undefined) {
    return await findFiles(named, scratch);
  }
  const folder = join(scratch, 'objects');
  await mkdir(folder);
  const { taken, leftOut } = await downloadSamples(place, folder, { maxObjects, maxBytes }, s3);
  terminal.line(`${terminal.good('✓')} Download  ${taken}`);
  const files = await findFiles([folder], scratch);
  return { ...files, leftOut: [...leftOut, ...files.leftOut] };
}

function describe(samples: readonly Sample[]): string {
  const size = samples.reduce((sum, file) => sum + file.size, 0);
  const [first] = samples;
  return `${plural(samples.length, 'file')}, ${bytes(size)}${first === undefined ? '' : `: ${describeFormat(first)}`}`;
}

/** Reads every row, and once more for the columns that may be a key. */
async function study(
  name: string,
  samples: readonly Sample[],
  scratch: string,
  now: Date,
  update: Update,
): Promise<Study> {
  const engine = await QueryEngine.open(scratch);
  const broken: LeftOut[] = [];
  try {
    const table = new SampleTable();
    const size = samples.reduce((sum, sample) => sum + sample.size, 0);
    let done = 0;
    for (const sample of samples) {
      update(done / size);
      done += sample.size;
      const problem = await unlessBroken(async () => {
        if (sample.format === 'parquet') await declareParquet(table, sample.path, engine, scratch);
        for await (const row of readRows(sample, engine, scratch)) table.add(row);
      });
      if (problem !== undefined)
        broken.push({ file: sample.relative, reason: `cannot be read to its end: ${problem}` });
    }
    if (table.rows === 0) throw new NoDatasetError(await noRow(samples, broken));
    const drafted = draft(name, table, samples);
    const search = new KeySearch(drafted.candidates);
    for (const sample of search.isOver ? [] : samples) {
      await unlessBroken(async () => {
        for await (const row of readRows(sample, engine, scratch)) {
          search.add(row);
          if (search.isOver) break;
        }
      });
    }
    return { proposal: propose(drafted, samples, search, now), broken };
  } finally {
    engine.close();
  }
}

/** What was found out, and files that are damaged somewhere behind their beginning. */
interface Study {
  readonly proposal: Proposal;
  readonly broken: readonly LeftOut[];
}

/** Why the content of a file is damaged, if it is. What is wrong with this machine is thrown. */
async function unlessBroken(read: () => Promise<void>): Promise<string | undefined> {
  try {
    await read();
    return undefined;
  } catch (error) {
    if (error instanceof UnreadableObjectError) return error.message;
    const message = messageOf(error).split('\n')[0] ?? '';
    // DuckDB's own words for a Parquet file that its footer does not describe.
    if (
      /^(?:Invalid Input|IO|TProtocolException|Conversion|Serialization)? ?Error: /i.test(message) &&
      !/out of memory|no space/i.test(message)
    ) {
      return message.replace(/^.*?Error: /, '').replace(/"?\/[^ ]*\.parquet"?/, 'the file');
    }
    throw error;
  }
}

/** The checks of synth; what they find is a fault of the proposal, and told as such. */
function checked({ definition }: Proposal) {
  try {
    return parseDataset(definition, `config/datasets/${definition.name}.ts`);
  } catch (error) {
    if (error instanceof ConfigError)
      throw new Error(`the proposed dataset is refused, which is a bug: ${error.message}`);
    throw error;
  }
}

function intro(samples: readonly Sample[], trial: Trial): string[] {
  return [
    `Proposed by npm run lake -- new-dataset from ${describe(samples)}, of which it accepts ${share(trial)}. ` +
      'Comments say what is not sure: check it, then remove them',
  ];
}

const share = ({ rowsAccepted, rowsIn }: Trial): string =>
  `${count(rowsAccepted)} of ${plural(rowsIn, 'row')} (${rowsIn === 0 ? 0 : Math.floor((1000 * rowsAccepted) / rowsIn) / 10}%)`;

function report(terminal: Terminal, { definition, doubts }: Proposal, trial: Trial, out: string): void {
  const { columns, eventTime, dedupe, dedupeKey = dedupe?.key ?? [], partition } = definition;
  const latest = dedupe?.keep === 'latest' ? ', of which the latest stays' : '';
  const key = dedupeKey.length === 0 ? 'no dedupe key' : `dedupe key ${dedupeKey.join(', ')}${latest}`;
  terminal.line(
    `${terminal.good('✓')} Propose   ${plural(columns.length, 'column')}, event time ${eventTime}, ${key}, partitions by ${partition.scheme}`,
  );
  const mark = trial.rowsAccepted === trial.rowsIn ? terminal.good('✓') : terminal.bad('!');
  terminal.line(`${mark} Accepts   ${share(trial)}`);
  for (const { reason, source, line, record, count: times, isFile } of trial.refusals.slice(0, REASONS)) {
    const place = `${source}${line === null ? '' : `:${line}`}${record === null ? '' : `, record ${record}`}`;
    terminal.line(
      visibleLines(`  refused ${isFile ? plural(times, 'file') : plural(times, 'row')}, such as ${place}  ${reason}`),
    );
  }
  if (trial.refusals.some(({ reason }) => reason === 'not UTF-8')) {
    terminal.line('  text in Windows-1252 or Latin-1 is converted with: iconv -f WINDOWS-1252 -t UTF-8 FILE > NEW');
  }
  const more = trial.refusals.length - REASONS;
  if (more > 0) terminal.line(`  ... and ${plural(more, 'more reason')}`);
  terminal.line();
  terminal.line(
    `Dataset   ${relative(process.cwd(), out)}, with ${plural(doubts.length, 'comment')} on what is not sure`,
  );
}
