import { setTimeout as sleep } from 'node:timers/promises';
import { readAnswer, type Verdict } from './answer';
import type { Batch } from './batch';
import { DeliveryError, type RequestRefusedError } from './errors';
import type { Options } from './options';

/**
 * Sends a batch until each of its events has a result. An attempt that ends without an answer may have stored the events:
 * the next one sends the same bytes with the same ids and the same key.
 */
export class Delivery {
  readonly #options: Options;
  readonly #signal: AbortSignal;
  /** Until then no request begins: the gateway has asked one of them to wait, and the others would hear the same. */
  #pausedUntil = 0;

  constructor(options: Options, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
  }

  /** Never rejects: every event of the batch is settled when it resolves. */
  async deliver(batch: Batch): Promise<void> {
    const { deliveryMs } = this.#options;
    const started = performance.now();
    let attempts = 0;
    let isRefused = false;
    let last: Error | undefined;
    const giveUp = (why: string): void =>
      batch.fail(
        new DeliveryError(
          `${why} after ${attempts} attempts; the events may or may not be stored, and can be sent again with the same ids`,
          attempts,
          last === undefined ? undefined : { cause: last },
        ),
      );
    for (;;) {
      const pause = Math.max(0, this.#pausedUntil - performance.now());
      if (performance.now() + pause - started > deliveryMs) {
        return giveUp(`no acknowledgement in ${deliveryMs} ms`);
      }
      await this.#sleep(pause);
      if (this.#signal.aborted) return giveUp('aborted');
      attempts += 1;
      const verdict = await this.#attempt(batch, isRefused);
      switch (verdict.kind) {
        case 'judged':
          return settle(batch, verdict);
        case 'refused':
          return batch.fail(verdict.error);
        case 'smaller':
          return this.#split(batch, verdict.error);
        case 'token':
          // A token may have run out on its way; one that is refused right after is no good.
          if (isRefused) return batch.fail(verdict.error);
          isRefused = true;
          last = verdict.error;
          break;
        case 'again': {
          last = verdict.reason;
          const wait = this.#wait(attempts, verdict.retryAfterMs);
          if (performance.now() + wait - started > deliveryMs) {
            return giveUp(`no acknowledgement in ${deliveryMs} ms`);
          }
          await this.#sleep(wait);
        }
      }
    }
  }

  /** Nothing of a request that is too large is stored, so its halves are new requests. */
  async #split(batch: Batch, error: RequestRefusedError): Promise<void> {
    if (batch.entries.length === 1) return batch.fail(error);
    for (const half of batch.halves()) await this.deliver(half);
  }

  /** Full jitter: anything from nothing to the longest, which doubles; on top of what the gateway asks for. */
  #wait(attempts: number, retryAfter: number): number {
    const { backoffMs, longestBackoffMs, random } = this.#options;
    this.#pausedUntil = Math.max(this.#pausedUntil, performance.now() + retryAfter);
    return retryAfter + random() * Math.min(longestBackoffMs, backoffMs * 2 ** (attempts - 1));
  }

  async #attempt(batch: Batch, isRefused: boolean): Promise<Verdict> {
    const { token, requestMs } = this.#options;
    // By hand, for AbortSignal.timeout() and .any() keep what they combine alive too long on old versions of Node.js.
    const attempt = new AbortController();
    const timer = setTimeout(() => attempt.abort(new Error(`no answer in ${requestMs} ms`)), requestMs);
    const abort = (): void => attempt.abort(this.#signal.reason);
    this.#signal.addEventListener('abort', abort);
    try {
      const bearer = await within(attempt.signal, token({ isRefused, signal: attempt.signal }));
      return await this.#post(batch, bearer, attempt.signal);
    } catch (error) {
      return { kind: 'again', reason: error instanceof Error ? error : new Error(String(error)), retryAfterMs: 0 };
    } finally {
      clearTimeout(timer);
      this.#signal.removeEventListener('abort', abort);
    }
  }

  async #post(batch: Batch, bearer: string, signal: AbortSignal): Promise<Verdict> {
    const { endpoint, gzip, headers, fetch: send } = this.#options;
    const response = await send(`${endpoint}?results=all`, {
      method: 'POST',
      body: await batch.body(gzip),
      // The token is for this address alone.
      redirect: 'manual',
      signal,
      headers: {
        ...headers,
        authorization: `Bearer ${bearer}`,
        'content-type': 'application/x-ndjson',
        ...(gzip ? { 'content-encoding': 'gzip' } : {}),
        'idempotency-key': batch.key,
      },
    });
    return readAnswer(response.status, response.headers, await response.text(), batch.ids);
  }

  /** Ends early when the client is aborted. */
  async #sleep(milliseconds: number): Promise<void> {
    if (milliseconds > 0) await sleep(milliseconds, undefined, { signal: this.#signal }).catch(() => {});
  }
}

function settle({ entries }: Batch, { judgements }: Verdict & { readonly kind: 'judged' }): void {
  for (const [index, { id, line, settle: done }] of entries.entries()) {
    const judgement = judgements[index];
    if (judgement === undefined) continue;
    done(
      'error' in judgement
        ? { status: judgement.status, id, event: line, error: judgement.error }
        : { status: judgement.status, id },
    );
  }
}

/** A supplier of tokens that hangs holds nothing up for longer than a request may take. */
function within<T>(signal: AbortSignal, value: T | Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    signal.addEventListener('abort', abort);
    if (signal.aborted) abort();
    Promise.resolve(value).then(resolve, reject);
  });
}
