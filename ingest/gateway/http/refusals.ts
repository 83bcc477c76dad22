import type { FastifyRequest } from 'fastify';
import { KeysUnavailableError } from '../auth/keys';
import { InvalidTokenError } from '../auth/tokens';
import { cut, LONGEST_VALUE } from '../events/messages';
import type { IngestSettings } from '../settings';
import { NoRoomError, type NoRoomReason } from './admission';
import { overloaded, type Problem, RETRY_SECONDS, RefusedError } from './problems';
import { LONG_URL, LONGEST_URL, wrongMethod } from './routes';

const NO_ROOM: Readonly<Record<NoRoomReason, Problem>> = {
  memory: overloaded('overloaded', 'too many bytes wait to be stored; send the request again').problem,
  share: {
    status: 429,
    code: 'too-many-at-once',
    detail: 'your other requests hold your share of the memory; wait for their answers, and send this one again',
    retryAfterSeconds: RETRY_SECONDS,
  },
};

export function notFound({ method, url }: FastifyRequest): RefusedError {
  const detail = 'there is nothing here; events go to POST /v1/datasets/{dataset}/events';
  return new RefusedError(wrongMethod(method, url) ?? { status: 404, code: 'no-route', detail });
}

export const tooManyBehind = (): RefusedError =>
  new RefusedError({
    status: 429,
    code: 'too-many-at-once',
    detail: 'too many requests wait behind one another on this connection; wait for answers before you send more',
    retryAfterSeconds: RETRY_SECONDS,
  });

/** What is decided before routing, and before a body is read. */
export function refusalOfHead(request: FastifyRequest): RefusedError | undefined {
  const { raw } = request;
  if ((raw.url ?? '').length > LONGEST_URL) return new RefusedError(LONG_URL);
  if (raw.headers.host === undefined && raw.httpVersion !== '1.0') {
    return new RefusedError({ status: 400, code: 'bad-header', detail: 'the Host header is missing' });
  }
  return request.is404 ? notFound(request) : undefined;
}

const QUERY: ReadonlyMap<string, readonly string[]> = new Map([
  ['mode', ['each', 'all-or-nothing']],
  ['results', ['problems', 'all']],
]);

/** A misspelled name must not be ignored. @throws RefusedError */
export function checkQuery(query: object): void {
  for (const [name, value] of Object.entries(query)) {
    const known = QUERY.get(name);
    if (known?.includes(value) === true) continue;
    const detail =
      known === undefined
        ? `there is no query parameter ${JSON.stringify(cut(name, LONGEST_VALUE))}; known are ${[...QUERY.keys()].join(' and ')}`
        : `${name} must be ${known.join(' or ')}`;
    throw new RefusedError({ status: 400, code: 'bad-query', detail });
  }
}

/** The response to an error, whoever has thrown it. */
export function problemOf(error: unknown, { limits }: IngestSettings): Problem {
  if (error instanceof RefusedError) return error.problem;
  if (error instanceof NoRoomError) return NO_ROOM[error.reason];
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
  if (status === 408) {
    return { status, code: 'timeout', detail: 'the request was not sent in time' };
  }
  if (status === 414) {
    return { status, code: LONG_URL.code, detail: 'a part of the path is longer than any name' };
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
