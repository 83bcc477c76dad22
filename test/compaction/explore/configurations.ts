import { bring } from '../support/import-work';
import { ServerStorage } from '../support/server-storage';
import { publishSnapshot, queryCurrentSnapshot, queryOldestSnapshot } from '../support/snapshot-works';
import { MemoryStorage, type ModelStorage } from '../support/storage';
import type { CrashPoint, Work } from '../support/world';
import {
  compact,
  compactAndMerge,
  compactRange,
  erase,
  expireAndVacuum,
  loseManifest,
  maintainFiles,
  patient,
  produce,
  query,
  rebuild,
  restore,
  World,
  type WorldKind,
} from '../support/world';

/** A state of a model lake, and the processes that run on it at the same time. */
export interface Configuration {
  readonly name: string;
  readonly works: readonly Work[];
  /** Whether its processes take several times the steps of a compactor: publishers, or an erase beside a replay or a restore. */
  readonly isLong: boolean;
  prepare(): Promise<World>;
}

const row = (id: string, copy = id) => ({ id, copy });
const change = (id: string, by: number, deletes = false) => ({ id, by, deletes, copy: `${id}-${by}` });
const inOrder = (waiting: readonly number[]): number => waiting[0] as number;
const alone = (world: World, work: Work, crash?: CrashPoint): Promise<number[]> =>
  world.run([work], inOrder, crash === undefined ? new Map() : new Map([[0, crash]]));

const COMMITTED: CrashPoint = { step: /^put curated.manifests/, when: 'after' };
const CONVERTED: CrashPoint = { step: /^put curated.manifests/, when: 'before' };

const STATES: Readonly<Record<string, (world: World) => Promise<void>>> = {
  /** Good rows, a key that comes twice, a bad line, an unreadable object. */
  fresh: async (world) => {
    world.produce('a', [row('1', 'a1'), row('2', 'a2'), row('bad', 'a-bad')]);
    world.produce('b', [row('2', 'b2'), row('3', 'b3')]);
    world.poison('c');
  },
  /** As `fresh`, over a manifest that lists something. */
  begun: async (world) => {
    world.produce('z', [row('0'), row('2', 'z2')]);
    await alone(world, compact);
    await (STATES.fresh as (world: World) => Promise<void>)(world);
  },
  /** One more file than the policy allows, the last commit's inputs not deleted yet, and something new. */
  crashed: async (world) => {
    for (const name of ['a', 'b']) {
      world.produce(name, [row(name)]);
      await alone(world, compact);
    }
    world.produce('c', [row('c'), row('a', 'c-a')]);
    await alone(world, compact, COMMITTED);
    world.produce('d', [row('d')]);
  },
  /** Two commits, and a row of a key of the first that waits: who erases the key commits the row, and then takes it away. */
  arrived: async (world) => {
    world.produce('a', [row('a'), row('e')]);
    await alone(world, compact);
    world.produce('b', [row('b')]);
    await alone(world, compact);
    world.produce('d', [row('d'), row('a', 'd-a')]);
  },
  /** As `crashed`, with a version from before the last two commits that somebody may go back to. */
  regretted: async (world) => {
    world.produce('a', [row('a')]);
    await alone(world, compact);
    world.remember();
    world.produce('b', [row('b'), row('a', 'b-a')]);
    await alone(world, compact);
    world.produce('c', [row('c'), row('a', 'c-a')]);
    await alone(world, compact, COMMITTED);
    world.produce('d', [row('d'), row('b', 'd-b')]);
  },
  /** A version from before a commit is current again: its rows are in raw versions only. */
  withdrawn: async (world) => {
    world.produce('a', [row('a')]);
    await alone(world, compact);
    world.remember();
    world.produce('c', [row('c')]);
    await alone(world, compact);
    await alone(world, restore);
  },
  /** As `old`, with the version from before the merge: a vacuum deletes its files at any time. */
  superseded: async (world) => {
    for (const name of ['a', 'b', 'c']) {
      world.produce(name, [row(name)]);
      await alone(world, compact);
    }
    world.remember();
    world.produce('e', [row('e')]);
    await alone(world, compact);
    await alone(world, maintainFiles);
    world.produce('d', [row('d')]);
    world.clock = new Date('2026-06-18T00:00:00Z');
  },
  /** Superseded files and the leftovers of a crash, all older than the grace; the inputs of the crash still wait. */
  old: async (world) => {
    for (const name of ['a', 'b', 'c']) {
      world.produce(name, [row(name)]);
      await alone(world, compact);
    }
    await alone(world, maintainFiles);
    world.produce('d', [row('d')]);
    await alone(world, compact, CONVERTED);
    world.clock = new Date('2026-06-18T00:00:00Z');
  },
  /** As `old`, with a commit whose inputs were never deleted. */
  abandoned: async (world) => {
    for (const name of ['a', 'b', 'c']) {
      world.produce(name, [row(name)]);
      await alone(world, compact, name === 'c' ? COMMITTED : undefined);
    }
    world.clock = new Date('2026-06-18T00:00:00Z');
  },
  /** Two files with rows of several keys, and later and older rows and deletions of them that wait. */
  changed: async (world) => {
    world.produce('m', [change('1', 1), change('2', 5)]);
    await alone(world, compact);
    world.produce('n', [change('3', 1), change('4', 1)]);
    await alone(world, compact);
    world.produce('a', [change('1', 3), change('3', 2, true), change('5', 1)]);
    world.produce('b', [change('2', 4), change('1', 4, true), change('4', 2)]);
  },
  /** More files than the policy allows, and a deletion that was committed and not finished; all older than the grace. */
  deleted: async (world) => {
    for (const id of ['1', '2', '3']) {
      world.produce(id, [change(id, 1)]);
      await alone(world, compact);
    }
    world.produce('d', [change('1', 3, true), change('4', 3, true)]);
    await alone(world, compact, COMMITTED);
    world.clock = new Date('2026-06-18T00:00:00Z');
    world.produce('e', [change('1', 2), change('2', 2)]);
  },
  /** As `changed`, with the version from before a change and a deletion that somebody may go back to. */
  undone: async (world) => {
    world.produce('m', [change('1', 1), change('2', 1)]);
    await alone(world, compact);
    world.remember();
    world.produce('n', [change('1', 2), change('2', 2, true)]);
    await alone(world, compact);
    world.produce('a', [change('1', 3), change('3', 1)]);
    world.clock = new Date('2026-06-18T00:00:00Z');
  },
  /** An object that was overwritten after its commit, a commit that was not finished, and then no manifest. */
  lost: async (world) => {
    for (const name of ['a', 'b']) {
      world.produce(name, [row(name), row('bad', `bad-${name}`)]);
      await alone(world, compact);
    }
    world.produce('a', [row('e'), row('b', 'e-b')]);
    await alone(world, compact, COMMITTED);
    await alone(world, loseManifest);
    world.produce('d', [row('d'), row('a', 'd-a')]);
  },
  /** As `lost`, of rows that supersede each other. */
  forgotten: async (world) => {
    world.produce('m', [change('1', 1), change('2', 5)]);
    await alone(world, compact);
    world.produce('n', [change('1', 3), change('2', 6, true), change('3', 1)]);
    await alone(world, compact);
    await alone(world, loseManifest);
    world.produce('a', [change('1', 2), change('3', 2), change('4', 1)]);
  },
  /** An object that waits, and a source of three that nobody has imported yet. */
  offered: async (world) => {
    world.produce('b', [row('b')]);
    world.offered.set('a', [row('1'), row('b', 'i-b')]);
    world.offered.set('c', [row('2')]);
    world.offered.set('d', [row('3'), row('1', 'i-1')]);
  },
  /** Past its retention, with a commit whose inputs were never deleted. */
  expired: async (world) => {
    for (const name of ['a', 'b']) {
      world.produce(name, [row(name)]);
      await alone(world, compact, name === 'b' ? COMMITTED : undefined);
    }
  },
};

/** Two files in a snapshot, which a merge replaced; then nothing for longer than the grace. */
const follow = async (world: World): Promise<void> => {
  for (const name of ['a', 'b', 'c']) {
    world.produce(name, [row(name)]);
    await alone(world, compact);
  }
  await alone(world, publishSnapshot);
  await alone(world, maintainFiles);
};

/** Of a lake that is an Iceberg table. Publishers are away where the name does not say that they were there. */
const SNAPSHOT_STATES: typeof STATES = {
  /** The current snapshot lists files that a merge replaced long ago, and something waits. */
  behind: async (world) => {
    await follow(world);
    world.clock = new Date('2026-06-18T00:00:00Z');
    world.produce('d', [row('d'), row('a', 'd-a')]);
  },
  /** As `behind`, and then a publication: the snapshot before is retained. */
  caught: async (world) => {
    await follow(world);
    world.clock = new Date('2026-06-18T00:00:00Z');
    await alone(world, publishSnapshot);
    world.clock = new Date('2026-06-18T10:00:00Z');
    world.produce('d', [row('d'), row('a', 'd-a')]);
  },
  /** A publication soon after the merge, long ago: the snapshot before expires with the next one. */
  passed: async (world) => {
    await follow(world);
    await alone(world, publishSnapshot);
    world.clock = new Date('2026-06-18T00:00:00Z');
    world.produce('d', [row('d'), row('a', 'd-a')]);
  },
  /** As `passed`, of a publisher that died before its commit. */
  broken: async (world) => {
    await follow(world);
    await alone(world, publishSnapshot, { step: /^put catalog/, when: 'before' });
    world.clock = new Date('2026-06-18T00:00:00Z');
  },
  /** More files than the policy allows, none of them in a snapshot. */
  growing: async (world) => {
    for (const name of ['a', 'b', 'c']) {
      world.produce(name, [row(name)]);
      await alone(world, compact);
    }
  },
  /** As `behind`, of a first publication that died before it told the vacuum. */
  untold: async (world) => {
    await (SNAPSHOT_STATES.growing as (world: World) => Promise<void>)(world);
    await alone(world, publishSnapshot, { step: /^put catalog/, when: 'after' });
    await alone(world, maintainFiles);
    world.clock = new Date('2026-06-18T00:00:00Z');
  },
  /** Replaced files, and no table yet. */
  unpublished: async (world) => {
    for (const name of ['a', 'b', 'c']) {
      world.produce(name, [row(name)]);
      await alone(world, compact);
    }
    await alone(world, maintainFiles);
    world.clock = new Date('2026-06-18T00:00:00Z');
    world.produce('d', [row('d')]);
  },
  /** As `behind`, and somebody dropped the table. */
  dropped: async (world) => {
    await (SNAPSHOT_STATES.behind as (world: World) => Promise<void>)(world);
    world.catalog.drop(world.buckets);
  },
  /** As `behind`, and somebody deleted the manifest. */
  bereft: async (world) => {
    await follow(world);
    await alone(world, loseManifest);
    world.clock = new Date('2026-06-18T00:00:00Z');
  },
  /** As `behind`, with the version of the snapshot that somebody may go back to. */
  reverted: async (world) => {
    for (const name of ['a', 'b', 'c']) {
      world.produce(name, [row(name)]);
      await alone(world, compact);
    }
    await alone(world, publishSnapshot);
    world.remember();
    world.produce('e', [row('e')]);
    await alone(world, compact);
    await alone(world, maintainFiles);
    world.clock = new Date('2026-06-18T00:00:00Z');
  },
  /** A version from before a commit is current again, and somebody may go back to the one after it. */
  recanted: async (world) => {
    world.produce('a', [row('a')]);
    await alone(world, compact);
    world.remember();
    world.produce('c', [row('c')]);
    await alone(world, compact);
    const after = world.current();
    await alone(world, restore);
    world.remember(after);
  },
  /** Past its retention, in a snapshot. */
  expiredSnapshot: async (world) => {
    await (STATES.expired as (world: World) => Promise<void>)(world);
    await alone(world, publishSnapshot);
  },
};

const KEEPINGS = [
  ['all', ''],
  ['once', '-dedupe'],
  ['latest', '-latest'],
] as const;

const rewrite = produce('a', [row('9', 'a9'), row('2', 'a-2')]);
/** The unreadable object comes again, readable. */
const mend = produce('c', [row('7', 'c7')]);

/** State, and the processes by name. */
type Meeting = readonly [state: string, ...works: string[]];

const MEETINGS: readonly Meeting[] = [
  ['fresh', 'compact', 'compact'],
  ['fresh', 'low', 'high'],
  ['fresh', 'compact', 'rewrite'],
  ['fresh', 'compact', 'mend'],
  ['fresh', 'compact', 'query'],
  ['fresh', 'compact', 'compact', 'rewrite'],
  ['begun', 'low', 'high'],
  ['crashed', 'compact', 'compact'],
  ['crashed', 'compact', 'merge'],
  ['crashed', 'merge', 'merge'],
  ['crashed', 'maintain', 'merge'],
  ['crashed', 'merge', 'query'],
  ['crashed', 'merge', 'rewrite'],
  ['old', 'compact', 'maintain'],
  ['old', 'merge', 'maintain'],
  ['old', 'maintain', 'query'],
  ['old', 'compact', 'maintain', 'query'],
  ['abandoned', 'compact', 'maintain'],
  ['abandoned', 'maintain', 'maintain'],
  ['abandoned', 'merge', 'maintain', 'compact'],
  ['regretted', 'restore', 'compact'],
  ['regretted', 'restore', 'merge'],
  ['regretted', 'restore', 'restore'],
  ['regretted', 'restore', 'query'],
  ['superseded', 'restore', 'maintain'],
  ['superseded', 'restore', 'merge'],
  ['superseded', 'restore', 'maintain', 'query'],
  ['crashed', 'replay', 'compact'],
  ['crashed', 'replay', 'merge'],
  ['crashed', 'replay', 'replay'],
  ['crashed', 'replay', 'query'],
  ['crashed', 'replay', 'rewrite'],
  ['begun', 'replay', 'compact'],
  ['old', 'replay', 'maintain'],
  ['old', 'replay', 'maintain', 'query'],
  ['regretted', 'replay', 'restore'],
  ['crashed', 'erase', 'patientCompact'],
  ['crashed', 'erase', 'patientMerge'],
  ['crashed', 'erase', 'eraseOther'],
  ['begun', 'eraseTwo', 'patientCompact'],
  ['old', 'erase', 'patientMaintain'],
  ['abandoned', 'erase', 'patientMerge'],
  ['regretted', 'erase', 'restore'],
  ['superseded', 'erase', 'restore'],
  ['superseded', 'erase', 'restore', 'patientMaintain'],
  ['crashed', 'erase', 'patientReplay'],
  ['arrived', 'erase', 'patientReplay'],
  ['arrived', 'erase', 'patientCompact'],
  ['regretted', 'erase', 'patientReplay'],
  ['lost', 'erase', 'patientReplay'],
  ['withdrawn', 'eraseThird', 'patientReplay'],
  ['crashed', 'erase', 'eraseOther', 'patientReplay'],
  ['crashed', 'eraseThenReplay', 'patientCompact'],
  ['lost', 'eraseThenReplay', 'patientMerge'],
  ['lost', 'replay', 'compact'],
  ['lost', 'replay', 'query'],
  ['offered', 'import', 'compact'],
  ['offered', 'import', 'merge', 'query'],
  ['expired', 'expire', 'compact'],
  ['expired', 'expire', 'expire'],
  ['expired', 'expire', 'query'],
];

/** Those of rows that supersede each other. */
const CHANGE_MEETINGS: readonly Meeting[] = [
  ['changed', 'compact', 'compact'],
  ['changed', 'low', 'high'],
  ['changed', 'compact', 'merge'],
  ['changed', 'compact', 'query'],
  ['changed', 'maintain', 'late'],
  ['deleted', 'compact', 'merge'],
  ['deleted', 'maintain', 'compact'],
  ['deleted', 'compact', 'late'],
  ['deleted', 'late', 'maintain', 'compact'],
  ['undone', 'restore', 'compact'],
  ['undone', 'restore', 'maintain'],
  ['changed', 'eraseOne', 'patientCompact'],
  ['deleted', 'eraseOne', 'patientMerge'],
  ['crashed', 'erase', 'patientMerge'],
  ['undone', 'eraseOne', 'restore'],
  ['changed', 'eraseOne', 'patientReplay'],
  ['deleted', 'eraseOne', 'patientReplay'],
  ['forgotten', 'eraseOne', 'patientReplay'],
  ['changed', 'eraseOneThenReplay', 'patientCompact'],
  ['changed', 'replay', 'compact'],
  ['deleted', 'replay', 'compact'],
  ['deleted', 'replay', 'late'],
  ['deleted', 'replay', 'maintain'],
  ['undone', 'replay', 'restore'],
  ['forgotten', 'replay', 'compact'],
  ['forgotten', 'replay', 'query'],
  ['fresh', 'compact', 'compact'],
  ['crashed', 'compact', 'merge'],
  ['old', 'compact', 'maintain'],
  ['expired', 'expire', 'compact'],
];

/** What one operator does, one after the other. */
const inTurn =
  (...works: readonly Work[]): Work =>
  async (...given) => {
    for (const work of works) await work(...given);
  };

const WORKS: Readonly<Record<string, Work>> = {
  compact,
  low: compactRange({ through: 'a' }),
  high: compactRange({ after: 'a' }),
  merge: compactAndMerge,
  maintain: maintainFiles,
  expire: expireAndVacuum,
  erase: erase('a'),
  eraseOther: erase('b'),
  eraseThird: erase('c'),
  eraseOne: erase('1'),
  eraseTwo: erase('2'),
  eraseThenReplay: inTurn(erase('a'), patient(rebuild)),
  eraseOneThenReplay: inTurn(erase('1'), patient(rebuild)),
  patientReplay: patient(rebuild),
  patientCompact: patient(compact),
  patientMerge: patient(compactAndMerge),
  patientMaintain: patient(maintainFiles),
  publish: publishSnapshot,
  compactAndPublish: async (...given) => {
    await compact(...given);
    await publishSnapshot(...given);
  },
  queryCurrent: queryCurrentSnapshot,
  queryOldest: queryOldestSnapshot,
  restore,
  replay: rebuild,
  import: bring,
  query,
  rewrite,
  mend,
  /** An older row of a key that is deleted, and its compaction. */
  late: async (lake, ref, converter, actor) => {
    await produce('y', [change('1', 2), change('4', 1)])(lake, ref, converter, actor);
    await compact(lake, ref, converter, actor);
  },
};

/** Where each raw object has a prefix of its own: what depends on how a task finds its objects. */
const SPREAD_MEETINGS: readonly Meeting[] = [
  ['fresh', 'compact', 'compact'],
  ['fresh', 'low', 'high'],
  ['fresh', 'compact', 'rewrite'],
  ['fresh', 'compact', 'mend'],
  ['begun', 'low', 'high'],
  ['crashed', 'compact', 'merge'],
  ['abandoned', 'compact', 'maintain'],
  ['expired', 'expire', 'compact'],
];

/** With publishers, and with readers of snapshots. */
const ICEBERG_MEETINGS: readonly Meeting[] = [
  ['behind', 'publish', 'maintain'],
  ['behind', 'publish', 'compact'],
  ['behind', 'publish', 'publish'],
  ['behind', 'maintain', 'queryCurrent'],
  ['behind', 'publish', 'maintain', 'queryCurrent'],
  ['behind', 'publish', 'merge', 'maintain'],
  ['behind', 'erase', 'publish'],
  ['behind', 'replay', 'publish'],
  ['behind', 'erase', 'replay', 'publish'],
  ['behind', 'erase', 'maintain', 'queryCurrent'],
  ['caught', 'publish', 'maintain'],
  ['caught', 'maintain', 'queryOldest'],
  ['caught', 'publish', 'maintain', 'queryOldest'],
  ['passed', 'publish', 'maintain'],
  ['passed', 'publish', 'publish'],
  ['passed', 'publish', 'compactAndPublish'],
  ['passed', 'publish', 'compactAndPublish', 'maintain'],
  ['passed', 'publish', 'queryCurrent'],
  ['passed', 'publish', 'publish', 'maintain'],
  ['passed', 'publish', 'maintain', 'queryOldest'],
  ['passed', 'publish', 'maintain', 'compact'],
  ['broken', 'publish', 'publish'],
  ['broken', 'publish', 'maintain'],
  ['growing', 'publish', 'merge'],
  ['growing', 'publish', 'merge', 'maintain'],
  ['untold', 'maintain', 'queryCurrent'],
  ['untold', 'publish', 'maintain', 'queryOldest'],
  ['unpublished', 'publish', 'maintain'],
  ['unpublished', 'publish', 'publish', 'maintain'],
  ['dropped', 'publish', 'maintain'],
  ['bereft', 'publish', 'maintain'],
  ['reverted', 'restore', 'publish'],
  ['reverted', 'restore', 'publish', 'maintain'],
  ['recanted', 'eraseThird', 'restore'],
  ['reverted', 'erase', 'restore'],
  ['reverted', 'erase', 'restore', 'publish'],
  ['expiredSnapshot', 'expire', 'publish'],
  ['expiredSnapshot', 'expire', 'queryCurrent'],
];

function configurations(
  prefix: string,
  open: () => Promise<ModelStorage>,
  meetings = MEETINGS,
  kind: WorldKind = 'plain',
): readonly Configuration[] {
  // Snapshots are about files, whatever rows are in them.
  const keepings = kind === 'iceberg' ? KEEPINGS.slice(0, 1) : KEEPINGS;
  return keepings.flatMap(([keeping, suffix]) =>
    (keeping === 'latest' && meetings === MEETINGS ? CHANGE_MEETINGS : meetings).map(([state, ...works]) => ({
      name: `${prefix}${state}${suffix}:${works.join('+')}`,
      works: works.map((work) => WORKS[work] as Work),
      isLong:
        kind === 'iceberg' ||
        (works.some((work) => work.startsWith('erase')) &&
          works.some((work) => /^(?:replay|restore)$|Replay$/.test(work))),
      prepare: async () => {
        const world = new World(keeping, undefined, state.startsWith('expired'), await open(), kind);
        await ((STATES[state] ?? SNAPSHOT_STATES[state]) as (world: World) => Promise<void>)(world);
        return world;
      },
    })),
  );
}

/** The state is made once, and every execution begins with a copy of it. */
function preparedOnce(configuration: Configuration): Configuration {
  let saved: Promise<() => Promise<World>> | undefined;
  const save = async (): Promise<() => Promise<World>> => (await configuration.prepare()).save();
  return {
    ...configuration,
    prepare: async () => {
      saved ??= save();
      return (await saved)();
    },
  };
}

/** In memory, where each operation of the store is one step. */
export const CONFIGURATIONS = [
  ...configurations('', async () => new MemoryStorage()),
  ...configurations('spread-', async () => new MemoryStorage(), SPREAD_MEETINGS, 'spread'),
  ...configurations('iceberg-', async () => new MemoryStorage(), ICEBERG_MEETINGS, 'iceberg'),
].map(preparedOnce);

/** With the store that ships, over a loopback S3 server: each HTTP request is a step, retries of the SDK included. */
export const S3_CONFIGURATIONS = [
  ...configurations('s3-', () => ServerStorage.open()),
  ...configurations('s3-iceberg-', () => ServerStorage.open(), ICEBERG_MEETINGS, 'iceberg'),
].map(preparedOnce);

const named = (all: readonly Configuration[], names: readonly string[]): readonly Configuration[] =>
  names.map((name) => {
    const found = all.find((configuration) => configuration.name === name);
    if (found === undefined) throw new Error(`"${name}" is not a configuration`);
    return found;
  });

/** One of each kind of meeting: an execution over S3 costs a hundred times as much as one in memory. */
export const S3_SMALL = named(S3_CONFIGURATIONS, [
  's3-fresh:compact+compact',
  's3-fresh:compact+rewrite',
  's3-begun:low+high',
  's3-crashed:compact+merge',
  's3-crashed:merge+query',
  's3-old:compact+maintain',
  's3-abandoned:maintain+maintain',
  's3-superseded:restore+maintain',
  's3-crashed:erase+patientMerge',
  's3-crashed:replay+compact',
  's3-lost:replay+compact',
  's3-offered:import+compact',
  's3-forgotten-latest:replay+compact',
  's3-expired:expire+compact',
  's3-iceberg-passed:publish+maintain',
]);

/** Those that notice each mistake of `e2e/mutants` in the protocol. */
export const SMALL = named(CONFIGURATIONS, [
  'fresh:compact+compact',
  'fresh:compact+rewrite',
  'fresh:compact+mend',
  'fresh:compact+query',
  'fresh-dedupe:low+high',
  'begun:low+high',
  'crashed:compact+compact',
  'crashed-dedupe:compact+compact',
  'crashed:maintain+merge',
  'old:compact+maintain',
  'old:maintain+query',
  'regretted:restore+compact',
  'regretted-dedupe:restore+merge',
  'superseded:restore+maintain',
  'undone-latest:restore+compact',
  'crashed:replay+compact',
  'crashed-dedupe:replay+merge',
  'old:replay+maintain',
  'lost:replay+compact',
  'crashed-dedupe:replay+replay',
  'lost:replay+query',
  'offered:import+compact',
  'deleted-latest:replay+compact',
  'forgotten-latest:replay+compact',
  'crashed:erase+patientCompact',
  'crashed-dedupe:erase+patientMerge',
  'crashed:erase+eraseOther',
  'changed-latest:eraseOne+patientCompact',
  'superseded:erase+restore',
  'crashed:erase+patientReplay',
  'lost:erase+patientReplay',
  'arrived:erase+patientReplay',
  'withdrawn:eraseThird+patientReplay',
  'iceberg-recanted:eraseThird+restore',
  'crashed-dedupe:eraseThenReplay+patientCompact',
  'changed-latest:eraseOneThenReplay+patientCompact',
  'undone-latest:eraseOne+restore',
  'abandoned:maintain+maintain',
  'expired:expire+compact',
  'expired:expire+expire',
  'spread-fresh:compact+compact',
  'spread-fresh:compact+rewrite',
  'spread-fresh-dedupe:low+high',
  'spread-crashed:compact+merge',
  'changed-latest:compact+compact',
  'deleted-latest:compact+merge',
  'deleted-latest:maintain+compact',
  'deleted-latest:compact+late',
  'iceberg-behind:maintain+queryCurrent',
  'iceberg-behind:erase+publish',
  'iceberg-caught:publish+maintain',
  'iceberg-passed:publish+compactAndPublish',
  'iceberg-passed:publish+maintain',
  'iceberg-growing:publish+merge',
  'iceberg-untold:maintain+queryCurrent',
  'iceberg-bereft:publish+maintain',
  'iceberg-reverted:restore+publish',
  'iceberg-expiredSnapshot:expire+queryCurrent',
]);
