import './own-datasets';
import { type Environment, environment } from '../environment';
import type { Terminal } from '../terminal';
import { visibleLines } from '../visible';
import { newDataset } from './new-dataset';
import { HELP, parseNewDataset } from './options';
import { NoDatasetError } from './propose';

/** An endpoint that is not AWS's own; region and credentials are for the SDK to find. */
const s3Of = (env: Environment) => ({ endpoint: env.AWS_ENDPOINT_URL_S3 ?? env.AWS_ENDPOINT_URL });

/** @returns the exit code, as its help says */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const options = parseNewDataset(args);
  if (options === 'help') {
    terminal.line(HELP.trimEnd());
    return 0;
  }
  try {
    return await newDataset(options, terminal, s3Of(environment()));
  } catch (error) {
    if (!(error instanceof NoDatasetError)) throw error;
    process.stderr.write(`${visibleLines(error.message)}\n`);
    return 1;
  }
}
