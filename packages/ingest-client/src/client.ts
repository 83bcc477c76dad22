import { randomUUID } from 'node:crypto';
import { Batch, type Entry } from './batch';
import { Delivery } from './delivery';
import { ClientClosedError, IngestError, InvalidEventError } from './errors';
import { type EventResult, type IngestClientOptions, type IngestEvent, type Options, readOptions } from './options';
import { Semaphore } from './semaphore';

/**
 * Sends events to one dataset through the ingest gateway, in batches.
 *
 * Every event that it takes gets exactly one result. `stored` or `duplicate` means that the gateway has said that the event
 * is durable; nothing else does. An event is sent again after 429, 503, a broken connection or a time-out, always under
 * the same id, so that it is one row in the curated zone. Events may arrive in another order than they were added in.
 */
export class IngestClient {
  readonly #options: Options;
  readonly #abort = new AbortController();
  readonly #delivery: Delivery;
  readonly #semaphore: Semaphore;
  readonly #unsettled = new Set<Promise<unknown>>();
  readonly #sealed: Batch[] = [];
  #open: Entry[] = [];
  #openBytes = 0;
  #linger: NodeJS.Timeout | undefined;
  #requests = 0;

  /** @throws IngestOptionsError that lists every mistake */
  constructor(options: IngestClientOptions) {
    this.#options = readOptions(options);
    this.#delivery = new Delivery(this.#options, this.#abort.signal);
    this.#semaphore = new Semaphore(this.#options.bufferedBytes, () => this.#seal());
    const { signal } = this.#options;
    if (signal?.aborted === true) this.abort(signal.reason);
    signal?.addEventListener('abort', () => this.abort(signal.reason), { signal: this.#abort.signal });
  }

  /** Bytes of the events without a result; never above `bufferedBytes`, but for a single event that is larger. */
  get bufferedBytes(): number {
    return this.#semaphore.bytes;
  }

  /**
   * Takes an event and returns its id as soon as it is in the buffer; its result goes to `onResult`. Waits while the buffer
   * is full: await it, and a producer becomes as slow as the gateway. Leave the event unchanged until then.
   *
   * @throws InvalidEventError, ClientClosedError
   */
  async add(event: IngestEvent): Promise<string> {
    const { id } = await this.#take(event);
    return id;
  }

  /**
   * Takes an event and waits until it is durable.
   *
   * @returns its id
   * @throws InvalidEventError, ClientClosedError, EventRejectedError, EventConflictError, RequestRefusedError, DeliveryError
   */
  async send(event: IngestEvent): Promise<string> {
    const { id, result } = await this.#take(event);
    const settled = await result;
    if ('error' in settled) throw settled.error;
    return id;
  }

  /** Sends what waits for more events, and resolves when every event that was added so far has its result. */
  async flush(): Promise<void> {
    this.#seal();
    await Promise.all(this.#unsettled);
  }

  /** Takes no more events, and resolves when every event has its result. */
  async close(): Promise<void> {
    this.#semaphore.close(new ClientClosedError('the ingest client is closed: it takes no more events'));
    await this.flush();
  }

  /** Ends everything at once: what has no result yet fails, and may or may not be stored. */
  abort(reason: unknown = new IngestError('the ingest client was aborted')): void {
    this.#abort.abort(reason);
    this.#semaphore.close(new ClientClosedError('the ingest client was aborted: it takes no more events'));
    this.#seal();
  }

  async #take(event: IngestEvent): Promise<{ readonly id: string; readonly result: Promise<EventResult> }> {
    // Its text is made when it is its turn, so that those who wait hold none of our memory.
    return this.#semaphore.enter(
      () => encode(event, this.#options.idField),
      (encoded) => {
        let settle: (result: EventResult) => void = () => {};
        const result = new Promise<EventResult>((resolve) => {
          settle = resolve;
        });
        this.#unsettled.add(result);
        this.#append({
          ...encoded,
          settle: (outcome) => {
            // The first result counts.
            if (!this.#unsettled.delete(result)) return;
            settle(outcome);
            this.#report(outcome);
            this.#semaphore.leave(encoded.bytes);
          },
        });
        return { id: encoded.id, result };
      },
    );
  }

  /** An error of the caller's own function is his: it must not pass for one of the delivery. */
  #report(result: EventResult): void {
    try {
      this.#options.onResult?.(result);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }

  #append(entry: Entry): void {
    const { batchBytes, batchEvents, lingerMs } = this.#options;
    if (this.#openBytes + entry.bytes > batchBytes) this.#seal();
    this.#open.push(entry);
    this.#openBytes += entry.bytes;
    if (this.#open.length >= batchEvents || this.#openBytes >= batchBytes) this.#seal();
    else this.#linger ??= setTimeout(() => this.#seal(), lingerMs);
  }

  #seal(): void {
    clearTimeout(this.#linger);
    this.#linger = undefined;
    if (this.#open.length === 0) return;
    this.#sealed.push(new Batch(this.#open));
    this.#open = [];
    this.#openBytes = 0;
    this.#start();
  }

  #start(): void {
    while (this.#requests < this.#options.concurrency) {
      const batch = this.#sealed.shift();
      if (batch === undefined) return;
      this.#requests += 1;
      this.#delivery
        .deliver(batch)
        .catch((error: unknown) => batch.fail(new IngestError('the client itself failed', { cause: error })))
        .finally(() => {
          this.#requests -= 1;
          this.#start();
        });
    }
  }
}

function encode(event: IngestEvent, idField: string): Pick<Entry, 'id' | 'line' | 'bytes'> {
  if (typeof event !== 'object' || event === null || Array.isArray(event)) {
    throw new InvalidEventError('an event must be an object with a member for each column');
  }
  const given = event[idField];
  const hasId = given !== undefined && given !== null;
  if (hasId && typeof given !== 'string' && typeof given !== 'number') {
    throw new InvalidEventError(`${idField} must be a string or a number, but is ${JSON.stringify(given)}`);
  }
  const id = hasId ? String(given) : randomUUID();
  let line: string | undefined;
  try {
    line = JSON.stringify(hasId ? event : { ...event, [idField]: id });
  } catch (error) {
    throw new InvalidEventError(`event ${id} cannot be written as JSON`, { cause: error });
  }
  // An object whose toJSON() gives something else.
  if (line === undefined || !line.startsWith('{')) {
    throw new InvalidEventError(`event ${id} is not an object when written as JSON`);
  }
  return { id, line, bytes: Buffer.byteLength(line) + 1 };
}
