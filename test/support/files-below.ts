import { type Dirent, readdirSync } from 'node:fs';

/**
 * Files below a folder, at any depth. A process at work may remove a folder while it is read: then all is read once more.
 *
 * @throws Error when the folder itself is not there
 */
export function filesBelow(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' || path === folder) throw error;
    return filesBelow(folder);
  }
}
