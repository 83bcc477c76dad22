import { ASSUMED, MEASURED } from '../../cli/estimate/measured';
import { estimatedBytes } from '../../lambda/compaction/planning/pending';
import { LISTS_IN_FLIGHT } from '../../lambda/compaction/planning/plan-compaction';
import type { CompactionTask } from '../../lambda/compaction/planning/tasks';
import { writePlan } from '../../lambda/compaction/planning/write-plan';
import type { Lake } from '../../lambda/compaction/protocol/lake';
import { readManifest } from '../../lambda/compaction/protocol/manifest';
import { readCompactor } from '../../lambda/compaction/runtime/settings';
import { Telemetry } from '../../lambda/compaction/runtime/telemetry';
import { runTask } from '../../lambda/compaction/task/run-task';
import { type Dataset, parseDataset, partitionInterval } from '../../lib/dataset';
import { manifestPrefix, type PlanMode } from '../../lib/dataset/layout';
import { arrivals, type Lateness } from './arrivals';
import { ROW_BYTES, rowsOf, YearConverter } from './converter';
import { YearStore } from './store';

const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 1);
const BUCKETS = { raw: 'raw', curated: 'curated', quarantine: 'quarantine' };
/** Runs of a day that compact are followed by the one that maintains, as in the default schedule. */
const MAINTENANCE_HOUR = 2.5;
/** Processors of a compactor of 3,008 MB. */
const PROCESSORS = 1.7;

export interface YearOptions {
  readonly days: number;
  /** Text a day, in bytes. */
  readonly bytesPerDay: number;
  /** Of one object, as stored in gzip. */
  readonly objectBytes: number;
  readonly scheme: 'day' | 'hour';
  /** Values of a leading key. @default 1: there is none */
  readonly values: number;
  readonly everySeconds: number;
  readonly concurrency: number;
  readonly late: Lateness;
  readonly seed: number;
  /** Days in which nothing is compacted, from the first on. */
  readonly outage?: { readonly fromDay: number; readonly days: number };
}

/** A day as it ends. */
export interface DaySample {
  readonly day: number;
  /** Longest time that an object waited, of those that a run of the day found, in seconds. */
  readonly pendingSeconds: number;
  readonly planSeconds: number;
  readonly lists: number;
  readonly puts: number;
  readonly gets: number;
  readonly tasks: number;
  /** Bytes of data files put until now for each byte that tables have. */
  readonly writeAmplification: number;
  /** Most files of a partition, of those that are closed for a day or longer, and of all. */
  readonly closedFiles: number;
  readonly mostFiles: number;
  /** Mean of the closed. */
  readonly meanFiles: number;
}

export interface YearOutcome {
  readonly samples: readonly DaySample[];
  /** Files of a partition by its age in days, from its start: mean and most, over all partitions. */
  readonly byAge: readonly { readonly age: number; readonly mean: number; readonly most: number }[];
  readonly rows: { readonly arrived: number; readonly visible: number; readonly pending: number };
  /** Bytes of the largest partition, and files that it ends with. */
  readonly partitions: readonly { readonly partition: string; readonly bytes: number; readonly files: number }[];
  readonly runs: number;
  readonly skipped: number;
}

export function yearDataset({ scheme, values }: Pick<YearOptions, 'scheme' | 'values'>): Dataset {
  const tenants = Array.from({ length: values }, (_, index) => `t${index}`);
  return parseDataset({
    name: 'events',
    description: 'Events of the simulated year',
    columns: [
      { name: 'id', type: 'string', notNull: true },
      { name: 'at', type: 'timestamp', notNull: true },
    ],
    partition: {
      scheme,
      from: '2025-01-01',
      to: '2028-12-31',
      ...(values === 1 ? {} : { leading: [{ name: 'tenant', kind: 'enum', values: tenants }] }),
    },
    eventTime: 'at',
    input: { formats: ['ndjson'] },
  });
}

/** Runs planner, compactor and maintenance, as they ship, over a year that takes a minute. The same options give the same. */
export async function simulateYear(options: YearOptions): Promise<YearOutcome> {
  return await new Year(options).run();
}

class Year {
  readonly #options: YearOptions;
  readonly #dataset: Dataset;
  readonly #store = new YearStore();
  readonly #lake: Lake;
  readonly #converter: YearConverter;
  readonly #arrivals: Iterator<{ readonly at: number; readonly key: string }>;
  #next: { readonly at: number; readonly key: string } | undefined;
  #arrived = 0;
  #busyUntil = 0;
  #runs = 0;
  #skipped = 0;
  #day = { pending: 0, plan: 0, tasks: 0 };
  readonly #samples: DaySample[] = [];
  readonly #ages = new Map<number, { sum: number; count: number; most: number }>();

  constructor(options: YearOptions) {
    this.#options = options;
    this.#dataset = yearDataset(options);
    this.#converter = new YearConverter(this.#store, MEASURED.textPerParquetByte);
    const store = this.#store;
    this.#lake = { store, buckets: BUCKETS, now: () => new Date(store.now), sleep: async () => {} };
    const perDay = options.bytesPerDay / estimatedBytes({ key: '.gz', size: options.objectBytes });
    const { days, values, late, seed } = options;
    this.#arrivals = arrivals(this.#dataset, START, days, perDay, values, late, seed);
    this.#next = this.#arrivals.next().value;
  }

  async run(): Promise<YearOutcome> {
    const { days, everySeconds, late } = this.#options;
    // Until what is late is there, and its partitions are closed and merged.
    const last = days + Math.ceil(late.longestSeconds / 86_400) + 3;
    for (let day = 0; day < last; day++) {
      const requests = { ...this.#store.requests };
      this.#day = { pending: 0, plan: 0, tasks: 0 };
      let isMaintained = false;
      for (let second = 0; second < 86_400; second += everySeconds) {
        const at = START + day * DAY + second * 1_000;
        if (this.#isOut(day)) {
          this.#advance(at);
          continue;
        }
        if (at < this.#busyUntil) this.#skipped++;
        else await this.#work('compact', at);
        if (isMaintained || second < MAINTENANCE_HOUR * 3_600) continue;
        isMaintained = true;
        await this.#work('maintain', Math.max(at, this.#store.now));
      }
      await this.#sample(day, requests);
    }
    return await this.#outcome();
  }

  #isOut(day: number): boolean {
    const { outage } = this.#options;
    return outage !== undefined && day >= outage.fromDay && day < outage.fromDay + outage.days;
  }

  /** Time goes on: what producers wrote until then is there. */
  #advance(to: number): void {
    while (this.#next !== undefined && this.#next.at <= to) {
      const { key, at } = this.#next;
      this.#store.arrive('raw', key, this.#options.objectBytes, at);
      this.#arrived += rowsOf({ key, size: this.#options.objectBytes });
      this.#next = this.#arrivals.next().value;
    }
    this.#store.now = Math.max(this.#store.now, to);
  }

  async #work(mode: PlanMode, at: number): Promise<void> {
    this.#advance(at);
    this.#runs++;
    const lists = this.#store.requests.lists;
    if (mode === 'compact') {
      for (const { lastModified } of this.#store.objects('raw'))
        this.#day.pending = Math.max(this.#day.pending, (at - lastModified.getTime()) / 1_000);
    }
    const telemetry = new Telemetry({ namespace: 'year', enabled: false });
    const { maxLocalBytes } = readCompactor({});
    const chosen = [this.#dataset];
    const plan = await writePlan(this.#lake, mode, { declared: chosen, chosen, maxLocalBytes, telemetry });
    const waves = Math.ceil((this.#store.requests.lists - lists) / LISTS_IN_FLIGHT);
    const seconds =
      MEASURED.startSeconds + waves * ASSUMED.listSeconds + plan.objects * MEASURED.planCpuSecondsPerObject;
    this.#day.plan = Math.max(this.#day.plan, seconds);
    const lines = this.#store.body(plan.bucket, plan.key)?.toString('utf8').split('\n').filter(Boolean) ?? [];
    await this.#store.deleteMatching(plan.bucket, [...this.#store.objects(plan.bucket, plan.key)]);
    const slots = Array.from({ length: this.#options.concurrency }, () => at + seconds * 1_000);
    for (const line of lines) {
      const task = JSON.parse(line) as CompactionTask;
      slots.sort((a, b) => a - b);
      this.#advance(slots[0] as number);
      const ref = { dataset: this.#dataset, partition: task.partition };
      const written = this.#store.written;
      const result = await runTask(this.#lake, ref, task, this.#converter, { maxLocalBytes });
      this.#day.tasks++;
      const text = (result.rowsIn * ROW_BYTES) / 1e9;
      const merged = (this.#store.written - written) / 1e9 - text / MEASURED.textPerParquetByte;
      const cpu =
        text * MEASURED.compactCpuSecondsPerGB +
        Math.max(0, merged) * MEASURED.textPerParquetByte * MEASURED.copyCpuSecondsPerGB;
      slots[0] = this.#store.now + (MEASURED.startSeconds + cpu / PROCESSORS) * 1_000;
    }
    // A run ends with its last task; the next waits for it.
    this.#busyUntil = Math.max(...slots);
  }

  async #sample(day: number, before: YearStore['requests']): Promise<void> {
    const now = this.#store.now;
    const { lists, puts, gets } = this.#store.requests;
    let [visible, mostFiles, closedFiles, closedSum, closedCount] = [0, 0, 0, 0, 0];
    for (const { partition, files, bytes } of await this.#partitions()) {
      visible += bytes;
      mostFiles = Math.max(mostFiles, files);
      const { start, end } = partitionInterval(this.#dataset, partition);
      const age = Math.floor((now - start.getTime()) / DAY);
      const seen = this.#ages.get(age) ?? { sum: 0, count: 0, most: 0 };
      this.#ages.set(age, { sum: seen.sum + files, count: seen.count + 1, most: Math.max(seen.most, files) });
      if (now < end.getTime() + this.#dataset.compaction.closeAfterHours * 3_600_000 + DAY) continue;
      closedFiles = Math.max(closedFiles, files);
      closedSum += files;
      closedCount++;
    }
    this.#samples.push({
      day,
      pendingSeconds: this.#day.pending,
      planSeconds: this.#day.plan,
      tasks: this.#day.tasks,
      lists: lists - before.lists,
      puts: puts - before.puts,
      gets: gets - before.gets,
      writeAmplification: visible === 0 ? 1 : this.#store.written / visible,
      closedFiles,
      mostFiles,
      meanFiles: closedCount === 0 ? 0 : closedSum / closedCount,
    });
  }

  /** What a reader of the manifests sees; it costs the lake nothing. */
  async #partitions() {
    const { gets } = this.#store.requests;
    const prefix = manifestPrefix(this.#dataset.name);
    const names = new Set<string>();
    for (const { key } of this.#store.objects('curated', prefix))
      names.add(key.slice(prefix.length, key.lastIndexOf('/')));
    const found = [];
    for (const partition of names) {
      const { files } = await readManifest(this.#lake, { dataset: this.#dataset, partition });
      const own = files.map((key) => this.#store.files.get(key));
      const missing = own.indexOf(undefined);
      if (missing >= 0) throw new Error(`${files[missing]} is in a manifest, and does not exist`);
      const sum = (of: 'bytes' | 'rows'): number => own.reduce((all, file) => all + (file?.[of] ?? 0), 0);
      found.push({ partition, files: files.length, bytes: sum('bytes'), rows: sum('rows') });
    }
    this.#store.requests.gets = gets;
    return found;
  }

  async #outcome(): Promise<YearOutcome> {
    const partitions = await this.#partitions();
    const pending = [...this.#store.objects('raw')].reduce((sum, object) => sum + rowsOf(object), 0);
    return {
      samples: this.#samples,
      byAge: [...this.#ages]
        .sort(([a], [b]) => a - b)
        .map(([age, { sum, count, most }]) => ({ age, mean: sum / count, most })),
      rows: { arrived: this.#arrived, visible: partitions.reduce((sum, { rows }) => sum + rows, 0), pending },
      partitions: partitions.map(({ partition, bytes, files }) => ({ partition, bytes, files })),
      runs: this.#runs,
      skipped: this.#skipped,
    };
  }
}
