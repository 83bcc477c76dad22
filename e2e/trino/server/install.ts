import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fetchArtifact, type MavenArtifact } from '../../tools/maven';
import { TOOLS_FOLDER } from '../../tools/project';
import type { Supervisor } from '../../tools/supervisor';
import type { Connector } from './configuration';
import type { Jdk } from './jdk';

/** The version whose reading of the lake's files is recorded in the documentation. */
export const TRINO_VERSION = '476';

const SERVER: MavenArtifact = {
  coordinates: `io.trino:trino-server-core:${TRINO_VERSION}:tar.gz`,
  sha256: '0f388f9967c177ae70a47c099082fc95387f0c3cb96d8000d1d41fc3a5223158',
};
const PLUGINS: Readonly<Record<Connector, MavenArtifact>> = {
  hive: {
    coordinates: `io.trino:trino-hive:${TRINO_VERSION}:zip`,
    sha256: '611bacdb07d9f3cf7b9d47f97ecc76fa2e7ff8bfe8a9728c3d06adc1bfb8662e',
  },
  iceberg: {
    coordinates: `io.trino:trino-iceberg:${TRINO_VERSION}:zip`,
    sha256: '99edba5b491ed94d599aeb61e0794272d3569d8b563f3bb8569e8a49daa87b6c',
  },
};

export interface TrinoInstallation {
  readonly launcher: string;
  /** Holds one connector and nothing else. */
  readonly plugins: string;
}

/**
 * Trino with one connector, below `.tools/trino`: downloaded (450 MB) and unpacked once for each version. Several
 * processes may ask for it at once; each unpacks its own and one of them is kept.
 *
 * @throws CannotRun without Maven, or when the files cannot be fetched
 */
export async function installTrino(
  supervisor: Supervisor,
  jdk: Jdk,
  toolsFolder = TOOLS_FOLDER,
  connector: Connector = 'hive',
): Promise<TrinoInstallation> {
  const plugin = PLUGINS[connector];
  const key = createHash('sha256').update(`${SERVER.sha256}${plugin.sha256}`).digest('hex').slice(0, 12);
  const home = join(toolsFolder, 'trino', `${TRINO_VERSION}-${key}`);
  if (!existsSync(home)) await install(supervisor, jdk, home, connector);
  return { launcher: join(home, 'server', 'bin', 'launcher'), plugins: join(home, 'plugins') };
}

async function install(supervisor: Supervisor, jdk: Jdk, home: string, connector: Connector): Promise<void> {
  const work = `${home}.${randomUUID()}.partial`;
  const release = supervisor.guard(work);
  try {
    await unpack(supervisor, jdk, SERVER, join(work, 'server'), 'tar', ['-xzf']);
    // Every JDK has this one, and not every machine an unzip.
    await unpack(supervisor, jdk, PLUGINS[connector], join(work, 'plugins', connector), join(jdk.home, 'bin', 'jar'), [
      '-xf',
    ]);
    await rm(join(work, 'server', 'plugin'), { recursive: true });
    await rename(work, home);
  } catch (error) {
    // Another process was faster; what it put there had the same digests.
    if (!existsSync(home)) throw error;
  } finally {
    await rm(work, { recursive: true, force: true });
    release();
  }
}

/** Unpacks an archive that holds one folder, as that folder. */
async function unpack(
  supervisor: Supervisor,
  jdk: Jdk,
  artifact: MavenArtifact,
  target: string,
  program: string,
  options: readonly string[],
): Promise<void> {
  const scratch = `${target}.archive`;
  const contents = `${target}.contents`;
  await mkdir(scratch, { recursive: true });
  await mkdir(contents);
  const archive = await fetchArtifact(supervisor, artifact, scratch, jdk.home);
  const { code, stderr } = await supervisor.run(program, [...options, archive], { cwd: contents });
  if (code !== 0) throw new Error(`${program} could not unpack ${archive}: ${stderr.trim().slice(-1_000)}`);
  const [folder = ''] = await readdir(contents);
  await rename(join(contents, folder), target);
  await rm(scratch, { recursive: true });
  await rm(contents, { recursive: true });
}
