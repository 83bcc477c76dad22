/** Time in which a transfer must get on, in milliseconds. */
export const STALL_MILLIS = 30_000;
/**
 * Bytes that must come in that time, or else all that are left: 4 KiB a second, a thousandth of what S3 gives one
 * connection. Without it a server that sends a byte now and then would never be given up.
 */
export const LEAST_BYTES = 128 * 1024;
/** A thread that was busy for long sees all its timers late. So time is counted in ticks, and a late tick is one tick. */
const TICKS = 10;

/** A transfer got on too slowly or not at all. Trying again may help. */
export class StalledError extends Error {
  /** The SDK tries again after an error of this name. */
  override readonly name = 'TimeoutError';
}

/** One response that is waited for, and then its body. */
export interface Transfer {
  /** Bytes have come. */
  count(bytes: number): void;
  /** Nothing waits for the source now: the time does not count. */
  pause(): void;
  resume(): void;
  /** It is over, whatever became of it. */
  end(): void;
}

/** Gives up transfers that do not get on. One timer watches all transfers of a thread. */
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
