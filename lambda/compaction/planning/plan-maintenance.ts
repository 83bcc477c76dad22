import type { Dataset } from '../../../lib/dataset';
import { parsePartitionPath, partitionKeys } from '../../../lib/dataset';
import { dataPrefix, manifestPrefix, recordPrefix } from '../../../lib/dataset/layout';
import { graceMillis, isClosed, isExpired, isSettled } from '../protocol/ages';
import type { Lake } from '../protocol/lake';
import { manifestFileCount } from '../protocol/manifest';
import { chooseMerge, mergePolicy, UNDERSIZED_BYTES } from '../protocol/merge-policy';
import { isTombstones } from '../protocol/names';
import { compareKeys } from '../store/key-order';
import type { ListRange, ObjectInfo } from '../store/object-store';
import { beginningAt, type Lane, runLanes, type Step } from './lanes';
import { LISTS_IN_FLIGHT } from './plan-compaction';
import type { MaintainTask } from './tasks';

/** What the two listings say about a partition, a few hundred bytes. */
interface PartitionState {
  manifest?: ObjectInfo;
  records: number;
}

/** Neighboring partitions in a listing of data files, about eight pages of them. */
interface Stretch extends ListRange {
  readonly partitions: readonly string[];
}

const STRETCH_FILES = 8_000;

export interface MaintenanceOptions {
  /** The last partition that the previous run checked, if it did not finish. @default from the start */
  readonly position?: string | undefined;
  /** Whether time is over: no stretch is started after the first. @default never */
  readonly isOver?: () => boolean;
  readonly stretchFiles?: number;
}

/**
 * Finds the partitions that need maintenance from listings alone: no object is read. The size of a manifest tells how many
 * files its partition has, so that the listing of data files is divided between requests side by side. Memory holds an entry
 * for each partition, and the files of one partition for each request in flight.
 *
 * Invariant: `maintain` would change nothing in a partition that the plan leaves out. A partition that changes while it is
 * listed may be planned without need, or be left to the next run.
 */
export class MaintenancePlan implements Lane {
  readonly #lake: Lake;
  readonly #dataset: Dataset;
  readonly #depth: number;
  readonly #emit: (task: MaintainTask, since: number) => void;
  readonly #options: MaintenanceOptions;
  readonly #states = new Map<string, PartitionState>();
  readonly #ready: Step[];
  #surveys = 2;
  #stretches: readonly Stretch[] = [];
  #begun = 0;
  #dataFiles = 0;
  #undersizedFiles = 0;

  /** @param emit receives a task, and since when its partition has been in this state, epoch milliseconds */
  constructor(
    lake: Lake,
    dataset: Dataset,
    emit: (task: MaintainTask, since: number) => void,
    options: MaintenanceOptions = {},
  ) {
    this.#lake = lake;
    this.#dataset = dataset;
    this.#emit = emit;
    this.#options = options;
    this.#depth = partitionKeys(dataset).length;
    this.#ready = [
      this.#survey(manifestPrefix(dataset.name), (state, object) => {
        state.manifest = object;
      }),
      this.#survey(recordPrefix(dataset.name), (state) => {
        state.records++;
      }),
    ];
  }

  next(): Step | undefined {
    const step = this.#ready.pop();
    if (step !== undefined || this.#surveys > 0) return step;
    if (this.#begun > 0 && this.#options.isOver?.() === true) return undefined;
    const stretch = this.#stretches[this.#begun];
    if (stretch === undefined) return undefined;
    this.#begun++;
    return this.#look(stretch);
  }

  /**
   * Data files that manifests list, and those of them that are undersized, of what was looked at. Of files that are superseded and not
   * deleted yet, listings do not tell which they are: they count as the undersized ones, which merges replace.
   */
  get counts(): { readonly DataFiles: number; readonly UndersizedFiles: number } {
    return { DataFiles: this.#dataFiles, UndersizedFiles: this.#undersizedFiles };
  }

  /** @returns the last partition that was checked; undefined when all were */
  end(): string | undefined {
    return this.#begun === this.#stretches.length ? undefined : this.#stretches[this.#begun - 1]?.partitions.at(-1);
  }

  #survey(prefix: string, visit: (state: PartitionState, object: ObjectInfo) => void, token?: string): Step {
    return async () => {
      const page = await this.#lake.store.listPage(this.#lake.buckets.curated, prefix, { token });
      for (const object of page.objects) {
        const partition = this.#partitionOf(object.key, prefix);
        const state = this.#states.get(partition) ?? { records: 0 };
        visit(state, object);
        this.#states.set(partition, state);
      }
      if (page.token !== undefined) this.#ready.push(this.#survey(prefix, visit, page.token));
      else if (--this.#surveys === 0) this.#stretches = this.#divide();
    };
  }

  #partitionOf(key: string, prefix: string): string {
    return key.slice(prefix.length).split('/').slice(0, this.#depth).join('/');
  }

  /** All data files of the dataset, including those of unknown partitions, in stretches; first the one after the position. */
  #divide(): readonly Stretch[] {
    const { position, stretchFiles = STRETCH_FILES } = this.#options;
    const partitions = [...this.#states.keys()].sort((a, b) => compareKeys(`${a}/`, `${b}/`));
    const stretches: { after?: string; through?: string; partitions: string[] }[] = [{ partitions: [] }];
    let files = 0;
    for (const partition of partitions) {
      const last = stretches.at(-1) as (typeof stretches)[number];
      if (files >= stretchFiles) {
        // Without the slash: after all earlier partitions, and before everything in this one.
        const bound = dataPrefix(this.#dataset.name, partition).slice(0, -1);
        last.through = bound;
        stretches.push({ after: bound, partitions: [partition] });
        files = 0;
      } else last.partitions.push(partition);
      files += Math.max(1, this.#listed(partition));
    }
    const next =
      position === undefined
        ? 0
        : stretches.findIndex(({ partitions: [first] }) => compareKeys(`${first}/`, `${position}/`) > 0);
    return beginningAt(stretches, next);
  }

  #listed(partition: string): number {
    const { manifest } = this.#states.get(partition) ?? {};
    const ref = { dataset: this.#dataset, partition };
    return manifest === undefined ? 0 : manifestFileCount(ref, this.#lake.buckets.curated, manifest.size);
  }

  #look(stretch: Stretch): Step {
    const prefix = dataPrefix(this.#dataset.name);
    const { after, through } = stretch;
    const unseen = new Set(stretch.partitions);
    let partition: string | undefined;
    let files: ObjectInfo[] = [];
    const settle = (): void => {
      if (partition !== undefined) this.#decide(partition, files);
      if (partition !== undefined) unseen.delete(partition);
      files = [];
    };
    const page =
      (token?: string): Step =>
      async () => {
        const found = await this.#lake.store.listPage(this.#lake.buckets.curated, prefix, { after, token });
        let isDone = found.token === undefined;
        for (const file of found.objects) {
          if (through !== undefined && compareKeys(file.key, through) > 0) {
            isDone = true;
            break;
          }
          const own = this.#partitionOf(file.key, prefix);
          if (own !== partition) settle();
          partition = own;
          files.push(file);
        }
        if (!isDone) return void this.#ready.push(page(found.token));
        settle();
        for (const empty of unseen) this.#decide(empty, []);
      };
    return page();
  }

  #decide(partition: string, files: readonly ObjectInfo[]): void {
    const state = this.#states.get(partition) ?? { records: 0 };
    this.#count(partition, files);
    if (!this.#needsMaintenance(partition, files, state)) return;
    const since = state.records > 0 ? 0 : (state.manifest?.lastModified.getTime() ?? 0);
    this.#emit({ kind: 'maintain', dataset: this.#dataset.name, partition }, since);
  }

  #count(partition: string, files: readonly ObjectInfo[]): void {
    if (!parsePartitionPath(this.#dataset, partition).ok) return;
    const listed = Math.min(this.#listed(partition), files.length);
    const undersized = files.filter(({ key, size }) => size < UNDERSIZED_BYTES && !isTombstones(key)).length;
    this.#dataFiles += listed;
    this.#undersizedFiles += Math.max(0, undersized - (files.length - listed));
  }

  #needsMaintenance(partition: string, files: readonly ObjectInfo[], { manifest, records }: PartitionState): boolean {
    const dataset = this.#dataset;
    if (!parsePartitionPath(dataset, partition).ok) return false;
    if (records > 0) return true;
    const ref = { dataset, partition };
    const listed = this.#listed(partition);
    if (listed > 0 && isExpired(this.#lake, ref)) return true;
    if (files.length > listed) {
      const before = this.#lake.now().getTime() - graceMillis(dataset);
      const settled = (manifest?.lastModified.getTime() ?? 0) < before;
      if (settled && files.some(({ lastModified }) => lastModified.getTime() < before)) return true;
    }
    const rows = files.filter(({ key }) => !isTombstones(key));
    // Which files the manifest no longer lists is not known: a young one of them must not hide that the rest has settled.
    const packs = files.length > listed ? isClosed(this.#lake, ref) : isSettled(this.#lake, ref, rows);
    return listed > 1 && chooseMerge(rows, mergePolicy(dataset), packs).length > 0;
  }
}

/** Plans the maintenance of one dataset to the end. */
export async function planMaintenance(
  lake: Lake,
  dataset: Dataset,
  options: MaintenanceOptions = {},
): Promise<readonly MaintainTask[]> {
  const tasks: MaintainTask[] = [];
  await runLanes([new MaintenancePlan(lake, dataset, (task) => tasks.push(task), options)], LISTS_IN_FLIGHT);
  return tasks;
}
