import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { CannotRun } from './errors';
import { TOOLS_FOLDER } from './project';
import type { Supervisor } from './supervisor';

/** Pinned, because what an old Maven takes by default has other parameters. */
const DEPENDENCY_PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1';

export interface MavenArtifact {
  /** `group:artifact:version:packaging`. */
  readonly coordinates: string;
  /** Of the file, in hexadecimal. */
  readonly sha256: string;
}

/**
 * Fetches one file from the repositories that the user's Maven knows, or from its local repository, and copies it.
 *
 * @param folder exists and is empty
 * @param javaHome the JDK that Maven runs on
 * @returns the path of the file
 * @throws CannotRun when there is no Maven or the file cannot be fetched; Error when it is not the expected one
 */
export async function fetchArtifact(
  supervisor: Supervisor,
  { coordinates, sha256 }: MavenArtifact,
  folder: string,
  javaHome: string,
): Promise<string> {
  const env = { ...process.env, JAVA_HOME: javaHome };
  if ((await supervisor.run('mvn', ['--version'], { env })).code !== 0) {
    throw new CannotRun(
      `Maven, which fetches ${coordinates}, was not found or does not start. Install it (3.6.3 or newer) and put mvn on the PATH.`,
    );
  }
  const { code, stdout, stderr } = await supervisor.run(
    'mvn',
    [
      '--batch-mode',
      '--quiet',
      `${DEPENDENCY_PLUGIN}:copy`,
      `-Dartifact=${coordinates}`,
      `-DoutputDirectory=${folder}`,
    ],
    { env, cwd: folder, timeoutSeconds: 1_200 },
  );
  if (code !== 0) {
    throw new CannotRun(`Maven could not fetch ${coordinates}:\n${`${stdout}${stderr}`.trim().slice(-2_000)}`);
  }
  const files = await readdir(folder);
  const [file] = files;
  if (file === undefined || files.length > 1) throw new Error(`Maven left ${files.length} files for ${coordinates}`);
  const path = join(folder, file);
  const found = await digest(path);
  if (found !== sha256) throw new Error(`${coordinates} must have the SHA-256 ${sha256}, but has ${found}.`);
  return path;
}

/**
 * {@link fetchArtifact}, once: the file is kept in `.tools/maven`.
 *
 * @throws as {@link fetchArtifact}
 */
export async function keptArtifact(supervisor: Supervisor, artifact: MavenArtifact, javaHome: string): Promise<string> {
  const kept = join(TOOLS_FOLDER, 'maven', `${artifact.sha256.slice(0, 12)}.${artifact.coordinates.split(':')[3]}`);
  if (existsSync(kept)) return kept;
  await mkdir(dirname(kept), { recursive: true });
  const folder = await mkdtemp(join(dirname(kept), 'fetched-'));
  try {
    await rename(await fetchArtifact(supervisor, artifact, folder, javaHome), kept);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return kept;
}

async function digest(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
