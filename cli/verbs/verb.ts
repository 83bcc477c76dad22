import { datasets } from '../../config/datasets';
import { type Options as Flags, parseCommandLine, UsageError } from '../command-line';
import { onSignals } from '../signals';
import { Terminal } from '../terminal';
import { visibleLines } from '../visible';
import type { Access, OperatedLake } from './lake';
import { openLocal } from './local-lake';
import { parseSelection, type Selection } from './selection';
import { openStage } from './stage-lake';
import { configuredStages, type Stages, stageNamed } from './stages';
import { tellRights } from './tell-rights';

/** Of the JSON that every verb writes. It grows by one when a field is removed or changes its meaning. */
export const FORMAT_VERSION = 1;

/** 0: done, or nothing is wrong. 1: something is wrong in the lake. 3: there is a plan, and `--yes` is missing. */
type ExitCode = 0 | 1 | 3;

export interface VerbResult {
  readonly code: ExitCode;
  /** What `--json` writes, besides what every verb writes. */
  readonly json: Readonly<Record<string, unknown>>;
  /** Writes the same for people. */
  print(terminal: Terminal): void;
}

export interface VerbContext {
  readonly lake: OperatedLake;
  readonly selection: Selection;
  /** Whether what the verb does may be done. False for a verb that only reads, and without `--yes`. */
  readonly mayChange: boolean;
  /** Shows how far the work is, on a terminal; elsewhere nothing. @param done share of the work, 0 to 1 */
  progress(label: string, done: number): void;
}

type Values<F extends Flags> = ReturnType<typeof parseCommandLine<F>>['values'];

interface VerbDefinition<F extends Flags> {
  readonly name: string;
  /** What it does, in a few lines. */
  readonly about: string;
  /** Its own options, each with what it does. */
  readonly options?: readonly (readonly [option: string, text: string])[];
  readonly flags: F;
  /** Whether it changes something, once `--yes` is given. */
  readonly changes: boolean;
  /** Seconds after which it is run again, until it is interrupted. @default once */
  readonly every?: (values: Values<F>) => number | undefined;
  /** Its code is 1 when something is wrong; this says what. @default the verb could not do its work */
  readonly wrong?: string;
  run(context: VerbContext, values: Values<F>): Promise<VerbResult>;
}

/**
 * @param stages those that there are. @default `config/stages`, read once they are needed
 * @returns the exit code
 */
export type RunVerb = (args: readonly string[], terminal: Terminal, stages?: Stages) => Promise<number>;

const COMMON = {
  stage: { type: 'string' },
  local: { type: 'string' },
  dataset: { type: 'string', multiple: true },
  partition: { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;
const YES = { yes: { type: 'boolean' } } as const;

interface CommonValues {
  readonly stage?: string;
  readonly local?: string;
  readonly dataset?: string[];
  readonly partition?: string;
  readonly from?: string;
  readonly to?: string;
  readonly json?: boolean;
  readonly help?: boolean;
  readonly yes?: boolean;
}

/** Makes a command of `npm run lake` of what a verb does with a lake. */
export function verb<const F extends Flags>(definition: VerbDefinition<F>): RunVerb {
  return async (args, terminal, stages = configuredStages) => {
    const flags = { ...COMMON, ...(definition.changes ? YES : {}), ...definition.flags };
    const values = parseCommandLine(args, flags).values as Values<F> & CommonValues;
    if (values.help === true) {
      terminal.line(helpText(definition, stages).trimEnd());
      return 0;
    }
    const open = opener(values, stages, definition.changes && values.yes === true ? 'write' : 'read');
    const selection = parseSelection(values, datasets);
    const seconds = definition.every?.(values);
    return await tellRights(async () => {
      for (;;) {
        const code = await runOnce(definition, values, open, selection, terminal);
        if (seconds === undefined) return code;
        await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
        if (values.json !== true) terminal.line();
      }
    });
  };
}

async function runOnce<F extends Flags>(
  { name, changes, run }: VerbDefinition<F>,
  values: Values<F> & CommonValues,
  open: () => Promise<OperatedLake>,
  selection: Selection,
  terminal: Terminal,
): Promise<number> {
  const side = new Terminal(process.stderr);
  let lake: OperatedLake | undefined;
  const signals = onSignals(async () => {
    side.reset();
    await lake?.close();
  });
  try {
    lake = await open();
    const mayChange = changes && values.yes === true;
    const progress = (label: string, done: number): void => side.progress(label).update(done);
    const { code, json, print } = await run({ lake, selection, mayChange, progress }, values);
    side.reset();
    if (values.json === true) {
      const at = lake.now().toISOString();
      terminal.line(asJson({ formatVersion: FORMAT_VERSION, verb: name, lake: lake.place, at, ...json }));
    } else print(terminal);
    return code;
  } finally {
    side.reset();
    await lake?.close();
    signals.remove();
  }
}

/** What is not known is null, so that every field is there. */
const asJson = (value: unknown): string =>
  visibleLines(JSON.stringify(value, (_, field: unknown) => (field === undefined ? null : field)));

function opener({ stage, local }: CommonValues, stages: Stages, access: Access): () => Promise<OperatedLake> {
  if (stage !== undefined && local !== undefined) {
    throw new UsageError('--local', 'it is given together with --stage', 'write one of the two');
  }
  if (local !== undefined) return () => openLocal(local, datasets, access);
  if (stage === undefined) {
    const names = stages().map(({ name }) => name);
    throw new UsageError('--stage', 'no lake is named', `write --stage NAME (${names.join(', ')}), or --local DIR`);
  }
  const settings = stageNamed(stage, stages);
  return () => openStage(settings, datasets, access);
}

function helpText<F extends Flags>(definition: VerbDefinition<F>, stages: Stages): string {
  const { name, about, options = [], changes, wrong } = definition;
  const all: (readonly [string, string])[] = [
    [
      '--stage NAME',
      `the deployed stage: ${stages()
        .map((stage) => stage.name)
        .join(', ')}`,
    ],
    ['--local DIR', 'instead: a lake that npm start -- --keep DIR made'],
    ['--dataset NAME', 'only this one; may be repeated'],
    ['--partition PATH', 'only this one, of one dataset: year=2026/month=06/day=15'],
    ['--from DAY', 'only partitions from this day on, in UTC: 2026-06-15, or 2026-06-15T10 for an hour'],
    ['--to DAY', 'only partitions up to this day, included'],
    ...options,
    ...(changes ? [['--yes', 'do it; without, the plan is printed and nothing is changed'] as const] : []),
    ['--json', 'write one JSON object: docs/commands.md has its fields'],
    ['--help', 'show this text'],
  ];
  const width = Math.max(...all.map(([option]) => option.length)) + 2;
  const codes = [
    '0 if all is well',
    `1 if ${wrong ?? 'it failed'}`,
    '2 for a mistake on the command line or in the configuration, or if the lake cannot be asked',
    ...(changes ? ['3 if there is something to do and --yes is missing'] : []),
  ];
  return `\
${about.trimEnd()}

Usage: npm run lake -- ${name} --stage NAME [options]

Options:
${all.map(([option, text]) => `  ${option.padEnd(width)}${text}`).join('\n')}

Exit code: ${codes.join(',\n  ')}.
`;
}
