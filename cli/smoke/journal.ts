import { randomUUID } from 'node:crypto';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { PreconditionFailedError } from '../../lambda/compaction/store/object-store';
import { ExpectedError } from '../command-line';
import type { OperatedLake } from '../verbs/lake';

/** A partition of a dataset. */
export interface Place {
  readonly dataset: string;
  readonly partition: string;
  /** Where others may write as well: what ids of the smoke test's rows begin with. @default nobody else writes there */
  readonly mark?: string;
}

/**
 * Written before anything else, and deleted after everything else. While it is there, its partitions belong to the smoke test,
 * and no other may begin.
 */
export const JOURNAL = 'smoke/journal.json';

export interface Journal {
  readonly formatVersion: 1;
  /** Of one smoke test. */
  readonly id: string;
  readonly places: readonly Place[];
  /** When it began, and when it last said that it is at work. ISO 8601 */
  readonly since: string;
  readonly alive: string;
}

/** A smoke test that said nothing for so long was interrupted. Its machine's clock may be off by a minute or two. */
const SILENCE_MILLIS = 5 * 60_000;
const HEARTBEAT_MILLIS = 60_000;

export async function readJournal(lake: OperatedLake): Promise<Journal | undefined> {
  const found = await lake.store.get(lake.buckets.curated, JOURNAL);
  return found === undefined ? undefined : (JSON.parse(found.body.toString('utf8')) as Journal);
}

/** @throws ExpectedError when there is a journal of another smoke test */
export async function writeJournal(lake: OperatedLake, places: readonly Place[]): Promise<Journal> {
  const now = lake.now().toISOString();
  const journal: Journal = { formatVersion: 1, id: randomUUID(), places, since: now, alive: now };
  try {
    await lake.store.put(lake.buckets.curated, JOURNAL, bodyOf(journal), { ifAbsent: true });
    return journal;
  } catch (error) {
    if (!(error instanceof PreconditionFailedError)) throw error;
    const { since } = (await readJournal(lake)) ?? journal;
    throw new ExpectedError(
      `A smoke test of this stage began at ${since} and has not ended.\n  → Wait for its end. If it was interrupted, remove what it left with --clean.`,
      2,
    );
  }
}

/** @throws ExpectedError when the smoke test that wrote the journal is still at work */
export function refuseAtWork({ since, alive }: Journal, now: Date): void {
  const silence = now.getTime() - new Date(alive).getTime();
  if (Number.isNaN(silence) || silence > SILENCE_MILLIS) return;
  throw new ExpectedError(
    `A smoke test of this stage began at ${since}, and was at work at ${alive}.\n  → Wait for its end, which removes what it made. If it was killed, repeat --clean five minutes after that.`,
    2,
  );
}

/**
 * Says every minute that the smoke test is at work, as long as the journal is its own.
 *
 * @returns what ends it
 */
export function keepAlive(lake: OperatedLake, journal: Journal): () => void {
  const timer = setInterval(() => {
    // One that fails is made up for by the next: four may be missed.
    beat(lake, journal).catch(() => {});
  }, HEARTBEAT_MILLIS);
  timer.unref();
  return () => clearInterval(timer);
}

/** Renews the journal if it is still its own: otherwise somebody has cleaned up. */
export async function beat(lake: OperatedLake, journal: Journal): Promise<void> {
  const found = await lake.store.get(lake.buckets.curated, JOURNAL);
  if (found === undefined) return;
  const current = JSON.parse(found.body.toString('utf8')) as Journal;
  if (current.id !== journal.id) return;
  const renewed = { ...current, alive: lake.now().toISOString() };
  await lake.store.put(lake.buckets.curated, JOURNAL, bodyOf(renewed), { ifMatch: found.etag });
}

/** Writes down one more place before anything is put there. @throws Error when somebody has cleaned up meanwhile */
export async function addPlace(lake: OperatedLake, { id }: Journal, place: Place): Promise<void> {
  for (;;) {
    const found = await lake.store.get(lake.buckets.curated, JOURNAL);
    const current = found === undefined ? undefined : (JSON.parse(found.body.toString('utf8')) as Journal);
    if (found === undefined || current?.id !== id)
      throw new Error('the journal of this smoke test is gone: --clean ran');
    const body = bodyOf({ ...current, places: [...current.places, place] });
    try {
      await lake.store.put(lake.buckets.curated, JOURNAL, body, { ifMatch: found.etag });
      return;
    } catch (error) {
      if (!(error instanceof PreconditionFailedError)) throw error; // it was renewed meanwhile
    }
  }
}

export async function deleteJournal(lake: OperatedLake): Promise<void> {
  await lake.s3.send(new DeleteObjectCommand({ Bucket: lake.buckets.curated, Key: JOURNAL }));
}

const bodyOf = (journal: Journal): Buffer => Buffer.from(JSON.stringify(journal));
