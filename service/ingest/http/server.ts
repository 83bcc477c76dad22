import { readFileSync } from 'node:fs';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { KeySource } from '../auth/keys';
import type { Principal, TokenVerifier } from '../auth/tokens';
import type { Committer } from '../commit/committer';
import { openApiDocument } from '../openapi';
import type { RateLimiter } from '../rate/limiter';
import type { Admission as RateAdmission } from '../rate/local-bucket';
import type { IngestSettings } from '../settings';
import type { Log } from '../telemetry/log';
import type { Metrics } from '../telemetry/metrics';
import type { Admission, Reservation } from './admission';
import { JSON_TYPE, NDJSON_TYPES } from './body';
import { ConnectionErrors } from './connection-errors';
import { handleEvents, type Target } from './events-handler';
import { PROBLEM_TYPE, type Problem, problemBody, RefusedError } from './problems';
import { checkQuery, notFound, problemOf, RETRY_SECONDS, refusalOfHead } from './refusals';

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

/**
 * TLS 1.3 and, of 1.2, the suites with forward secrecy and authenticated encryption. Which version the load balancer speaks
 * with its targets is documented for listeners alone, so until 1.3 is seen to work there, 1.2 is taken from it as well.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
 */
const CIPHERS = [
  ...['TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256', 'TLS_AES_128_GCM_SHA256'],
  ...['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES128-GCM-SHA256'],
  ...['ECDHE-ECDSA-AES256-GCM-SHA384', 'ECDHE-RSA-AES256-GCM-SHA384'],
].join(':');

/** Above the 60 s after which the load balancer gives up an idle connection: it must be the one to close it. */
const KEEP_ALIVE_MS = 75_000;
const HEADERS_MS = 10_000;

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
    const connectionErrors = new ConnectionErrors({
      requestSeconds: server.requestSeconds,
      newId: () => this.#requestId(undefined),
      answered: (status, requestId, detail) => {
        parts.metrics.answered(status);
        parts.log.debug('answered', { requestId, status, detail });
      },
    });
    // Our own hook answers a request without Host: the answer of Node.js has no body.
    const http = { ...timeouts, requireHostHeader: false };
    this.app = Fastify({
      logger: false,
      bodyLimit: limits.bodyBytes,
      keepAliveTimeout: KEEP_ALIVE_MS,
      requestTimeout,
      maxRequestsPerSocket: 0,
      genReqId: (request) => this.#requestId(request.headers['x-request-id']),
      clientErrorHandler: connectionErrors.handle,
      // No hook sees what cannot be routed.
      frameworkErrors: (error, request, reply) => {
        const { statusCode } = this.#fail(error, request, (reply as FastifyReply).header('x-request-id', request.id));
        parts.metrics.answered(statusCode);
        this.#logAnswer(request, statusCode);
      },
      // Draining is ours: see `drain`.
      return503OnClosing: false,
      http,
      ...(server.tls === undefined
        ? {}
        : {
            https: {
              cert: readFileSync(server.tls.certFile),
              key: readFileSync(server.tls.keyFile),
              minVersion: 'TLSv1.2' as const,
              ciphers: CIPHERS,
              ...http,
            },
          }),
    }) as unknown as FastifyInstance;
    connectionErrors.watch(this.app.server);
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
      done(refusalOfHead(request));
    });
    app.addHook('onResponse', (request, reply, done) => {
      this.#parts.metrics.answered(reply.statusCode);
      this.#logAnswer(request, reply.statusCode);
      done();
    });
    app.setErrorHandler((error, request, reply) => this.#fail(error, request, reply));
    app.setNotFoundHandler((request, reply) => this.#fail(notFound(request), request, reply));
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
    // Who may not send gets no memory either.
    const principal = await this.#authenticate(request);
    const { dataset } = request.params;
    if (!principal.datasets.has(dataset)) {
      const detail = 'the token has no role ingest:<dataset> for this dataset';
      throw new RefusedError({ status: 403, code: 'forbidden', detail });
    }
    if (!this.#parts.targets.has(dataset)) {
      throw new RefusedError({ status: 404, code: 'no-dataset', detail: 'there is no such dataset that takes JSON' });
    }
    checkQuery(request.query);
    this.#demand(limiter.refused(principal.subject));
    context.principal = principal;
    const length = Number(request.headers['content-length'] ?? settings.limits.bodyBytes);
    context.reservation = admission.reserve(Math.min(length, settings.limits.bodyBytes));
    if (context.reservation === undefined) {
      metrics.shed('memory');
      throw overloaded('overloaded', 'too many bytes wait to be stored; send the request again');
    }
    reply.raw.once('close', () => {
      if (!context.isHandled) context.reservation?.release();
    });
  }

  async #events(request: FastifyRequest<EventsRoute>, reply: FastifyReply): Promise<FastifyReply> {
    const { settings, committer, metrics, admission, limiter, targets } = this.#parts;
    const context = request.ingest as Context;
    const principal = context.principal as Principal;
    const reservation = context.reservation as Reservation;
    const { mode, results } = request.query;
    context.isHandled = true;
    try {
      const answer = await handleEvents(
        {
          target: targets.get(request.params.dataset) as Target,
          subject: principal.subject,
          partitions: principal.partitions,
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
    }
    return this.#refuse(reply, request, problem);
  }

  #refuse(reply: FastifyReply, request: FastifyRequest, problem: Problem): FastifyReply {
    if (problem.retryAfterSeconds !== undefined) reply.header('retry-after', problem.retryAfterSeconds);
    if (this.#isDraining) reply.header('connection', 'close');
    return (
      reply
        .code(problem.status)
        // What cannot be routed has passed no hook.
        .header('x-request-id', request.id)
        .headers(problem.headers ?? {})
        .type(PROBLEM_TYPE)
        .send(problemBody(problem, request.id))
    );
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
