import type { Dataset } from '../../../lib/dataset';
import { UnreadableObjectError } from '../../../lib/rows';
import { type Loaded, type LoadedObject, type LoaderSettings, loadObjects } from '../download/loader';
import type { GetSigner } from '../download/request-signer';
import { bytesInMemory, MAX_REJECTED_BYTES_OF_BATCH } from '../limits/rejected-lines';
import { ChecksFailedError } from '../protocol/checks-failed';
import type { CheckCounts, LoadedInput } from '../protocol/converter';
import type { ObjectInfo } from '../store/object-store';
import { type ConvertedRows, convertRows, removeSegments } from './batch';
import { rejectionsOf, type Sources } from './inputs';
import { copyTo } from './parquet-output';
import {
  type AppliedCheck,
  checksThat,
  countFailures,
  type Failures,
  failingLines,
  failingRows,
  passingRows,
} from './row-checks';
import type { EngineSession } from './session';

/** More rows in quarantine than this make the batch smaller; those of a single object, the object a foreign one, as for Parquet. */
const MAX_FAILING_ROWS = 100_000;

/**
 * The objects of a batch, while it is found out which of them can be loaded together. Those that changed meanwhile are left out, and those
 * with too many rows that fail are quarantined as a whole.
 */
export class Offer {
  readonly #objects: readonly ObjectInfo[];
  readonly #changed = new Set<ObjectInfo>();
  readonly #unreadable = new Map<ObjectInfo, LoadedInput>();
  #most: number;

  /** @param most objects that are loaded together */
  constructor(objects: readonly ObjectInfo[], most: number) {
    this.#objects = objects;
    this.#most = most;
  }

  /** What is loaded. */
  get objects(): readonly ObjectInfo[] {
    return this.#open().slice(0, this.#most);
  }

  get most(): number {
    return this.#most;
  }

  leaveOut(object: ObjectInfo): void {
    this.#changed.add(object);
  }

  refuse(object: ObjectInfo, unreadable: string, versionId: string | undefined): void {
    const { key, etag, size } = object;
    this.#unreadable.set(object, { key, etag, size, versionId, accepted: 0, rejected: [], unreadable });
  }

  halve(): void {
    this.#most = Math.max(1, Math.floor(this.objects.length / 2));
  }

  /** @param object the first that is not loaded */
  limit(object: ObjectInfo): void {
    this.#most = this.objects.indexOf(object);
  }

  /** The inputs in the order of the objects, with those that were refused; and whether these are all objects. */
  settle(inputs: readonly LoadedInput[], loaded: Loaded): { inputs: readonly LoadedInput[]; complete: boolean } {
    const complete = loaded.complete && this.#open().length <= this.#most;
    if (this.#unreadable.size === 0) return { inputs, complete };
    const found = new Map(loaded.objects.map(({ object }, index) => [object, inputs[index]]));
    const last = loaded.objects.at(-1)?.object;
    const reached =
      complete || last === undefined ? this.#objects : this.#objects.slice(0, this.#objects.indexOf(last) + 1);
    return { inputs: reached.flatMap((object) => this.#unreadable.get(object) ?? found.get(object) ?? []), complete };
  }

  #open(): readonly ObjectInfo[] {
    return this.#objects.filter((object) => !this.#changed.has(object) && !this.#unreadable.has(object));
  }
}

export interface CheckedRows {
  /** With the rows that fail among the rejected ones. */
  readonly inputs: readonly LoadedInput[];
  readonly checks: CheckCounts;
  /** The rows that are stored. */
  readonly rows: ConvertedRows;
}

interface CheckedSettings extends LoaderSettings {
  readonly signer: GetSigner;
  readonly maxFailingRows?: number | undefined;
}

/**
 * Runs the checks of a dataset over a batch that is loaded. Usually that reads the columns of the checks once. Where rows are to be put in
 * quarantine, their objects are read a second time, which tells their lines.
 *
 * @returns undefined when the batch has to be loaded again, as the offer is by then
 * @throws ChecksFailedError when a row fails a check that fails the commit
 */
export async function runChecks(
  session: EngineSession,
  dataset: Dataset,
  checks: readonly AppliedCheck[],
  { loaded, sources, offer }: { readonly loaded: Loaded; readonly sources: Sources; readonly offer: Offer },
  settings: CheckedSettings,
): Promise<CheckedRows | undefined> {
  const all = await convertRows(session, dataset, sources);
  const nothing: Failures = { byName: {}, warn: 0, quarantine: 0, fail: 0 };
  const found = all.rows === 0 ? nothing : await countFailures(session, checks, all.path);
  const look = new SecondLook(session, dataset, sources, loaded, settings);
  if (found.fail > 0) {
    const { inputs } = await look.at(checksThat(checks, 'fail'), 1);
    throw new ChecksFailedError(dataset.name, checksThat(checks, 'fail'), found, example(inputs, checks));
  }
  const counts = { rowsWarned: found.warn, rowsFailed: found.quarantine, failedChecks: found.byName };
  if (found.quarantine === 0) {
    await removeSegments(sources);
    return { inputs: sources.inputs, checks: counts, rows: all };
  }
  const quarantining = checksThat(checks, 'quarantine');
  const most = settings.maxFailingRows ?? MAX_FAILING_ROWS;
  if (found.quarantine > most) {
    const [only, ...others] = offer.objects;
    if (only === undefined || others.length > 0) offer.halve();
    else offer.refuse(only, tooMany(quarantining, found, most), loaded.objects[0]?.versionId);
    return undefined;
  }
  const { inputs, changed, complete } = await look.at(quarantining);
  if (!complete) offer.halve();
  for (const object of changed) offer.leaveOut(object);
  const foreign = inputs.flatMap((input, index) => (input.unreadable === undefined ? [] : [{ input, index }]));
  const fresh = foreign.filter(({ index }) => sources.inputs[index]?.unreadable === undefined);
  for (const { input, index } of fresh) {
    offer.refuse((loaded.objects[index] as LoadedObject).object, input.unreadable ?? '', input.versionId);
  }
  if (!complete || changed.length > 0 || fresh.length > 0) return undefined;
  const rows = await withoutFailing(session, dataset, quarantining, all, found.quarantine);
  const left = inputs.reduce((total, { accepted }) => total + accepted, 0);
  if (left !== rows.rows) {
    throw new Error(
      `${all.rows} rows less ${found.quarantine} that fail are ${left} by their objects; nothing was committed`,
    );
  }
  await removeSegments(sources);
  return { inputs, checks: counts, rows };
}

async function withoutFailing(
  session: EngineSession,
  dataset: Dataset,
  checks: readonly AppliedCheck[],
  { path, rows, rowBytes }: ConvertedRows,
  failing: number,
): Promise<ConvertedRows> {
  if (failing === rows) return { path, rows: 0, rowBytes: 0 };
  const target = session.path('passing.parquet');
  const written = await copyTo(session, dataset, passingRows(path, checks), target, rowBytes);
  if (written !== rows - failing) {
    throw new Error(`${failing} of ${rows} rows fail, but ${written} were written; nothing was committed`);
  }
  return { path: target, rows: written, rowBytes };
}

const tooMany = (checks: readonly AppliedCheck[], { byName }: Failures, limit: number): string => {
  const [most] = [...checks].sort((a, b) => (byName[b.name] ?? 0) - (byName[a.name] ?? 0));
  return `more than ${limit} rows fail, ${byName[most?.name ?? '']} of them check ${most?.name}: expected ${most?.expects}`;
};

/** A row that fails the commit, for people. */
function example(inputs: readonly LoadedInput[], checks: readonly AppliedCheck[]) {
  for (const { key, etag, rejected } of inputs) {
    const found = rejected.find(({ reason }) => checks.some(({ name }) => reason.startsWith(`check ${name}: `)));
    if (found !== undefined) return { key, etag, row: `line ${found.line} of ${key}: ${found.reason}` };
  }
  return undefined;
}

/** Finds out where rows that fail are in their objects. */
class SecondLook {
  constructor(
    readonly session: EngineSession,
    readonly dataset: Dataset,
    readonly sources: Sources,
    readonly loaded: Loaded,
    readonly settings: CheckedSettings,
  ) {}

  /** @param limit rows that are looked for. @default all */
  async at(
    checks: readonly AppliedCheck[],
    limit?: number,
  ): Promise<{ inputs: readonly LoadedInput[]; changed: readonly ObjectInfo[]; complete: boolean }> {
    const inputs = [...this.sources.inputs];
    let bytes = 0;
    for (const { key, etag, numberedQuery } of this.sources.parquet) {
      const index = inputs.findIndex((input) => input.key === key && input.etag === etag);
      const input = inputs[index] as LoadedInput;
      try {
        const rows = await failingRows(this.session, checks, numberedQuery, limit);
        const rejected = [...input.rejected, ...rows].sort((a, b) => a.line - b.line);
        inputs[index] = { ...input, accepted: input.accepted - rows.length, rejected };
        bytes += bytesInMemory(rows);
      } catch (error) {
        if (!(error instanceof UnreadableObjectError)) throw error;
        inputs[index] = { ...input, accepted: 0, rejected: [], unreadable: error.message };
      }
      if (bytes > MAX_REJECTED_BYTES_OF_BATCH && inputs.length > 1) return { inputs, changed: [], complete: false };
    }
    const vetoes = await failingLines(this.session, this.dataset, checks, this.sources.segments, limit);
    const places = this.loaded.objects.flatMap(({ id }, index) => {
      const list = vetoes.get(id);
      return list === undefined ? [] : [{ index, list }];
    });
    const objects = places.map(({ index }) => (this.loaded.objects[index] as Loaded['objects'][number]).object);
    if (objects.length === 0) return { inputs, changed: [], complete: true };
    const { signer, ...settings } = this.settings;
    const again = await loadObjects(signer, objects, {
      ...settings,
      maxLocalBytes: Number.POSITIVE_INFINITY,
      vetoes: places.map(({ list }) => list),
    });
    const changed: ObjectInfo[] = [];
    for (const [at, { index, list }] of places.entries()) {
      const outcome = again.objects.find(({ id }) => id === at);
      const input = inputs[index] as LoadedInput;
      if (outcome === undefined) {
        changed.push(objects[at] as ObjectInfo);
      } else if (outcome.status === 'unreadable') {
        inputs[index] = { ...input, accepted: 0, rejected: [], unreadable: outcome.reason };
      } else {
        if (outcome.accepted + list.size !== input.accepted) {
          throw new Error(
            `${input.key}: ${list.size} of ${input.accepted} rows fail, but ${outcome.accepted} are left`,
          );
        }
        inputs[index] = { ...input, accepted: outcome.accepted, rejected: rejectionsOf(outcome) };
      }
    }
    return { inputs, changed: again.complete ? changed : [], complete: again.complete };
  }
}
