#!/usr/bin/env -S npx tsx
import '../../config/checked';
import { parseCommandLine, readWholeNumber, runCommand, UsageError } from '../../cli/command-line';
import { asListenMistake, tellFailure } from '../../cli/failure';
import { openLake } from '../../cli/lake';
import { datasets } from '../../config/datasets';
import { type Dataset, takesEvents } from '../../lib/dataset';
import { exampleEvent } from './example';
import { startLocalGateway, TOKEN_HOURS } from './gateway';

const DEFAULT_KEEP = 'lake';

const HELP = `\
Runs the ingest gateway on this machine, in front of a lake in a folder. Ctrl-C drains it.

Usage: npm run ingest -- [options]

Options:
  --keep DIR   folder of the lake (default ${DEFAULT_KEEP}), also for npm start -- --keep DIR
  --port N     port to listen on, on 127.0.0.1 (default 5001; 0 for any free port)
  --help       show this text

Settings of the gateway are read from the environment, see ingest/docs/ingest.md#settings. Keys, and a token for all
datasets, are created in the folder.

Exit code: 0 if every acknowledged event is stored, 1 if not, 2 for a mistake on the command line or in the
configuration.
`;

/** @returns the exit code: 0 drained, 1 not everything was stored, 2 a mistake */
async function main(args: readonly string[]): Promise<number> {
  const { keep, port, help } = parse(args);
  if (help) {
    process.stdout.write(HELP);
    return 0;
  }
  const dataset = datasets.find(takesEvents);
  if (dataset === undefined) {
    throw new UsageError(
      'config/datasets',
      'no dataset takes events',
      "add 'ndjson' to the input.formats of one, beside its other formats",
    );
  }
  const lake = await openLake(keep);
  try {
    const variables = port === undefined ? {} : { INGEST_PORT: port };
    const { gateway, tokenFile } = await startLocalGateway(lake, variables).catch((error: unknown) => {
      throw asListenMistake(error);
    });
    const stopped = new Promise<void>((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
    });
    process.stdout.write(greeting(dataset, gateway.url, lake.root, tokenFile));
    await stopped;
    process.stdout.write('\nDraining.\n');
    const isDrained = await gateway.stop();
    process.stdout.write(
      isDrained ? 'Every acknowledged event is stored.\n' : 'Not every acknowledged event could be stored.\n',
    );
    return isDrained ? 0 : 1;
  } finally {
    await lake.close();
  }
}

function greeting(dataset: Dataset, url: string, root: string, tokenFile: string): string {
  return `\
Listening  ${url}
Lake       ${root}
Token      ${tokenFile} (all datasets, ${TOKEN_HOURS} hours)

  curl ${url}/v1/datasets/${dataset.name}/events \\
    -H "Authorization: Bearer $(cat ${tokenFile})" -H 'Content-Type: application/json' \\
    -d "${exampleEvent(dataset)}"

Ctrl-C drains and stops it.
`;
}

const FLAGS = {
  keep: { type: 'string' },
  port: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

function parse(args: readonly string[]): { keep: string; port: string | undefined; help: boolean } {
  const { values } = parseCommandLine(args, FLAGS);
  const { keep = DEFAULT_KEEP, port, help = false } = values;
  if (port !== undefined) readWholeNumber('--port', port, 0, 65_535, 5001);
  return { keep, port, help };
}

// Connections of clients that stay open must not keep it.
runCommand(
  async (args) => process.exit(await main(args)),
  (error) => process.exit(tellFailure(error, 'npm run ingest')),
);
