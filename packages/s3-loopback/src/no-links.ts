import { closeSync, constants, existsSync, openSync, readlinkSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Something on the way to a file is a symbolic link, which could lead anywhere. */
export class LinkError extends Error {
  override readonly name = 'LinkError';
}

/** Linux names what is open, so that a link put into the way meanwhile changes nothing. */
const OPEN_FILES = '/proc/self/fd';
const namesOpenFiles = existsSync(OPEN_FILES);

/**
 * Calls `act` with a path of the folder that leads to it whatever happens to the names above it.
 *
 * @param folder absolute, below a root that is real
 * @throws LinkError when a part of it is a symbolic link. Other errors are those of opening it, such as ENOENT, and those of `act`,
 *   whose messages name the folder
 */
export function inFolder<T>(folder: string, act: (folder: string) => T): T {
  if (!namesOpenFiles) {
    if (realpathSync.native(folder) !== folder) throw linkOnTheWay(folder);
    return act(folder);
  }
  const fd = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    if (readlinkSync(`${OPEN_FILES}/${fd}`) !== folder) throw linkOnTheWay(folder);
    return act(`${OPEN_FILES}/${fd}`);
  } catch (error) {
    // A number of a file that was open once tells nobody which folder it is.
    const { message } = error as Partial<Error>;
    if (message?.includes(`${OPEN_FILES}/${fd}/`)) {
      (error as Error).message = message.replaceAll(`${OPEN_FILES}/${fd}/`, `${folder}/`);
    }
    throw error;
  } finally {
    closeSync(fd);
  }
}

/** The same for a file: `act` gets a path in its folder. What it does must not follow a link in the last place. */
export const atPath = <T>(path: string, act: (path: string) => T): T =>
  inFolder(dirname(path), (folder) => act(join(folder, basename(path))));

/** Opens a file that no link leads to. @throws LinkError */
export function openReal(path: string, flags: number): number {
  try {
    return atPath(path, (real) => openSync(real, flags | constants.O_NOFOLLOW));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ELOOP') throw linkOnTheWay(path);
    throw error;
  }
}

/** Flags of a file to read, to make, to make or empty, to append to. */
export const READ = constants.O_RDONLY;
export const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;
export const REPLACE = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC;
export const APPEND = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND;

const linkOnTheWay = (path: string): LinkError =>
  new LinkError(`There is a symbolic link on the way to ${path}, and the server follows none.`);
