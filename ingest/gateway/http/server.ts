import { readFileSync } from 'node:fs';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { KeySource } from '../auth/keys';
import type { TokenVerifier } from '../auth/tokens';
import type { Committer } from '../commit/committer';
import { openApiDocument } from '../openapi';
import type { RateLimiter } from '../rate/limiter';
import type { IngestSettings } from '../settings';
import type { Log } from '../telemetry/log';
import type { Metrics } from '../telemetry/metrics';
import type { Turns } from '../work/turns';
import { type Admission, NoRoomError } from './admission';
import { ConnectionErrors } from './connection-errors';
import type { Target } from './events-handler';
import { JSON_TYPE } from './events-headers';
import { EventsRoute } from './events-route';
import { Gate } from './gate';
import { Pipelines } from './pipelines';
import { PROBLEM_TYPE, type Problem, problemBody } from './problems';
import { notFound, problemOf, refusalOfHead, tooManyBehind } from './refusals';

export interface ServerParts {
  readonly settings: IngestSettings;
  readonly targets: ReadonlyMap<string, Target>;
  readonly tokens: TokenVerifier;
  readonly keys: KeySource;
  readonly limiter: RateLimiter;
  readonly committer: Committer;
  readonly turns: Turns;
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

/**
 * Above the 60 s after which the load balancer closes an idle connection by default: it must be the one to close it.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html
 */
const KEEP_ALIVE_MS = 75_000;
const HEADERS_MS = 10_000;
/** Price of the OpenAPI document, which is created for each request: about that of a hundred small events. */
const OPENAPI_TOKENS = 100;

/** The HTTP side of the gateway. */
export class IngestServer {
  readonly app: FastifyInstance;
  readonly #parts: ServerParts;
  readonly #gate: Gate;
  readonly #pipelines = new Pipelines();
  #isDraining = false;
  #requests = 0;

  constructor(parts: ServerParts) {
    this.#parts = parts;
    const { server, limits } = parts.settings;
    const requestTimeout = server.requestSeconds * 1000;
    this.#gate = new Gate(parts);
    // Node.js swaps the two when this one is longer.
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
      // Draining is done in `drain`.
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
    // By default, Node.js silently drops headers after the 2,000th. Their bytes are bounded, which is enough.
    this.app.server.maxHeadersCount = 0;
    connectionErrors.watch(this.app.server);
    this.#addRoutes();
  }

  /** From now on new requests are asked to retry on another node, and every connection ends after its response. */
  drain(): void {
    this.#isDraining = true;
  }

  #addRoutes(): void {
    const { app } = this;
    app.decorateRequest('ingest', undefined);
    app.addHook('onRequest', (request, reply, done) => {
      reply.header('x-request-id', request.id);
      const begin = (): void => {
        if (this.#isDraining) reply.header('connection', 'close');
        done(refusalOfHead(request));
      };
      const turn = this.#pipelines.enter(request.raw);
      if (turn === 'now') {
        begin();
      } else if (turn === 'too many') {
        reply.header('connection', 'close');
        done(tooManyBehind());
      } else if (turn === 'never') {
        reply.hijack();
        request.raw.socket.pause();
      } else {
        void turn.then(begin);
      }
    });
    app.addHook('onResponse', (request, reply, done) => {
      this.#pipelines.leave(request.raw);
      this.#parts.metrics.answered(reply.statusCode);
      this.#logAnswer(request, reply.statusCode);
      done();
    });
    app.setErrorHandler((error, request, reply) => this.#fail(error, request, reply));
    app.setNotFoundHandler((request, reply) => this.#fail(notFound(request), request, reply));
    app.get('/healthz', (_, reply) => reply.type(JSON_TYPE).send('{"status":"ok"}'));
    app.get('/readyz', (_, reply) => this.#ready(reply));
    app.get('/metrics', (request, reply) => this.#metrics(request, reply));
    app.get('/openapi.json', (request, reply) => this.#openApi(request, reply));
    new EventsRoute({ ...this.#parts, gate: this.#gate, isDraining: () => this.#isDraining }).register(app);
  }

  async #openApi(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const context = this.#gate.open(request);
    const { datasets } = await this.#gate.authenticate(request, context);
    await this.#gate.pay(context, OPENAPI_TOKENS);
    const shown = [...this.#parts.targets.values()].filter(({ dataset }) => datasets.has(dataset.name));
    const document = openApiDocument(
      shown.map(({ dataset }) => dataset),
      this.#parts.settings.limits,
    );
    const text = JSON.stringify(document);
    this.#gate.makeRoom(context, request, reply, text.length);
    context.reservation?.keep(text.length);
    this.#gate.awaitTaken(request, reply, text.length);
    return reply.type(JSON_TYPE).send(text);
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

  /** For callers beside the process. A request that came through a load balancer is from outside. */
  async #metrics(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    if (request.headers['x-forwarded-for'] !== undefined) {
      return this.#refuse(reply, request, { status: 404, code: 'no-route', detail: 'there is nothing here' });
    }
    return reply.type(this.#parts.metrics.contentType).send(await this.#parts.metrics.text());
  }

  #fail(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    if (error instanceof NoRoomError) this.#parts.metrics.shed(error.reason);
    const problem = problemOf(error, this.#parts.settings);
    if (problem.status === 500) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#parts.log.error('a request failed', { requestId: request.id, error: text });
    }
    return this.#refuse(reply, request, problem);
  }

  #refuse(reply: FastifyReply, request: FastifyRequest, problem: Problem): FastifyReply {
    if (problem.retryAfterSeconds !== undefined) reply.header('retry-after', problem.retryAfterSeconds);
    const isTurnedAway = problem.status === 401 || problem.status === 429;
    if (this.#isDraining || (isTurnedAway && this.#pipelines.endBehind(request.raw)))
      reply.header('connection', 'close');
    return (
      reply
        .code(problem.status)
        // A request that cannot be routed has passed no hook.
        .header('x-request-id', request.id)
        .headers(problem.headers ?? {})
        .type(PROBLEM_TYPE)
        .send(problemBody(problem, request.id))
    );
  }

  /** The caller's id if it is harmless, otherwise a new one. */
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
