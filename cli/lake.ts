import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, realpath, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { createS3Client } from '../lambda/compaction/runtime/lake';
import { type CompactionSettings, readSettings } from '../lambda/compaction/runtime/settings';
import { S3ObjectStore } from '../lambda/compaction/store/s3-object-store';
import { type RequestHook, type S3ServerStats, startS3Server } from '../packages/s3-loopback/src';
import { UsageError } from './command-line';
import { environment } from './environment';
import { messageOf } from './failure';
import { Ledger } from './input/ledger';

/** The zones, named as plainly as the folders that they are here. */
export const BUCKETS = { raw: 'lake-raw', curated: 'lake-curated', quarantine: 'lake-quarantine' } as const;

/** Beside the buckets in a kept folder: the ledger, and the raw zone as it was before compaction. */
export const STATE_FOLDER = '.lake';

/** A lake served on loopback. */
export interface LocalLake {
  /** Folder whose sub-folders are the buckets. */
  readonly root: string;
  /** Folder that mirrors {@link root} and holds every raw object that was ever put there. */
  readonly before: string;
  /** Temporary files of this run; removed at the end. */
  readonly scratch: string;
  readonly endpoint: string;
  /** What compaction on it is told; nothing of the machine's AWS configuration reaches it. */
  readonly settings: CompactionSettings;
  readonly store: S3ObjectStore;
  readonly ledger: Ledger;
  /** What the server has been asked, and has answered. */
  stats(): S3ServerStats;
  /** Stops the server and removes everything but a kept folder. May be called twice. */
  close(): Promise<void>;
}

/**
 * Starts the S3 server, and makes the settings of a compaction on it: on AWS, Lambda and the stack give the same ones.
 *
 * @param keep Folder that stays: empty, missing, or kept by an earlier run. @default a temporary folder
 * @param onRequest faults of the server, for tests. @default none
 * @param option that names the folder, for messages. @default `--keep`
 * @throws UsageError when `keep` holds something else or another run is using it
 */
export async function openLake(keep?: string, onRequest?: RequestHook, option = '--keep'): Promise<LocalLake> {
  const scratch = await realpath(await mkdtemp(join(tmpdir(), 'lake-')));
  const cleanUp: (() => Promise<void> | void)[] = [];
  // The last resort when the process ends without close(), for example in the middle of a failure.
  const removeScratch = (): void => rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
  process.once('exit', removeScratch);
  const close = async (): Promise<void> => {
    for (const step of cleanUp.splice(0).reverse()) {
      await step();
    }
    removeScratch();
    process.off('exit', removeScratch);
  };
  try {
    const root = keep === undefined ? join(scratch, 'lake') : await keptFolder(keep);
    const temp = join(scratch, 'tmp');
    await mkdir(temp);
    const server = await startS3Server({
      root,
      buckets: {
        [BUCKETS.raw]: { versioned: true },
        [BUCKETS.curated]: { versioned: true },
        [BUCKETS.quarantine]: { versioned: true },
      },
      ...(onRequest === undefined ? {} : { onRequest }),
    }).catch((error: unknown) => {
      const isRefused = (error as NodeJS.ErrnoException).code !== undefined;
      const fix = isRefused
        ? 'write a folder that this user may write to'
        : 'end the other run, or write another folder';
      throw new UsageError(option, messageOf(error), fix);
    });
    cleanUp.push(() => server.close());
    const settings = settingsOf(server.endpoint, temp);
    const client = createS3Client(settings.s3);
    cleanUp.push(() => client.destroy());
    const ledger = await Ledger.open(join(root, STATE_FOLDER, 'ledger.jsonl'));
    cleanUp.push(() => ledger.close());
    return {
      root,
      before: join(root, STATE_FOLDER, 'before'),
      scratch: temp,
      endpoint: server.endpoint,
      settings,
      store: new S3ObjectStore(client),
      ledger,
      stats: () => server.stats(),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function keptFolder(keep: string): Promise<string> {
  const folder = resolve(keep);
  const found = await stat(folder).catch(() => undefined);
  if (found !== undefined && !found.isDirectory()) {
    throw new UsageError(
      '--keep',
      `must be a folder, but "${keep}" is a file`,
      'write a folder, which is made if it is missing',
    );
  }
  const entries = found === undefined ? [] : await readdir(folder);
  if (entries.length > 0 && !entries.includes(STATE_FOLDER)) {
    throw new UsageError(
      '--keep',
      `must be an empty folder or a lake of an earlier run, but "${keep}" holds other files`,
      'write a folder that is new or empty',
    );
  }
  await mkdir(join(folder, STATE_FOLDER), { recursive: true }).catch((error: unknown) => {
    throw new UsageError('--keep', messageOf(error), 'write a folder that can be made and written to');
  });
  return realpath(folder);
}

/** What a client of the loopback server shows. Any other text would do: anyone who reaches the server may use it. */
export const LOCAL_S3 = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local-only-no-secret' },
} as const;

/** The same as variables, for another process. */
export const LOCAL_CREDENTIALS = {
  AWS_REGION: LOCAL_S3.region,
  AWS_ACCESS_KEY_ID: LOCAL_S3.credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: LOCAL_S3.credentials.secretAccessKey,
} as const;

/** What the compactors may plan with: they share this process with the server and the query engine. */
const MEMORY_MIB = '2048';

function settingsOf(endpoint: string, directory: string): CompactionSettings {
  const { compactor, ...settings } = readSettings({
    COMPACTION_MEMORY_MIB: MEMORY_MIB,
    ...environment(),
    RAW_BUCKET: BUCKETS.raw,
    CURATED_BUCKET: BUCKETS.curated,
    QUARANTINE_BUCKET: BUCKETS.quarantine,
  });
  // What is spilled goes where this run cleans up.
  return { ...settings, s3: { endpoint, ...LOCAL_S3 }, compactor: { ...compactor, directory } };
}
