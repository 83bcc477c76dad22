import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

/** The task ran out of time. Retryable: what it has not committed stays pending. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';
}

/**
 * The time limit of a task. Everything that waits takes its signal. When the signal is raised, requests, statements and sleeps end with
 * its reason. This may happen between any two steps of a transaction, just like a crash: the protocol allows for both.
 */
export class Deadline {
  readonly signal: AbortSignal;
  readonly #timer: NodeJS.Timeout;

  /** @param milliseconds from now */
  constructor(milliseconds: number) {
    const controller = new AbortController();
    this.signal = controller.signal;
    // One listener per request in flight: any number is right.
    setMaxListeners(0, this.signal);
    const seconds = Math.round(milliseconds / 1000);
    const end = (): void => controller.abort(new DeadlineError(`The task was given up after ${seconds} s, its limit`));
    this.#timer = setTimeout(end, milliseconds);
  }

  /** The work is done: there is nothing left to abort. */
  close(): void {
    clearTimeout(this.#timer);
  }
}

/**
 * Resolves as the promise does, unless the signal is raised first: then rejects with its reason, after the grace. The promise itself may continue,
 * so that what it works on must be ended by the same signal.
 *
 * @param graceMillis how long it may take to end on its own. @default 0
 */
export async function unlessAborted<T>(
  signal: AbortSignal | undefined,
  promise: Promise<T>,
  graceMillis = 0,
): Promise<T> {
  if (signal === undefined) return await promise;
  let grace: NodeJS.Timeout | undefined;
  let leave = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    leave = () => {
      if (graceMillis === 0) reject(signal.reason);
      else grace = setTimeout(() => reject(signal.reason), graceMillis);
    };
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave);
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    clearTimeout(grace);
    signal.removeEventListener('abort', leave);
  }
}

/** Resolves as the promise does, or rejects if it takes too long. @param what names it in the error */
export async function within<T>(milliseconds: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took more than ${milliseconds / 1000} s`)), milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Sleeps; rejects early, with the signal's reason, when the signal is raised. */
export async function sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await delay(milliseconds, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    throw signal?.aborted === true ? signal.reason : error;
  }
}
