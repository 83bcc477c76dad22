#!/usr/bin/env -S npx tsx
import './new-dataset/own-datasets';
import { runCommand, UsageError } from './command-line';
import { type Environment, environment } from './environment';
import { tellFailure } from './failure';
import { newDataset } from './new-dataset/new-dataset';
import { HELP as NEW_DATASET_HELP, parseNewDataset } from './new-dataset/options';
import { NoDatasetError } from './new-dataset/propose';
import { Terminal } from './terminal';
import { visibleLines } from './visible';

interface Command {
  /** One line, for the list of commands. */
  readonly summary: string;
  /** @returns the exit code */
  run(args: readonly string[], terminal: Terminal): Promise<number>;
}

const COMMANDS: Readonly<Record<string, Command>> = {
  'new-dataset': {
    summary: 'reads samples of your data and writes a dataset file that accepts them',
    run: async (args, terminal) => {
      const options = parseNewDataset(args);
      if (options !== 'help') return await newDataset(options, terminal, s3Of(environment()));
      terminal.line(NEW_DATASET_HELP.trimEnd());
      return 0;
    },
  },
};

/** An endpoint that is not AWS's own; region and credentials are for the SDK to find. */
const s3Of = (env: Environment) => ({ endpoint: env.AWS_ENDPOINT_URL_S3 ?? env.AWS_ENDPOINT_URL });

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
    return await command.run(rest, terminal);
  } catch (error) {
    if (error instanceof NoDatasetError) {
      process.stderr.write(`${visibleLines(error.message)}\n`);
      return 1;
    }
    return tellFailure(error, command === undefined ? 'npm run lake' : `npm run lake -- ${name}`);
  }
}

if (require.main === module) runCommand(main, (error) => tellFailure(error, 'npm run lake'));
