import { datasets } from '../../config/datasets';
import { IngestSettingsError } from './environment';
import { startGateway } from './gateway';
import { readSettings } from './settings';

/**
 * The process. SIGTERM and SIGINT drain it: exit code 0 when everything was stored and answered in time, 1 when not.
 * Exit code 2 for settings that cannot be used.
 */
async function main(): Promise<void> {
  // Logs are no reason to stop: whoever reads them may go first.
  process.stdout.on('error', () => {});
  const gateway = await startGateway(readSettings(process.env), { datasets });
  const stop = (): void => {
    gateway.stop().then(
      (isDrained) => process.exit(isDrained ? 0 : 1),
      (error: unknown) => fail(error),
    );
  };
  process.on('SIGTERM', stop).on('SIGINT', stop);
}

function fail(error: unknown): never {
  const isMistake = error instanceof IngestSettingsError;
  const text = isMistake ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`${text}\n`);
  process.exit(isMistake ? 2 : 1);
}

main().catch(fail);
