#!/usr/bin/env -S npx tsx
import { runCommand, UsageError } from './command-line';
import { tellFailure } from './failure';
import { Terminal } from './terminal';

/** @returns the exit code */
type Run = (args: readonly string[], terminal: Terminal) => Promise<number>;

interface Command {
  /** One line, for the list of commands. */
  readonly summary: string;
  /** Loads its code: each command has its own idea of which datasets there are. */
  load(): Run;
}

const COMMANDS: Readonly<Record<string, Command>> = {
  'new-dataset': {
    summary: 'reads samples of your data and writes a dataset file that accepts them',
    load: () => (require('./new-dataset/command') as typeof import('./new-dataset/command')).run,
  },
  status: {
    summary: 'shows what waits, what is committed and what is in quarantine; of a stage, the alarms',
    load: () => configured(() => require('./verbs/status/verb') as typeof import('./verbs/status/verb')),
  },
  plan: {
    summary: 'shows what compaction and maintenance would do now, and why',
    load: () => configured(() => require('./verbs/plan/verb') as typeof import('./verbs/plan/verb')),
  },
  compact: {
    summary: 'compacts what waits, and follows the run to its end',
    load: () => configured(() => require('./verbs/compact/verb') as typeof import('./verbs/compact/verb')),
  },
  maintain: {
    summary: 'merges, expires and vacuums, and follows the run to its end',
    load: () => configured(() => require('./verbs/maintain/verb') as typeof import('./verbs/maintain/verb')),
  },
  verify: {
    summary: 'checks every manifest and file, and repairs what needs no judgement',
    load: () => configured(() => require('./verbs/verify/verb') as typeof import('./verbs/verify/verb')),
  },
  doctor: {
    summary: 'preflight and verify in one',
    load: () => configured(() => require('./verbs/doctor/verb') as typeof import('./verbs/doctor/verb')),
  },
  history: {
    summary: 'lists the versions of partitions, with time, rows and files',
    load: () => configured(() => require('./verbs/history/verb') as typeof import('./verbs/history/verb')),
  },
  restore: {
    summary: 'goes back to an earlier version of a partition, as a new commit',
    load: () => configured(() => require('./verbs/restore/verb') as typeof import('./verbs/restore/verb')),
  },
  replay: {
    summary: 'builds partitions anew from the raw objects that were compacted into them',
    load: () => configured(() => require('./verbs/replay/verb') as typeof import('./verbs/replay/verb')),
  },
  quarantine: {
    summary: 'shows why lines and objects were rejected, with counts and examples',
    load: () => configured(() => require('./verbs/quarantine/verb') as typeof import('./verbs/quarantine/verb')),
  },
  erase: {
    summary: 'removes the rows of given keys from curated, quarantine and what waits, and says what remains until when',
    load: () => configured(() => require('./verbs/erase/verb') as typeof import('./verbs/erase/verb')),
  },
  vacuum: {
    summary: 'lists each file that no manifest lists any more, and deletes those that are older than the grace',
    load: () => configured(() => require('./verbs/vacuum/verb') as typeof import('./verbs/vacuum/verb')),
  },
  import: {
    summary: 'copies an existing bucket or folder into the inbox of a dataset, each object exactly once',
    load: () => configured(() => require('./verbs/import/verb') as typeof import('./verbs/import/verb')),
  },
  diff: {
    summary: 'what changed in the datasets since a baseline, and what that does to data that is there; for CI',
    load: () => configured(() => require('./diff/diff') as typeof import('./diff/diff')),
  },
  estimate: {
    summary: 'what a lake of yours costs in a month, by part, and what its queries scan',
    load: () => (require('./estimate/estimate') as typeof import('./estimate/estimate')).run,
  },
};

/** A mistake in the configuration ends the process before the code of a verb is loaded, which could not be without datasets. */
function configured(load: () => { readonly run: Run }): Run {
  require('../config/checked');
  return load().run;
}

const HELP = `\
Usage: npm run lake -- COMMAND [options]

Commands:
${Object.entries(COMMANDS)
  .map(([name, { summary }]) => `  ${name.padEnd(13)} ${summary}`)
  .join('\n')}

For the options of a command: npm run lake -- COMMAND --help`;

/** @returns the exit code: 0 when all is well, 2 for a mistake on the command line, else as the help of the command says */
export async function main(args: readonly string[], terminal = new Terminal(process.stdout)): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === '-h') {
    terminal.line(HELP);
    return name === undefined ? 2 : 0;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  try {
    if (command === undefined) {
      throw new UsageError(name, 'there is no such command', `write one of ${Object.keys(COMMANDS).join(', ')}`);
    }
    return await command.load()(rest, terminal);
  } catch (error) {
    return tellFailure(error, command === undefined ? 'npm run lake' : `npm run lake -- ${name}`);
  }
}

if (require.main === module) runCommand(main, (error) => tellFailure(error, 'npm run lake'));
