import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Principal, TokenVerifier } from '../auth/tokens';
import type { RateLimiter } from '../rate/limiter';
import type { Admission as RateAdmission } from '../rate/local-bucket';
import type { IngestSettings } from '../settings';
import type { Metrics } from '../telemetry/metrics';
import type { Admission, Reservation } from './admission';
import type { EventsHeaders } from './events-headers';
import { Pace } from './pace';
import { RefusedError } from './problems';

/** What is known about a request so far. */
export interface Context {
  readonly started: number;
  principal: Principal | undefined;
  headers: EventsHeaders | undefined;
  reservation: Reservation | undefined;
  /** Tokens of the rate limit that it has taken. */
  paid: number;
  /** Whether the handler still holds what the reservation is for, though the connection may be gone. */
  isHandled: boolean;
  isClosed: boolean;
}

declare module 'fastify' {
  interface FastifyRequest {
    ingest: Context | undefined;
  }
}

export interface GateParts {
  readonly settings: IngestSettings;
  readonly tokens: TokenVerifier;
  readonly limiter: RateLimiter;
  readonly admission: Admission;
  readonly metrics: Metrics;
}

/** Answers up to it fit into the socket. A longer one must be taken in time. */
const SMALL_ANSWER = 16_384;

/** Authenticates a caller, charges its rate limit and reserves memory, in this order. */
export class Gate {
  readonly #parts: GateParts;
  readonly pace: Pace;
  /** What to do when a connection ends. */
  readonly #waiting = new WeakMap<object, Set<() => void>>();

  constructor(parts: GateParts) {
    this.#parts = parts;
    const { bodyBytesPerSecond, requestSeconds } = parts.settings.server;
    this.pace = new Pace({ bytesPerSecond: bodyBytesPerSecond, answerSeconds: requestSeconds });
  }

  open(request: FastifyRequest): Context {
    const context = {
      started: performance.now(),
      principal: undefined,
      headers: undefined,
      reservation: undefined,
      paid: 0,
      isHandled: false,
      isClosed: false,
    };
    request.ingest = context;
    return context;
  }

  async authenticate(request: FastifyRequest, context: Context): Promise<Principal> {
    const principal = await this.#parts.tokens.verify(request.headers.authorization);
    context.principal = principal;
    return principal;
  }

  /**
   * Takes tokens until the request has paid so many, but never more than a full bucket holds. What it has paid before stays
   * paid, whatever its outcome.
   *
   * @throws RefusedError (also as a rejection)
   */
  pay(context: Context, tokens: number): void | Promise<void> {
    const { limiter, settings } = this.#parts;
    const { subject } = context.principal as Principal;
    const cost = Math.min(tokens, settings.rate.burst) - context.paid;
    if (cost <= 0) return;
    if (context.paid === 0) this.#demand(limiter.refused(subject));
    const settle = (admission: RateAdmission): void => {
      this.#demand(admission);
      context.paid += cost;
    };
    const admitted = limiter.take(subject, cost, context.paid);
    return admitted instanceof Promise ? admitted.then(settle) : settle(admitted);
  }

  /**
   * Reserves memory for the request until its response is sent or the connection is gone, and the handler is done with it.
   *
   * @throws NoRoomError
   */
  makeRoom(context: Context, request: FastifyRequest, reply: FastifyReply, announced: number): void {
    const { subject } = context.principal as Principal;
    const reservation = this.#parts.admission.open(subject, announced);
    context.reservation = reservation;
    this.#whenClosed(request, reply, () => {
      context.isClosed = true;
      if (!context.isHandled) reservation.release();
    });
  }

  /** A client that does not read its response in time loses the connection: the response holds memory. */
  awaitTaken(request: FastifyRequest, reply: FastifyReply, answerBytes: number): void {
    if (answerBytes > SMALL_ANSWER) this.#whenClosed(request, reply, this.pace.answer(request.raw.socket));
  }

  /** Of the answers that wait behind another on their connection, Node.js closes none when the connection ends. */
  #whenClosed({ raw: { socket } }: FastifyRequest, { raw }: FastifyReply, then: () => void): void {
    // It may have ended while the token was verified.
    if (socket.destroyed) {
      then();
      return;
    }
    let waiting = this.#waiting.get(socket);
    if (waiting === undefined) {
      const all = new Set<() => void>();
      waiting = all;
      this.#waiting.set(socket, all);
      socket.once('close', callAll(all));
    }
    waiting.add(then);
    raw.once('close', () => {
      if (waiting.delete(then)) then();
    });
  }

  /** @throws RefusedError unless admitted */
  #demand(admitted: RateAdmission): void {
    if (admitted.ok) return;
    this.#parts.metrics.shed('rate');
    throw new RefusedError({
      status: 429,
      code: 'rate-limited',
      detail: `more events than your limit of ${this.#parts.settings.rate.perSecond} a second`,
      retryAfterSeconds: Math.max(1, Math.ceil(admitted.retryAfterMs / 1000)),
    });
  }
}

/** A function of its own: a closure beside others holds what they hold, the first request of a connection until its end. */
const callAll = (all: Iterable<() => void>) => (): void => {
  for (const call of all) call();
};
