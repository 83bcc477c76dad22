import { gzipSync } from 'node:zlib';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { PlannerEvent } from '../../lambda/compaction/planner';
import type { CompactionTask } from '../../lambda/compaction/planning/tasks';
import type { Plan } from '../../lambda/compaction/planning/write-plan';
import { type Dataset, manifestKey, rawPrefix, rejectedLinesPrefix, rejectedObjectsPrefix } from '../../lib/dataset';
import { ndjsonText } from '../data/encode';
import { randomRows } from '../data/random-rows';
import type { LakeFiles } from '../emulator/files';

/** Little work for a function that needs all of its rights. */
export interface Work {
  /** Puts what is to be worked on, as the account's root. */
  prepare(): Promise<void>;
  /** @throws when the function fails, or has not done it all */
  run(): Promise<void>;
}

const DATASET = 'sensor_readings';

let day = 0;

/** A partition for each piece of work, so that none is touched by what another has left. */
const nextPartition = (): string => `dt=${new Date(Date.UTC(2025, 0, 1 + day++)).toISOString().slice(0, 10)}`;

/** Plans both kinds of run. */
export function plannerWork(files: LakeFiles): Work {
  const dataset = files.dataset(DATASET);
  const partition = nextPartition();
  const plan = async (event: PlannerEvent): Promise<Plan> => await invoke<Plan>(files, 'Planner', event);
  return {
    prepare: async () => await putRows(files, dataset, partition, 'rows.json', 1),
    run: async () => {
      const { key, tasks } = await plan({ mode: 'compact', datasets: [DATASET] });
      if (tasks === 0) throw new Error('nothing was planned');
      await files.get('curated', key);
      await plan({ mode: 'maintain', datasets: [DATASET] });
    },
  };
}

/** Takes in, quarantines, takes in more, which reads and merges what there is, and maintains. */
export function compactorWork(files: LakeFiles): Work {
  const dataset = files.dataset(DATASET);
  const partition = nextPartition();
  const work = async (kind: CompactionTask['kind']): Promise<void> => {
    await invoke(files, 'Compactor', { kind, dataset: DATASET, partition } satisfies CompactionTask);
  };
  const empty = async (): Promise<void> => {
    const left = await files.list('raw', rawPrefix(DATASET, partition));
    if (left.length > 0) throw new Error(`${left.length} objects are left in the inbox`);
  };
  return {
    prepare: async () => {
      await putRows(files, dataset, partition, 'rows.json', 1);
      const torn = gzipSync(ndjsonText(dataset, randomRows(dataset, partition, 5, 2))).subarray(0, 30);
      await files.putRaw(dataset, partition, { name: 'torn.json.gz', body: torn });
      await files.putRaw(dataset, partition, { name: 'crooked.json', body: Buffer.from('{"value": \n') });
    },
    run: async () => {
      await work('compact');
      await empty();
      for (const prefix of [rejectedLinesPrefix, rejectedObjectsPrefix]) {
        if ((await files.list('quarantine', prefix(DATASET, partition))).length === 0)
          throw new Error('nothing rejected');
      }
      await putRows(files, dataset, partition, 'more.json', 3);
      await work('compact');
      await empty();
      await work('maintain');
      await files.get('curated', manifestKey(DATASET, partition));
      const records = await files.list('curated', `records/${DATASET}/${partition}/`);
      if (records.length > 0) throw new Error(`${records.length} records are left`);
    },
  };
}

async function putRows(
  files: LakeFiles,
  dataset: Dataset,
  partition: string,
  name: string,
  seed: number,
): Promise<void> {
  const body = Buffer.from(ndjsonText(dataset, randomRows(dataset, partition, 5, seed)));
  await files.putRaw(dataset, partition, { name, body });
}

async function invoke<T>(files: LakeFiles, name: 'Planner' | 'Compactor', event: object): Promise<T> {
  const { deployed } = files;
  const { FunctionError, Payload } = await deployed.client(LambdaClient).send(
    new InvokeCommand({
      FunctionName: await deployed.physicalId('compaction', 'AWS::Lambda::Function', name),
      Payload: Buffer.from(JSON.stringify(event)),
    }),
  );
  const text = Buffer.from(Payload ?? []).toString('utf8');
  if (FunctionError !== undefined) throw new Error(text);
  return JSON.parse(text) as T;
}
