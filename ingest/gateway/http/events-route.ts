import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Principal } from '../auth/tokens';
import type { Committer } from '../commit/committer';
import type { IngestSettings } from '../settings';
import type { Metrics } from '../telemetry/metrics';
import type { Turns } from '../work/turns';
import type { Reservation } from './admission';
import { handleEvents, type Target } from './events-handler';
import { type EventsHeaders, JSON_TYPE, NDJSON_TYPES, readEventsHeaders } from './events-headers';
import type { Context, Gate } from './gate';
import { Inflater } from './inflate';
import { overloaded, RETRY_SECONDS, RefusedError } from './problems';
import { receive } from './receive';
import { checkQuery } from './refusals';

export interface EventsRouteParts {
  readonly settings: IngestSettings;
  readonly targets: ReadonlyMap<string, Target>;
  readonly committer: Committer;
  readonly turns: Turns;
  readonly metrics: Metrics;
  readonly gate: Gate;
  readonly isDraining: () => boolean;
}

type Route = { Params: { dataset: string }; Querystring: { mode?: unknown; results?: unknown } };

/** `POST /v1/datasets/{dataset}/events`. */
export class EventsRoute {
  readonly #parts: EventsRouteParts;
  readonly #inflater = new Inflater();

  constructor(parts: EventsRouteParts) {
    this.#parts = parts;
  }

  register(app: FastifyInstance): void {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser([JSON_TYPE, ...NDJSON_TYPES], (request, stream, done) =>
      this.#receive(request, stream, done),
    );
    app.post<Route>(
      '/v1/datasets/:dataset/events',
      { onRequest: (request, reply) => this.#admit(request, reply) },
      (request, reply) => this.#handle(request, reply),
    );
  }

  /** Everything that can be decided before the body is read. The caller is identified first, and no memory is reserved before that. */
  async #admit(request: FastifyRequest<Route>, reply: FastifyReply): Promise<void> {
    const { metrics, settings, targets, gate, isDraining } = this.#parts;
    const context = gate.open(request);
    if (isDraining()) {
      metrics.shed('draining');
      throw overloaded('draining', 'this node is being stopped; send the request again');
    }
    const { datasets } = await gate.authenticate(request, context);
    const { dataset } = request.params;
    if (!datasets.has(dataset)) {
      const detail = 'the token has no role ingest:<dataset> for this dataset';
      throw new RefusedError({ status: 403, code: 'forbidden', detail });
    }
    const target = targets.get(dataset);
    if (target === undefined) {
      throw new RefusedError({ status: 404, code: 'no-dataset', detail: 'there is no such dataset that takes JSON' });
    }
    const paid = gate.pay(context, 1);
    if (paid !== undefined) await paid;
    checkQuery(request.query);
    context.headers = readEventsHeaders(target.dataset, request.headers, settings.limits.bodyBytes);
    gate.makeRoom(context, request, reply, context.headers.length ?? 0);
  }

  #receive(request: FastifyRequest, stream: Readable, done: (error: Error | null, body?: Buffer) => void): void {
    const { headers, reservation } = request.ingest ?? {};
    // The body of a request that is refused is not read.
    if (headers === undefined || reservation === undefined) {
      done(null);
      return;
    }
    receive(
      stream,
      {
        announced: headers.length,
        bodyBytes: this.#parts.settings.limits.bodyBytes,
        pace: this.#parts.gate.pace,
        room: (bytes) => reservation.resize(bytes),
      },
      done,
    );
  }

  async #handle(request: FastifyRequest<Route>, reply: FastifyReply): Promise<FastifyReply> {
    const { settings, committer, turns, metrics, targets, gate, isDraining } = this.#parts;
    const context = request.ingest as Context;
    const reservation = context.reservation as Reservation;
    const { subject, partitions } = context.principal as Principal;
    const { mode, results } = request.query;
    const body = (request.body as Buffer | undefined) ?? Buffer.from('\n');
    // No reference is kept to the compressed body: the inflated one replaces it.
    request.body = undefined;
    context.isHandled = true;
    try {
      const answer = await handleEvents(
        {
          target: targets.get(request.params.dataset) as Target,
          subject,
          partitions,
          requestId: request.id,
          headers: context.headers as EventsHeaders,
          body,
          allOrNothing: mode === 'all-or-nothing',
          showAll: results === 'all',
        },
        {
          limits: settings.limits,
          committer,
          metrics,
          turns,
          inflater: this.#inflater,
          reservation,
          pay: (tokens) => gate.pay(context, tokens),
        },
      );
      if (answer.status === 503) reply.header('retry-after', RETRY_SECONDS);
      else metrics.acknowledged(performance.now() - context.started);
      // The process may have begun to drain while the events were stored.
      if (isDraining()) reply.header('connection', 'close');
      reservation.keep(answer.body.length);
      gate.awaitTaken(request, reply, answer.body.length);
      return reply.code(answer.status).type(JSON_TYPE).send(answer.body);
    } catch (error) {
      reservation.keep(0);
      throw error;
    } finally {
      context.isHandled = false;
      if (context.isClosed) reservation.release();
    }
  }
}
