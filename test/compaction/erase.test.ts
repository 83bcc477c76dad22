import { type EraseOutcome, eraseRows } from '../../lambda/compaction/protocol/erase';
import { ModelEraser } from './support/model-eraser';
import { MemoryStorage } from './support/storage';
import { compact, World } from './support/world';

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
