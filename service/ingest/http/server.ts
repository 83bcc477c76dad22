import { readFileSync } from 'node:fs';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { KeySource } from '../auth/keys';
import { InvalidTokenError, KeysUnavailableError, type Principal, type TokenVerifier } from '../auth/tokens';
import type { Committer } from '../commit/committer';
import { openApiDocument } from '../openapi';
import type { RateLimiter } from '../rate/limiter';
import type { Admission as RateAdmission } from '../rate/local-bucket';
import type { IngestSettings } from '../settings';
import type { Log } from '../telemetry/log';
import type { Metrics } from '../telemetry/metrics';
import type { Admission, Reservation } from './admission';
import { JSON_TYPE, NDJSON_TYPES } from './body';
import { handleEvents, type Target } from './events-handler';
import { PROBLEM_TYPE, type Problem, problemBody, RefusedError } from './problems';

export interface ServerParts {
  readonly settings: IngestSettings;
  readonly targets: ReadonlyMap<string, Target>;
  readonly tokens: TokenVerifier;
  readonly keys: KeySource;
  readonly limiter: RateLimiter;
  readonly committer: Committer;
  readonly admission: Admission;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly nodeId: string;
}

/** Above the 60 s after which the load balancer gives up an idle connection: it must be the one to close it. */
const KEEP_ALIVE_MS = 75_000;
const HEADERS_MS = 10_000;
const RETRY_SECONDS = 1;

/** What the hooks find out about a request, for those that follow. */
interface Context {
  readonly started: number;
  principal: Principal | undefined;
  reservation: Reservation | undefined;
  /** Whether the handler has taken over the reservation. */
  isHandled: boolean;
}

declare module 'fastify' {
  interface FastifyRequest {
    ingest: Context | undefined;
  }
}

type EventsRoute = { Params: { dataset: string }; Querystring: { mode?: unknown; results?: unknown } };

/** The HTTP side of the gateway. */
export class IngestServer {
  readonly app: FastifyInstance;
  readonly #parts: ServerParts;
  #isDraining = false;
  #requests = 0;

  constructor(parts: ServerParts) {
    this.#parts = parts;
    const { server, limits } = parts.settings;
    const requestTimeout = server.requestSeconds * 1000;
    // Node swaps the two when this one is longer.
    const timeouts = { headersTimeout: Math.min(HEADERS_MS, requestTimeout), connectionsCheckingInterval: 1_000 };
    this.app = Fastify({
      logger: false,
      bodyLimit: limits.bodyBytes,
      keepAliveTimeout: KEEP_ALIVE_MS,
      requestTimeout,
      maxRequestsPerSocket: 0,
      genReqId: (request) => this.#requestId(request.headers['x-request-id']),
      frameworkErrors: (error, request, reply) => this.#fail(error, request, reply as FastifyReply),
      // Draining is ours: see `drain`.
      return503OnClosing: false,
      http: timeouts,
      ...(server.tls === undefined
        ? {}
        : {
            https: {
              cert: readFileSync(server.tls.certFile),
              key: readFileSync(server.tls.keyFile),
              minVersion: 'TLSv1.3' as const,
              ...timeouts,
            },
          }),
    }) as unknown as FastifyInstance;
    this.#addRoutes();
  }

  /** From now on new requests are told to come again elsewhere, and every connection ends with its answer. */
  drain(): void {
    this.#isDraining = true;
  }

  #addRoutes(): void {
    const { app } = this;
    app.decorateRequest('ingest', undefined);
    app.removeAllContentTypeParsers();
    app.addContentTypeParser<Buffer>([JSON_TYPE, ...NDJSON_TYPES], { parseAs: 'buffer' }, (_, body, done) =>
      done(null, body),
    );
    app.addHook('onRequest', (request, reply, done) => {
      reply.header('x-request-id', request.id);
      if (this.#isDraining) reply.header('connection', 'close');
      done();
    });
    app.addHook('onResponse', (request, reply, done) => {
      this.#parts.metrics.answered(reply.statusCode);
      this.#logAnswer(request, reply.statusCode);
      done();
    });
    app.setErrorHandler((error, request, reply) => this.#fail(error, request, reply));
    app.setNotFoundHandler((request, reply) => {
      const detail = 'there is nothing here; events go to POST /v1/datasets/{dataset}/events';
      this.#refuse(reply, request, { status: 404, code: 'no-route', detail });
    });
    app.get('/healthz', (_, reply) => reply.type(JSON_TYPE).send('{"status":"ok"}'));
    app.get('/readyz', (_, reply) => this.#ready(reply));
    app.get('/metrics', (request, reply) => this.#metrics(request, reply));
    app.get('/openapi.json', async (request, reply) => {
      const { datasets } = await this.#authenticate(request);
      const shown = [...this.#parts.targets.values()].filter(({ dataset }) => datasets.has(dataset.name));
      const document = openApiDocument(
        shown.map(({ dataset }) => dataset),
        this.#parts.settings.limits,
      );
      return reply.type(JSON_TYPE).send(JSON.stringify(document));
    });
    app.post<EventsRoute>(
      '/v1/datasets/:dataset/events',
      { onRequest: (request, reply) => this.#admit(request, reply) },
      (request, reply) => this.#events(request, reply),
    );
  }

  /** Everything that can be decided before the body is read. */
  async #admit(request: FastifyRequest<EventsRoute>, reply: FastifyReply): Promise<void> {
    const { metrics, admission, limiter, settings } = this.#parts;
    const context: Context = {
      started: performance.now(),
      principal: undefined,
      reservation: undefined,
      isHandled: false,
    };
    request.ingest = context;
    if (this.#isDraining) {
      metrics.shed('draining');
      throw overloaded('draining', 'this node is being stopped; send the request again');
    }
    const length = Number(request.headers['content-length'] ?? settings.limits.bodyBytes);
    context.reservation = admission.reserve(Math.min(length, settings.limits.bodyBytes));
    if (context.reservation === undefined) {
      metrics.shed('memory');
      throw overloaded('overloaded', 'too many bytes wait to be stored; send the request again');
    }
    reply.raw.once('close', () => {
      if (!context.isHandled) context.reservation?.release();
    });
    const principal = await this.#authenticate(request);
    const { dataset } = request.params;
    if (!principal.datasets.has(dataset)) {
      const detail = 'the token has no role ingest:<dataset> for this dataset';
      throw new RefusedError({ status: 403, code: 'forbidden', detail });
    }
    if (!this.#parts.targets.has(dataset)) {
      throw new RefusedError({ status: 404, code: 'no-dataset', detail: 'there is no such dataset that takes JSON' });
    }
    this.#demand(limiter.refused(principal.subject));
    context.principal = principal;
  }

  async #events(request: FastifyRequest<EventsRoute>, reply: FastifyReply): Promise<FastifyReply> {
    const { settings, committer, metrics, admission, limiter, targets } = this.#parts;
    const context = request.ingest as Context;
    const principal = context.principal as Principal;
    const reservation = context.reservation as Reservation;
    const { mode, results } = request.query;
    if (mode !== undefined && mode !== 'each' && mode !== 'all-or-nothing') {
      throw new RefusedError({ status: 400, code: 'bad-query', detail: 'mode must be each or all-or-nothing' });
    }
    context.isHandled = true;
    try {
      const answer = await handleEvents(
        {
          target: targets.get(request.params.dataset) as Target,
          subject: principal.subject,
          requestId: request.id,
          headers: request.headers,
          body: (request.body as Buffer | undefined) ?? Buffer.alloc(0),
          allOrNothing: mode === 'all-or-nothing',
          showAll: results === 'all',
        },
        {
          limits: settings.limits,
          committer,
          metrics,
          resize: (bytes) => {
            if (admission.resize(reservation, bytes)) return;
            metrics.shed('memory');
            throw overloaded('overloaded', 'too many bytes wait to be stored; send the request again');
          },
          admit: (events) => {
            const admitted = limiter.take(principal.subject, events);
            if (admitted instanceof Promise) return admitted.then((later) => this.#demand(later));
            return this.#demand(admitted);
          },
        },
      );
      if (answer.status === 503) reply.header('retry-after', RETRY_SECONDS);
      else metrics.acknowledged(performance.now() - context.started);
      // The process may have begun to drain while the events were stored.
      if (this.#isDraining) reply.header('connection', 'close');
      return reply.code(answer.status).type(JSON_TYPE).send(answer.body);
    } finally {
      reservation.release();
    }
  }

  #authenticate(request: FastifyRequest): Principal | Promise<Principal> {
    return this.#parts.tokens.verify(request.headers.authorization);
  }

  async #ready(reply: FastifyReply): Promise<FastifyReply> {
    const problem = this.#isDraining
      ? 'draining'
      : await this.#parts.keys.ready().then(
          () => undefined,
          () => 'no keys to verify tokens with',
        );
    return reply
      .code(problem === undefined ? 200 : 503)
      .type(JSON_TYPE)
      .send(JSON.stringify(problem === undefined ? { status: 'ready' } : { status: 'not ready', reason: problem }));
  }

  /** For whoever stands beside the process. What came through a load balancer is from outside. */
  async #metrics(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    if (request.headers['x-forwarded-for'] !== undefined) {
      return this.#refuse(reply, request, { status: 404, code: 'no-route', detail: 'there is nothing here' });
    }
    return reply.type(this.#parts.metrics.contentType).send(await this.#parts.metrics.text());
  }

  /** @throws RefusedError unless admitted */
  #demand(admitted: RateAdmission): void {
    if (!admitted.ok) throw this.#limited(admitted.retryAfterMs);
  }

  #limited(retryAfterMs: number): RefusedError {
    this.#parts.metrics.shed('rate');
    return new RefusedError({
      status: 429,
      code: 'rate-limited',
      detail: `more events than your limit of ${this.#parts.settings.rate.perSecond} a second`,
      retryAfterSeconds: Math.max(1, Math.ceil(retryAfterMs / 1000)),
    });
  }

  #fail(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const problem = problemOf(error, this.#parts.settings);
    if (problem.status === 500) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#parts.log.error('a request failed', { requestId: request.id, error: text });
    } else if (problem.code === 'no-keys') {
      this.#parts.log.error('no keys to verify tokens with', { requestId: request.id, error: String(error) });
    }
    return this.#refuse(reply, request, problem);
  }

  #refuse(reply: FastifyReply, request: FastifyRequest, problem: Problem): FastifyReply {
    if (problem.retryAfterSeconds !== undefined) reply.header('retry-after', problem.retryAfterSeconds);
    if (this.#isDraining) reply.header('connection', 'close');
    return reply
      .code(problem.status)
      .headers(problem.headers ?? {})
      .type(PROBLEM_TYPE)
      .send(problemBody(problem, request.id));
  }

  /** The caller's id if it is harmless, else one of ours. */
  #requestId(given: string | string[] | undefined): string {
    if (typeof given === 'string' && /^[A-Za-z0-9._-]{1,64}$/.test(given)) return given;
    this.#requests += 1;
    return `${this.#parts.nodeId}-${this.#requests.toString(36)}`;
  }

  #logAnswer(request: FastifyRequest, status: number): void {
    const { log } = this.#parts;
    const level = status >= 500 ? 'warn' : 'debug';
    if (!log.isOn(level)) return;
    log[level]('answered', {
      requestId: request.id,
      method: request.method,
      url: request.url,
      status,
      subject: request.ingest?.principal?.subject,
      userAgent: request.headers['user-agent'],
      milliseconds: Math.round(performance.now() - (request.ingest?.started ?? performance.now())),
    });
  }
}

const overloaded = (code: string, detail: string): RefusedError =>
  new RefusedError({ status: 503, code, detail, retryAfterSeconds: RETRY_SECONDS });

function problemOf(error: unknown, { limits }: IngestSettings): Problem {
  if (error instanceof RefusedError) return error.problem;
  if (error instanceof InvalidTokenError) {
    const headers = { 'www-authenticate': 'Bearer error="invalid_token"' };
    return { status: 401, code: 'unauthorized', detail: error.message, headers };
  }
  if (error instanceof KeysUnavailableError) {
    const detail = 'tokens cannot be verified at the moment; send the request again';
    return { status: 503, code: 'no-keys', detail, retryAfterSeconds: RETRY_SECONDS };
  }
  const { statusCode: status = 500, code } = error as { statusCode?: number; code?: string };
  if (status === 413) {
    return { status, code: 'too-large', detail: `the body is larger than ${limits.bodyBytes} bytes` };
  }
  if (status === 415) {
    const detail = 'Content-Type must be application/json or application/x-ndjson';
    return { status, code: 'unsupported-type', detail };
  }
  if (status >= 400 && status < 500) {
    return { status, code: 'bad-request', detail: `the request cannot be read (${code ?? 'unknown'})` };
  }
  return { status: 500, code: 'internal', detail: 'the request failed; its id is in the log' };
}
