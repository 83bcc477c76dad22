/** Time in which a transfer must make progress, in milliseconds. */
export const STALL_MILLIS = 30_000;
/**
 * Bytes that must arrive in that time, or all that are left: 4 KiB a second, a thousandth of what one connection to S3
 * achieves. Without it, a server that sends a byte now and then would never be given up.
 */
export const LEAST_BYTES = 128 * 1024;
/** In a thread that was busy for a while, all timers fire late. So time is counted in ticks, and a late tick counts as one. */
const TICKS = 10;

/** A transfer made too little progress. A retry may help. */
export class StalledError extends Error {
  /** The SDK retries after an error of this name. */
  override readonly name = 'TimeoutError';
}

/** One response that is waited for, and then its body. */
export interface Transfer {
  /** Bytes have arrived. */
  count(bytes: number): void;
  /** Nobody waits for the source now: the time does not count. */
  pause(): void;
  resume(): void;
  /** The transfer is over, successful or not. */
  end(): void;
}

/** Aborts transfers that make no progress. One timer watches all transfers of a thread. */
export class TransferWatch {
  readonly #stallMillis: number;
  readonly #transfers = new Set<WatchedTransfer>();
  #timer: NodeJS.Timeout | undefined;

  constructor(stallMillis = STALL_MILLIS) {
    this.#stallMillis = stallMillis;
  }

  /** @param giveUp ends the transfer; called at most once */
  begin(giveUp: (error: StalledError) => void): Transfer {
    const transfer = new WatchedTransfer(giveUp, () => this.#end(transfer));
    this.#transfers.add(transfer);
    this.#timer ??= setInterval(() => this.#tick(), this.#stallMillis / TICKS).unref();
    return transfer;
  }

  #tick(): void {
    for (const transfer of this.#transfers) transfer.tick(this.#stallMillis);
  }

  #end(transfer: WatchedTransfer): void {
    this.#transfers.delete(transfer);
    if (this.#transfers.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

class WatchedTransfer implements Transfer {
  readonly #giveUp: (error: StalledError) => void;
  readonly end: () => void;
  #bytes = 0;
  #ticks = 0;
  #paused = false;

  constructor(giveUp: (error: StalledError) => void, end: () => void) {
    this.#giveUp = giveUp;
    this.end = end;
  }

  count(bytes: number): void {
    this.#bytes += bytes;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
  }

  tick(stallMillis: number): void {
    if (this.#paused || ++this.#ticks <= TICKS) return;
    if (this.#bytes < LEAST_BYTES) {
      this.end();
      this.#giveUp(new StalledError(`no progress: ${this.#bytes} bytes came in ${stallMillis / 1000} s`));
    }
    this.#ticks = 0;
    this.#bytes = 0;
  }
}
