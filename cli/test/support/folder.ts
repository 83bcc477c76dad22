import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fastFolder } from '../../../test/support/fast-folder';

const made: string[] = [];

afterAll(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A temporary folder with these files, removed after the tests of the file. */
export function folderWith(files: Readonly<Record<string, string | Buffer>> = {}): string {
  const folder = mkdtempSync(join(fastFolder(), 'local-test-'));
  made.push(folder);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

export async function collect<T, R = T>(items: AsyncIterable<T>, map?: (item: T) => R): Promise<R[]> {
  const all: R[] = [];
  for await (const item of items) all.push(map === undefined ? (item as unknown as R) : map(item));
  return all;
}
