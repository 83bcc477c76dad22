/** Memory of a request besides its body: objects, promises, headers. */
const REQUEST_OVERHEAD = 2_048;
/** Part of the room that is kept for subjects that hold little, and how much of it all that is. */
const HEADROOM = 1 / 8;
const LITTLE = 1 / 64;

/**
 * `memory`: this process has no room for the request. `share`: it has, but not as long as the subject's other requests
 * hold so much of it.
 */
export type NoRoomReason = 'memory' | 'share';

export class NoRoomError extends Error {
  override readonly name = 'NoRoomError';

  constructor(readonly reason: NoRoomReason) {
    super(reason);
  }
}

/** Memory of one request, from its admission until its answer has left. */
export interface Reservation {
  /** Changes the reservation to this many bytes besides the overhead. @throws NoRoomError, and then keeps what it had */
  resize(bytes: number): void;
  /** The same without a check: for a response that already exists. */
  keep(bytes: number): void;
  /** Releases everything; a second call does nothing. */
  release(): void;
}

interface Holder {
  bytes: number;
  requests: number;
}

/**
 * Keeps the bytes of all requests that are not answered yet below a limit, and divides them among subjects: what one takes
 * may not make it hold more than what stays free. So one that takes all it can leaves half to the others. (Dynamic
 * thresholds, as switches share the memory of their ports.) A subject's only request may be larger. The last eighth is for
 * subjects that hold little, however many hold much. An idle process takes any request.
 */
export class Admission {
  readonly #limit: number;
  readonly #holders = new Map<string, Holder>();
  #bytes = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Subjects that hold something; nothing is kept about others. */
  get subjects(): number {
    return this.#holders.size;
  }

  /**
   * Reserves memory for a request before a byte of it is read.
   *
   * @param announced bytes that it will probably need: refused now if there is no room for them, but not reserved yet
   * @throws NoRoomError
   */
  open(subject: string, announced: number): Reservation {
    const holder = this.#holders.get(subject) ?? { bytes: 0, requests: 0 };
    holder.requests += 1;
    this.#holders.set(subject, holder);
    let held = 0;
    let isOpen = true;
    const set = (bytes: number): void => {
      holder.bytes += bytes - held;
      this.#bytes += bytes - held;
      held = bytes;
    };
    const release = (): void => {
      if (!isOpen) return;
      isOpen = false;
      set(0);
      holder.requests -= 1;
      if (holder.requests === 0) this.#holders.delete(subject);
    };
    try {
      this.#demand(holder, held, announced + REQUEST_OVERHEAD);
    } catch (error) {
      release();
      throw error;
    }
    set(REQUEST_OVERHEAD);
    return {
      resize: (bytes) => {
        if (!isOpen) return;
        this.#demand(holder, held, bytes + REQUEST_OVERHEAD);
        set(bytes + REQUEST_OVERHEAD);
      },
      keep: (bytes) => {
        if (isOpen) set(bytes + REQUEST_OVERHEAD);
      },
      release,
    };
  }

  #demand(holder: Holder, held: number, wanted: number): void {
    if (wanted <= held) return;
    const total = this.#bytes - held + wanted;
    const others = holder.bytes - held;
    if (this.#allows(total, others + wanted, wanted)) return;
    throw new NoRoomError(others > 0 && this.#allows(total - others, wanted, wanted) ? 'share' : 'memory');
  }

  /** @param total of all requests, with those `ofSubject`, with those of this `request` */
  #allows(total: number, ofSubject: number, request: number): boolean {
    if (total === request) return true;
    if (total > this.#limit) return false;
    if (ofSubject <= this.#limit * LITTLE) return true;
    if (total > this.#limit * (1 - HEADROOM)) return false;
    return ofSubject <= this.#limit - total || ofSubject === request;
  }
}
