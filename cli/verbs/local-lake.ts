import { readdir } from 'node:fs/promises';
import { createS3Client, openLake as lakeOf } from '../../lambda/compaction/runtime/lake';
import type { Dataset } from '../../lib/dataset';
import { UsageError } from '../command-line';
import { BUCKETS, openLake } from '../lake';
import { guard } from '../preflight/aws/guard';
import type { Access, OperatedLake } from './lake';
import { ANY_CALL } from './stage-lake';

/** Opens a lake that `npm start -- --keep` or `npm run ingest` made. @throws UsageError when the folder holds none */
export async function openLocal(folder: string, datasets: readonly Dataset[], access: Access): Promise<OperatedLake> {
  const entries = await readdir(folder).catch((): string[] => []);
  if (!entries.includes(BUCKETS.curated)) {
    throw new UsageError(
      '--local',
      `there is no lake in "${folder}"`,
      'write the folder of a lake that npm start -- --keep DIR or npm run ingest made',
    );
  }
  const local = await openLake(folder, undefined, '--local');
  const { buckets } = local.settings;
  const s3 = guard(createS3Client(local.settings.s3), undefined, access === 'read' ? undefined : ANY_CALL);
  return {
    ...lakeOf(s3, buckets),
    place: { local: folder },
    datasets,
    s3,
    settings: local.settings,
    aws: undefined,
    close: async () => {
      s3.destroy();
      await local.close();
    },
  };
}
