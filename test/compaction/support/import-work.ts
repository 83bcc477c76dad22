import { Copying } from '../../../cli/verbs/import/copying';
import { importAll } from '../../../cli/verbs/import/import-all';
import { Journal } from '../../../cli/verbs/import/journal';
import type { ImportSource } from '../../../cli/verbs/import/source';
import { importId } from '../../../cli/verbs/import/target';
import type { OperatedLake } from '../../../cli/verbs/lake';
import { Selection } from '../../../cli/verbs/selection';
import type { Lake } from '../../../lambda/compaction/protocol/lake';
import { encode } from './model-rows';
import { type Actor, PARTITION, type Work } from './world';

/** The source of the model has a name, and nothing else. */
const SOURCE = 's3://source/';

/** An import of what the world offers, two objects a batch. It takes the place of one that died. */
export const bring: Work = async (lake, { dataset }, _converter, actor) => {
  const operated = withVersions(lake);
  const source = sourceOf(actor);
  const id = importId(SOURCE, dataset.name);
  const journal = await Journal.read(operated, id, SOURCE, dataset.name);
  const copying = new Copying(operated, dataset, source, id, 3_000);
  const selection = new Selection([dataset], undefined, undefined);
  const progress = (): void => {};
  await importAll({ lake: operated, selection, progress, dataset, source, id, journal, copying, batch: 2 });
};

/** An import asks the SDK for versions; here the store answers, in steps like any other. */
function withVersions(lake: Lake): OperatedLake {
  const send = async ({ input }: { input: { Bucket: string; Prefix: string } }) => {
    const Versions: { Key: string }[] = [];
    for await (const { key } of lake.store.listVersions(input.Bucket, input.Prefix)) Versions.push({ Key: key });
    return { Versions };
  };
  return { ...lake, s3: { send } } as unknown as OperatedLake;
}

function sourceOf({ world, act }: Actor): ImportSource {
  const objects = [...world.offered].map(([name, rows]) => {
    const size = encode(rows).length;
    return { object: { path: `${PARTITION}/${name}`, size, etag: name }, rows };
  });
  return {
    name: SOURCE,
    async *list() {
      for (const { object } of objects) yield object;
    },
    find: async (path) => objects.find(({ object }) => object.path === path)?.object,
    copy: async ({ path }, _bucket, key) => {
      const rows = objects.find(({ object }) => object.path === path)?.rows ?? [];
      await act(`copy ${path}`, () => world.arrive(key, rows));
    },
    close: () => {},
  };
}
