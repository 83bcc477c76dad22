/** What was erased stays away from a partition that is built anew, whenever the erase came. */
import { quarantine } from '../../../lambda/compaction/protocol/quarantine';
import type { ObjectVersion } from '../../../lambda/compaction/store/object-store';
import type { MemoryLake } from '../support/memory-lake';
import { MANIFEST, RAW, ReplayBench, refOf } from '../support/replay-bench';
import { changesOf } from '../support/scripted-changes';

const ref = refOf();
const latest = refOf({ dedupe: { key: ['id'], keep: 'latest', by: 'n' } });

let bench: ReplayBench;
let lake: MemoryLake;
beforeEach(() => {
  bench = new ReplayBench();
  ({ lake } = bench);
});

describe('rows that were erased', () => {
  test('are left out of what was committed before, and of nothing else', async () => {
    bench.history.record('a', [bench.history.raw('1')]);
    bench.history.manifest('a');
    await bench.erase('1');
    lake.time += 1_000;
    bench.history.record('b', [bench.history.raw('2')]);
    bench.history.manifest('a', 'b');
    await bench.erase('2');
    lake.time += 1_000;
    const converter = bench.engine(() => ({ write: (_, rows) => lake.files(['rows'], { rows: rows - 1, erased: 1 }) }));
    const { counts, erased } = await bench.replayed(converter);
    expect(bench.loads).toEqual([
      [['1'], 2],
      [['2'], 1],
    ]);
    expect(erased).toBe(2);
    expect(counts.rowsIn).toBe(0);
  });

  test('an erase of the time of the commit counts', async () => {
    await bench.erase('1');
    bench.history.record('a', [bench.history.raw('1')]);
    bench.history.manifest('a');
    await bench.replayed();
    expect(bench.loads).toEqual([[['1'], 1]]);
  });

  test('of changes are counted too', async () => {
    bench.history.record('a', [bench.history.raw('1')]);
    bench.history.manifest('a');
    await bench.erase('1');
    const converter = bench.engine(() => ({
      change: () =>
        changesOf(lake, {
          erased: 1,
        }),
    }));
    expect(await bench.replayed(converter, latest)).toMatchObject({ erased: 1, counts: { rowsIn: 0 } });
  });

  test.each([
    ['kept as they arrive', ref],
    ['superseded by later ones', latest],
  ])('rejected lines of them do not come back to quarantine, and are counted, where rows are %s', async (_, own) => {
    bench.history.record('a', [bench.history.raw('1.json')]);
    bench.history.manifest('a');
    await bench.erase('1');
    const rejected = ['{"id":"x"}', '{"id":"y"}'].map((text, index) => ({
      line: index + 1,
      reason: 'bad',
      raw: Buffer.from(text),
    }));
    const converter = bench.engine((inputs) => ({
      inputs: inputs.map((one) => ({ ...one, rejected })),
      change: (_base, rows) =>
        changesOf(lake, {
          added: rows,
        }),
    }));
    const { counts, erased } = await bench.replayed(converter, own);
    expect(erased).toBe(1);
    expect(counts).toMatchObject({ rowsIn: 2, rowsOut: 1, rowsQuarantined: 1 });
    expect(lake.keys('quarantine', 'lines/')).toHaveLength(1);
  });

  test.each([
    ['what somebody removed from quarantine stays away after an erase', true, 0],
    ['what somebody removed from quarantine comes back without one', false, 1],
  ])('%s', async (_, isErased, wanted) => {
    bench.history.record('a', [bench.history.raw('1.json')]);
    bench.history.manifest('a');
    if (isErased) await bench.erase('1');
    const rejected = [{ line: 1, reason: 'bad', raw: Buffer.from('{"id":"y"}') }];
    const converter = bench.engine((inputs) => ({ inputs: inputs.map((one) => ({ ...one, rejected })) }));
    const [version] = lake.contents.listVersions('raw', RAW);
    await quarantine(lake, ref, [{ ...(version as ObjectVersion), accepted: 1, rejected }]);
    for (const key of lake.keys('quarantine')) lake.contents.objects.delete(`quarantine/${key}`);
    await bench.replayed(converter);
    expect(lake.keys('quarantine')).toHaveLength(wanted);
  });

  test('while it is built make it begin anew, and what it wrote is deleted', async () => {
    bench.twoCommits();
    bench.once('after', /^put curated\/data/, () => bench.erase('1'));
    await bench.replayed();
    expect(bench.loads).toEqual([
      [['1', '2', '3', '4'], 0],
      [['1', '2', '3', '4'], 1],
    ]);
    expect(lake.keys('curated', 'data/')).toEqual(lake.listed());
  });

  test('before its commit is tried again make it begin anew, and what may have been listed is deleted too', async () => {
    bench.twoCommits();
    bench.once('before', `put curated/${MANIFEST}`, async () => {
      bench.history.manifest('a');
      await bench.erase('1');
    });
    await bench.replayed();
    expect(bench.loads).toHaveLength(2);
    expect(lake.keys('curated', 'data/')).toEqual(lake.listed());
  });

  test('of an Iceberg table, what may have been listed stays for snapshots', async () => {
    bench.twoCommits();
    bench.once('before', `put curated/${MANIFEST}`, async () => {
      bench.history.manifest('a');
      await bench.erase('1');
    });
    await bench.replayed(bench.engine(), refOf({ iceberg: true }));
    expect(bench.loads).toHaveLength(2);
    expect(lake.keys('curated', 'data/')).toHaveLength(2);
  });
});
