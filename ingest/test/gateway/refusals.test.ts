import type { FastifyRequest } from 'fastify';
import { KeysUnavailableError } from '../../gateway/auth/keys';
import { InvalidTokenError } from '../../gateway/auth/tokens';
import { NoRoomError } from '../../gateway/http/admission';
import { overloaded, type Problem, problemBody, RefusedError } from '../../gateway/http/problems';
import { checkQuery, notFound, problemOf, refusalOfHead, tooManyBehind } from '../../gateway/http/refusals';
import { wrongMethod } from '../../gateway/http/routes';
import { readSettings } from '../../gateway/settings';

const settings = readSettings({
  RAW_BUCKET: 'raw',
  INGEST_JWKS: '/keys.json',
  INGEST_JWT_ISSUER: 'me',
  INGEST_JWT_AUDIENCE: 'you',
  INGEST_MAX_BODY_BYTES: '2048',
});

const NO_ROUTE: Problem = {
  status: 404,
  code: 'no-route',
  detail: 'there is nothing here; events go to POST /v1/datasets/{dataset}/events',
};
const LONG_URL: Problem = { status: 414, code: 'url-too-long', detail: 'the URL is longer than 2048 bytes' };
const NO_HOST: Problem = { status: 400, code: 'bad-header', detail: 'the Host header is missing' };
const wrong = (allow: string): Problem => ({
  status: 405,
  code: 'wrong-method',
  detail: `this path takes ${allow}`,
  headers: { Allow: allow },
});

describe('the response to an error', () => {
  /** Errors of Fastify have a status and a code. */
  const ofFramework = (statusCode?: number, code?: string): Error =>
    Object.assign(new Error('x'), { statusCode, code });

  test.each<[string, unknown, Problem]>([
    ['a refusal', new RefusedError(NO_ROUTE), NO_ROUTE],
    [
      'no memory',
      new NoRoomError('memory'),
      {
        status: 503,
        code: 'overloaded',
        detail: 'too many bytes wait to be stored; send the request again',
        retryAfterSeconds: 1,
      },
    ],
    [
      'no share of the memory',
      new NoRoomError('share'),
      {
        status: 429,
        code: 'too-many-at-once',
        detail: 'your other requests hold your share of the memory; wait for their answers, and send this one again',
        retryAfterSeconds: 1,
      },
    ],
    [
      'a token that is not valid',
      new InvalidTokenError('the token has expired'),
      {
        status: 401,
        code: 'unauthorized',
        detail: 'the token has expired',
        headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
      },
    ],
    [
      'no keys',
      new KeysUnavailableError('x'),
      {
        status: 503,
        code: 'no-keys',
        detail: 'tokens cannot be verified at the moment; send the request again',
        retryAfterSeconds: 1,
      },
    ],
    ['413', ofFramework(413), { status: 413, code: 'too-large', detail: 'the body is larger than 2048 bytes' }],
    ['408', ofFramework(408), { status: 408, code: 'timeout', detail: 'the request was not sent in time' }],
    [
      '414',
      ofFramework(414),
      { status: 414, code: 'url-too-long', detail: 'a part of the path is longer than any name' },
    ],
    [
      '415',
      ofFramework(415),
      {
        status: 415,
        code: 'unsupported-type',
        detail: 'Content-Type must be application/json or application/x-ndjson',
      },
    ],
    ...[400, 418, 499].map((status): [string, unknown, Problem] => [
      `${status}`,
      ofFramework(status, 'FST_ERR_BAD_URL'),
      { status, code: 'bad-request', detail: 'the request cannot be read (FST_ERR_BAD_URL)' },
    ]),
    [
      '400 without a code',
      ofFramework(400),
      { status: 400, code: 'bad-request', detail: 'the request cannot be read (unknown)' },
    ],
    // The text of an error of our own says nothing to a caller.
    ...[undefined, 200, 399, 500, 503].map((status): [string, unknown, Problem] => [
      `${status}`,
      ofFramework(status, 'X'),
      { status: 500, code: 'internal', detail: 'the request failed; its id is in the log' },
    ]),
  ])('%s', (_, error, problem) => {
    expect(problemOf(error, settings)).toEqual(problem);
  });
});

describe('what is decided by the head of a request', () => {
  const request = (url: string | undefined, changes: object = {}, raw: object = {}): FastifyRequest =>
    ({
      method: 'GET',
      url,
      is404: false,
      raw: { url, headers: { host: 'x' }, httpVersion: '1.1', ...raw },
      ...changes,
    }) as unknown as FastifyRequest;

  test.each<[string, FastifyRequest, Problem | undefined]>([
    ['a request that is all right', request('/healthz'), undefined],
    ['a URL of 2,048 bytes', request(`/${'x'.repeat(2_047)}`), undefined],
    ['a URL of 2,049 bytes', request(`/${'x'.repeat(2_048)}`), LONG_URL],
    [
      'a URL that is too long, first of all',
      request(`/${'x'.repeat(2_048)}`, { is404: true }, { headers: {} }),
      LONG_URL,
    ],
    ['no URL', request(undefined), undefined],
    ['no Host', request('/healthz', {}, { headers: {} }), NO_HOST],
    ['no Host, before the route is looked at', request('/x', { is404: true }, { headers: {} }), NO_HOST],
    ['an empty Host, which HTTP allows', request('/healthz', {}, { headers: { host: '' } }), undefined],
    ['no Host in HTTP/1.0', request('/healthz', {}, { headers: {}, httpVersion: '1.0' }), undefined],
    ['no route', request('/x', { is404: true }), NO_ROUTE],
    ['a route of another method', request('/healthz?a=b', { is404: true, method: 'PUT' }), wrong('GET, HEAD')],
  ])('%s', (_, given, problem) => {
    expect(refusalOfHead(given)?.problem).toEqual(problem);
  });

  test('a path that is none is told so, or which method it takes', () => {
    expect(notFound(request('/x'))).toBeInstanceOf(RefusedError);
    expect(notFound(request('/x'))).toMatchObject({
      name: 'RefusedError',
      message: NO_ROUTE.detail,
      problem: NO_ROUTE,
    });
    expect(notFound(request('/v1/datasets/a/events')).problem).toEqual(wrong('POST'));
  });
});

test.each<[string, string, string | undefined]>([
  ...['/healthz', '/readyz', '/metrics', '/openapi.json'].flatMap((path): [string, string, string | undefined][] => [
    ['GET', path, undefined],
    ['HEAD', path, undefined],
    ['HEAD', `${path}?x=/y`, undefined],
    ['POST', path, 'GET, HEAD'],
    ['post', `${path}?x=1?y=2`, 'GET, HEAD'],
    ['POST', `${path}/`, undefined],
    ['POST', `/x${path}`, undefined],
  ]),
  ['POST', '/v1/datasets/a/events', undefined],
  ['GET', '/v1/datasets/a/events?mode=each', 'POST'],
  ['GET', '/v1/datasets/some-longer-name/events', 'POST'],
  ['GET', '/v1/datasets//events', undefined],
  ['GET', '/v1/datasets/a/b/events', undefined],
  ['GET', '/v1/datasets/a/events/b', undefined],
  ['GET', '/x/v1/datasets/a/events', undefined],
  ['POST', '/openapiXjson', undefined],
  ['POST', '/', undefined],
])('%s %s: the methods that are taken instead are %s', (method, url, allow) => {
  expect(wrongMethod(method, url)).toEqual(allow === undefined ? undefined : wrong(allow));
});

test.each<[object, string | undefined]>([
  [{}, undefined],
  [{ mode: 'each', results: 'problems' }, undefined],
  [{ mode: 'all-or-nothing', results: 'all' }, undefined],
  [{ mode: 'all' }, 'mode must be each or all-or-nothing'],
  [{ mode: 'each', results: 'each' }, 'results must be problems or all'],
  [{ results: ['all', 'all'] }, 'results must be problems or all'],
  [{ Mode: 'each' }, 'there is no query parameter "Mode"; known are mode and results'],
  [{ ['x'.repeat(80)]: 1 }, `there is no query parameter "${'x'.repeat(80)}"; known are mode and results`],
  [{ ['x'.repeat(81)]: 1 }, `there is no query parameter "${'x'.repeat(80)}..."; known are mode and results`],
])('of the query %j is said: %s', (query, detail) => {
  const check = (): void => checkQuery(query);
  if (detail === undefined) expect(check).not.toThrow();
  else expect(check).toThrow(expect.objectContaining({ problem: { status: 400, code: 'bad-query', detail } }));
});

test('what else is refused says when to come again', () => {
  expect(tooManyBehind().problem).toEqual({
    status: 429,
    code: 'too-many-at-once',
    detail: 'too many requests wait behind one another on this connection; wait for answers before you send more',
    retryAfterSeconds: 1,
  });
  expect(overloaded('a', 'b').problem).toEqual({ status: 503, code: 'a', detail: 'b', retryAfterSeconds: 1 });
});

test.each([
  [400, 'Bad Request'],
  [401, 'Unauthorized'],
  [403, 'Forbidden'],
  [404, 'Not Found'],
  [405, 'Method Not Allowed'],
  [408, 'Request Timeout'],
  [413, 'Content Too Large'],
  [414, 'URI Too Long'],
  [415, 'Unsupported Media Type'],
  [417, 'Expectation Failed'],
  [422, 'Unprocessable Content'],
  [429, 'Too Many Requests'],
  [431, 'Request Header Fields Too Large'],
  [500, 'Internal Server Error'],
  [503, 'Service Unavailable'],
  [499, 'Error'],
])('the document of a problem with status %s has the title %s', (status, title) => {
  expect(
    JSON.parse(problemBody({ status, code: 'c', detail: 'd', retryAfterSeconds: 1, headers: { a: 'b' } }, 'r')),
  ).toEqual({ type: 'urn:lake:ingest:c', title, status, detail: 'd', requestId: 'r' });
});
