/** The build stage's command: `main.ts FOLDER` writes what the image holds into a folder. */
import { ConfigError } from '../../../lib/dataset';

function main(folder: string | undefined): number {
  if (folder === undefined) {
    process.stderr.write('Usage: main.ts FOLDER\n');
    return 2;
  }
  try {
    // Loads the datasets, which may hold mistakes.
    const { bundleImage } = require('./bundle') as typeof import('./bundle');
    bundleImage(folder);
    return 0;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
}

process.exitCode = main(process.argv[2]);
