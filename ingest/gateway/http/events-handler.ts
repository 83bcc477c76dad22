import { isUtf8 } from 'node:buffer';
import type { Dataset } from '../../../lib/dataset';
import { ASCII } from '../../../lib/rows/bytes';
import type { Batch, Pending } from '../commit/batch';
import type { Committer } from '../commit/committer';
import { isOtherContent } from '../events/content';
import { BodySyntaxError, type Events, splitDocument, splitLines, TooManyEventsError } from '../events/split';
import { type AcceptedEvent, type EventValidator, isAccepted, type Verdict } from '../events/validator';
import type { LimitSettings } from '../settings';
import type { Metrics } from '../telemetry/metrics';
import type { Steps, Turns } from '../work/turns';
import type { Reservation } from './admission';
import type { EventsHeaders } from './events-headers';
import type { Inflater } from './inflate';
import { RefusedError } from './problems';
import { type Answer, answer, answerRoom, CONFLICT, type EventOutcome } from './results';

export interface Target {
  readonly dataset: Dataset;
  readonly validator: EventValidator;
}

export interface EventsRequest {
  readonly target: Target;
  readonly subject: string;
  readonly partitions: ReadonlySet<string> | undefined;
  readonly requestId: string;
  readonly headers: EventsHeaders;
  /** The body as sent, followed by one newline. */
  readonly body: Buffer;
  /** Store all events of the request, or none if one of them is invalid. */
  readonly allOrNothing: boolean;
  /** Return a result for each event, including durable ones. */
  readonly showAll: boolean;
}

export interface HandlerParts {
  readonly limits: LimitSettings;
  readonly committer: Committer;
  readonly metrics: Metrics;
  readonly turns: Turns;
  readonly inflater: Inflater;
  /** Grows with the actual size of the request. */
  readonly reservation: Reservation;
  /** Takes tokens until this many are paid for the request. @throws RefusedError (also as a rejection) */
  readonly pay: (tokens: number) => void | Promise<void>;
}

const { BACKSLASH } = ASCII;

/** Bodies up to it take a fraction of a millisecond. */
const SMALL_BODY = 4_096;
/** Work between two looks at the clock: events, and bytes of events. */
const STEP_EVENTS = 32;
const STEP_BYTES = 16_384;
/** Memory of an event besides its bytes: verdict, identity, entries in batches and in the memory of events. */
const EVENT_OVERHEAD = 512;
/** Inflated bytes that one token pays for: those of an event that is stored, and those that are merely looked at. */
const STORED_BYTES_A_TOKEN = 1_024;
const READ_BYTES_A_TOKEN = 16_384;

const STORED: EventOutcome = { status: 'stored' };
const DUPLICATE: EventOutcome = { status: 'duplicate' };
const FAILED: EventOutcome = { status: 'failed' };
const SKIPPED: EventOutcome = { status: 'skipped' };

/** Reads, judges and stores the events of one request. Resolves when each of them is durable or has its reason. */
export async function handleEvents(request: EventsRequest, parts: HandlerParts): Promise<Answer> {
  const { target, subject } = request;
  const { metrics, turns, reservation, limits } = parts;
  const body = request.headers.isGzip ? await inflate(request, parts) : request.body;
  const size = body.length - 1;
  const paid = parts.pay(Math.ceil(size / READ_BYTES_A_TOKEN));
  if (paid !== undefined) await paid;
  const work = <T>(steps: Steps<T>): T | Promise<T> =>
    size <= SMALL_BODY ? turns.runSmall(subject, steps) : turns.run(subject, steps);

  const events = await work(split(request, body, limits));
  const count = events.ranges.length / 2;
  if (count === 0) throw refused(400, 'no-events', 'the body holds no event');
  if (count > 1) reservation.resize(heldBy(body) + count * EVENT_OVERHEAD + answerRoom(count));
  metrics.received(target.dataset.name, size);
  const admitted = parts.pay(Math.max(count, Math.ceil(size / STORED_BYTES_A_TOKEN)));
  if (admitted !== undefined) await admitted;

  const taken = await work(take(request, events, parts));
  const failed = await failedOf(taken.pending ?? []);
  const result = await work(answerOf(request, events, taken, failed));
  metrics.events(target.dataset.name, 'stored', result.counts.stored);
  metrics.events(target.dataset.name, 'duplicate', result.counts.duplicate);
  metrics.events(target.dataset.name, 'conflict', result.counts.conflict);
  metrics.events(target.dataset.name, 'rejected', result.counts.rejected);
  metrics.events(target.dataset.name, 'failed', result.counts.failed);
  return result;
}

async function inflate({ subject, body }: EventsRequest, { limits, inflater, reservation, pay }: HandlerParts) {
  const sent = body.subarray(0, -1);
  const inflated = await inflater.inflate(sent, {
    subject,
    limit: limits.inflatedBytes,
    room: (bytes) => reservation.resize(bytes),
    pay: (bytes) => pay(Math.ceil(bytes / READ_BYTES_A_TOKEN)),
  });
  // The compressed body is no longer needed.
  reservation.keep(heldBy(inflated));
  return inflated;
}

function* split({ headers }: EventsRequest, body: Buffer, { events, eventBytes }: LimitSettings): Steps<Events> {
  try {
    if (headers.format === 'lines') return yield* splitLines(body, events);
    return yield* splitDocument(body, events, eventBytes);
  } catch (error) {
    if (error instanceof BodySyntaxError) throw refused(400, 'not-json', error.message);
    if (error instanceof TooManyEventsError) {
      throw refused(413, 'too-many-events', `more than ${events} events in one request; send fewer`);
    }
    throw error;
  }
}

function* judge({ target, subject, partitions, headers }: EventsRequest, { bytes, ranges }: Events): Steps<Verdict[]> {
  const { idempotencyKey: key, leading } = headers;
  const context = { subject, key, leading, partitions, isUtf8: isUtf8(bytes), mayEscape: bytes.includes(BACKSLASH) };
  const verdicts: Verdict[] = [];
  let pause = (ranges[0] as number) + STEP_BYTES;
  for (let i = 0; i < ranges.length; i += 2) {
    const start = ranges[i] as number;
    const end = ranges[i + 1] as number;
    verdicts.push(target.validator.judge(bytes, start, end, context, i / 2));
    if (end < pause && verdicts.length % STEP_EVENTS !== 0) continue;
    pause = end + STEP_BYTES;
    yield;
  }
  return verdicts;
}

/** The outcome of the events: the verdict on each, and the batch that each accepted one waits for. */
interface Taken {
  readonly verdicts: readonly Verdict[];
  /** Undefined if none is to be stored. */
  readonly pending: readonly (Pending | undefined)[] | undefined;
}

/** Validates every event, and adds those that are to be stored to their batches. */
function* take(request: EventsRequest, events: Events, { limits, committer }: HandlerParts): Steps<Taken> {
  const verdicts = yield* judge(request, events);
  checkPartitions(verdicts, limits.partitions);
  const isSkipped = request.allOrNothing && !verdicts.every(isAccepted);
  return { verdicts, pending: isSkipped ? undefined : yield* add(request.target.dataset.name, verdicts, committer) };
}

/** Adds every accepted event to its batch. */
function* add(
  dataset: string,
  verdicts: readonly Verdict[],
  committer: Committer,
): Steps<readonly (Pending | undefined)[]> {
  const pending: (Pending | undefined)[] = [];
  for (const verdict of verdicts) {
    if (pending.length % STEP_EVENTS === STEP_EVENTS - 1) yield;
    const isFit = isAccepted(verdict);
    pending.push(isFit ? committer.add(dataset, verdict.partition, verdict, verdict.identity) : undefined);
  }
  return pending;
}

function* answerOf(
  { requestId, showAll }: EventsRequest,
  { lines }: Events,
  { verdicts, pending }: Taken,
  failed: ReadonlySet<Batch>,
): Steps<Answer> {
  const outcomes: EventOutcome[] = [];
  for (let index = 0; index < verdicts.length; index += 1) {
    if (index % STEP_EVENTS === STEP_EVENTS - 1) yield;
    const verdict = verdicts[index] as Verdict;
    if (!isAccepted(verdict)) outcomes.push({ status: 'rejected', problem: verdict });
    else outcomes.push(pending === undefined ? SKIPPED : outcomeOf(verdict, pending[index], failed));
  }
  return yield* answer(outcomes, lines, requestId, showAll);
}

/** Waits for all batches. @returns those that could not be stored */
async function failedOf(pending: readonly (Pending | undefined)[]): Promise<ReadonlySet<Batch>> {
  const batches = new Set<Batch>();
  for (const entry of pending) if (entry !== undefined) batches.add(entry.batch);
  const failed = new Set<Batch>();
  for (const batch of batches) if (!(await batch.settled).ok) failed.add(batch);
  return failed;
}

function outcomeOf(event: AcceptedEvent, entry: Pending | undefined, failed: ReadonlySet<Batch>): EventOutcome {
  if (entry === undefined) return DUPLICATE;
  if (failed.has(entry.batch)) return FAILED;
  return known(entry.batch, event) ?? (entry.isConflict ? CONFLICT : entry.isRepeat ? DUPLICATE : STORED);
}

/** The outcome of an event that the shared memory may know. */
function known({ known: others }: Batch, { identity, content }: AcceptedEvent): EventOutcome | undefined {
  const stored = identity === undefined ? undefined : others?.get(identity);
  if (stored === undefined) return undefined;
  return isOtherContent(stored, content) ? CONFLICT : DUPLICATE;
}

/** Each partition costs a PUT: a request that scatters its events would be expensive. */
function checkPartitions(verdicts: readonly Verdict[], limit: number): void {
  const partitions = new Set<string>();
  for (const verdict of verdicts) if (isAccepted(verdict)) partitions.add(verdict.partition);
  if (partitions.size <= limit) return;
  throw refused(
    413,
    'too-many-partitions',
    `events of ${partitions.size} partitions, but a request has ${limit} at most`,
  );
}

/** A small buffer is part of a pool; a larger one may have grown in leaps. */
const heldBy = ({ length, buffer }: Buffer): number => (length <= SMALL_BODY ? length : buffer.byteLength);

const refused = (status: number, code: string, detail: string): RefusedError =>
  new RefusedError({ status, code, detail });
