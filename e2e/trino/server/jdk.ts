import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

/** Trino 476 is compiled for Java 24 (class file version 68). */
export const LEAST_JAVA = 24;

/** Folders in which installers put JDKs, each a sub-folder; on macOS the JDK lies below `Contents/Home`. */
const USUAL_FOLDERS = [
  '/usr/lib/jvm',
  '/usr/java',
  '/opt/java',
  '/opt/homebrew/opt',
  '/Library/Java/JavaVirtualMachines',
  join(homedir(), '.sdkman', 'candidates', 'java'),
  join(homedir(), '.jdks'),
];

export interface Jdk {
  readonly home: string;
  /** Major version. */
  readonly version: number;
}

export interface JdkSearch {
  /** @default the process's */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Folders of JDKs. @default where installers of Linux and macOS put them */
  readonly folders?: readonly string[];
}

/**
 * The first JDK that Trino can run on: `JAVA_HOME`, then `java` on the PATH, then the newest in the usual folders.
 *
 * @throws Error that lists what was found and is too old
 */
export function findJdk({ environment = process.env, folders = USUAL_FOLDERS }: JdkSearch = {}): Jdk {
  const tooOld: string[] = [];
  const usable = (home: string | undefined): Jdk | undefined => {
    const version = home === undefined ? undefined : javaVersion(home);
    if (home === undefined || version === undefined) return undefined;
    if (version >= LEAST_JAVA) return { home, version };
    tooOld.push(`Java ${version} in ${home}`);
    return undefined;
  };
  const usual = (): Jdk | undefined =>
    folders
      .flatMap(jdksIn)
      .flatMap((home) => usable(home) ?? [])
      .sort((a, b) => b.version - a.version)[0];
  const found = usable(environment.JAVA_HOME) ?? usable(homeOnPath(environment.PATH)) ?? usual();
  if (found !== undefined) return found;
  const others = [...new Set(tooOld)].join(', ');
  throw new Error(
    `Trino needs a JDK of ${LEAST_JAVA} or newer, and there is ${others === '' ? 'none' : `only ${others}`}. ` +
      'Install one, for example Temurin 25, and set JAVA_HOME to its folder when it is not found by itself.',
  );
}

function jdksIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((name) => {
    const home = join(folder, name);
    return [home, join(home, 'Contents', 'Home'), join(home, 'libexec', 'openjdk.jdk', 'Contents', 'Home')];
  });
}

function homeOnPath(path: string | undefined): string | undefined {
  const java = (path ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'java'))
    .find((file) => existsSync(file));
  return java === undefined ? undefined : dirname(dirname(realpathSync(java)));
}

/** Undefined when the folder holds no Java. The `release` file spares starting a JVM for each candidate. */
function javaVersion(home: string): number | undefined {
  const java = join(home, 'bin', 'java');
  if (!existsSync(java)) return undefined;
  const release = join(home, 'release');
  const text = existsSync(release) ? readFileSync(release, 'utf8') : versionOutput(java);
  const match = /(?:JAVA_VERSION="|^(?:openjdk|java) )(\d+)/m.exec(text);
  return match === null ? undefined : Number(match[1]);
}

function versionOutput(java: string): string {
  try {
    return execFileSync(java, ['--version'], {
      encoding: 'utf8',
      timeout: 30_000,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    return '';
  }
}
