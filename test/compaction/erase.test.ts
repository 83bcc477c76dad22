import { listDataFiles } from '../../lambda/compaction/protocol/data-files';
import { type EraseOutcome, type Eraser, eraseRows } from '../../lambda/compaction/protocol/erase';
import { readManifest } from '../../lambda/compaction/protocol/manifest';
import { copyFile } from '../../lambda/compaction/protocol/restore';
import { commitFiles } from '../../lambda/compaction/protocol/transaction';
import type { ObjectInfo } from '../../lambda/compaction/store/object-store';
import { ModelEraser } from './support/model-eraser';
import { MemoryStorage } from './support/storage';
import { compact, restore, type Work, World } from './support/world';

/** What an erase of the key `a` says, of a partition with one file of the rows `a` and `b`. */
async function erased(kind: 'plain' | 'iceberg'): Promise<{ outcome: EraseOutcome | undefined; files: number }> {
  const world = new World('all', undefined, false, new MemoryStorage(), kind);
  world.produce('x', [
    { id: 'a', copy: 'a' },
    { id: 'b', copy: 'b' },
  ]);
  let outcome: EraseOutcome | undefined;
  const first = ([chosen = 0]: readonly number[]): number => chosen;
  await world.run([compact], first);
  const erase: typeof compact = async (lake, ref, _converter, { act }) => {
    await act('erase', () => world.beginErase('a'));
    outcome = await eraseRows(lake, ref, new ModelEraser(lake.store, world.buckets, (id) => id === 'a'));
  };
  await world.run([erase], first);
  expect(world.visibleRows().map(({ id }) => id)).toEqual(['b']);
  return { outcome, files: world.buckets.list('curated', 'data/').length };
}

test('a file that was replaced is deleted at once', async () => {
  const { outcome, files } = await erased('plain');
  expect(outcome).toMatchObject({ rows: 1, files: 1, left: [], kept: [] });
  expect(files).toBe(1);
});

test('of an Iceberg table it stays for snapshots, and is told', async () => {
  const { outcome, files } = await erased('iceberg');
  expect(outcome).toMatchObject({ rows: 1, files: 1, leftovers: 0, left: [] });
  expect(outcome?.kept).toHaveLength(1);
  expect(files).toBe(2);
});

test('a file that another writer lists meanwhile is not deleted, and loses its rows of the key', async () => {
  const world = new World('all', undefined, false, new MemoryStorage());
  const first = ([chosen = 0]: readonly number[]): number => chosen;
  const alone = (work: Work) => world.run([work], first);
  const produce = async (...ids: readonly string[]) => {
    world.produce(
      ids.join(''),
      ids.map((id) => ({ id, copy: id })),
    );
    await alone(compact);
  };
  await produce('b');
  world.remember();
  await produce('a', 'c');
  let outcome: EraseOutcome | undefined;
  await alone(async (lake, ref, converter, actor) => {
    // The file of `a` and `c` is unlisted under a new name, as that of a writer that is about to commit.
    const { files } = await readManifest(lake, ref);
    await restore(lake, ref, converter, actor);
    const replaced = (await listDataFiles(lake, ref)).filter(({ key }) => !world.listedFiles().includes(key));
    expect(replaced.map(({ key }) => files.includes(key))).toEqual([true]);
    const [own] = replaced;
    const staged = (await copyFile(lake, ref, own as ObjectInfo)) as string;
    await lake.store.deleteMatching(lake.buckets.curated, replaced);
    const model = new ModelEraser(lake.store, world.buckets, (id) => id === 'a');
    let isCommitted = false;
    const count = async (file: ObjectInfo): Promise<number> => {
      const rows = await model.count(file);
      if (!isCommitted) {
        isCommitted = true;
        expect(await commitFiles(lake, ref, await readManifest(lake, ref), [staged], [])).toBe(true);
      }
      return rows;
    };
    const eraser: Eraser = { count, rest: (file) => model.rest(file), empty: () => model.empty() };
    await actor.act('erase', () => world.beginErase('a'));
    outcome = await eraseRows(lake, ref, eraser);
  });
  expect(outcome).toMatchObject({ rows: 1, left: [] });
  expect(world.visibleRows().map(({ id }) => id)).toEqual(['b', 'c']);
});
