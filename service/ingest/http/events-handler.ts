import type { Dataset, PartitionValues } from '../../../lib/dataset';
import type { Batch } from '../commit/batch';
import type { Committer } from '../commit/committer';
import { isOtherContent } from '../events/content';
import { BodySyntaxError, type Events, TooManyEventsError } from '../events/split';
import {
  type AcceptedEvent,
  type EventValidator,
  isAccepted,
  partitionHeader,
  type Verdict,
} from '../events/validator';
import type { LimitSettings } from '../settings';
import type { Metrics } from '../telemetry/metrics';
import { BodyError, inflate, splitBody } from './body';
import { RefusedError } from './problems';
import { type Answer, answer, CONFLICT, type EventOutcome } from './results';

export interface Target {
  readonly dataset: Dataset;
  readonly validator: EventValidator;
}

export interface EventsRequest {
  readonly target: Target;
  readonly subject: string;
  readonly partitions: ReadonlySet<string> | undefined;
  readonly requestId: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  /** Store all events of the request or none, as far as their validity goes. */
  readonly allOrNothing: boolean;
  /** Give a result for each event, durable ones too. */
  readonly showAll: boolean;
}

export interface HandlerParts {
  readonly limits: LimitSettings;
  readonly committer: Committer;
  readonly metrics: Metrics;
  /** Called once the inflated size is known. @throws RefusedError when there is no room */
  readonly resize: (bytes: number) => void;
  /** Takes as many tokens as there are events. @throws RefusedError (also as a rejection) */
  readonly admit: (events: number) => void | Promise<void>;
}

const LONGEST_IDEMPOTENCY_KEY = 200;
const STORED: EventOutcome = { status: 'stored' };
const DUPLICATE: EventOutcome = { status: 'duplicate' };
const FAILED: EventOutcome = { status: 'failed' };
const SKIPPED: EventOutcome = { status: 'skipped' };

/** Reads, judges and stores the events of one request. Resolves when each of them is durable or has its reason. */
export async function handleEvents(request: EventsRequest, parts: HandlerParts): Promise<Answer> {
  const { target, requestId } = request;
  const { metrics } = parts;
  const context = {
    subject: request.subject,
    key: idempotencyKey(request),
    leading: leadingValues(target.dataset, request.headers),
    partitions: request.partitions,
  };
  const { bytes, ranges, lines } = await readEvents(request, parts);
  const count = ranges.length / 2;
  if (count === 0) throw refused(400, 'no-events', 'the body holds no event');
  metrics.received(target.dataset.name, bytes.length);
  const admitted = parts.admit(count);
  if (admitted !== undefined) await admitted;

  const verdicts: Verdict[] = [];
  for (let i = 0; i < count; i += 1) {
    const start = ranges[2 * i] as number;
    verdicts.push(target.validator.judge(bytes, start, ranges[2 * i + 1] as number, context, i));
  }
  checkPartitions(verdicts, parts.limits.partitions);
  const outcomes =
    request.allOrNothing && !verdicts.every(isAccepted)
      ? verdicts.map((verdict) => (isAccepted(verdict) ? SKIPPED : rejected(verdict)))
      : await store(target.dataset.name, verdicts, parts.committer);
  const result = answer(outcomes, lines, requestId, request.showAll);
  metrics.events(target.dataset.name, 'stored', result.counts.stored);
  metrics.events(target.dataset.name, 'duplicate', result.counts.duplicate);
  metrics.events(target.dataset.name, 'conflict', result.counts.conflict);
  metrics.events(target.dataset.name, 'rejected', result.counts.rejected);
  metrics.events(target.dataset.name, 'failed', result.counts.failed);
  return result;
}

async function readEvents({ body, headers }: EventsRequest, { limits, resize }: HandlerParts): Promise<Events> {
  try {
    const inflated = await inflate(body, single(headers['content-encoding']), limits.inflatedBytes);
    if (inflated !== body) resize(inflated.length);
    return splitBody(inflated, single(headers['content-type']), limits.events);
  } catch (error) {
    if (error instanceof BodyError) {
      const code = error.status === 413 ? 'too-large' : error.status === 415 ? 'unsupported-type' : 'bad-body';
      throw refused(error.status, code, error.message);
    }
    if (error instanceof BodySyntaxError) throw refused(400, 'not-json', error.message);
    if (error instanceof TooManyEventsError) {
      throw refused(413, 'too-many-events', `more than ${limits.events} events in one request; send fewer`);
    }
    throw error;
  }
}

/** Adds every accepted event to its batch in one go, then waits for the batches. */
async function store(dataset: string, verdicts: readonly Verdict[], committer: Committer): Promise<EventOutcome[]> {
  const pending = verdicts.map((verdict) =>
    isAccepted(verdict) ? committer.add(dataset, verdict.partition, verdict, verdict.identity) : undefined,
  );
  const batches = new Set<Batch>();
  for (const entry of pending) if (entry !== undefined) batches.add(entry.batch);
  const failed = new Set<Batch>();
  for (const batch of batches) if (!(await batch.settled).ok) failed.add(batch);
  return verdicts.map((verdict, index) => {
    if (!isAccepted(verdict)) return rejected(verdict);
    const entry = pending[index];
    if (entry === undefined) return DUPLICATE;
    if (failed.has(entry.batch)) return FAILED;
    return known(entry.batch, verdict) ?? (entry.isConflict ? CONFLICT : entry.isRepeat ? DUPLICATE : STORED);
  });
}

/** What becomes of an event that the shared memory may know. */
function known({ known: others }: Batch, { identity, content }: AcceptedEvent): EventOutcome | undefined {
  const stored = identity === undefined ? undefined : others?.get(identity);
  if (stored === undefined) return undefined;
  return isOtherContent(stored, content) ? CONFLICT : DUPLICATE;
}

const rejected = (problem: Exclude<Verdict, AcceptedEvent>): EventOutcome => ({ status: 'rejected', problem });

/** Each partition costs a PUT: a request that scatters its events would be dear. */
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

function idempotencyKey({ headers }: EventsRequest): string | undefined {
  const key = single(headers['idempotency-key']);
  if (key === undefined) return undefined;
  if (key.length > 0 && key.length <= LONGEST_IDEMPOTENCY_KEY) return key;
  throw refused(400, 'bad-header', `Idempotency-Key must have 1 to ${LONGEST_IDEMPOTENCY_KEY} characters`);
}

function leadingValues(dataset: Dataset, headers: EventsRequest['headers']): PartitionValues {
  return Object.fromEntries(
    dataset.partition.leading.flatMap(({ name }) => {
      const value = single(headers[partitionHeader(name)]);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

const single = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? header.join(',') : header;

const refused = (status: number, code: string, detail: string): RefusedError =>
  new RefusedError({ status, code, detail });
