/** What a request costs besides its body: objects, promises, results. */
const REQUEST_OVERHEAD = 2_048;

/** Memory that one request may take until its answer is known. */
export class Reservation {
  readonly #release: (bytes: number) => void;
  #bytes: number;

  constructor(bytes: number, release: (bytes: number) => void) {
    this.#bytes = bytes;
    this.#release = release;
  }

  get bytes(): number {
    return this.#bytes;
  }

  release(): void {
    this.#release(this.#bytes);
    this.#bytes = 0;
  }

  /** @internal for `Admission.resize` */
  set(bytes: number): void {
    this.#bytes = bytes;
  }
}

/**
 * Keeps the bytes of all requests that are not answered yet below a limit. A request is admitted by the length that it
 * announces, or by the largest that it could have, before a byte of it is read.
 */
export class Admission {
  readonly #limit: number;
  #bytes = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** @returns undefined when there is no room */
  reserve(bodyBytes: number): Reservation | undefined {
    const bytes = bodyBytes + REQUEST_OVERHEAD;
    // An idle gateway takes any request that the other limits let pass.
    if (this.#bytes > 0 && this.#bytes + bytes > this.#limit) return undefined;
    this.#bytes += bytes;
    return new Reservation(bytes, (released) => {
      this.#bytes -= released;
    });
  }

  /** Now that the body is there: its real size, inflated. @returns whether there is room for it */
  resize(reservation: Reservation, bodyBytes: number): boolean {
    const bytes = bodyBytes + REQUEST_OVERHEAD;
    const others = this.#bytes - reservation.bytes;
    if (others > 0 && others + bytes > this.#limit) return false;
    this.#bytes = others + bytes;
    reservation.set(bytes);
    return true;
  }
}
