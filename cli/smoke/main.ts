#!/usr/bin/env -S npx tsx
import { readFile, writeFile } from 'node:fs/promises';
import type { Dataset } from '../../lib/dataset';
import type { StageSettings } from '../../lib/settings';
import { runCommand, UsageError } from '../command-line';
import { tellFailure } from '../failure';
import { BadCredentials, MissingPermission } from '../preflight/aws/errors';
import { flag, helpOf, names, readOptions, text } from '../program';
import { Terminal } from '../terminal';
import { visibleLines } from '../visible';
import { chosenChecks, type Outcome, runChecks } from './check';
import { CHECKS } from './checks';
import { untilQuiet } from './compaction-run';
import { openSmoke, type SmokeContext } from './context';
import { destroyPlan, refuseUnlessMeant, runDestroy } from './destroy/run';
import { keepAlive, readJournal, refuseAtWork } from './journal';
import { removePeople } from './people';
import { lineOfOutcome, markdownOf, planLines, reportOf, updatedProof } from './report';
import { clean, linesOfCleaned, type Reserved, reserve, usableDataset } from './reserve';

const PROGRAM = {
  name: 'npm run smoke',
  does:
    'Finds out, on a deployed stage, whether what could not be proven without an AWS account holds: docs/smoke.md. Takes up to ' +
    '40 minutes. It changes none of your rows, and deletes what it made. Without --yes it only prints what it would do, and ends ' +
    'with 3.',
  options: {
    stage: text('NAME', 'the deployed stage'),
    yes: flag('do it'),
    dataset: text('NAME', 'the dataset whose range it uses (default: the first that takes JSON or CSV)'),
    only: names(
      'run this check, and those that it needs',
      CHECKS.map(({ id }) => id),
    ),
    update: flag('also update the stage, and take the update back: a description changes for some minutes'),
    // with ingest: begin
    ingest: flag('also send events, terminate an instance of the ingest tier, and try an image that does not start'),
    'ingest-url': text('URL', 'where producers send events (default: the domain of the stage)'),
    'ingest-token-file': text('FILE', 'with --ingest: a token of your own issuer; not needed for `ingest.issuer`'),
    // with ingest: end
    destroy: text(
      'NAME',
      'instead of all this, destroy the stage with its data kept, deploy it again, and destroy it with its data: NAME is that of ' +
        'the stage once more. A stage that holds rows is refused',
    ),
    clean: flag('remove what an interrupted smoke test left, and end'),
    report: text('FILE', 'write the report as Markdown (default smoke.md)'),
    json: text('FILE', 'write the report as JSON'),
    proof: text('FILE', 'strike what held out of this page, such as docs/proof.md'),
  },
};

export interface Configuration {
  readonly stages: readonly StageSettings[];
  readonly datasets: readonly Dataset[];
}

/** A mistake in the configuration is reported before anything else. */
function configured(): Configuration {
  require('../../config/checked');
  const { stages } = require('../../config/stages') as typeof import('../../config/stages');
  const { datasets } = require('../../config/datasets') as typeof import('../../config/datasets');
  return { stages, datasets };
}

/** @returns the exit code: 0 no check failed, 1 one did, 2 a mistake of use, 3 `--yes` is missing */
export async function main(
  args: readonly string[],
  terminal = new Terminal(process.stdout),
  load: () => Configuration = configured,
): Promise<number> {
  const { stages, datasets } = load();
  const options = readOptions(PROGRAM, args);
  if (options === 'help') {
    terminal.line(helpOf(PROGRAM).trimEnd());
    return 0;
  }
  const settings = stageOf(stages, options.stage);
  const dataset = usableDataset(datasets, options.dataset);
  const asked: Readonly<Record<string, boolean>> = {
    update: options.update,
    ingest: options.ingest, // with ingest
  };
  const chosen = chosenChecks(CHECKS, options.only);
  const checks = chosen.filter((check) => check.asked === undefined || asked[check.asked] === true);
  if (checks.length === 0) {
    const missing = [...new Set(chosen.map((check) => `--${check.asked}`))].join(' and ');
    throw new UsageError('--only', 'names nothing but what has to be asked for', `add ${missing}`);
  }
  const given = {
    dataset: options.dataset,
    // with ingest: begin
    ingestUrl: options['ingest-url'],
    ingestTokenFile: options['ingest-token-file'],
    // with ingest: end
  };
  if (options.clean) return await cleanUp(settings, datasets, dataset, terminal);
  if (options.destroy !== undefined) refuseUnlessMeant(settings, options.destroy);
  for (const line of options.destroy === undefined ? planLines(checks, settings) : destroyPlan(settings)) {
    terminal.line(line);
  }
  if (!options.yes) {
    terminal.line('Nothing was done: write --yes.');
    return 3;
  }
  const write = async (context: SmokeContext, outcomes: readonly Outcome[]): Promise<number> => {
    const { region, isEmulated } = context;
    const place = { stage: settings.name, region, isEmulated, at: new Date().toISOString() };
    const report = reportOf(place, outcomes, CHECKS, settings);
    const file = options.report ?? 'smoke.md';
    await writeFile(file, markdownOf(report));
    if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(report, undefined, 2)}\n`);
    if (options.proof !== undefined) {
      await writeFile(options.proof, updatedProof(await readFile(options.proof, 'utf8'), report));
    }
    const { passed, failed, skipped } = report.counts;
    terminal.line(`${passed} passed, ${failed} failed, ${skipped} skipped: ${file}`);
    return failed > 0 ? 1 : 0;
  };
  const open = () => openSmoke(settings, datasets, (lake) => reserve(lake, dataset, datasets), given);
  try {
    if (options.destroy !== undefined) {
      const look = () => openSmoke(settings, datasets, async () => nothingOf(dataset));
      const { first, outcomes } = await runDestroy(open, look, terminal);
      return await write(first, outcomes);
    }
    const context = await open();
    const silence = keepAlive(context.lake, context.reserved.journal);
    try {
      const outcomes = await runChecks(checks, context, (outcome) =>
        terminal.line(visibleLines(lineOfOutcome(outcome))),
      );
      return await write(context, outcomes);
    } finally {
      const cleaned = await clean(context.lake, () => untilQuiet(context), context.reserved.journal);
      silence();
      for (const line of linesOfCleaned(cleaned ?? { objects: 0, kept: [] })) terminal.line(visibleLines(line));
      await context.close();
    }
  } catch (error) {
    return refused(error);
  }
}

async function cleanUp(
  settings: StageSettings,
  datasets: readonly Dataset[],
  dataset: Dataset,
  terminal: Terminal,
): Promise<number> {
  try {
    const context = await openSmoke(settings, datasets, async () => nothingOf(dataset));
    try {
      const journal = await readJournal(context.lake);
      if (journal !== undefined) refuseAtWork(journal, context.lake.now());
      for (const check of CHECKS) await check.remove?.(context);
      await removePeople(context);
      const cleaned = await clean(context.lake, () => untilQuiet(context));
      if (cleaned === undefined) terminal.line('There is nothing to clean.');
      else for (const line of linesOfCleaned(cleaned)) terminal.line(visibleLines(line));
      return 0;
    } finally {
      await context.close();
    }
  } catch (error) {
    return refused(error);
  }
}

/** Cleaning up reserves nothing. */
const nothingOf = (dataset: Dataset): Reserved => ({
  dataset,
  format: 'ndjson',
  ...{ rows: '', poison: '', empty: '', emptied: '', large: '', waiting: [] },
  journal: { formatVersion: 1, id: '', places: [], since: '', alive: '' },
});

function stageOf(stages: readonly StageSettings[], name: string | undefined): StageSettings {
  const known = `write one of ${stages.map((stage) => stage.name).join(', ')}`;
  if (name === undefined) throw new UsageError('--stage', 'is missing', known);
  const found = stages.find((stage) => stage.name === name);
  if (found === undefined) throw new UsageError('--stage', `there is no stage "${name}"`, known);
  return found;
}

/** @throws what is no matter of credentials and permissions */
function refused(error: unknown): number {
  if (!(error instanceof BadCredentials || error instanceof MissingPermission)) throw error;
  const todo = error instanceof BadCredentials ? error.todo : 'Use credentials that may: docs/smoke.md#what-it-touches';
  process.stderr.write(`${visibleLines(`${error.message}\n  → ${todo}`)}\n`);
  return 2;
}

if (require.main === module)
  runCommand(
    (args) => main(args),
    (error) => tellFailure(error, PROGRAM.name),
  );
