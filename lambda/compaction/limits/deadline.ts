import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

/** The time of a task is over. Retryable: whatever was not committed is pending as before. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';
}

/**
 * The time that a task has. Whatever waits takes its signal; when it is raised, requests, statements and sleeps end with
 * the signal's reason. That may be between any two steps of a transaction, as a crash may: the protocol allows for both.
 */
export class Deadline {
  readonly signal: AbortSignal;
  readonly #timer: NodeJS.Timeout;

  /** @param milliseconds from now */
  constructor(milliseconds: number) {
    const controller = new AbortController();
    this.signal = controller.signal;
    // One listener a request in flight: as many as there are is right.
    setMaxListeners(0, this.signal);
    const seconds = Math.round(milliseconds / 1000);
    const end = (): void => controller.abort(new DeadlineError(`The task was given up after ${seconds} s, its limit`));
    this.#timer = setTimeout(end, milliseconds);
  }

  /** The work is done: nothing is left to be ended. */
  close(): void {
    clearTimeout(this.#timer);
  }
}

/**
 * What a promise gives, unless the signal is raised first: then its reason, after the grace. The promise itself may go on,
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
    else signal.addEventListener('abort', leave, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    clearTimeout(grace);
    signal.removeEventListener('abort', leave);
  }
}

/** What a promise gives, or an error if it gives nothing in time. @param what names it in the error */
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

/** Waits; ends early, with the signal's reason, when it is raised. */
export async function sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await delay(milliseconds, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    throw signal?.aborted === true ? signal.reason : error;
  }
}
