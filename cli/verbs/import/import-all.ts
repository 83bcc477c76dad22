import { DAY_MS, type Dataset } from '../../../lib/dataset';
import { ExpectedError } from '../../command-line';
import { count } from '../../format';
import type { VerbContext } from '../verb';
import type { Copying } from './copying';
import { type Failure, type Journal, MAX_FAILED } from './journal';
import type { ImportSource, SourceObject } from './source';
import { Survey } from './survey';

/** One import, at work. */
export interface Job extends Pick<VerbContext, 'lake' | 'selection' | 'progress'> {
  readonly dataset: Dataset;
  readonly source: ImportSource;
  readonly id: string;
  readonly journal: Journal;
  readonly copying: Copying;
  /** Objects that one batch names. */
  readonly batch: number;
}

export interface Outcome {
  readonly survey: Survey;
  /** Objects that an earlier run was copying when it was killed, or could not copy, and this one did. */
  readonly resumed: number;
  readonly failed: readonly Failure[];
  /** Paths of earlier failures that are gone from the source, and were never copied. They are told once. */
  readonly gone: readonly string[];
}

export const surveyOf = async ({ lake, dataset, selection, id, journal }: Job): Promise<Survey> =>
  new Survey(lake, dataset, selection, id, await journal.known());

/** Copies all that is new. Only once no other run of the import is at work. */
export async function importAll(job: Job): Promise<Outcome> {
  await job.journal.take();
  let outcome: Outcome;
  try {
    const finished = await finishOpenBatch(job);
    const { copied, gone } = await retryFailed(job);
    outcome = { ...(await copyNew(job)), resumed: finished + copied, gone };
  } catch (error) {
    // What went wrong is the news, and not that the journal cannot be released because of it.
    await job.journal.release().catch(() => undefined);
    throw error;
  }
  await job.journal.release();
  return outcome;
}

async function copyNew(job: Job): Promise<Omit<Outcome, 'gone' | 'resumed'>> {
  const { source, journal, progress } = job;
  await journal.beginPass();
  const survey = await surveyOf(job);
  let batch: SourceObject[] = [];
  const flush = async (): Promise<void> => {
    if (batch.length === 0) return;
    await journal.begin(batch);
    await closeWith(job, batch, false);
    progress(`import, ${count(survey.objects)} copied`, 0);
    batch = [];
  };
  for await (const object of source.list()) {
    if (!(await survey.take(object))) continue;
    batch.push(object);
    if (batch.length === job.batch) await flush();
  }
  await flush();
  return { survey, failed: journal.failed };
}

/** @returns how many objects it copied */
async function closeWith(
  { journal, copying }: Job,
  batch: readonly SourceObject[],
  mayBeThere: boolean,
): Promise<number> {
  const { imported, there, failed } = await copying.copy(batch, mayBeThere);
  await journal.close(batch, imported, failed);
  if (journal.failed.length > MAX_FAILED) {
    throw new ExpectedError(`More than ${count(MAX_FAILED)} objects could not be copied: ${failed[0]?.problem}`, 1);
  }
  return imported.objects - there;
}

/** What a killed run was copying: the versions of each key tell whether it was copied. */
async function finishOpenBatch(job: Job): Promise<number> {
  const { lake, dataset, journal } = job;
  const open = await journal.openBatch();
  if (open === undefined) return 0;
  const days = dataset.retention.rawNoncurrentDays;
  if (lake.now().getTime() - open.begun.getTime() >= days * DAY_MS) {
    throw new ExpectedError(
      `A run was killed on ${open.begun.toISOString()}. Versions of raw objects are kept for ${days} days, so nothing tells any more ` +
        `which of its last ${open.objects.length} objects were copied: ${open.objects[0]?.path} and those after it.\n  → Compare them ` +
        `with the curated table. Then remove ${open.name} to copy all of them.`,
      1,
    );
  }
  return closeWith(job, open.objects, true);
}

/** @returns how many it copied, and those that are gone from the source, and were never copied */
async function retryFailed(job: Job): Promise<{ readonly copied: number; readonly gone: readonly string[] }> {
  const { source, journal } = job;
  const found: SourceObject[] = [];
  const missing: string[] = [];
  for (const { path } of journal.failed) {
    const object = await source.find(path);
    if (object === undefined) missing.push(path);
    else found.push(object);
  }
  // A copy that stalled may have come to its end after it was told as failed.
  const late = await filterAsync(missing, (path) => job.copying.isThere(path));
  if (missing.length > 0) await journal.forget(missing, late.length);
  let copied = 0;
  if (found.length > 0) {
    await journal.beginPass();
    await journal.begin(found);
    copied = await closeWith(job, found, true);
  }
  return { copied, gone: missing.filter((path) => !late.includes(path)) };
}

async function filterAsync<T>(all: readonly T[], holds: (one: T) => Promise<boolean>): Promise<readonly T[]> {
  const found: T[] = [];
  for (const one of all) if (await holds(one)) found.push(one);
  return found;
}
