import { datasets } from '../../config/datasets';
import { IngestSettingsError } from './environment';
import { startGateway } from './gateway';
import { readSettings } from './settings';

/**
 * The process of the gateway. SIGTERM and SIGINT drain it: exit code 0 when everything was stored and answered in time, 1 when not.
 * Exit code 2 for invalid settings.
 */
async function main(): Promise<void> {
  // A closed log pipe is no reason to stop: its reader may end first.
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
