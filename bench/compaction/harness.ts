import { execFile } from 'node:child_process';
import { closeSync, mkdirSync, openSync, statfsSync, writeFileSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { environment } from '../../cli/environment';
import { bundle, PROJECT_ROOT } from '../../lib/constructs/lambda-bundle/bundle';
import { datasetsScript, rawPrefix } from '../../lib/dataset';
import type { Measured } from './child';
import { startServerProcess } from './server-process';
import { webLogLines } from './web-logs';

const PARTITION = 'year=2026/month=06/day=15';
/** Where the raw objects are, in the bucket `raw`. */
export const SOURCE_PREFIX = rawPrefix('web_logs', PARTITION);
const BUCKETS = { RAW_BUCKET: 'raw', CURATED_BUCKET: 'curated', QUARANTINE_BUCKET: 'quarantine' };
export const CREDENTIALS = {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'bench',
  AWS_SECRET_ACCESS_KEY: 'bench',
};

/**
 * Where objects, segments and output lie: in memory where there is plenty, so that both sides are measured and not the
 * disk under the S3 server.
 */
export function workFolder(): string {
  try {
    const { bavail, bsize } = statfsSync('/dev/shm');
    return bavail * bsize >= 12e9 ? '/dev/shm' : tmpdir();
  } catch {
    return tmpdir();
  }
}

/** Measured is what is deployed: bundled code, not sources that are compiled as they load. */
const CODE = path.join(PROJECT_ROOT, '.cache', 'bench-compaction');

export async function bundleChild(): Promise<void> {
  await rm(CODE, { recursive: true, force: true });
  mkdirSync(CODE, { recursive: true });
  bundle({
    projectRoot: PROJECT_ROOT,
    entries: ['bench/compaction/child.ts', 'lambda/compaction/download-worker.ts', 'cli/s3-main.ts'],
    outdir: CODE,
    nodeMajor: Number(process.versions.node.split('.')[0]),
    banner: datasetsScript([]),
  });
}

/** One measured run of `child.ts`. */
export async function child(
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<Measured> {
  const env = {
    ...environment(),
    ...BUCKETS,
    ...CREDENTIALS,
    NODE_NO_WARNINGS: '1',
    TMPDIR: workFolder(),
    ...variables,
  };
  const { stdout } = await promisify(execFile)(process.execPath, [path.join(CODE, 'child.js'), ...args], { env });
  return JSON.parse(stdout) as Measured;
}

/** Serves a fresh copy (hard links) of the files of a folder as raw objects while `use` runs. */
export async function served<T>(directory: string, use: (endpoint: string) => Promise<T>): Promise<T> {
  const root = await mkdtemp(path.join(directory, 'lake-'));
  const server = await startServerProcess(
    path.join(CODE, 's3-main.js'),
    root,
    path.join(directory, 'objects'),
    SOURCE_PREFIX,
  );
  try {
    return await use(server.endpoint);
  } finally {
    await server.close();
    await rm(root, { recursive: true, force: true });
  }
}

export interface Size {
  /** Bytes of NDJSON, and of the objects. */
  readonly raw: number;
  readonly stored: number;
}

/** Writes gzip objects of so many rows into a folder, and all their lines into one file. */
export async function generate(
  objects: number,
  rows: number,
  directory: string,
  single: string | undefined,
): Promise<Size> {
  const folder = path.join(directory, 'objects');
  await rm(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const file = single === undefined ? undefined : openSync(single, 'w');
  let raw = 0;
  let stored = 0;
  for (let object = 0; object < objects; object++) {
    const lines = Buffer.from(webLogLines(object, rows, objects));
    const body = gzipSync(lines, { level: 6 });
    raw += lines.length;
    stored += body.length;
    if (file !== undefined) writeSync(file, lines);
    writeFileSync(path.join(folder, `${String(object).padStart(6, '0')}.json.gz`), body);
  }
  if (file !== undefined) closeSync(file);
  return { raw, stored };
}
