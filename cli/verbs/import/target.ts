import { createHash } from 'node:crypto';
import { type Dataset, rawPrefix } from '../../../lib/dataset';
import { type Beside, keyBeside } from '../beside';
import type { SourceObject } from './source';

/** What names an import: the same source into the same dataset is the same import. */
export const importId = (source: string, dataset: string): string =>
  createHash('sha256').update(`${dataset}\n${source}`).digest('hex').slice(0, 12);

/**
 * Where an object goes in the inbox: into the folder that it has in the source, under a name that no producer and no other import
 * gives. Whether it was imported can then be told from the versions of one key.
 */
export const targetOf = (dataset: Dataset, id: string, { path, size }: SourceObject): Beside =>
  keyBeside(dataset, { key: `${rawPrefix(dataset.name)}${path}`, size }, `import-${id}`);
