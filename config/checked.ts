/**
 * The first import of every command that uses the configuration: a mistake in a dataset or a stage ends the process with
 * code 2 and the list of mistakes, before the code of the command is loaded, which could not be without datasets.
 */
import { bundledDatasets } from '../lib/dataset';
import { LakeConfigError, loadConfig } from '.';

try {
  // Datasets that were given to this process are already checked, and it reads no stage.
  if (bundledDatasets() === undefined) loadConfig();
} catch (error) {
  if (!(error instanceof LakeConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(2);
}
