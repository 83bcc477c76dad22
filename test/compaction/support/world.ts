import { gunzipSync } from 'node:zlib';
import type { CommitIntent } from '../../../lambda/compaction/protocol/commit-intent';
import { compactOnce } from '../../../lambda/compaction/protocol/compact';
import { eraseRows } from '../../../lambda/compaction/protocol/erase';
import { digestOf, keepErasure, newErasure } from '../../../lambda/compaction/protocol/erasures';
import { hiveRange, type KeyRange } from '../../../lambda/compaction/protocol/key-ranges';
import type { Lake, PartitionRef } from '../../../lambda/compaction/protocol/lake';
import { expire, mergeFiles, vacuum } from '../../../lambda/compaction/protocol/maintain';
import { parseManifest, readManifest } from '../../../lambda/compaction/protocol/manifest';
import { isTombstones } from '../../../lambda/compaction/protocol/names';
import { replay } from '../../../lambda/compaction/protocol/replay';
import { ReplayRefusal } from '../../../lambda/compaction/protocol/replay-quarantine';
import { restoreFiles } from '../../../lambda/compaction/protocol/restore';
import {
  type ListRange,
  type ObjectInfo,
  type ObjectStore,
  PreconditionFailedError,
} from '../../../lambda/compaction/store/object-store';
import { runTask } from '../../../lambda/compaction/task/run-task';
import type { Catalog } from '../../../lambda/iceberg/catalog';
import { type Dataset, parseDataset } from '../../../lib/dataset';
import {
  DATA_PREFIX,
  MANIFEST_PREFIX,
  manifestKey,
  RECORD_PREFIX,
  REJECTED_LINES_PREFIX,
  rawPrefix,
} from '../../../lib/dataset/layout';
import type { Snapshot } from '../../../lib/iceberg';
import { ChangeInvariants } from './change-invariants';
import type { Gate, MemoryBuckets } from './memory-store';
import { ModelCatalog, ModelTable } from './model-catalog';
import { ModelConverter } from './model-converter';
import { ModelEraser } from './model-eraser';
import { decode, encode, type ModelRow } from './model-rows';
import { AMPLE } from './settings';
import { MemoryStorage, type ModelStorage, READS } from './storage';

export const PARTITION = 'year=2026/month=06/day=15';

const MANIFEST = manifestKey('model', PARTITION);

/** Whether rows are kept as they arrive, once for each key, or the last of each key. */
export type Keeping = 'all' | 'once' | 'latest';

const DEDUPE = {
  all: {},
  once: { dedupeKey: ['id'] },
  latest: { dedupe: { key: ['id'], keep: 'latest', by: 'seq', deleted: 'deletes' } },
} as const;

const modelDataset = (keeping: Keeping, curatedDays?: number, layout = 'hive', iceberg = false): Dataset =>
  parseDataset({
    name: 'model',
    description: 'Rows of the model',
    columns: [
      { name: 'id', type: 'string', notNull: true },
      { name: 'at', type: 'timestamp', notNull: true },
      { name: 'seq', type: 'int', notNull: true },
      { name: 'deletes', type: 'boolean' },
    ],
    partition: { scheme: 'day', from: '2026-01-01', to: '2026-12-31' },
    eventTime: 'at',
    ...DEDUPE[keeping],
    input: { formats: ['ndjson'], layout },
    iceberg,
    compaction: { maxUndersizedFiles: 2 },
    ...(curatedDays === undefined ? {} : { retention: { curatedDays } }),
  });

/** Days after which rows leave a world that has a retention. */
const RETENTION_DAYS = 30;
/** What a step takes: S3 tells times in seconds. With snapshots, longer than `CLOCK_MARGIN_MS` of the follower. */
const SECOND_MS = 1_000;
const TICK_MS = 61_000;
const modelDatasets = (curatedDays?: number, layout?: string, iceberg?: boolean): Record<Keeping, Dataset> => ({
  all: modelDataset('all', curatedDays, layout, iceberg),
  once: modelDataset('once', curatedDays, layout, iceberg),
  latest: modelDataset('latest', curatedDays, layout, iceberg),
});
const KEPT = modelDatasets();
const EXPIRING = modelDatasets(RETENTION_DAYS);
/** The same, each object at a place of its own. */
const SPREAD = '*/{yyyy}/{MM}/{dd}/';
const KEPT_SPREAD = modelDatasets(undefined, SPREAD);
const EXPIRING_SPREAD = modelDatasets(RETENTION_DAYS, SPREAD);
const KEPT_ICEBERG = modelDatasets(undefined, undefined, true);
const EXPIRING_ICEBERG = modelDatasets(RETENTION_DAYS, undefined, true);

export type WorldKind = 'plain' | 'spread' | 'iceberg';
const DATASETS = {
  plain: { kept: KEPT, expiring: EXPIRING },
  spread: { kept: KEPT_SPREAD, expiring: EXPIRING_SPREAD },
  iceberg: { kept: KEPT_ICEBERG, expiring: EXPIRING_ICEBERG },
} as const;

/** What a simulated process does with the lake. */
export type Work = (lake: Lake, ref: PartitionRef, converter: ModelConverter, actor: Actor) => Promise<unknown>;

/** What a process does besides calling the store. */
export interface Actor {
  readonly world: World;
  readonly catalog: Catalog;
  /** Something that happens in one instant, when it is this process's turn. */
  act(name: string, effect: () => void): Promise<void>;
}

const everything = async (objects: AsyncIterable<ObjectInfo>): Promise<ObjectInfo[]> => {
  const all: ObjectInfo[] = [];
  for await (const object of objects) all.push(object);
  return all;
};

export const compact: Work = (lake, ref, converter) => compactOnce(lake, ref, rangesOf(ref, {}), converter, everything);
/** One of several tasks of a partition; the ends are names of objects. */
export const compactRange =
  ({ after, through }: ListRange): Work =>
  (lake, ref, converter) =>
    compactOnce(lake, ref, rangesOf(ref, { after, through }), converter, everything);

/** Names that the objects of a spread world can have. */
const NAMES = ['a', 'b', 'c', 'd', 'z'];

const keyOf = ({ dataset }: PartitionRef, name: string): string =>
  dataset.input.layout === undefined
    ? `${rawPrefix('model', PARTITION)}${name}`
    : `${rawPrefix('model')}${name}/2026/06/15/object`;

/** Where a partition's objects lie: in one place, or in as many as there are names. */
function rangesOf(ref: PartitionRef, { after, through }: ListRange): readonly KeyRange[] {
  const key = (name: string | undefined) => (name === undefined ? undefined : keyOf(ref, name));
  if (ref.dataset.input.layout === undefined) return [hiveRange(ref, { after: key(after), through: key(through) })];
  return NAMES.filter((name) => name > (after ?? '') && name <= (through ?? 'z')).map((name) => ({
    prefix: keyOf(ref, name).slice(0, -'object'.length),
  }));
}

/** A whole task of a planned run, as the handler does it. */
export const planned =
  (run: string): Work =>
  (lake, ref, converter) =>
    runTask(lake, ref, { kind: 'compact', dataset: 'model', partition: PARTITION, run }, converter, AMPLE);
export const compactAndMerge: Work = async (lake, ref, converter, actor) => {
  await compact(lake, ref, converter, actor);
  await mergeFiles(lake, ref, converter);
};
export const maintainFiles: Work = async (lake, ref, converter) => {
  await mergeFiles(lake, ref, converter);
  await vacuum(lake, ref);
};
export const expireAndVacuum: Work = async (lake, ref) => {
  await expire(lake, ref);
  await vacuum(lake, ref);
};

/** An operator who goes back to the version that the world remembers. */
export const restore: Work = (lake, ref, _converter, { world }) =>
  restoreFiles(lake, ref, world.remembered(), (erasures) => {
    const isErased = (id: string): boolean => erasures.some(({ salt, values }) => values.includes(digestOf(salt, id)));
    return new ModelEraser(lake.store, world.buckets, isErased);
  });

/** An operator who builds the partition anew, from two raw objects at a time. */
export const rebuild: Work = async (lake, ref, converter, { world }) => {
  const run = () => replay(lake, ref, converter, { budget: { bytes: Number.POSITIVE_INFINITY, objects: 2 } });
  try {
    await run();
  } catch (error) {
    // Without the manifest, a commit that was not finished counts no more: its inputs wait again.
    if (!(error instanceof ReplayRefusal && /compact them first/.test(error.message))) throw error;
    await compactOnce(lake, ref, rangesOf(ref, {}), converter, everything);
    await run();
  }
  world.found();
};

/** Somebody deletes the manifest. */
export const loseManifest: Work = async (lake, ref, _converter, { world }) => {
  const { etag = '' } = await readManifest(lake, ref);
  world.lose();
  await lake.store.deleteMatching('curated', [{ key: manifestKey('model', ref.partition), etag }]);
};

/** An operator who erases a key: what waits is compacted first. */
export const erase =
  (id: string): Work =>
  async (lake, ref, converter, actor) => {
    const { world, act } = actor;
    await act('erase', () => world.beginErase(id));
    const erasure = newErasure([id], [id], { column: 'id', partition: null, from: null, to: null, began: '' });
    await patient(compact)(lake, ref, converter, actor);
    await keepErasure(lake, 'model', id, erasure);
    const { left } = await eraseRows(lake, ref, new ModelEraser(lake.store, world.buckets, (one) => one === id));
    await keepErasure(lake, 'model', id, { ...erasure, erased: { rows: 0, lines: 0, left: left.length } });
    // What is left may be committed by whoever wrote it: the erase says so, and is to be repeated.
    if (left.length === 0) await act('erased', () => world.endErase(id));
  };

/** A process whose next run repeats it when it meets a file that an erase deleted. */
export const patient =
  (work: Work): Work =>
  async (...given) => {
    try {
      await work(...given);
    } catch (error) {
      const isGone = error instanceof PreconditionFailedError || /which does not exist$/.test(String(error));
      if (!isGone) throw error;
      await patient(work)(...given);
    }
  };

/** A producer that writes an object, over what the key holds if anything. */
export const produce =
  (name: string, rows: readonly ModelRow[]): Work =>
  (_lake, _ref, _converter, { world, act }) =>
    act(`produce ${name}`, () => world.produce(name, rows));

/** A query: it reads the manifest, and later each file that the manifest listed. */
export const query: Work = async (lake, ref, _converter, { world }) => {
  const { files } = await readManifest(lake, ref);
  const rows: ModelRow[] = [];
  for (const file of files) {
    const found = await lake.store.get(lake.buckets.curated, file);
    if (found === undefined) throw new Error(`a query misses ${file}, which was listed when it began`);
    rows.push(...decode(found.body));
  }
  world.checkAnswer(rows);
};

/** A version of the partition. */
interface ModelVersion {
  readonly files: readonly string[];
  readonly rows: readonly ModelRow[];
  readonly at: Date;
}

class Process {
  finished = false;
  dead = false;
  /** Whether an operation is under way. */
  busy = false;
  /** Operations begun. */
  steps = 0;
  /** Operations that wait for their turn; a process may have several in flight. */
  #queue: (() => void)[] = [];

  get waiting(): boolean {
    return this.#queue.length > 0;
  }

  turn(): Promise<void> {
    return new Promise((resolve) => this.#queue.push(resolve));
  }

  go(): void {
    this.busy = true;
    this.#queue.shift()?.();
  }

  /** Whether nothing happens until somebody's turn comes. */
  get still(): boolean {
    return this.finished || this.dead || (this.waiting && !this.busy);
  }

  kill(): void {
    this.dead = true;
    this.#queue = [];
  }
}

export interface CrashPoint {
  /** 1 is the process's first operation; or the first operation that matches. */
  readonly step: number | RegExp;
  /** `unanswered`: it takes effect, but the process sees a time-out and lives on. */
  readonly when: 'before' | 'after' | 'unanswered';
}

/**
 * A model lake on which processes run interleaved, one store operation at a time, in an order that the test chooses.
 * After each operation the invariants of the protocol are checked on what a crash at that very moment would leave.
 */
export class World {
  readonly buckets: MemoryBuckets;
  readonly ref: PartitionRef;
  clock = new Date('2026-06-15T12:00:00Z');
  /** Rows that must be found exactly once: in curated, pending, or in quarantine. */
  readonly #expected = new Map<string, ModelRow>();
  /** Rows of objects that a producer overwrote: they may have been taken in before, or not. */
  readonly #overwritten = new Set<string>();
  /** Ids whose rows are being erased, and those that are. */
  readonly #erasing = new Set<string>();
  readonly #erased = new Set<string>();
  /** Data files that were deleted since the first erase began. */
  readonly #replaced = new Set<string>();
  readonly #rowsPerFile: number;
  readonly #history: string[] = [];
  readonly #failures: unknown[] = [];
  /** Rows, or dedupe keys, that were visible, and those of them that left with their retention. */
  readonly #seen = new Set<string>();
  readonly #expired = new Set<string>();
  /** ETags of data files: a file that a reader may have open must not change. */
  readonly #dataFiles = new Map<string, string>();
  /** Rows of quarantine objects, by ETag: the invariants are checked at every step. */
  readonly #unzipped = new Map<string, string[]>();

  /** What the manifest of these bytes lists: it is looked at more often than it changes. */
  #listed: { readonly body: Buffer; readonly files: readonly string[] } | undefined;

  readonly #changes = new ChangeInvariants();

  /** Whether the lake is an Iceberg table as well; then each operation takes longer than clocks differ. */
  readonly #isIceberg: boolean;
  readonly catalog = new ModelCatalog();
  /** Files of the snapshots that metadata retains, by its URI. */
  #retained: { readonly location: string; readonly files: ReadonlyMap<string, readonly string[]> } | undefined;

  /** A version that somebody may go back to: its files and rows. */
  #remembered: ModelVersion | undefined;
  /** The rows that were visible when the invariants were checked last. */
  #visible: readonly ModelRow[] = [];

  /** Rows, or dedupe keys, that readers saw since the manifest was deleted; undefined when it was not, or all rows are back. */
  #seenAgain: Set<string> | undefined;

  readonly #keeping: Keeping;
  readonly #storage: ModelStorage;

  /**
   * @param expires whether the partition is past its retention, so that rows may leave it, but never come back
   * @param kind `spread`: each raw object lies under a prefix of its own. `iceberg`: it is an Iceberg table as well
   */
  constructor(
    keeping: Keeping,
    rowsPerFile?: number,
    expires = false,
    storage: ModelStorage = new MemoryStorage(),
    kind: WorldKind = 'plain',
  ) {
    this.#keeping = keeping;
    this.#storage = storage;
    this.buckets = storage.buckets;
    const { kept, expiring } = DATASETS[kind];
    this.#isIceberg = kind === 'iceberg';
    this.ref = { dataset: (expires ? expiring : kept)[keeping], partition: PARTITION };
    if (expires) this.clock = new Date('2026-08-01T00:00:00Z');
    this.#rowsPerFile = rowsPerFile ?? Number.POSITIVE_INFINITY;
    this.buckets.now = () => this.clock;
  }

  /** Ends it. @returns what opens lakes in the very state and with the history of this one, each for an execution */
  async save(): Promise<() => Promise<World>> {
    const open = await this.#storage.save();
    return async () => this.#onto(await open());
  }

  #onto(storage: ModelStorage): World {
    const expires = this.ref.dataset.retention.curatedDays !== undefined;
    const spread = this.ref.dataset.input.layout === undefined ? 'plain' : 'spread';
    const kind = this.#isIceberg ? 'iceberg' : spread;
    const copy = new World(this.#keeping, this.#rowsPerFile, expires, storage, kind);
    this.catalog.copyTo(copy.catalog);
    copy.clock = this.clock;
    copy.#history.push(...this.#history);
    for (const [key, row] of this.#expected) copy.#expected.set(key, row);
    for (const [key, etag] of this.#dataFiles) copy.#dataFiles.set(key, etag);
    for (const [etag, rows] of this.#unzipped) copy.#unzipped.set(etag, rows);
    for (const name of this.#overwritten) copy.#overwritten.add(name);
    for (const name of this.#seen) copy.#seen.add(name);
    for (const name of this.#expired) copy.#expired.add(name);
    for (const [name, rows] of this.offered) copy.offered.set(name, rows);
    this.#changes.copyTo(copy.#changes);
    copy.#remembered = this.#remembered;
    copy.#visible = this.#visible;
    copy.#seenAgain = this.#seenAgain === undefined ? undefined : new Set(this.#seenAgain);
    return copy;
  }

  /** From now on, committed rows may be missing until somebody finds them. */
  lose(): void {
    this.#seenAgain = new Set();
  }

  get isLost(): boolean {
    return this.#seenAgain !== undefined;
  }

  /** All rows are to be back. */
  found(): void {
    this.#seenAgain = undefined;
  }

  /** Until then no row may be there twice, and none that came back may leave. */
  #checkReturning(count: ReadonlyMap<string, number>, visible: ReadonlySet<string>, seen: Set<string>): void {
    for (const [copy, found] of count) if (found > 1) throw this.#explain(`row ${copy} is found ${found} times`);
    if (this.#keeping === 'latest') return;
    const isErased = (name: string): boolean => this.#erasing.has(this.#expected.get(name)?.id ?? name);
    for (const name of seen) {
      if (!visible.has(name) && !isErased(name)) throw this.#explain(`row ${name} left again`);
    }
    for (const name of visible) seen.add(name);
  }

  /** Remembers a version, @default the one that is current now. */
  remember(version = this.current()): void {
    this.#remembered = version;
  }

  current(): ModelVersion {
    return { files: this.listedFiles(), rows: this.visibleRows(), at: this.clock };
  }

  remembered(): { readonly files: readonly string[]; readonly at: Date } {
    return this.#remembered ?? { files: [], at: this.clock };
  }

  /**
   * Whoever goes back to a version gives up the rows that left the table with it, and those that were dropped because of
   * them: nothing else, and above all nothing that waits.
   */
  #giveUp(visible: readonly ModelRow[], pending: ReadonlySet<string>): void {
    const stays = ({ id }: ModelRow): boolean => !this.#erasing.has(id);
    const target = new Set(this.#remembered?.rows.filter(stays).map(({ copy }) => copy));
    const others = visible.filter(stays);
    const isTarget = others.length === target.size && others.every(({ copy }) => target.has(copy));
    const nameOf = (row: ModelRow): string => (this.#keeping === 'all' ? row.copy : row.id);
    const now = new Set(visible.map(({ copy }) => copy));
    const left = new Set(this.#visible.filter(({ copy }) => !now.has(copy)).map(nameOf));
    this.#visible = visible;
    if (this.#remembered === undefined || !isTarget || left.size === 0) return;
    for (const [copy, row] of this.#expected) {
      // Of deletions nothing is visible that could leave.
      const isGiven = left.has(nameOf(row)) || this.#keeping === 'latest';
      if (isGiven && !pending.has(copy) && !now.has(copy)) this.#overwritten.add(copy);
    }
    this.#changes.forget(left);
  }

  /** Objects of a source that can be imported, by name. */
  readonly offered = new Map<string, readonly ModelRow[]>();

  /** An object comes from a source. */
  arrive(key: string, rows: readonly ModelRow[]): void {
    for (const row of rows) this.#expected.set(row.copy, row);
    this.buckets.put('raw', key, encode(rows));
  }

  /** @throws Error when a row of the source never came */
  checkImported(): void {
    for (const { copy } of [...this.offered.values()].flat()) {
      if (!this.#expected.has(copy)) throw this.#explain(`row ${copy} was never imported`);
    }
  }

  /** A producer puts an object; what the key held before is given up by the producer itself. */
  produce(name: string, rows: readonly ModelRow[]): void {
    const key = keyOf(this.ref, name);
    const old = this.buckets.get('raw', key);
    const given = old === undefined || old.body.toString() === 'poison' ? [] : decode(old.body);
    for (const row of given) this.#overwritten.add(row.copy);
    for (const row of rows) this.#expected.set(row.copy, row);
    this.buckets.put('raw', key, encode(rows));
    this.#history.push(`produce ${name}`);
  }

  /** S3 hands the object out no more, in the state that it has now; whoever overwrites it makes another one. */
  lock(name: string): void {
    this.buckets.locked.add(this.#state(name));
  }

  unlock(name: string): void {
    this.buckets.locked.delete(this.#state(name));
  }

  #state(name: string): string {
    const key = keyOf(this.ref, name);
    return `raw/${key} ${this.buckets.get('raw', key)?.etag}`;
  }

  poison(name: string): void {
    this.buckets.put('raw', keyOf(this.ref, name), Buffer.from('poison'));
  }

  /**
   * Runs processes to their end. `choose` picks, at each step, one of the processes that can go on.
   *
   * @param crashes where a process dies, by its number
   */
  async run(
    works: readonly Work[],
    choose: (waiting: readonly number[], step: number) => number,
    crashes: ReadonlyMap<number, CrashPoint> = new Map(),
    onStep: (step: number) => void = () => {},
  ): Promise<number[]> {
    await this.#storage.arrived();
    const processes = works.map(() => new Process());
    const lost = this.#storage.lostAnswer();
    works.forEach((work, index) => {
      const process = processes[index] as Process;
      const crash = crashes.get(index);
      const { before, after } = this.#gates(process, index, crash, lost);
      const act = async (name: string, effect: () => void): Promise<void> => {
        await before(name);
        effect();
        await this.#storage.arrived();
        await after(name);
      };
      const store = this.#storage.store(before, after);
      const converter = new ModelConverter(store, this.buckets, this.#rowsPerFile);
      work(this.#lake(store), this.ref, converter, { world: this, act, catalog: this.catalog.client(before, after) })
        .catch((error: unknown) => {
          // A process may give up when an answer is lost; what it leaves behind is what counts.
          if (error !== lost) this.#failures.push(error);
        })
        .finally(() => {
          process.finished = true;
        });
    });
    for (let step = 0; ; step++) {
      // Node.js comes to this when no promise has anything left to do.
      await new Promise<void>((resolve) => process.nextTick(resolve));
      // Only when all stand still: which of them can go on must not depend on how fast they are.
      while (!processes.every(({ still }) => still)) {
        await new Promise<void>((resolve) => setImmediate(resolve));
      }
      const waiting = processes.flatMap((process, index) => (process.waiting && !process.dead ? [index] : []));
      if (waiting.length === 0) break;
      onStep(step);
      const chosen = choose(waiting, step);
      (processes[chosen] as Process).go();
    }
    if (this.#failures.length > 0) throw this.#explain(`a process failed: ${String(this.#failures[0])}`);
    return processes.map(({ steps }) => steps);
  }

  #gates(process: Process, index: number, crash: CrashPoint | undefined, lost: Error): { before: Gate; after: Gate } {
    const never = new Promise<void>(() => {});
    const meets = (when: CrashPoint['when'], operation: string): boolean =>
      crash?.when === when &&
      (typeof crash.step === 'number' ? crash.step === process.steps : crash.step.test(operation));
    return {
      before: async (operation: string): Promise<void> => {
        await process.turn();
        process.steps++;
        if (meets('before', operation)) {
          this.#history.push(`${index} dies before ${operation}`);
          process.kill();
          await never;
        }
        // What is not done takes no time: to die before an operation is to die after the one before.
        this.clock = new Date(this.clock.getTime() + (this.#isIceberg ? TICK_MS : SECOND_MS));
        this.#history.push(`${index} ${operation}`);
      },
      after: async (operation: string): Promise<void> => {
        process.busy = false;
        if (!READS.test(operation)) this.check();
        if (meets('unanswered', operation)) throw lost;
        if (meets('after', operation)) {
          this.#history.push(`${index} dies after it`);
          process.kill();
          await never;
        }
      },
    };
  }

  #lake(store: ObjectStore): Lake {
    return {
      store,
      buckets: { raw: 'raw', curated: 'curated', quarantine: 'quarantine' },
      now: () => this.clock,
      sleep: async () => {},
    };
  }

  /** What was done, in this order, by processes that died or not. As nothing is left to chance, it decides what the lake is like. */
  get operations(): readonly string[] {
    return this.#history.filter((line) => !/^\d+ dies /.test(line));
  }

  close(): Promise<void> {
    return this.#storage.close();
  }

  /** From now on the rows of an id may leave the lake. */
  beginErase(id: string): void {
    this.#erasing.add(id);
    for (const row of this.#expected.values()) if (row.id === id) this.#overwritten.add(row.copy);
  }

  /** From now on nobody may see a row of the id. */
  endErase(id: string): void {
    this.#erased.add(id);
    this.check();
  }

  /** The files that a reader of the manifest sees. */
  listedFiles(): readonly string[] {
    const manifest = this.buckets.get('curated', MANIFEST);
    if (manifest === undefined) return [];
    if (this.#listed?.body !== manifest.body) {
      this.#listed = { body: manifest.body, files: parseManifest(manifest.body.toString(), 'curated') };
    }
    return this.#listed.files;
  }

  /** The rows that a reader of the manifest sees. */
  visibleRows(): ModelRow[] {
    return this.listedFiles().flatMap((file) => {
      const found = this.buckets.get('curated', file);
      if (found === undefined) throw this.#explain(`the manifest lists ${file}, which does not exist`);
      return decode(found.body);
    });
  }

  /** The rows that one query saw. @throws Error when it saw a row, or a dedupe key, twice */
  checkAnswer(rows: readonly ModelRow[]): void {
    const dedupe = this.ref.dataset.dedupe.key.length > 0;
    const seen = rows.map(({ id, copy }) => (dedupe ? id : copy));
    if (new Set(seen).size !== seen.length) throw this.#explain('a query saw a row twice');
  }

  pendingObjects(): ObjectInfo[] {
    return this.buckets.list('raw', rawPrefix('model'));
  }

  quarantinedRows(): string[] {
    return this.buckets.list('quarantine', REJECTED_LINES_PREFIX).flatMap(({ key, etag }) => {
      let rows = this.#unzipped.get(etag);
      if (rows === undefined) {
        const lines = gunzipSync((this.buckets.get('quarantine', key) as { body: Buffer }).body);
        rows = lines
          .toString()
          .trimEnd()
          .split('\n')
          .map((line) => (JSON.parse(line) as { raw: string }).raw);
        this.#unzipped.set(etag, rows);
      }
      return rows;
    });
  }

  /** Whether a snapshot is in the metadata that is current. */
  isRetained(snapshot: Snapshot): boolean {
    return this.#retained?.files.has(String(snapshot['snapshot-id'])) ?? false;
  }

  /** The current snapshot has the files of the manifest. */
  checkPublished(): void {
    const { location } = this.catalog;
    if (location === undefined) throw this.#explain('there is no Iceberg table');
    const table = new ModelTable(this.buckets, location);
    const files = table.files(table.current).join(' ');
    const listed = this.listedFiles().filter((key) => !isTombstones(key));
    if (files !== listed.sort().join(' ')) throw this.#explain('the current snapshot is not what the manifest says');
  }

  /** Every snapshot that metadata retains can be read. */
  #checkSnapshots(): void {
    const { location } = this.catalog;
    if (location === undefined) return;
    try {
      if (this.#retained?.location !== location) {
        const table = new ModelTable(this.buckets, location);
        const { snapshots } = table.metadata;
        const files = new Map(snapshots.map((own) => [String(own['snapshot-id']), table.files(own)]));
        this.#retained = { location, files };
      }
    } catch (error) {
      throw this.#explain(String(error));
    }
    for (const [id, files] of this.#retained.files) {
      const gone = files.find((key) => this.buckets.get('curated', key) === undefined);
      if (gone !== undefined) throw this.#explain(`snapshot ${id} is retained and lists ${gone}, which does not exist`);
    }
  }

  /** The invariants, at this instant. */
  check(): void {
    this.#checkSnapshots();
    const listed = new Set(this.listedFiles());
    if (this.buckets.list('curated', `${MANIFEST_PREFIX}model/`).length > 1) {
      throw this.#explain('more than one object under the manifest prefix');
    }
    const existing = this.buckets.list('curated', DATA_PREFIX);
    if (this.#erasing.size + this.#erased.size > 0) {
      // An erase does not wait to delete what it replaced. A transaction that began before may write the name again: other content is never listed.
      const keys = new Set(existing.map(({ key }) => key));
      for (const key of this.#dataFiles.keys()) if (!keys.has(key)) this.#replaced.add(key);
    }
    for (const { key, etag } of existing) {
      const known = this.#dataFiles.get(key) ?? etag;
      const isLeftover = this.#replaced.has(key) && !listed.has(key);
      if (known !== etag && !isLeftover) throw this.#explain(`${key} was overwritten`);
      this.#dataFiles.set(key, known);
    }
    const consumed = new Set<string>();
    for (const { key } of this.buckets.list('curated', RECORD_PREFIX)) {
      const record = JSON.parse((this.buckets.get('curated', key) as { body: Buffer }).body.toString()) as CommitIntent;
      if (record.files.every((file) => listed.has(file))) {
        for (const input of record.inputs) consumed.add(`${input.key} ${input.etag}`);
      }
    }
    const count = new Map<string, number>();
    const add = ({ copy }: ModelRow): void => void count.set(copy, (count.get(copy) ?? 0) + 1);
    const dedupe = this.ref.dataset.dedupe.key.length > 0;
    const visible = this.visibleRows();
    visible.forEach(add);
    const visibleIds = new Set(visible.map(({ id }) => id));
    const visibleNames = dedupe ? visibleIds : new Set(visible.map(({ copy }) => copy));
    if (dedupe && visibleIds.size !== visible.length) throw this.#explain('a dedupe key is visible twice');
    const pendingIds = new Set<string>();
    const pending = new Set<string>();
    const quarantined = new Set(this.quarantinedRows());
    for (const { key, etag } of this.pendingObjects()) {
      const { body } = this.buckets.get('raw', key) as { body: Buffer };
      if (consumed.has(`${key} ${etag}`) || body.toString() === 'poison') continue;
      for (const row of decode(body)) {
        pendingIds.add(row.id);
        pending.add(row.copy);
        // A bad line is pending until its object is deleted, and may be in quarantine already.
        if (row.id !== 'bad') add(row);
        else quarantined.add(row.copy);
      }
    }
    this.#giveUp(visible, pending);
    const back = visible.find(({ id }) => this.#erased.has(id));
    if (back !== undefined) throw this.#explain(`row ${back.copy} is visible after it was erased`);
    this.#changes.forget(this.#erasing);
    if (this.#seenAgain !== undefined) {
      this.#checkReturning(count, visibleNames, this.#seenAgain);
      return;
    }
    if (this.#keeping === 'latest' && this.ref.dataset.retention.curatedDays === undefined) {
      const open = (copy: string): boolean => pending.has(copy) || this.#overwritten.has(copy);
      const problem = this.#changes.check([...this.#expected.values()], visible, open);
      if (problem !== undefined) throw this.#explain(problem);
    }
    for (const [copy, { id }] of this.#expected) {
      const found = count.get(copy) ?? 0;
      const overwritten = this.#overwritten.has(copy);
      if (this.ref.dataset.retention.curatedDays !== undefined) {
        const name = dedupe ? id : copy;
        if (found > 1 && !dedupe) throw this.#explain(`row ${copy} is found ${found} times`);
        if (!visibleNames.has(name)) {
          if (this.#seen.has(name)) this.#expired.add(name);
        } else if (this.#expired.has(name)) {
          throw this.#explain(`row ${name} is visible again after its retention`);
        } else {
          this.#seen.add(name);
        }
      } else if (id === 'bad') {
        if (!quarantined.has(copy) && !overwritten) throw this.#explain(`bad row ${copy} is lost`);
      } else if (this.#keeping === 'latest') {
        // Seen to above.
      } else if (dedupe) {
        if (!visibleIds.has(id) && !pendingIds.has(id) && !overwritten) throw this.#explain(`row ${id} is lost`);
      } else if (found !== 1 && !(overwritten && found === 0)) {
        throw this.#explain(`row ${copy} is found ${found} times`);
      }
    }
  }

  #explain(problem: string): Error {
    return new Error(`${problem}\nhistory:\n  ${this.#history.join('\n  ')}`);
  }
}
