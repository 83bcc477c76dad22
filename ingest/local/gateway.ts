import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { environment } from '../../cli/environment';
import { BUCKETS, type LocalLake, STATE_FOLDER } from '../../cli/lake';
import { datasets } from '../../config/datasets';
import { type Gateway, startGateway } from '../gateway/gateway';
import { type IngestSettings, readSettings, type WindowSettings } from '../gateway/settings';
import { LOCAL_AUDIENCE, LOCAL_ISSUER, localIssuer } from './issuer';

export interface LocalGateway {
  readonly gateway: Gateway;
  readonly settings: IngestSettings;
  /** File with a token for every dataset, and the token itself. */
  readonly tokenFile: string;
  readonly token: string;
}

/** Hours that the token of a local gateway holds. */
export const TOKEN_HOURS = 24;

/**
 * Starts the gateway in this process, in front of a lake that `openLake` has opened.
 *
 * @param lake also keeps its keys and its token
 * @param variables settings, over those of the environment
 * @param window times of events that are taken, wider than a setting may be. @default that of the settings
 * @throws IngestSettingsError for the mistakes in the environment
 */
export async function startLocalGateway(
  lake: Pick<LocalLake, 'root' | 'settings'>,
  variables: Readonly<Record<string, string>> = {},
  window?: WindowSettings,
): Promise<LocalGateway> {
  const folder = join(lake.root, STATE_FOLDER);
  const issuer = await localIssuer(folder);
  const token = await issuer.token(
    'local',
    datasets.map(({ name }) => name),
    TOKEN_HOURS,
  );
  const tokenFile = join(folder, 'token');
  await writeFile(tokenFile, token, { mode: 0o600 });
  const read = readSettings({
    INGEST_LOG_LEVEL: 'warn',
    INGEST_EMF_SECONDS: '0',
    ...environment(),
    RAW_BUCKET: BUCKETS.raw,
    INGEST_JWKS: issuer.jwksFile,
    INGEST_JWT_ISSUER: LOCAL_ISSUER,
    INGEST_JWT_AUDIENCE: LOCAL_AUDIENCE,
    ...variables,
  });
  const settings = { ...read, s3: lake.settings.s3, ...(window === undefined ? {} : { window }) };
  const gateway = await startGateway(settings, { datasets, write: (text) => process.stderr.write(text) });
  return { gateway, settings, tokenFile, token };
}
