#!/usr/bin/env -S npx tsx
import '../config/checked';
import { access, constants, mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import { datasetByName, datasets } from '../config/datasets';
import { type Dataset, takesEvents, toTakeEvents } from '../lib/dataset';
import { ProblemsError } from '../lib/dataset/problems';
import { ExpectedError, runCommand, UsageError } from './command-line';
import { messageOf, tellFailure } from './failure';
import { CommitRefused } from './held';
import { discover } from './input/discover';
import { keptDataset } from './input/kept-dataset';
import { type LocalLake, openLake } from './lake';
import { helpText, type Options, parseOptions } from './options';
import { renderRefusal, renderReport } from './report';
import type { RunResult } from './result';
import { run } from './run';
import { onSignals } from './signals';
import { refuseSqlChecks } from './sql-checks';
import { printSummary } from './summary';
import { Terminal } from './terminal';
import { postRows } from './through-ingest';
import { visibleJson } from './visible';

/** @returns the exit code, as `--help` tells them */
export async function main(args: readonly string[], terminal = new Terminal(process.stdout)): Promise<number> {
  const names = datasets.map(({ name }) => name);
  let lake: LocalLake | undefined;
  const signals = onSignals(async () => {
    terminal.reset();
    await lake?.close();
  });
  try {
    const options = parseOptions(args, names);
    if (options === 'help') {
      terminal.line(helpText(names, postRows !== undefined).trimEnd());
      return 0;
    }
    await refuseUnwritable({ '--report': options.report, '--json': options.json });
    refuseNesting(options);
    const named = datasetByName(options.dataset);
    if (options.throughIngest) refuseWithoutEvents(named);
    const source = 'directory' in options.source ? await discover(options.source.directory, named) : options.source;
    lake = await openLake(options.keep);
    const dataset = 'kept' in source && !options.namesDataset ? await keptDataset(lake, datasets) : named;
    await refuseSqlChecks(dataset);
    const result = await run(dataset, source, lake, terminal, options).catch(async (error: unknown) => {
      // Otherwise the page of a run before would go on telling that all is well.
      if (error instanceof CommitRefused) await writeFile(options.report, renderRefusal(dataset.name, error.message));
      throw error;
    });
    const written: [string, string][] = [];
    const write = async (name: string, path: string, text: string): Promise<void> => {
      await writeFile(path, text);
      written.push([name, path]);
    };
    await write('Report', options.report, renderReport(result));
    if (options.json !== undefined) {
      await write('Figures', options.json, `${visibleJson(result, 2)}\n`);
    }
    if (options.keep !== undefined) {
      written.push(['Lake', options.keep]);
    }
    printSummary(result, terminal, written);
    return exitCode(result);
  } catch (error) {
    terminal.reset();
    if (error instanceof ProblemsError || error instanceof ExpectedError) return tellFailure(error, 'npm start');
    throw error;
  } finally {
    await lake?.close();
    signals.remove();
  }
}

/** 3 when too few rows were accepted, and nothing else is wrong. */
export function exitCode({ ok, problems, accepted }: Pick<RunResult, 'ok' | 'problems' | 'accepted'>): 0 | 1 | 3 {
  if (ok) return 0;
  return !accepted.isEnough && problems.length === 1 ? 3 : 1;
}

/** Found out now, and not at the end of a long run. */
async function refuseUnwritable(outputs: Readonly<Record<string, string | undefined>>): Promise<void> {
  for (const [option, path] of Object.entries(outputs)) {
    if (path === undefined) continue;
    if ((await stat(path).catch(() => undefined))?.isDirectory() === true) {
      throw new UsageError(option, `must be a file, but "${path}" is a folder`, 'write the name of a file');
    }
    try {
      await mkdir(dirname(resolve(path)), { recursive: true });
      await access(dirname(resolve(path)), constants.W_OK);
    } catch (error) {
      throw new UsageError(
        option,
        `cannot be written: ${messageOf(error)}`,
        'write a file in a folder that you may write to',
      );
    }
  }
}

/** The gateway stores events as NDJSON. */
function refuseWithoutEvents(dataset: Dataset): void {
  if (postRows === undefined)
    throw new UsageError('--through-ingest', 'this lake has no ingest tier', 'leave the option out');
  if (takesEvents(dataset)) return;
  throw new UsageError(
    '--through-ingest',
    `dataset ${dataset.name} takes no events`,
    `${toTakeEvents(dataset)}, or leave the option out`,
  );
}

/** A second run would take the lake's own objects for input. */
function refuseNesting({ source, keep }: Options): void {
  if (keep !== undefined && 'directory' in source) {
    const inside = relative(source.directory, keep);
    if (inside === '' || !(inside.startsWith('..') || isAbsolute(inside))) {
      throw new UsageError('--keep', `"${keep}" is inside the folder of --input`, 'write a folder outside of it');
    }
  }
}

if (require.main === module) runCommand(main, (error) => tellFailure(error, 'npm start'));
