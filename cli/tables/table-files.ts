import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { TableDefinition } from '../../lib/dataset/model';
import { ExpectedError } from '../command-line';
import { bucketPath, type KeyValues, type ProjectedPartition, projectedPartitions } from './projection';

/** What one partition of a table reads. */
export interface PartitionFiles {
  readonly values: KeyValues;
  /** Data files; one that a manifest lists twice is here twice, because the engine reads it twice. */
  readonly files: readonly string[];
  /** Bytes of the manifests that lead to them; 0 for a table without. */
  readonly manifestBytes: number;
}

/** The files of a table are damaged: Athena fails on them too. */
export class BrokenTableError extends ExpectedError {
  override readonly name = 'BrokenTableError';

  constructor(message: string) {
    super(message, 1);
  }
}

const RESTORE =
  'Queries of Athena fail on it too. Restore the file, or take the line out of the manifest: its rows are lost then';

const SYMLINK_INPUT = 'org.apache.hadoop.hive.ql.io.SymlinkTextInputFormat';

/**
 * The files of a table by partition, found as Athena finds them: by projection, then by listing the partition's folder,
 * then, for a symlink table, through every manifest that lies there.
 *
 * @param root Folder whose sub-folders are the buckets.
 * @throws BrokenTableError where Athena would fail: a blank line in a manifest, a listed file that is missing or hidden
 */
export async function tableFiles(
  table: TableDefinition,
  root: string,
  where: KeyValues = {},
): Promise<PartitionFiles[]> {
  const partitions = await projectedPartitions(table, root, where);
  const read = table.inputFormat === SYMLINK_INPUT ? symlinked : plain;
  const all = await Promise.all(partitions.map((partition) => read(partition, root)));
  return all.filter(({ files }) => files.length > 0);
}

async function plain({ values, folder }: ProjectedPartition): Promise<PartitionFiles> {
  return { values, files: await visibleFiles(folder), manifestBytes: 0 };
}

async function symlinked({ values, folder }: ProjectedPartition, root: string): Promise<PartitionFiles> {
  const files: string[] = [];
  let manifestBytes = 0;
  for (const manifest of await visibleFiles(folder)) {
    const text = await readFile(manifest, 'utf8');
    manifestBytes += Buffer.byteLength(text);
    for (const uri of manifestLines(text, manifest)) {
      const file = join(root, bucketPath(uri));
      if (isHidden(basename(file)) || (await stat(file).catch(() => undefined))?.isFile() !== true) {
        throw new BrokenTableError(`manifest ${manifest} lists ${uri}, which is not there. ${RESTORE}`);
      }
      files.push(file);
    }
  }
  return { values, files, manifestBytes };
}

/** One URI a line; an empty manifest is an empty partition, a missing final newline does no harm, a blank line does. */
function manifestLines(text: string, manifest: string): string[] {
  if (text === '') {
    return [];
  }
  const lines = text.replace(/\n$/, '').split('\n');
  if (lines.some((line) => line.trim() === '')) {
    throw new BrokenTableError(`manifest ${manifest} has a blank line (Athena: HIVE_BAD_DATA)`);
  }
  return lines;
}

/** Files below a folder, sub-folders included, without the names that engines skip. */
async function visibleFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const files: string[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (isHidden(entry.name)) {
      continue;
    }
    const path = join(folder, entry.name);
    files.push(...(entry.isDirectory() ? await visibleFiles(path) : [path]));
  }
  return files;
}

const isHidden = (name: string): boolean => name.startsWith('_') || name.startsWith('.');
